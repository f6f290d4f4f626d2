// SPDX-License-Identifier: Apache-2.0
// What files, conf.d, variables and flags come to together.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "config/config_file.h"
#include "config/config_text.h"
#include "config_reading.h"

using namespace logd;

namespace {

// A folder with a logd.toml and a conf.d beside it.
struct World {
  std::filesystem::path folder;
  std::map<std::string, std::string> variables = {{"HOME", "/home/ann"}};
  bool is_daemon = true;

  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "logd-layers-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
    std::filesystem::create_directory(folder / "conf.d");
    write("logd.toml", "");
  }
  ~World() { std::filesystem::remove_all(folder); }

  void write(const std::string& name, const std::string& contents) const {
    std::ofstream(folder / name) << contents;
  }

  Result<ExaminedConfig> examine() const {
    ConfigSources sources;
    sources.config = folder / "logd.toml";
    sources.daemon = is_daemon;
    ConfigEnvironment environment;
    environment.working_directory = "/here";
    environment.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    environment.exists = [](const std::string&) { return false; };
    for (const auto& [name, value] : variables) environment.names.push_back(name);
    return examine_config(sources, environment);
  }

  LoadedConfig load() const {
    ExaminedConfig examined = examine().value();
    for (const ConfigProblem& problem : examined.problems) FAIL_CHECK(problem.text());
    return std::move(examined.loaded);
  }

  std::string text_of(const std::vector<ConfigProblem>& problems) const {
    std::string text;
    for (const ConfigProblem& problem : problems)
      text += shortened(problem.place.text() + ": " + problem.message) + "\n";
    return text;
  }
  std::string problems() const { return text_of(examine().value().problems); }

  // "level = 9 # conf.d/a.toml:1"
  std::string setting(const std::string& section, const std::string& key) const {
    for (const Setting& setting : load().settings) {
      if (setting.section == section && setting.key == key)
        return key + " = " + setting.value + " # " + shortened(setting.origin);
    }
    return "no such setting";
  }

  std::string shortened(std::string text) const {
    const std::string prefix = folder.string() + "/";
    for (std::size_t at = 0; (at = text.find(prefix)) != std::string::npos;)
      text.erase(at, prefix.size());
    return text;
  }
};

}  // namespace

TEST_CASE("conf.d: its files win over logd.toml, and later ones over earlier ones", "[config]") {
  World world;
  world.write("logd.toml", "max_disk = \"1GiB\"\n[defaults]\nlevel = 1\nretain = 1\n");
  world.write("conf.d/20-web.toml", "[defaults]\nlevel = 3\n[process.web]\nretain = 20\n");
  world.write("conf.d/10-web.toml", "[process.web]\nretain = 10\nlevel = 9\n");
  world.write("conf.d/.30-web.toml", "not read");
  world.write("conf.d/30-web.toml.dpkg-new", "not read");
  CHECK(world.setting("", "max_disk") == "max_disk = \"1GiB\" # logd.toml:1");
  CHECK(world.setting("defaults", "level") == "level = 3 # conf.d/20-web.toml:2");
  CHECK(world.setting("defaults", "retain") == "retain = 1 # logd.toml:4");
  CHECK(world.setting("process.web", "retain") == "retain = 20 # conf.d/20-web.toml:4");
  CHECK(world.setting("process.web", "level") == "level = 9 # conf.d/10-web.toml:3");
  CHECK(world.shortened(print_config_text(world.load()))
            .starts_with("# Read from logd.toml\n# Read from conf.d/10-web.toml\n"
                         "# Read from conf.d/20-web.toml\n"));
}

TEST_CASE("conf.d: the problems of all files are told together", "[config]") {
  World world;
  world.write("logd.toml", "[defaults]\nlevel = 99\n");
  world.write("conf.d/b.toml", "[defaults]\nfoo = 1\nretain = -1\n");
  world.write("conf.d/a.toml", "[defaults]\nlevel = high\n");
  CHECK(world.problems() ==
        "logd.toml:2:9: level: must be from 1 to 9, not 99\n"
        "conf.d/a.toml:2:9: text stands in quotes: level = \"high\"\n"
        "conf.d/b.toml:2:1: unknown key \"foo\"\n"
        "conf.d/b.toml:3:10: retain: must be from 0 to 1000000000, not -1\n");
}

TEST_CASE("conf.d: what is no file there is an error", "[config]") {
  World world;
  SECTION("a FIFO, which would block") {
    REQUIRE(mkfifo((world.folder / "conf.d/x.toml").c_str(), 0600) == 0);
    CHECK(world.problems() == "conf.d/x.toml: is not a regular file\n");
  }
  SECTION("a directory") {
    std::filesystem::create_directory(world.folder / "conf.d/x.toml");
    CHECK(world.problems() == "conf.d/x.toml: is not a regular file\n");
  }
  SECTION("a link that leads nowhere") {
    std::filesystem::create_symlink("/nowhere", world.folder / "conf.d/x.toml");
    CHECK(world.problems() == "conf.d/x.toml: No such file or directory (2)\n");
  }
  SECTION("a huge file") {
    world.write("conf.d/x.toml", std::string(2_MiB, '\n'));
    CHECK(world.problems() == "conf.d/x.toml: is larger than 1MiB\n");
  }
  SECTION("noise") {
    world.write("conf.d/x.toml", std::string("\xff\0\x01", 3));
    CHECK_FALSE(world.problems().empty());
  }
  SECTION("none at all is no error") {
    std::filesystem::remove(world.folder / "conf.d");
    CHECK(world.problems().empty());
  }
}

