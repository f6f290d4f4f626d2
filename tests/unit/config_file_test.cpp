// SPDX-License-Identifier: Apache-2.0
#include "config/config_file.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "config/config_text.h"
#include "config_reading.h"

using namespace logd;

namespace {

// A user with a home, and a folder that holds what the test writes.
struct World {
  std::filesystem::path folder;
  std::map<std::string, std::string> variables = {{"HOME", "/home/ann"}};
  std::set<std::string> paths;
  ConfigSources sources;
  bool is_root = false;

  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "logd-config-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
  }
  ~World() { std::filesystem::remove_all(folder); }

  std::string write(const std::string& contents) {
    const std::string path = folder / "logd.toml";
    std::ofstream(path) << contents;
    return path;
  }

  Result<LoadedConfig> load() const {
    ConfigEnvironment environment;
    environment.is_root = is_root;
    environment.working_directory = "/here";
    environment.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    environment.exists = [this](const std::string& path) { return paths.contains(path); };
    return load_config(sources, environment);
  }

  std::string log_dir() const { return load().value().config.log_dir; }
  std::string run_dir() const { return load().value().config.run_dir; }
};

std::string origin_of(const LoadedConfig& loaded, const std::string& key) {
  for (const Setting& setting : loaded.settings) {
    if (setting.key == key) return setting.origin;
  }
  return "no such setting";
}

}  // namespace

TEST_CASE("load_config: root's directories", "[config]") {
  World world;
  world.is_root = true;
  CHECK(world.log_dir() == "/var/log/logd");
  CHECK(world.run_dir() == "/run/logd");
  CHECK(world.load().value().config.rules_dir == "/etc/logd/rules");
  CHECK(world.load().value().config.mask_key == "/var/log/logd/.rules/mask.key");
  CHECK(world.load().value().files.empty());
}

TEST_CASE("load_config: the directories of others are XDG's", "[config]") {
  World world;
  CHECK(world.log_dir() == "/home/ann/.local/state/logd");
  CHECK(world.run_dir() == "/home/ann/.local/state/logd/.run");
  CHECK(world.load().value().config.rules_dir == "/home/ann/.config/logd/rules");
  world.variables["XDG_RUNTIME_DIR"] = "/run/user/1000";
  CHECK(world.run_dir() == "/run/user/1000/logd");
  world.variables["XDG_STATE_HOME"] = "/state";
  CHECK(world.log_dir() == "/state/logd");
  world.variables["XDG_STATE_HOME"] = "relative";
  CHECK(world.log_dir() == "/home/ann/.local/state/logd");
}

TEST_CASE("load_config: logctl takes root's directories where only those exist", "[config]") {
  World world;
  world.paths = {"/var/log/logd"};
  CHECK(world.log_dir() == "/var/log/logd");
  CHECK(world.run_dir() == "/run/logd");
  SECTION("but not when there are own ones") {
    world.paths.insert("/home/ann/.local/state/logd");
    CHECK(world.log_dir() == "/home/ann/.local/state/logd");
    CHECK(world.run_dir() == "/home/ann/.local/state/logd/.run");
  }
  SECTION("and a daemon never does") {
    world.sources.daemon = true;
    CHECK(world.log_dir() == "/home/ann/.local/state/logd");
  }
  SECTION("a log_dir given by hand may have its own .run") {
    world.sources.log_dir = "/copy";
    CHECK(world.run_dir() == "/run/logd");
    world.paths.insert("/copy/.run");
    CHECK(world.run_dir() == "/copy/.run");
  }
}

TEST_CASE("load_config: flags come before variables, the file and defaults", "[config]") {
  World world;
  world.sources.config = world.write("log_dir = \"/file/log\"\nrun_dir = \"/file/run\"\n");
  CHECK(world.log_dir() == "/file/log");
  CHECK(world.run_dir() == "/file/run");
  CHECK(origin_of(world.load().value(), "log_dir") == *world.sources.config + ":1");
  world.variables["LOGD_LOG_DIR"] = "/variable/log";
  world.variables["LOGD_RUN_DIR"] = "/variable/run";
  CHECK(world.log_dir() == "/variable/log");
  CHECK(world.run_dir() == "/variable/run");
  CHECK(origin_of(world.load().value(), "run_dir") == "LOGD_RUN_DIR");
  world.sources.log_dir = "/flag/log";
  world.sources.run_dir = "flag/../run";
  CHECK(world.log_dir() == "/flag/log");
  CHECK(world.run_dir() == "/here/run");
  CHECK(origin_of(world.load().value(), "log_dir") == "--log-dir");
  CHECK(origin_of(world.load().value(), "max_size") == "default");
}

TEST_CASE("load_config: a log_dir moves the .run that has no other place", "[config]") {
  World world;
  world.sources.daemon = true;
  world.sources.log_dir = "/data";
  CHECK(world.run_dir() == "/data/.run");
}

TEST_CASE("load_config: a file that was asked for must exist", "[config]") {
  World world;
  SECTION("by the flag") { world.sources.config = "/nowhere/logd.toml"; }
  SECTION("by the variable") { world.variables["LOGD_CONFIG"] = "/nowhere/logd.toml"; }
  const auto loaded = world.load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == ErrorCode::not_found);
  CHECK(loaded.error().message() == "/nowhere/logd.toml: No such file or directory (2)");
}

