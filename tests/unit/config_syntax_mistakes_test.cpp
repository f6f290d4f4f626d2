// SPDX-License-Identifier: Apache-2.0
// What people write that is not TOML, and what they are told.
#include <catch2/catch.hpp>

#include "config_reading.h"

using namespace logd;

namespace {

const ConfigMistake kMistakes[] = {
    {"a size without quotes",
     R"(max_disk = 10GB
)",
     R"(logd.toml:1:12: sizes are strings: max_disk = "10GB"
  max_disk = 10GB
             ^
)"},
    {"a size without quotes, in a table",
     R"([defaults]
max_size = 10MB
)",
     R"(logd.toml:2:12: sizes are strings: max_size = "10MB"
  max_size = 10MB
             ^
)"},
    {"a duration without quotes",
     R"([defaults]
exit_wait = 5s
)",
     R"(logd.toml:2:13: durations are strings: exit_wait = "5s"
  exit_wait = 5s
              ^
)"},
    {"a share without quotes",
     R"(min_free = 5%
)",
     R"(logd.toml:1:12: sizes are strings: min_free = "5%"
  min_free = 5%
             ^
)"},
    {"a minute or a mebibyte, by the key",
     R"([defaults]
max_line = 1m
max_age = 90m
)",
     R"(logd.toml:2:12: sizes are strings: max_line = "1m"
  max_line = 1m
             ^
logd.toml:3:11: durations are strings: max_age = "90m"
  max_age = 90m
            ^
)"},
    {"a path without quotes",
     R"(log_dir = /var/log/logd
)",
     R"(logd.toml:1:11: text stands in quotes: log_dir = "/var/log/logd"
  log_dir = /var/log/logd
            ^
)"},
    {"a word without quotes",
     R"([defaults]
on_full = drop # as it says
)",
     R"(logd.toml:2:11: text stands in quotes: on_full = "drop"
  on_full = drop # as it says
            ^
)"},
    {"a schedule without quotes",
     R"([defaults]
rotate_interval = @daily
)",
     R"(logd.toml:2:19: text stands in quotes: rotate_interval = "@daily"
  rotate_interval = @daily
                    ^
)"},
    {"a cron expression without quotes",
     R"([defaults]
rotate_interval = 0 3 * * *
)",
     R"(logd.toml:2:19: text stands in quotes: rotate_interval = "0 3 * * *"
  rotate_interval = 0 3 * * *
                    ^
)"},
    {"yes for true",
     R"([defaults]
compress = yes
)",
     R"(logd.toml:2:12: write compress = true
  compress = yes
             ^
)"},
    {"True for true",
     R"([defaults]
compress = True
)",
     R"(logd.toml:2:12: write compress = true
  compress = True
             ^
)"},
    {"no for false",
     R"([defaults]
compress = no
)",
     R"(logd.toml:2:12: write compress = false
  compress = no
             ^
)"},
    {"off without quotes",
     R"([defaults]
max_age = off
)",
     R"(logd.toml:2:11: text stands in quotes: max_age = "off"
  max_age = off
            ^
)"},
    {"null",
     R"([defaults]
max_age = null
)",
     R"(logd.toml:2:11: there is no null: take the line away, or say what max_age is
  max_age = null
            ^
)"},
    {"a number with commas",
     R"([defaults]
max_rate = 10,000
)",
     R"(logd.toml:2:12: a number has no commas: max_rate = 10000
  max_rate = 10,000
             ^
)"},
    {"a number with zeros in front",
     R"([defaults]
retain = 007
)",
     R"(logd.toml:2:10: a number has no zeros in front: retain = 7
  retain = 007
           ^
)"},
    {"a comma at the end",
     R"([defaults]
level = 6,
)",
     R"(logd.toml:2:9: there is no ',' at the end of a line: level = 6
  level = 6,
          ^
)"},
    {"a comma behind a string",
     R"([defaults]
sync = "5s",
)",
     R"(logd.toml:2:8: there is no ',' at the end of a line
  sync = "5s",
         ^
)"},
    {"a semicolon at the end",
     R"([defaults]
level = 6;
)",
     R"(logd.toml:2:9: there is no ';' at the end of a line: level = 6
  level = 6;
          ^
)"},
    {"curly quotes",
     R"([defaults]
sync = “5s”
)",
     R"(logd.toml:2:8: “ is a typesetter's quote: write sync = "..."
  sync = “5s”
         ^
)"},
    {"a quote that is not closed",
     R"([defaults]
sync = "5s
level = 6
)",
     R"(logd.toml:2:8: the quote behind sync is not closed
  sync = "5s
         ^
)"},
    {"more behind a value",
     R"([defaults]
sync = "5s" "10s"
)",
     R"(logd.toml:2:8: there is more behind the value of sync: "10s"
  sync = "5s" "10s"
         ^
)"},
    {"a backslash in double quotes",
     R"(log_dir = "C:\logs"
)",
     R"(logd.toml:1:11: a backslash begins an escape here; in single quotes it )"
     R"(stands for itself: log_dir = 'C:\logs'
  log_dir = "C:\logs"
            ^
)"},
    {"no equals sign",
     R"([defaults]
level 6
)",
     R"(logd.toml:2:1: the '=' is missing: level = 6
  level 6
  ^
)"},
    {"no value",
     R"([defaults]
level =
)",
     R"(logd.toml:2:1: level has no value: write level = ...
  level =
  ^
)"},
    {"a key alone",
     R"([defaults]
compress
)",
     R"(logd.toml:2:1: compress has no value: write compress = ...
  compress
  ^
)"},
    {"two equals signs",
     R"([defaults]
level == 6
)",
     R"(logd.toml:2:1: a key and its value stand on both sides of one '='
  level == 6
  ^
)"},
    {"a key with a space",
     R"([defaults]
max size = "1GiB"
)",
     R"(logd.toml:2:1: 'max size' is no key: letters, digits and '_'
  max size = "1GiB"
  ^
)"},
    {"YAML",
     R"(max_disk: 10GB
defaults:
  level: 6
)",
     R"(logd.toml:1:1: this is YAML; in TOML: max_disk = "10GB"
  max_disk: 10GB
  ^
