// SPDX-License-Identifier: Apache-2.0
#include "config/config_reader.h"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>

#include "config/config_keys.h"
#include "config/config_text.h"
#include "config_reading.h"

using namespace logd;
using std::chrono::milliseconds;

namespace {

Config read(const std::string& contents) { return good_config(contents); }

// "line:column: message", one a line.
std::string problems_of(const std::string& contents) {
  std::string text;
  for (const ConfigProblem& problem : read_text(contents).reading.problems) {
    text += std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column) + ": " +
            problem.message + "\n";
  }
  return text;
}

std::string problems_of_setting(const std::string& assignment) {
  return problems_of("[defaults]\n" + assignment + "\n");
}

void check_same(const Config& left, const Config& right) {
  for (const auto& key : global_keys()) CHECK(key.write(left) == key.write(right));
  for (const auto& key : process_keys()) {
    CHECK(key.write(left.defaults) == key.write(right.defaults));
  }
}

Config root_defaults() {
  Config config;
  config.log_dir = "/var/log/logd";
  config.run_dir = "/run/logd";
  config.rules_dir = "/etc/logd/rules";
  config.mask_key = "/var/log/logd/.rules/mask.key";
  return config;
}

}  // namespace

TEST_CASE("read_config: takes the table of the design", "[config]") {
  const Config config = read(R"(
log_dir = "/l"
run_dir = "/r"
min_free = "5%"                 # of the file system, or a size
max_disk = "off"
max_escrow = "64MiB"
admin_group = "logd"
timezone = "local"
[defaults]
max_size = "10MiB"
rotate_interval = "@daily"
rotate_after = "off"
min_size = "0"
retain = 10
max_total_size = "1GiB"
max_age = "off"
compress = true
level = 6
keep_plain = 1
sync = "5s"
max_line = "256KiB"
partial_timeout = "2s"
exit_wait = "5s"
on_full = "block"
drop_after = "1s"
on_disk_full = "prune"
allow_users = []
max_rate = "off"
merge_streams = false
merge_instances = false
masking = { packs = ["default"], mode = "enforce" }
[process.backend]
fifo = true
group = "team-a"
)");
  Config expected;
  expected.log_dir = "/l";
  expected.run_dir = "/r";
  check_same(config, expected);
  CHECK(config.of("backend").fifo);
  CHECK(config.of("backend").group == "team-a");
  CHECK_FALSE(config.of("other").fifo);
  // on_full was set under [defaults], which a FIFO does not override.
  CHECK(config.of("backend").on_full == OnFull::block);
}

TEST_CASE("read_config: every key takes another value", "[config]") {
  const Config config = read(R"(
process.web.level = 1
min_free = "2GiB"
max_disk = "50GiB"
max_escrow = "128MiB"
admin_group = "ops"
rules_dir = "/my/rules"
mask_key = "/my/key"
timezone = "Europe/Berlin"
[defaults]
max_size = 65536
rotate_interval = "0 3 * * MON-FRI"
rotate_after = "1h30m"
min_size = "1k"
retain = "all"
max_total_size = "off"
max_age = "30d"
compress = false
level = 8
keep_plain = 0
sync = "batch"
max_line = "16MiB"
partial_timeout = "500ms"
exit_wait = 0
on_full = "drop"
drop_after = "0"
on_disk_full = "drop"
allow_users = ["web", 1000]
max_rate = 5000
merge_streams = true
merge_instances = true
masking = { mode = "report" }
group = "staff"
)");
  CHECK(config.min_free.bytes == 2_GiB);
  CHECK(config.min_free.percent == 0);
  CHECK(config.max_disk_bytes == 50_GiB);
  CHECK(config.max_escrow_bytes == 128_MiB);
  CHECK(config.admin_group == "ops");
  CHECK(config.timezone == "Europe/Berlin");
  CHECK(config.rules_dir == "/my/rules");
  CHECK(config.mask_key == "/my/key");
  const ProcessConfig& set = config.defaults;
  CHECK(set.max_size_bytes == 64_KiB);
  CHECK(set.rotate_interval == "0 3 * * MON-FRI");
  CHECK(set.rotate_after == std::chrono::minutes(90));
  CHECK(set.min_size_bytes == 1024);
  CHECK_FALSE(set.retain);
  CHECK_FALSE(set.max_total_size_bytes);
  CHECK(set.max_age == std::chrono::hours(720));
  CHECK_FALSE(set.compress);
  CHECK(set.level == 8);
  CHECK(set.keep_plain == 0);
  CHECK(set.sync.mode == SyncMode::batch);
  CHECK(set.max_line_bytes == 16_MiB);
  CHECK(set.partial_timeout == milliseconds(500));
  CHECK(set.exit_wait == milliseconds(0));
  CHECK(set.on_full == OnFull::drop);
  CHECK(set.drop_after == milliseconds(0));
  CHECK(set.on_disk_full == OnDiskFull::drop);
  CHECK(set.allow_users == std::vector<std::string>{"web", "1000"});
  CHECK(set.max_rate == 5000);
  CHECK(set.merge_streams);
  CHECK(set.merge_instances);
  CHECK(set.masking.mode == MaskingMode::report);
  CHECK(set.masking.packs == std::vector<std::string>{"default"});
  CHECK(set.group == "staff");
  // A process starts from the defaults, wherever they stand in the file.
  CHECK(config.of("web").level == 1);
  CHECK(config.of("web").max_rate == 5000);
}

