// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "status/status_board.h"
#include "upkeep_testing.h"

using namespace logd;

namespace {

std::vector<std::string> names_of(const DaemonStatus& status) {
  std::vector<std::string> names;
  for (const ProcessStatus& process : status.processes)
    names.push_back(process.name + ": " + process.state);
  return names;
}

class StatusOf {
 public:
  explicit StatusOf(Config config = quiet_config()) : daemon(std::move(config)) {
    daemon.start();
    capture = CaptureLoop::create(daemon.table().loop(), daemon.table(), {}).value();
    board.emplace(StatusBoard::Parts{daemon.table(), *capture, daemon.upkeep(), masking});
  }

  DaemonStatus ask() {
    DaemonStatus status = board->status();
    add_sizes(status, daemon.fs);
    return status;
  }

  UpkeepDaemon daemon;
  Masking masking;
  std::unique_ptr<CaptureLoop> capture;
  std::optional<StatusBoard> board;
};

}  // namespace

TEST_CASE("status: every log, by name, with its sizes", "[status]") {
  StatusOf status;
  status.daemon.store("web", "line");
  status.daemon.fs.make_directory("/log/api");
  const DaemonStatus all = status.ask();
  CHECK(all.health.level() == HealthLevel::ok);
  CHECK(all.messages().empty());
  CHECK(names_of(all) == std::vector<std::string>{"api: ok", "web: ok"});
  CHECK(all.processes[1].segments == 1);
  CHECK(all.space.logs_bytes == all.processes[1].bytes_on_disk);
  CHECK(all.space.logs_bytes > 0);
}

TEST_CASE("status: shows the open logs where log_dir cannot be listed", "[status]") {
  StatusOf status;
  status.daemon.store("web", "line");
  status.daemon.log("web").trouble = "disk full";
  status.daemon.fs.fail_all(fakes::Call::list, EACCES);
  const DaemonStatus all = status.ask();
  CHECK(all.health.level() == HealthLevel::failing);
  CHECK(names_of(all) == std::vector<std::string>{"web: disk full"});
  REQUIRE(all.messages().size() == 2);
  CHECK(all.messages()[0] == "web: disk full");
  CHECK(all.messages()[1].starts_with("log_dir: "));
}

TEST_CASE("status: is degraded while a group cannot be used", "[status]") {
  Config config = quiet_config();
  config.processes["web"] = config.processes["api"] = config.defaults;
  config.processes["web"].group = config.processes["api"].group = "no-such-group";
  StatusOf status(config);
  const DaemonStatus all = status.ask();
  CHECK(all.health.level() == HealthLevel::degraded);
  CHECK(all.messages() == std::vector<std::string>{
                              "api, web: there is no group 'no-such-group': the files have logd's "
                              "own"});

  config.processes["web"].group = config.processes["api"].group = std::to_string(getegid());
  StatusOf well(config);
  CHECK(well.ask().health.level() == HealthLevel::ok);
}

TEST_CASE("status: is degraded where log_dir cannot be opened", "[status]") {
  StatusOf status;
  status.daemon.store("web", "line");
  status.daemon.fs.deny("/log");
  const DaemonStatus all = status.ask();
  CHECK(all.health.level() == HealthLevel::degraded);
  REQUIRE_FALSE(all.messages().empty());
  CHECK(all.messages().back().starts_with("log_dir: "));
  CHECK(names_of(all) == std::vector<std::string>{"web: ok"});
}