logd.toml:2:1: this is YAML; a table in TOML begins with [defaults]
  defaults:
  ^
)"},
    {"YAML's first line",
     R"(---
level: 6
)",
     R"(logd.toml:1:1: this is YAML; logd.toml is TOML: key = value
  ---
  ^
)"},
    {"JSON",
     R"({
  "level": 6
}
)",
     R"(logd.toml:1:1: this is JSON; logd.toml is TOML: key = value
  {
  ^
)"},
    {"INI's comment",
     R"(; the log
log_dir = "/x"
)",
     R"(logd.toml:1:1: comments begin with '#'
  ; the log
  ^
)"},
    {"C's comment",
     R"(// the log
log_dir = "/x"
)",
     R"(logd.toml:1:1: comments begin with '#'
  // the log
  ^
)"},
    {"a shell's assignment",
     R"(export LOGD_LEVEL=6
)",
     R"(logd.toml:1:1: this is a shell's; write key = value
  export LOGD_LEVEL=6
  ^
)"},
    {"supervisord's header",
     R"([program:web]
level = 6
)",
     R"(logd.toml:1:1: the settings of one process stand under [process.NAME]: )"
     R"([process.web]
  [program:web]
  ^
)"},
    {"a header with a space",
     R"([process web]
level = 6
)",
     R"(logd.toml:1:1: the settings of one process stand under [process.NAME]: )"
     R"([process.web]
  [process web]
  ^
)"},
    {"a header that is not closed",
     R"([process.web
level = 6
)",
     R"(logd.toml:1:1: the ']' is missing: [process.web]
  [process.web
  ^
)"},
    {"a key twice in a table",
     R"([defaults]
level = 1
retain = 3
level = 2
)",
     R"(logd.toml:4:1: level is set twice, in line 2 too
  level = 2
  ^
)"},
    {"a key twice, in a table that stands twice",
     R"([process.web]
level = 1
[process.api]
level = 3
[process.web]
level = 2
)",
     R"(logd.toml:6:1: level is set twice, in line 2 too
  level = 2
  ^
)"},
    {"UTF-16", std::string("\xff\xfel\0", 4),
     R"(logd.toml:1:1: the file is UTF-16; save it as UTF-8
)"},
    {"several mistakes of syntax at once",
     R"([defaults]
max_size = 10MB
level: 6
retain = -1
sync = off
)",
     R"(logd.toml:2:12: sizes are strings: max_size = "10MB"
  max_size = 10MB
             ^
logd.toml:3:1: this is YAML; in TOML: level = 6
  level: 6
  ^
logd.toml:4:10: retain: must be from 0 to 1000000000, not -1
  retain = -1
           ^
logd.toml:5:8: text stands in quotes: sync = "off"
  sync = off
         ^
)"},
};

}  // namespace

TEST_CASE("read_config: what is not TOML, and what is said of it", "[config]") {
  for (const ConfigMistake& mistake : kMistakes) check_mistake(mistake);
}
