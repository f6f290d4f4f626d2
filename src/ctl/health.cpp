// Says how well the daemon is, for scripts and container health checks: `logctl health`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "base/duration_text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/output_format.h"
#include "status/status_json.h"

namespace logd {
namespace {

// Who asks has a deadline of his own: Docker's is 30 s by default, that of many others 5 s.
constexpr auto kDeadline = std::chrono::seconds(4);

std::string describe(const Health& health) {
  const auto uptime = std::chrono::seconds(static_cast<std::int64_t>(health.uptime_s));
  std::string text = fmt::format("{}: logd {}, up {}\n", word_of(health.level()), health.version,
                                 duration_text(uptime));
  for (const HealthCheck& check : health.checks) {
    if (check.level == HealthLevel::ok) continue;
    text += fmt::format("  {} is {}: {}\n", check.name, word_of(check.level), check.detail());
  }
  return text;
}

class HealthCommand final : public Command {
 public:
  void declare(Options& options) override { format_.declare(options); }

  int run(const Config& config) override {
    if (const auto checked = format_.check(); !checked) {
      complain("health: " + checked.error().message());
      return kExitUsage;
    }
    control::Request request;
    request.verb = "health";
    const auto response = ask(config, request, kDeadline);
    if (!response) return complain(response.error());
    const auto health = parse_health(response->health_json);
    if (!health) {
      complain("health: " + health.error().message());
      return kExitNoDaemon;
    }
    std::fputs((format_.is_json() ? response->health_json + "\n" : describe(*health)).c_str(),
               stdout);
    return health->level() == HealthLevel::failing ? kExitFailed : kExitDone;
  }

 private:
  OutputFormat format_;
};

}  // namespace

std::unique_ptr<Command> make_health_command() { return std::make_unique<HealthCommand>(); }

}  // namespace logd