TEST_CASE("LOGD_KEY: wins over every file, but not over [process.NAME]", "[config]") {
  World world;
  world.write("logd.toml", "[defaults]\nmax_size = \"1GiB\"\n[process.web]\nlevel = 2\n");
  world.write("conf.d/a.toml", "[defaults]\nmax_size = \"2GiB\"\n");
  world.variables["LOGD_MAX_SIZE"] = "20MiB";
  world.variables["LOGD_LEVEL"] = "9";
  world.variables["LOGD_COMPRESS"] = "false";
  world.variables["LOGD_RETAIN"] = "all";
  world.variables["LOGD_TIMEZONE"] = "UTC";
  world.variables["LOGD_ALLOW_USERS"] = "[\"web\", 1000]";
  world.variables["LOGD_MASKING"] = "{ mode = \"report\" }";
  world.variables["LOGD_MIN_FREE"] = "";
  const Config config = world.load().config;
  CHECK(config.defaults.max_size_bytes == 20_MiB);
  CHECK(config.defaults.level == 9);
  CHECK_FALSE(config.defaults.compress);
  CHECK_FALSE(config.defaults.retain);
  CHECK(config.timezone == "UTC");
  CHECK(config.defaults.allow_users == std::vector<std::string>{"web", "1000"});
  CHECK(config.defaults.masking.mode == MaskingMode::report);
  CHECK(config.min_free.percent == 5);
  CHECK(config.of("web").level == 2);
  CHECK(config.of("web").max_size_bytes == 20_MiB);
  CHECK(world.setting("defaults", "max_size") == "max_size = \"20MiB\" # LOGD_MAX_SIZE");
}

TEST_CASE("LOGD_KEY: a FIFO drops unless one of them says otherwise", "[config]") {
  World world;
  world.write("logd.toml", "[process.web]\nfifo = true\n");
  CHECK(world.load().config.of("web").on_full == OnFull::drop);
  world.variables["LOGD_ON_FULL"] = "block";
  CHECK(world.load().config.of("web").on_full == OnFull::block);
}

TEST_CASE("LOGD_KEY: what is wrong with it names it", "[config]") {
  World world;
  world.variables["LOGD_LEVEL"] = "13";
  world.variables["LOGD_COMPRESS"] = "perhaps";
  world.variables["LOGD_MAX_SIZE"] = "1\nlevel = 1";
  CHECK(world.problems() ==
        "LOGD_MAX_SIZE: max_size: \"1\nlevel = 1\" is not a size; write for example \"10MiB\", "
        "\"512K\" or \"4096\"\n"
        "LOGD_COMPRESS: compress: must be true or false, without quotes, not a string\n"
        "LOGD_LEVEL: level: must be from 1 to 9, not 13\n");
}

TEST_CASE("LOGD_KEY: one that names no key is a warning", "[config]") {
  World world;
  for (const char* name :
       {"LOGD_MAX_SISE", "LOGD_WHATEVER_THIS_IS", "LOGD_CONFIG", "LOGD_LOG_LEVEL",
        "LOGD_ALERT_STATE", "LOGD_SERVICE_HOST", "LOGD_PORT_80_TCP", "OTHER"})
    world.variables[name] = "";
  CHECK(world.text_of(world.load().warnings) ==
        "LOGD_MAX_SISE: this variable names no key; did you mean LOGD_MAX_SIZE?\n"
        "LOGD_WHATEVER_THIS_IS: this variable names no key\n");
}

TEST_CASE("expand_variables: in strings only, after parsing", "[config]") {
  World world;
  world.write("logd.toml",
              "log_dir = \"/data/${HOST}/logs\"\n"
              "admin_group = \"${GROUP:-ops}\"\n"
              "[defaults]\n"
              "level = \"${LEVEL}\"\n"
              "compress = \"${COMPRESS:-false}\"\n"
              "retain = \"${KEEP}\"\n"
              "max_size = \"${SIZE}MiB\"\n"
              "group = \"a$$b$c$\"\n"
              "masking = { mode = \"${MODE}\", env = \"${ENV}\", allow = { regex = ['^${x}$$'], "
              "exact = [\"${HOST}-id\"] } }\n");
  world.variables = {{"HOST", "a\"b]"}, {"LEVEL", "3"},     {"KEEP", "all"},
                     {"SIZE", "20"},    {"MODE", "report"}, {"ENV", "false"}};
  const Config config = world.load().config;
  CHECK(config.log_dir == "/data/a\"b]/logs");
  CHECK(config.admin_group == "ops");
  CHECK(config.defaults.level == 3);
  CHECK_FALSE(config.defaults.compress);
  CHECK_FALSE(config.defaults.retain);
  CHECK(config.defaults.max_size_bytes == 20_MiB);
  CHECK(config.defaults.group == "a$b$c$");
  CHECK(config.defaults.masking.mode == MaskingMode::report);
  CHECK_FALSE(config.defaults.masking.env);
  CHECK(config.defaults.masking.allow.regex == std::vector<std::string>{"^${x}$$"});
  CHECK(config.defaults.masking.allow.exact == std::vector<std::string>{"a\"b]-id"});
}

