// Applies the limits of retention now: `logctl prune`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "base/size_text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/output_format.h"

namespace logd {
namespace {

using Json = nlohmann::json;

class PruneCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--dry-run", request_.dry_run, "Only say what would go");
    format_.declare(options);
  }

  int run(const Config& config) override {
    if (const auto checked = format_.check(); !checked) {
      complain("prune: " + checked.error().message());
      return kExitUsage;
    }
    request_.verb = "prune";
    const auto response = ask(config, request_);
    if (!response) return complain(response.error());
    std::fputs((format_.is_json() ? json(*response) : text(*response)).c_str(), stdout);
    int status = kExitDone;
    for (const control::PruneResult& segment : response->pruned) {
      if (segment.error.empty()) continue;
      complain(fmt::format("{}: segment {}: {}", segment.log, segment.segment, segment.error));
      status = kExitFailed;
    }
    return status;
  }

 private:
  std::string json(const control::Response& response) const {
    Json segments = Json::array();
    for (const control::PruneResult& segment : response.pruned) {
      if (!segment.error.empty()) continue;
      segments.push_back({{"log", segment.log},
                          {"segment", segment.segment},
                          {"bytes", segment.bytes},
                          {"reason", segment.reason},
                          {"text", segment.text}});
    }
    return Json{{"v", 1}, {"dry_run", request_.dry_run}, {"segments", std::move(segments)}}.dump(
               -1, ' ', false, Json::error_handler_t::replace) +
           "\n";
  }

  std::string text(const control::Response& response) const {
    std::string text;
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;
    for (const control::PruneResult& segment : response.pruned) {
      if (!segment.error.empty()) continue;
      text += fmt::format("{}: segment {}, {} bytes ({}): {}\n", segment.log, segment.segment,
                          segment.bytes, short_size_text(segment.bytes), segment.text);
      ++segments;
      bytes += segment.bytes;
    }
    return text + fmt::format("{} {} segment{}, {} bytes ({})\n",
                              request_.dry_run ? "would delete" : "deleted", segments,
                              segments == 1 ? "" : "s", bytes, short_size_text(bytes));
  }

  control::Request request_;
  OutputFormat format_;
};

}  // namespace

std::unique_ptr<Command> make_prune_command() { return std::make_unique<PruneCommand>(); }

}  // namespace logd
