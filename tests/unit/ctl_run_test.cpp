// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "ctl/run.h"

using namespace logd;

namespace {

Config config_of(const std::string& name, const ProcessConfig& process) {
  Config config;
  config.run_dir = "/run/logd";
  config.processes[name] = process;
  return config;
}

// What follows `option`; empty if it is not there.
std::string value_of(const std::vector<std::string>& arguments, const std::string& option) {
  const auto at = std::find(arguments.begin(), arguments.end(), option);
  return at == arguments.end() || at + 1 == arguments.end() ? "" : *(at + 1);
}

bool has(const std::vector<std::string>& arguments, const std::string& option) {
  return std::find(arguments.begin(), arguments.end(), option) != arguments.end();
}

}  // namespace

TEST_CASE("run: the settings of the process reach the shim", "[ctl]") {
  ProcessConfig process;
  process.exit_wait = std::chrono::milliseconds(1234);
  process.drop_after = std::chrono::milliseconds(77);
  process.on_full = OnFull::drop;
  process.max_line_bytes = 32_KiB;
  process.merge_streams = true;
  const Config config = config_of("web", process);

  const auto web = arguments_of(config, RunOptions{"web", 3, "none", {"node", "--", "-x"}});
  REQUIRE(web);
  CHECK((*web)[1] == "run");
  CHECK(value_of(*web, "--socket") == "/run/logd/capture.sock");
  CHECK(value_of(*web, "--name") == "web");
  CHECK(value_of(*web, "--instance") == "3");
  CHECK(value_of(*web, "--signals") == "none");
  CHECK(value_of(*web, "--exit-wait-ms") == "1234");
  CHECK(value_of(*web, "--on-full") == "drop");
  CHECK(value_of(*web, "--drop-after-ms") == "77");
  CHECK(value_of(*web, "--escrow-bytes") == "131072");
  CHECK(has(*web, "--merge-streams"));
  const std::vector<std::string> command(web->end() - 4, web->end());
  CHECK(command == std::vector<std::string>{"--", "node", "--", "-x"});

  const auto other = arguments_of(config, RunOptions{"other", kNoInstance, "auto", {"true"}});
  REQUIRE(other);
  CHECK(value_of(*other, "--on-full") == "block");
  CHECK(!has(*other, "--instance"));
  CHECK(!has(*other, "--merge-streams"));
}

TEST_CASE("run: what nobody could tell apart is not copied", "[ctl]") {
  ProcessConfig merged;
  merged.merge_instances = true;
  RunOptions options{"web", 1, "auto", {"true"}};
  CHECK(arguments_of(config_of("web", merged), options));
  options.copy_out = true;
  const auto refused = arguments_of(config_of("web", merged), options);
  REQUIRE(!refused);
  CHECK(refused.error().message().find("merge_instances") != std::string::npos);
  CHECK(arguments_of(config_of("web", ProcessConfig{}), options));
}

TEST_CASE("pipe: --err and the instance reach the shim", "[ctl]") {
  const Config config = config_of("web", ProcessConfig{});
  const auto arguments = arguments_of(config, PipeOptions{"web", 0, true});
  REQUIRE(arguments);
  CHECK((*arguments)[1] == "pipe");
  CHECK(value_of(*arguments, "--instance") == "0");
  CHECK(has(*arguments, "--err"));
  CHECK(!has(*arguments, "--"));
}

TEST_CASE("run: a relative run_dir becomes absolute, since keepers leave the directory", "[ctl]") {
  Config config = config_of("web", ProcessConfig{});
  config.run_dir = "here";
  const auto arguments = arguments_of(config, PipeOptions{"web"});
  REQUIRE(arguments);
  CHECK(value_of(*arguments, "--socket").front() == '/');
}

TEST_CASE("run: what the shim could not use is refused before it starts", "[ctl]") {
  Config config = config_of("web", ProcessConfig{});
  const auto code = [&config](const RunOptions& options) {
    const auto arguments = arguments_of(config, options);
    return arguments ? ErrorCode::io : arguments.error().code;
  };
  CHECK(code({"../web", kNoInstance, "auto", {"true"}}) == ErrorCode::invalid);
  CHECK(code({"web", kMaxInstance + 1, "auto", {"true"}}) == ErrorCode::invalid);
  CHECK(code({"web", -2, "auto", {"true"}}) == ErrorCode::invalid);
  CHECK(code({"web", kNoInstance, "some", {"true"}}) == ErrorCode::invalid);
  CHECK(code({"web", kNoInstance, "auto", {}}) == ErrorCode::invalid);
  config.run_dir = "/" + std::string(100, 'x');
  CHECK(code({"web", kNoInstance, "auto", {"true"}}) == ErrorCode::invalid);
}