TEST_CASE("read_config: a FIFO drops unless the file says otherwise", "[config]") {
  CHECK(read("[process.a]\nfifo = true").of("a").on_full == OnFull::drop);
  CHECK(read("[process.a]\nfifo = true").of("a").on_disk_full == OnDiskFull::drop);
  CHECK(read("[process.a]\nfifo = true\non_full = \"block\"").of("a").on_full == OnFull::block);
  CHECK(
      read("[process.a]\nfifo = true\n[defaults]\non_disk_full = \"block\"").of("a").on_disk_full ==
      OnDiskFull::block);
  CHECK(read("[process.a]\nfifo = false").of("a").on_full == OnFull::block);
}

TEST_CASE("read_config: says where a key belongs", "[config]") {
  CHECK(problems_of("max_size = \"1GiB\"") ==
        "1:1: \"max_size\" belongs under [defaults] or [process.NAME]\n");
  CHECK(problems_of("[defaults]\n  log_dir = \"/x\"") ==
        "2:3: \"log_dir\" belongs at the top of the file, before the first [table]\n");
  CHECK(problems_of("[defaults]\nfifo = true") ==
        "2:1: \"fifo\" belongs under [process.NAME]: a FIFO is made for one process\n");
}

TEST_CASE("read_config: unknown keys and tables are errors", "[config]") {
  CHECK(problems_of("[default]") == "1:2: unknown key \"default\"; did you mean \"defaults\"?\n");
  CHECK(problems_of("[process.a]\nmaxsize = 1") ==
        "2:1: unknown key \"maxsize\"; here it is called \"max_size\"\n");
  CHECK(problems_of("[process.a]\nfoo = 1") == "2:1: unknown key \"foo\"\n");
  CHECK(problems_of_setting("masking = { pack = [] }") ==
        "2:13: masking: unknown key \"pack\"; did you mean \"packs\"?\n");
  CHECK(problems_of("[process]\nbackend = 1") ==
        "2:1: \"backend\" must be a table, not a number\n");
  CHECK(problems_of("defaults = []") == "1:1: \"defaults\" must be a table, not a list\n");
}

TEST_CASE("read_config: names of processes are checked", "[config]") {
  CHECK(problems_of("[process.\"../x\"]") ==
        "1:10: process name \"../x\" must not begin with '.'\n");
  CHECK_FALSE(problems_of("[process.\"a@1\"]").empty());
  CHECK_FALSE(problems_of("[process.\"" + std::string(65, 'a') + "\"]").empty());
}

TEST_CASE("read_config: all problems at once, in the order of the file", "[config]") {
  CHECK(problems_of("[process.b]\nlevel = 13\n[defaults]\nlevel = -1\nfoo = 1\n[process.a]\n"
                    "compress = 1\n") ==
        "2:9: level: must be from 1 to 9, not 13\n"
        "4:9: level: must be from 1 to 9, not -1\n"
        "5:1: unknown key \"foo\"\n"
        "7:12: compress: must be true or false, without quotes, not a number\n");
}

