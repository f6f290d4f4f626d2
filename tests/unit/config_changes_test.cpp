// SPDX-License-Identifier: Apache-2.0
#include "config/config_changes.h"

#include <catch2/catch.hpp>
#include <string>

#include "config_reading.h"

using namespace logd;

namespace {

LoadedConfig loaded(const std::string& contents,
                    const std::map<std::string, std::string>& variables = {}) {
  ReadConfig read = read_files({{"logd.toml", contents}}, variables);
  CHECK(read.reading.problems.empty());
  LoadedConfig result;
  result.config = std::move(read.config);
  result.origins = std::move(read.reading.origins);
  return result;
}

std::string changes(const LoadedConfig& before, const LoadedConfig& after) {
  std::string text;
  for (const ConfigChange& change : config_changes(before, after)) text += change.text() + "\n";
  return text;
}

}  // namespace

TEST_CASE("config_changes: key by key, with what each needs", "[config]") {
  CHECK(changes(loaded(""), loaded("")).empty());
  CHECK(
      changes(loaded("log_dir = \"/a\"\n[defaults]\nlevel = 3\nmax_line = \"1MiB\"\n"),
              loaded("log_dir = \"/b\"\nmax_disk = \"1GiB\"\n")) ==
      "log_dir: \"/a\" -> \"/b\" (needs a restart of logd)\n"
      "max_disk: \"off\" -> \"1GiB\"\n"
      "[defaults] level: 3 -> 6\n"
      "[defaults] max_line: \"1MiB\" -> \"256KiB\" (for programs that are started from now on)\n");
}

TEST_CASE("config_changes: a process that only follows the defaults is not named", "[config]") {
  CHECK(changes(loaded("[process.a]\nretain = 1\n"),
                loaded("[defaults]\nlevel = 3\n[process.a]\nretain = 1\n")) ==
        "[defaults] level: 6 -> 3\n");
  CHECK(changes(loaded("[process.a]\nlevel = 3\n"), loaded("")) == "[process.a] level: 3 -> 6\n");
  CHECK(changes(loaded(""), loaded("[process.a]\nlevel = 3\n")) == "[process.a] level: 6 -> 3\n");
  CHECK(changes(loaded(""), loaded("[process.a]\nlevel = 6\n")).empty());
}

TEST_CASE("config_changes: what a secret's variable holds is not shown", "[config]") {
  const std::string contents = "[defaults]\ngroup = \"${TEAM_TOKEN}\"\n";
  CHECK(changes(loaded(contents, {{"TEAM_TOKEN", "a"}}), loaded(contents, {{"TEAM_TOKEN", "b"}})) ==
        "[defaults] group: \"${TEAM_TOKEN}\" -> \"${TEAM_TOKEN}\"\n");
}

TEST_CASE("take_over: everything but what needs a restart", "[config]") {
  const std::string all =
      "log_dir = \"/b\"\nrun_dir = \"/b/r\"\nadmin_group = \"b\"\nmin_free = \"2GiB\"\n"
      "max_disk = \"3GiB\"\nmax_escrow = \"32MiB\"\ntimezone = \"UTC\"\nrules_dir = \"/b/rules\"\n"
      "mask_key = \"/b/key\"\nhost_id = \"b\"\n[defaults]\nlevel = 3\n[process.web]\nretain = "
      "\"all\"\n";
  const LoadedConfig next = loaded(all);
  Config live = loaded("log_dir = \"/a\"\nrun_dir = \"/a/r\"\n[process.old]\nlevel = 1\n").config;
  take_over(live, next.config);
  for (const auto& key : global_keys()) {
    INFO(key.name);
    CHECK((key.write(live) == key.write(next.config)) == (key.reload != Reload::restart));
  }
  CHECK(live.log_dir == "/a");
  CHECK(live.defaults.level == 3);
  CHECK_FALSE(live.of("web").retain);
  CHECK_FALSE(live.processes.contains("old"));
}
