// Checks every archive and segment: `logctl verify`. Needs no daemon.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/size_text.h"
#include "ctl/chosen_logs.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/output_format.h"
#include "query/log_check.h"

namespace logd {
namespace {

using Json = nlohmann::json;

std::string counted(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void print_json(const Json& json) {
  std::puts(json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

class VerifyCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.arguments("NAME", names_, "Processes, NAME@N for one instance, or globs");
    format_.declare(options);
  }

  int run(const Config& config) override {
    if (const auto checked = format_.check(); !checked) {
      complain("verify: " + checked.error().message());
      return kExitUsage;
    }
    const auto verified = for_each_log(
        config, names_,
        [this](const LogName& log, Directory& directory) -> Result<void> {
          const OnDamage on_damage = [&](const std::string& file, const ArchiveDamage& damage) {
            tell(log, file, damage);
          };
          const OnUnchecked on_unchecked = [&](const std::string& file, const Error& error) {
            tell_unchecked(log, file, error);
          };
          LOGD_TRY_ASSIGN(const LogCheck check, check_log(directory, on_damage, on_unchecked));
          all_.add(check);
          return {};
        },
        [this](const LogName& log, const Error& error) { tell_unchecked(log, "", error); });
    if (!verified) return complain(verified.error());
    sum_up();
    return damaged_ > 0 ? kExitDamage : unchecked_status_;
  }

 private:
  void tell(const LogName& log, const std::string& file, const ArchiveDamage& damage) {
    ++damaged_;
    if (format_.is_json()) {
      print_json({{"v", 1},
                  {"type", "damage"},
                  {"log", log.directory()},
                  {"file", file},
                  {"offset", damage.offset},
                  {"bytes", damage.bytes},
                  {"reason", damage.reason}});
      return;
    }
    fmt::print("{}/{}: damaged, {} bytes at {}: {}\n", log.directory(), file, damage.bytes,
               damage.offset, damage.reason);
  }

  // A file, or all of a log.
  void tell_unchecked(const LogName& log, const std::string& file, const Error& error) {
    ++unchecked_;
    if (unchecked_status_ == kExitDone) unchecked_status_ = exit_status_of(error.code);
    if (format_.is_json()) {
      print_json({{"v", 1},
                  {"type", "unchecked"},
                  {"log", log.directory()},
                  {"file", file.empty() ? Json(nullptr) : Json(file)},
                  {"reason", error.message()}});
      return;
    }
    fmt::print("{}{}{}: not checked: {}\n", log.directory(), file.empty() ? "" : "/", file,
               error.message());
  }

  void sum_up() const {
    if (format_.is_json()) {
      print_json({{"v", 1},
                  {"type", "summary"},
                  {"archives", all_.archives},
                  {"members", all_.members},
                  {"segments", all_.segments},
                  {"bytes", all_.bytes},
                  {"damaged", damaged_},
                  {"unchecked", unchecked_}});
      return;
    }
    fmt::print("{} of {}, {}, {} bytes ({}): {}{}\n", counted(all_.archives, "archive"),
               counted(all_.members, "member"), counted(all_.segments, "plain segment"), all_.bytes,
               short_size_text(all_.bytes),
               damaged_ == 0 ? "no damage" : counted(damaged_, "damaged place"),
               unchecked_ == 0 ? "" : fmt::format(", {} not checked", unchecked_));
  }

  std::vector<std::string> names_;
  OutputFormat format_;
  LogCheck all_;
  std::uint64_t damaged_ = 0;
  std::uint64_t unchecked_ = 0;  // files and logs
  int unchecked_status_ = kExitDone;
};

}  // namespace

std::unique_ptr<Command> make_verify_command() { return std::make_unique<VerifyCommand>(); }

}  // namespace logd
