// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "control/daemon_status.h"
#include "upkeep_testing.h"

using namespace logd;
using namespace logd::control;

namespace {

std::vector<std::string> names_of(const DaemonStatus& status) {
  std::vector<std::string> names;
  for (const ProcessStatus& process : status.processes)
    names.push_back(process.name + ": " + process.state);
  return names;
}

class StatusOf {
 public:
  explicit StatusOf(Config config = quiet_config()) : daemon(std::move(config)) { daemon.start(); }

  DaemonStatus ask() {
    DaemonStatus status =
        describe_daemon({daemon.table(), daemon.upkeep(), masking, {}}, MonoTime());
    add_sizes(status, daemon.fs);
    return status;
  }

  UpkeepDaemon daemon;
  Masking masking;
};

}  // namespace

TEST_CASE("status: every log, by name, with its sizes", "[control]") {
  StatusOf status;
  status.daemon.store("web", "line");
  status.daemon.fs.make_directory("/log/api");
  const DaemonStatus all = status.ask();
  CHECK(all.state == "ok");
  CHECK(all.messages.empty());
  CHECK(names_of(all) == std::vector<std::string>{"api: ok", "web: ok"});
  CHECK(all.processes[1].segments == 1);
  CHECK(all.space.logs_bytes == all.processes[1].bytes_on_disk);
  CHECK(all.space.logs_bytes > 0);
}

TEST_CASE("status: shows the open logs where log_dir cannot be listed", "[control]") {
  StatusOf status;
  status.daemon.store("web", "line");
  status.daemon.log("web").trouble = "disk full";
  status.daemon.fs.fail_all(fakes::Call::list, EACCES);
  const DaemonStatus all = status.ask();
  CHECK(all.state == "degraded");
  CHECK(names_of(all) == std::vector<std::string>{"web: disk full"});
  REQUIRE(all.messages.size() == 2);
  CHECK(all.messages[0].starts_with("log_dir: "));
  CHECK(all.messages[1] == "web: disk full");
}

TEST_CASE("status: is degraded while a group cannot be used", "[control]") {
  Config config = quiet_config();
  config.processes["web"] = config.processes["api"] = config.defaults;
  config.processes["web"].group = config.processes["api"].group = "no-such-group";
  StatusOf status(config);
  const DaemonStatus all = status.ask();
  CHECK(all.state == "degraded");
  CHECK(all.messages == std::vector<std::string>{
                            "api, web: there is no group 'no-such-group': the files have logd's "
                            "own"});

  config.processes["web"].group = config.processes["api"].group = std::to_string(getegid());
  StatusOf well(config);
  CHECK(well.ask().state == "ok");
}

TEST_CASE("status: is degraded where log_dir cannot be opened", "[control]") {
  StatusOf status;
  status.daemon.store("web", "line");
  status.daemon.fs.deny("/log");
  const DaemonStatus all = status.ask();
  CHECK(all.state == "degraded");
  REQUIRE_FALSE(all.messages.empty());
  CHECK(all.messages.back().starts_with("log_dir: "));
  CHECK(names_of(all) == std::vector<std::string>{"web: ok"});
}