TEST_CASE("read_config: kinds and ranges", "[config]") {
  CHECK(problems_of_setting("max_line = \"1023\"") ==
        "2:12: max_line: must be from 1KiB to 16MiB, not 1023B\n");
  CHECK(problems_of_setting("max_line = \"17MiB\"") ==
        "2:12: max_line: must be from 1KiB to 16MiB, not 17MiB\n");
  CHECK(problems_of_setting("max_line = true") ==
        "2:12: max_line: must be a size such as \"10MiB\", not true or false\n");
  CHECK(problems_of_setting("exit_wait = 5") ==
        "2:13: exit_wait: has no unit; write for example \"5s\", in quotes\n");
  CHECK(problems_of_setting("exit_wait = \"5\"") ==
        "2:13: exit_wait: \"5\" has no unit; write for example \"5s\" or \"5ms\"\n");
  CHECK(problems_of_setting("partial_timeout = \"0\"") ==
        "2:19: partial_timeout: must be from 10ms to 1d, not 0s\n");
  CHECK(problems_of_setting("on_full = \"blok\"") ==
        "2:11: on_full: must be \"block\" or \"drop\", not \"blok\"; did you mean \"block\"?\n");
  CHECK(problems_of_setting("retain = \"some\"") ==
        "2:10: retain: must be a whole number without quotes, or \"all\"\n");
  CHECK(problems_of_setting("retain = -1") ==
        "2:10: retain: must be from 0 to 1000000000, not -1\n");
  CHECK(problems_of_setting("sync = \"often\"") ==
        "2:8: sync: \"often\" is neither \"never\" nor \"batch\" nor a duration such as \"5s\"\n");
  CHECK(problems_of_setting("allow_users = [true]") ==
        "2:15: allow_users: must be a list of user names or numbers\n");
  CHECK(problems_of_setting("group = \"\"").empty());
  CHECK(problems_of("admin_group = \"\"") == "1:15: admin_group: must not be empty\n");
  CHECK(problems_of_setting("max_age = \"1M\"") ==
        "2:11: max_age: \"1M\": \"M\" is no unit; did you mean \"1m\", minutes? There are no "
        "months, write for example \"30d\"\n");
  CHECK(problems_of_setting("sync = \"5M\"").find("did you mean \"5m\"") != std::string::npos);
  CHECK(problems_of_setting("max_total_size = \"0\"") ==
        "2:18: max_total_size: must be from 1KiB to 1024TiB, not 0\n");
  CHECK(problems_of_setting("max_total_size = 1").find("from 1KiB") != std::string::npos);
  CHECK_FALSE(problems_of_setting("level = 2026-11-21").empty());
  CHECK_FALSE(problems_of("min_free = \"105%\"").empty());
  CHECK_FALSE(problems_of("min_free = \"x%\"").empty());
  CHECK_FALSE(problems_of("min_free = \"-5%\"").empty());
  CHECK(problems_of("min_free = 5") ==
        "1:12: min_free: 5 bytes are next to nothing; did you mean \"5%\"?\n");
  CHECK(problems_of("min_free = \"5\"") ==
        "1:12: min_free: 5 bytes are next to nothing; did you mean \"5%\"?\n");
  CHECK(problems_of("min_free = 512") ==
        "1:12: min_free: 512 bytes are next to nothing; write for example \"512MiB\" or \"5%\"\n");
  for (const char* good : {"0", "\"0\"", "\"5B\"", "\"512K\"", "1048576", "\"1048576\""}) {
    INFO(good);
    CHECK(problems_of(std::string("min_free = ") + good).empty());
  }
  CHECK(problems_of("log_dir = \"log\"") ==
        "1:11: log_dir: must be an absolute path, one that begins with \"/\"\n");
}

TEST_CASE("read_config: schedules", "[config]") {
  for (const char* good : {"off", "@hourly", "@midnight", "@annually", "every 1h", "every 90s",
                           "0 3 * * mon-fri", "0 0 3 * * *", "*/30 * * * * *", "0 0 ? * 7"}) {
    const std::string assignment = std::string("rotate_interval = \"") + good + "\"";
    INFO(assignment);
    CHECK(problems_of_setting(assignment).empty());
    CHECK(read("[defaults]\n" + assignment).defaults.rotate_interval == good);
  }
  CHECK(problems_of_setting("rotate_interval = \"@dayly\"") ==
        "2:19: rotate_interval: \"@dayly\" is not a schedule; did you mean \"@daily\"?\n");
  CHECK(problems_of_setting("rotate_interval = \"0 24 * * *\"") ==
        "2:19: rotate_interval: \"0 24 * * *\": hour \"24\" is not from 0 to 23\n");
  CHECK(problems_of_setting("rotate_interval = \"0 0 31 feb *\"") ==
        "2:19: rotate_interval: \"0 0 31 feb *\": never due: no month \"feb\" has a day \"31\"\n");
  CHECK(problems_of_setting("rotate_interval = \"every 500ms\"") ==
        "2:19: rotate_interval: \"every 500ms\" is not a schedule: it takes whole seconds, at "
        "least \"every 1s\"\n");
  CHECK(problems_of_setting("rotate_interval = 3600") ==
        "2:19: rotate_interval: must be a schedule such as \"@daily\", \"0 3 * * *\" or \"every "
        "6h\", not a number\n");
  CHECK_FALSE(problems_of_setting("rotate_interval = \"sometimes\"").empty());
  CHECK_FALSE(problems_of_setting("rotate_interval = \"every day\"").empty());
  CHECK_FALSE(problems_of_setting("rotate_interval = \"1 2 3 4\"").empty());
  CHECK_FALSE(problems_of_setting("rotate_interval = \"\"").empty());
}