TEST_CASE("expand_variables: what is not set has a place and names the key", "[config]") {
  World world;
  world.write("logd.toml",
              "log_dir = \"${NOWHERE}/x\"\n"
              "[defaults]\n"
              "max_size = \"${SIZE:?set it in /etc/default/logd}\"\n"
              "level = \"${EMPTY}\"\n"
              "retain = \"${A-b}\"\n"
              "group = \"${OPEN\"\n"
              "sync = \"${A:-${B}}\"\n");
  world.variables["EMPTY"] = "";
  CHECK(world.problems() ==
        "logd.toml:1:11: log_dir: ${NOWHERE}: is not set, and there is no default\n"
        "logd.toml:3:12: max_size: ${SIZE}: set it in /etc/default/logd\n"
        "logd.toml:4:9: level: ${EMPTY}: is not set, and there is no default\n"
        "logd.toml:5:10: retain: \"${A-b}\" is neither \"${VAR}\" nor \"${VAR:-default}\" nor "
        "\"${VAR:?message}\"\n"
        "logd.toml:6:9: group: \"${\" has no \"}\"; a \"$\" itself is written \"$$\"\n"
        "logd.toml:7:8: sync: \"${A:-${B}\" is neither \"${VAR}\" nor \"${VAR:-default}\" nor "
        "\"${VAR:?message}\"\n");
}

TEST_CASE("expand_variables: what a secret's variable holds is never shown", "[config]") {
  World world;
  world.write("logd.toml", "log_dir = \"/x/${DB_PASSWORD}\"\n[defaults]\ngroup = \"${HOST}\"\n");
  world.variables = {{"DB_PASSWORD", "hunter2"}, {"HOST", "h"}};
  CHECK(world.load().config.log_dir == "/x/hunter2");
  CHECK(world.setting("", "log_dir") == "log_dir = \"/x/${DB_PASSWORD}\" # logd.toml:1");
  CHECK(world.setting("defaults", "group") == "group = \"h\" # logd.toml:3");
  world.write("logd.toml", "[defaults]\nmax_size = \"${DB_PASSWORD}\"\n");
  CHECK(world.problems() ==
        "logd.toml:2:12: max_size: the value of \"${DB_PASSWORD}\" does not fit; it is not shown, "
        "as the variable has the name of a secret\n");
}

TEST_CASE("load_config: logctl does without what its user lacks", "[config]") {
  World world;
  world.is_daemon = false;
  world.write("logd.toml", "timezone = \"UTC\"\n[defaults]\nmax_size = \"${SIZE}\"\nlevel = 2\n");
  const LoadedConfig loaded = world.load();
  CHECK(loaded.config.timezone == "UTC");
  CHECK(loaded.config.defaults.level == 2);
  CHECK(loaded.config.defaults.max_size_bytes == 10_MiB);
  CHECK(world.text_of(loaded.left_out) ==
        "logd.toml:3:12: max_size: ${SIZE}: is not set, and there is no default\n");
  world.write("logd.toml", "log_dir = \"${WHERE}\"\n");
  CHECK(world.problems() ==
        "logd.toml:1:11: log_dir: ${WHERE}: is not set, and there is no default\n");
}

TEST_CASE("load_config: logctl goes on without what is wrong, unless it needs it", "[config]") {
  World world;
  world.is_daemon = false;
  world.write("logd.toml", "log_dir = \"/l\"\n[defaults]\nlevel = 99\nretain = ten\nfoo = 1\n");
  CHECK(world.load().config.log_dir == "/l");
  CHECK(world.text_of(world.load().left_out) ==
        "logd.toml:3:9: level: must be from 1 to 9, not 99\n"
        "logd.toml:4:10: text stands in quotes: retain = \"ten\"\n"
        "logd.toml:5:1: unknown key \"foo\"\n");
  for (const char* bad :
       {"log_dir = logs\n", "log_dir = \"logs\"\n", "log_dirr = \"/l\"\n", "[default]",
        "[defaults]\nrun_dir = \"/r\"\n", "[defaults]\nmasking = {}}\n",
        "[defaults]\nmasking = { mode = \"offf\" }\n", "[process.web\n"}) {
    INFO(bad);
    world.write("logd.toml", bad);
    CHECK_FALSE(world.problems().empty());
  }
}