TEST_CASE("load_config: the default file is read where there is one", "[config]") {
  World world;
  world.variables["XDG_CONFIG_HOME"] = world.folder;
  std::filesystem::create_directory(world.folder / "logd");
  const std::string path = world.folder / "logd/logd.toml";
  std::ofstream(path) << "max_escrow = \"32MiB\"\n";
  CHECK(world.load().value().config.max_escrow_bytes == 64_MiB);
  world.paths.insert(path);
  CHECK(world.load().value().config.max_escrow_bytes == 32_MiB);
  CHECK(world.load().value().files == std::vector<std::string>{path});
}

TEST_CASE("load_config: empty paths, folders and huge files are errors", "[config]") {
  World world;
  SECTION("empty") {
    world.sources.log_dir = "";
    CHECK(world.load().error().code == ErrorCode::invalid);
  }
  SECTION("a folder") {
    world.sources.config = world.folder;
    CHECK(world.load().error().code == ErrorCode::io);
  }
  SECTION("huge") {
    world.sources.config = world.write(std::string(2_MiB, '\n'));
    CHECK(world.load().error().code == ErrorCode::limit);
  }
}

TEST_CASE("load_config: tells every problem with its line and a caret", "[config]") {
  World world;
  world.sources.daemon = true;
  const std::string path = world.write(
      "max_disc = \"1GiB\"\n"
      "[defaults]\n"
      "\tmax_size = \"10 parrots\"\n");
  world.sources.config = path;
  const auto loaded = world.load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == ErrorCode::invalid);
  CHECK(loaded.error().message() ==
        path + ":1:1: unknown key \"max_disc\"; did you mean \"max_disk\"?\n" +
            "  max_disc = \"1GiB\"\n" + "  ^\n" + path +
            ":3:13: max_size: \"10 parrots\" is not a size; write for example \"10MiB\", \"512K\" "
            "or \"4096\"\n" +
            "  \tmax_size = \"10 parrots\"\n" + "  \t           ^\n" + path + ": 2 problems");
}

TEST_CASE("print_config_text: values, origins and what is not built", "[config]") {
  World world;
  const std::string path = world.write(
      "[defaults]\n"
      "max_size = \"1GiB\"\n"
      "[process.\"a.b\"]\n"
      "fifo = true\n"
      "level = 9\n"
      "max_rate = 1000\n");
  world.sources.config = path;
  const std::string text = print_config_text(world.load().value());
  INFO(text);
  CHECK(text.find("\nmax_size = \"1GiB\"                                # " + path + ":2\n") !=
        std::string::npos);
  CHECK(text.find("[process.\"a.b\"]\n") != std::string::npos);
  CHECK(text.find("level = 9                                        # " + path + ":5\n") !=
        std::string::npos);
  CHECK(text.find("max_rate = 1000                                  # " + path + ":6\n") !=
        std::string::npos);
  CHECK(text.find("on_full = \"drop\"                                 # default with fifo = "
                  "true\n") != std::string::npos);
  // It is TOML itself, with the same meaning.
  const Config again = good_config(text);
  CHECK(again.defaults.max_size_bytes == 1_GiB);
  CHECK(again.of("a.b").level == 9);
  CHECK(again.of("a.b").on_full == OnFull::drop);
}

TEST_CASE("check_config_text: says which file is good", "[config]") {
  World world;
  CHECK(check_config_text(world.load().value()) == "no configuration file: defaults apply\n");
  const std::string path = world.write("[defaults]\ncompress = false\n");
  world.sources.config = path;
  CHECK(check_config_text(world.load().value()) == path + ": good\n");
}

TEST_CASE("load_config: what is allowed and hardly meant", "[config]") {
  World world;
  const auto warnings = [&](const std::string& contents) {
    world.sources.config = world.write(contents);
    const auto loaded = world.load().value();
    std::vector<ConfigProblem> problems = loaded.warnings;
    for (ConfigProblem& problem :
         group_warnings(loaded.config, loaded.origins,
                        [](const std::string& group) { return group == "team-a"; }))
      problems.push_back(std::move(problem));
    std::string all;
    for (const ConfigProblem& problem : problems)
      all += problem.place.text().substr(world.folder.string().size() + 1) + ": " +
             problem.message + "\n";
    return all;
  };
  CHECK(warnings("[defaults]\nmax_size = \"1GiB\"\nmin_size = \"1GiB\"\n").empty());
  CHECK(warnings("[defaults]\nlevel = 1\nmax_total_size = \"5MiB\"\n[process.web]\nlevel = 9\n") ==
        "logd.toml:3:1: max_total_size = 5MiB is less than max_size = 10MiB: hardly any closed "
        "segment is kept\n");
  CHECK(warnings("[process.web]\nmax_size = \"2GiB\"\n") ==
        "logd.toml:2:1: max_total_size = 1GiB is less than max_size = 2GiB: hardly any closed "
        "segment is kept\n");
  CHECK(warnings("[process.web]\nmax_total_size = \"off\"\nmax_size = \"2GiB\"\n").empty());
  CHECK(warnings("[defaults]\nmin_size = \"11MiB\"\n") ==
        "logd.toml:2:1: min_size = 11MiB is more than max_size = 10MiB: nothing is rotated by "
        "time\n");
  CHECK(warnings("[process.web]\ngroup = \"team-a\"\n[process.api]\ngroup = \"nosuch\"\n") ==
        "logd.toml:4:1: there is no group 'nosuch': until there is, logd's own is used\n");
  CHECK(warnings("[defaults]\ncompress = false\n[process.a]\nlevel = 9\n") ==
        "logd.toml:4:1: level has no effect with compress = false\n");
}