TEST_CASE("read_config: time zones", "[config]") {
  CHECK(read("timezone = \"UTC\"").timezone == "UTC");
  CHECK(read("timezone = \"America/New_York\"").timezone == "America/New_York");
  CHECK(problems_of("timezone = \"Europe/Berln\"") ==
        "1:12: timezone: unknown time zone \"Europe/Berln\"; did you mean \"Europe/Berlin\"?\n");
  CHECK_FALSE(problems_of("timezone = \"../../etc/passwd\"").empty());
}

TEST_CASE("read_config: sizes as PM2 and others spell them", "[config]") {
  for (const char* size : {"\"10M\"", "\"10MB\"", "\"10mb\"", "\"10m\"", "\"10 MiB\"", "\"10Mi\"",
                           "\"10240k\"", "10485760"}) {
    INFO(size);
    CHECK(read(std::string("[defaults]\nmax_size = ") + size).defaults.max_size_bytes == 10_MiB);
  }
  CHECK(problems_of_setting("max_size = \"10X\"") ==
        "2:12: max_size: \"10X\" is not a size; write for example \"10MiB\", \"512K\" or "
        "\"4096\"\n");
  CHECK_FALSE(problems_of_setting("max_size = \"ten\"").empty());
  CHECK_FALSE(problems_of_setting("max_size = \"10\"").empty());  // bytes: less than 1 KiB
}

TEST_CASE("read_config: the escrow of one stream must fit into all escrows", "[config]") {
  CHECK(problems_of("max_escrow = \"1MiB\"").empty());
  CHECK(problems_of("max_escrow = \"3MiB\"\n[process.a]\nmax_line = \"1MiB\"") ==
        "1:1: max_escrow: must be at least 4MiB, since a max_line is 1MiB\n");
}

TEST_CASE("read_config: errors of syntax have their place", "[config]") {
  CHECK(problems_of("a = \n").substr(0, 2) == "1:");
  CHECK(problems_of("[defaults]\nlevel = 1\nlevel = 2\n").substr(0, 2) == "3:");
  CHECK_FALSE(problems_of("a = \"\xff\"").empty());
  CHECK_FALSE(problems_of(std::string("a = \"\0\"", 7)).empty());
  CHECK_FALSE(problems_of(std::string(100'000, '[')).empty());
}

TEST_CASE("with_caret: the caret stands below its character", "[config]") {
  CHECK(source_with_caret("\nx = \"ä\"\ty\n", 2, 9) == "\n  x = \"ä\"\ty\n         \t^");
  CHECK(source_with_caret("x\n", 9, 1).empty());
  // A terminal must not act on what stands in the file.
  CHECK(with_caret("\x1b[2J", 1) == "\n  ?[2J\n  ^");
  CHECK(with_caret(std::string(100'000, 'x'), 1).size() < 200);
  const ConfigProblem problem{{"f", 2, 9, "\n  x\n  ^"}, "bad", ProblemKind::error};
  CHECK(problem.text() == "f:2:9: bad\n  x\n  ^");
}

TEST_CASE("default_config_text: is the defaults, as it is and without its '#'", "[config]") {
  const std::string text = default_config_text();
  ReadConfig as_it_is = read_text(text);
  CHECK(as_it_is.reading.problems.empty());
  CHECK(as_it_is.reading.origins.empty());

  std::string active;
  std::istringstream source(text);
  for (std::string line; std::getline(source, line);) {
    const bool is_key = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    active += (is_key ? line.substr(1) : line) + "\n";
  }
  const ReadConfig read = read_text(active);
  CHECK(read.reading.problems.empty());
  check_same(read.config, root_defaults());
  CHECK(read.config.of("backend").fifo);
  // Every key is there, and the tables of the alert and the destination.
  CHECK(read.reading.origins.size() == global_keys().size() + http_keys().size() +
                                           process_keys().size() + alert_keys().size() +
                                           ship_keys().size() + 2);
  for (const ConfigProblem& problem : problems_in(read))
    CHECK(problem.kind == ProblemKind::warning);
}
