// SPDX-License-Identifier: Apache-2.0
// Keys and values that people get wrong, and what they are told.
#include <catch2/catch.hpp>

#include "config_reading.h"

using namespace logd;

namespace {

const ConfigMistake kMistakes[] = {
    {"a misspelled key",
     R"([defaults]
max_sise = "1GiB"
)",
     R"(logd.toml:2:1: unknown key "max_sise"; did you mean "max_size"?
  max_sise = "1GiB"
  ^
)"},
    {"a misspelled table",
     R"([default]
level = 6
)",
     R"(logd.toml:1:2: unknown key "default"; did you mean "defaults"?
  [default]
   ^
)"},
    {"a key that nobody knows",
     R"(colour = true
)",
     R"(logd.toml:1:1: unknown key "colour"
  colour = true
  ^
)"},
    {"camel case",
     R"([defaults]
rotateInterval = "@daily"
)",
     R"(logd.toml:2:1: unknown key "rotateInterval"; did you mean "rotate_interval"?
  rotateInterval = "@daily"
  ^
)"},
    {"kebab case",
     R"([defaults]
max-size = "1GiB"
)",
     R"(logd.toml:2:1: unknown key "max-size"; did you mean "max_size"?
  max-size = "1GiB"
  ^
)"},
    {"pm2-logrotate's workerInterval",
     R"([defaults]
workerInterval = 30
)",
     R"(logd.toml:2:1: unknown key "workerInterval"; take it away: sizes are )"
     R"(looked at with every write
  workerInterval = 30
  ^
)"},
    {"pm2-logrotate's dateFormat",
     R"([defaults]
dateFormat = "YYYY-MM-DD"
)",
     R"(logd.toml:2:1: unknown key "dateFormat"; take it away: segments are named )"
     R"(NUMBER-TIME.log
  dateFormat = "YYYY-MM-DD"
  ^
)"},
    {"pm2-logrotate's TZ",
     R"(TZ = "UTC"
)",
     R"(logd.toml:1:1: unknown key "TZ"; here it is called "timezone"
  TZ = "UTC"
  ^
)"},
    {"PM2's merge_logs",
     R"([process.web]
merge_logs = true
)",
     R"(logd.toml:2:1: unknown key "merge_logs"; here it is called "merge_instances"
  merge_logs = true
  ^
)"},
    {"PM2's out_file",
     R"([process.web]
out_file = "/tmp/x"
)",
     R"(logd.toml:2:1: unknown key "out_file"; take it away: a process's log is )"
     R"(<log_dir>/NAME/
  out_file = "/tmp/x"
  ^
)"},
    {"logrotate's maxsize",
     R"([defaults]
maxsize = "1M"
)",
     R"(logd.toml:2:1: unknown key "maxsize"; here it is called "max_size"
  maxsize = "1M"
  ^
)"},
    {"logrotate's rotate",
     R"([defaults]
rotate = 7
)",
     R"(logd.toml:2:1: unknown key "rotate"; here it is called "retain"
  rotate = 7
  ^
)"},
    {"Docker's max-file",
     R"([defaults]
max-file = 3
)",
     R"(logd.toml:2:1: unknown key "max-file"; here it is called "retain"
  max-file = 3
  ^
)"},
    {"supervisord's stdout_logfile_maxbytes",
     R"([process.web]
stdout_logfile_maxbytes = "50MB"
)",
     R"(logd.toml:2:1: unknown key "stdout_logfile_maxbytes"; here it is called )"
     R"("max_size"
  stdout_logfile_maxbytes = "50MB"
  ^
)"},
    {"a setting of processes at the top",
     R"(max_size = "1GiB"
)",
     R"(logd.toml:1:1: "max_size" belongs under [defaults] or [process.NAME]
  max_size = "1GiB"
  ^
)"},
    {"a setting of the daemon in a table",
     R"([defaults]
log_dir = "/x"
)",
     R"(logd.toml:2:1: "log_dir" belongs at the top of the file, before the first )"
     R"([table]
  log_dir = "/x"
  ^
)"},
    {"fifo for all",
     R"([defaults]
fifo = true
)",
     R"(logd.toml:2:1: "fifo" belongs under [process.NAME]: a FIFO is made for one )"
     R"(process
  fifo = true
  ^
)"},
    {"a process that is no table",
     R"([process]
web = 1
)",
     R"(logd.toml:2:1: "web" must be a table, not a number
  web = 1
  ^
)"},
    {"a bad name of a process",
     R"([process."../etc"]
level = 6
)",
     R"(logd.toml:1:10: process name "../etc" must not begin with '.'
  [process."../etc"]
           ^
)"},
    {"a name with an instance",
     R"([process."web@1"]
level = 6
)",
     R"(logd.toml:1:10: process name "web@1" may only have letters, digits, '.', )"
     R"('_' and '-'
  [process."web@1"]
           ^
)"},
    {"a relative path",
     R"(log_dir = "logs"
)",
     R"(logd.toml:1:11: log_dir: must be an absolute path, one that begins with "/"
  log_dir = "logs"
            ^
)"},
    {"an empty path",
     R"(run_dir = ""
)",
     R"(logd.toml:1:11: run_dir: must not be empty
  run_dir = ""
            ^
)"},
    {"no size",
     R"([defaults]
max_size = "ten"
)",
     R"(logd.toml:2:12: max_size: "ten" is not a size; write for example "10MiB", )"
     R"("512K" or "4096"
  max_size = "ten"
             ^
)"},
    {"a size that is too small",
     R"([defaults]
max_size = "10"
)",
     R"(logd.toml:2:12: max_size: must be from 1KiB to 1TiB, not 10B
  max_size = "10"
             ^
)"},
    {"a size that is too large",
     R"([defaults]
max_line = "1GiB"
)",
     R"(logd.toml:2:12: max_line: must be from 1KiB to 16MiB, not 1GiB
  max_line = "1GiB"
             ^
)"},
    {"a share without a percent sign",
     R"(min_free = 5
)",
     R"(logd.toml:1:12: min_free: 5 bytes are next to nothing; did you mean "5%"?
  min_free = 5
             ^
)"},
    {"a share above all",
     R"(min_free = "105%"
)",
     R"(logd.toml:1:12: min_free: "105%" is not a share; write for example "5%"
  min_free = "105%"
             ^
)"},
    {"a duration without a unit",
     R"([defaults]
exit_wait = 5
)",
     R"(logd.toml:2:13: exit_wait: has no unit; write for example "5s", in quotes
  exit_wait = 5
              ^
)"},
    {"months",
     R"([defaults]
max_age = "1M"
)",
     R"(logd.toml:2:11: max_age: "1M": "M" is no unit; did you mean "1m", minutes? )"
     R"(There are no months, write for example "30d"
  max_age = "1M"
            ^
)"},
    {"a duration that is too short",
     R"([defaults]
partial_timeout = "1ms"
)",
     R"(logd.toml:2:19: partial_timeout: must be from 10ms to 1d, not 1ms
  partial_timeout = "1ms"
                    ^
)"},
    {"a misspelled schedule",
     R"([defaults]
rotate_interval = "@dayly"
)",
     R"(logd.toml:2:19: rotate_interval: "@dayly" is not a schedule; did you mean )"
     R"("@daily"?
  rotate_interval = "@dayly"
                    ^
)"},
    {"a cron field out of range",
     R"([defaults]
rotate_interval = "61 * * * *"
)",
     R"(logd.toml:2:19: rotate_interval: "61 * * * *": minute "61" is not from 0 to 59
  rotate_interval = "61 * * * *"
                    ^
)"},
    {"a cron expression of four fields",
     R"([defaults]
rotate_interval = "0 3 * *"
)",
     R"(logd.toml:2:19: rotate_interval: "0 3 * *": there are 4 fields; cron has )"
     R"(five (minute, hour, day, month, weekday) or six, with seconds first
  rotate_interval = "0 3 * *"
                    ^
)"},
    {"a day that never comes",
     R"([defaults]
rotate_interval = "0 0 30 2 *"
)",
     R"(logd.toml:2:19: rotate_interval: "0 0 30 2 *": never due: no month "2" has )"
     R"(a day "30"
  rotate_interval = "0 0 30 2 *"
                    ^
)"},
    {"a time zone",
     R"(timezone = "Europe/Berln"
)",
     R"(logd.toml:1:12: timezone: unknown time zone "Europe/Berln"; did you mean )"
     R"("Europe/Berlin"?
  timezone = "Europe/Berln"
             ^
)"},
    {"a misspelled choice",
     R"([defaults]
on_disk_full = "prun"
)",
     R"(logd.toml:2:16: on_disk_full: must be "prune", "block" or "drop", not )"
     R"("prun"; did you mean "prune"?
  on_disk_full = "prun"
                 ^
)"},
    {"a level out of range",
     R"([defaults]
level = 10
)",
     R"(logd.toml:2:9: level: must be from 1 to 9, not 10
  level = 10
          ^
)"},
    {"a number in quotes",
     R"([defaults]
retain = "10"
)",
     R"(logd.toml:2:10: retain: must be a whole number without quotes, or "all"
  retain = "10"
           ^
)"},
    {"a string for true",
     R"([defaults]
compress = "true"
)",
     R"(logd.toml:2:12: compress: must be true or false, without quotes, not a string
  compress = "true"
             ^
)"},
    {"a fraction",
     R"([defaults]
keep_plain = 1.5
)",
     R"(logd.toml:2:14: keep_plain: must be a whole number, without quotes, not a number
  keep_plain = 1.5
               ^
)"},
    {"a user that is no list",
     R"([defaults]
allow_users = "web"
)",
     R"(logd.toml:2:15: allow_users: must be a list of users such as ["web", )"
     R"(1000], not a string
  allow_users = "web"
                ^
)"},
    {"a mode of masking",
     R"([defaults]
masking = { mode = "enforced" }
)",
     R"(logd.toml:2:20: masking: mode: must be "enforce", "report" or "off", not )"
     R"("enforced"; did you mean "enforce"?
  masking = { mode = "enforced" }
                     ^
)"},
    {"a field of masking",
     R"([defaults.masking]
pack = ["all"]
)",
     R"(logd.toml:2:1: masking: unknown key "pack"; did you mean "packs"?
  pack = ["all"]
  ^
)"},
    {"all that is wrong with one table of masking",
     R"([defaults]
masking = { mode = "of", pack = [], packs = ["", 1], style = { pii = "hsah", card = 3 } }
[process.web.masking]
env = "yes"
allow = { prefix = [""], suffix = "x", infix = [] }
literals = "words.txt"
)",
     R"(logd.toml:2:20: masking: mode: must be "enforce", "report" or "off", not "of"; )"
     R"(did you mean "off"?
  masking = { mode = "of", pack = [], packs = ["", 1], style = { pii = "hsah", card = 3 } }
                     ^
logd.toml:2:26: masking: unknown key "pack"; did you mean "packs"?
  masking = { mode = "of", pack = [], packs = ["", 1], style = { pii = "hsah", card = 3 } }
                           ^
logd.toml:2:46: masking: packs: must not be empty
  masking = { mode = "of", pack = [], packs = ["", 1], style = { pii = "hsah", card = 3 } }
                                               ^
logd.toml:2:50: masking: packs: must be a string in quotes, not a number
  masking = { mode = "of", pack = [], packs = ["", 1], style = { pii = "hsah", card = 3 } }
                                                   ^
logd.toml:2:70: masking: style: pii: must be "token", "hash", "partial", "fixed", )"
     R"("remove" or "same_length", not "hsah"; did you mean "hash"?
  masking = { mode = "of", pack = [], packs = ["", 1], style = { pii = "hsah", card = 3 } }
                                                                       ^
)"
     R"(logd.toml:2:85: masking: style: card: must be "token", "hash", "partial", "fixed", )"
     R"("remove" or "same_length", not a number
  masking = { mode = "of", pack = [], packs = ["", 1], style = { pii = "hsah", card = 3 } }
                                                                                      ^
logd.toml:4:7: masking: env: must be true or false, without quotes, not a string
  env = "yes"
        ^
logd.toml:5:21: masking: allow: prefix: must not be empty
  allow = { prefix = [""], suffix = "x", infix = [] }
                      ^
logd.toml:5:35: masking: allow: suffix: must be a list of strings, not a string
  allow = { prefix = [""], suffix = "x", infix = [] }
                                    ^
)"
     R"(logd.toml:5:40: masking: allow: unknown key "infix"; there are exact, prefix, )"
     R"(suffix, regex
  allow = { prefix = [""], suffix = "x", infix = [] }
                                         ^
logd.toml:6:12: masking: literals: must be an absolute path, one that begins with "/"
  literals = "words.txt"
             ^
)"},
    {"what is wrong under a name that is wrong",
     R"([process."a b"]
retain = "x"
)",
     R"(logd.toml:1:10: process name "a b" may only have letters, digits, '.', '_' and '-'
  [process."a b"]
           ^
logd.toml:2:10: retain: must be a whole number without quotes, or "all"
  retain = "x"
           ^
)"},
    {"masking that is no table",
     R"([defaults]
masking = true
)",
     R"(logd.toml:2:11: masking: must be a table such as { packs = ["default"], )"
     R"(mode = "enforce" }, not true or false
  masking = true
            ^
)"},
    {"an unset variable",
     R"(log_dir = "${LOG_HOME}/logs"
)",
     R"(logd.toml:1:11: log_dir: ${LOG_HOME}: is not set, and there is no default
  log_dir = "${LOG_HOME}/logs"
            ^
)"},
    {"a variable that is not closed",
     R"(log_dir = "/${HOME/logs"
)",
     R"(logd.toml:1:11: log_dir: "${" has no "}"; a "$" itself is written "$$"
  log_dir = "/${HOME/logs"
            ^
)"},
    {"max_total_size below max_size",
     R"([defaults]
max_size = "10MiB"
max_total_size = "5MiB"
)",
     R"(logd.toml:3:1: max_total_size = 5MiB is less than max_size = 10MiB: hardly )"
     R"(any closed segment is kept
  max_total_size = "5MiB"
  ^
)"},
    {"the same over two tables",
     R"([defaults]
max_size = "10MiB"
[process.web]
max_total_size = "5MiB"
)",
     R"(logd.toml:4:1: max_total_size = 5MiB is less than max_size = 10MiB: hardly )"
     R"(any closed segment is kept
  max_total_size = "5MiB"
  ^
)"},
    {"min_size above max_size",
     R"([defaults]
max_size = "1MiB"
min_size = "5MiB"
)",
     R"(logd.toml:3:1: min_size = 5MiB is more than max_size = 1MiB: nothing is )"
     R"(rotated by time
  min_size = "5MiB"
  ^
)"},
    {"a max_escrow that no stream fits into",
     R"(max_escrow = "2MiB"
[process.web]
max_line = "4MiB"
)",
     R"(logd.toml:1:1: max_escrow: must be at least 16MiB, since a max_line is 4MiB
  max_escrow = "2MiB"
  ^
)"},
    {"run_dir in place of log_dir",
     R"(log_dir = "/data/logd"
run_dir = "/data/logd"
)",
     R"(logd.toml:2:1: run_dir is log_dir too: FIFOs and ledgers would stand among )"
     R"(the logs
  run_dir = "/data/logd"
  ^
)"},
    {"an alert about nothing that tells nobody",
     R"([alert.a]
count = 5
)",
     R"(logd.toml:1:8: alert "a" needs match, level or health: what it is about
  [alert.a]
         ^
logd.toml:1:8: alert "a" needs webhook, webhook_file or command: how somebody is told
  [alert.a]
         ^
)"},
    {"an alert about lines and about logd itself",
     R"([alert.a]
health = "failing"
match = "x"
command = "/bin/true"
)",
     R"(logd.toml:3:1: match is about lines, and health about logd itself: make two alerts
  match = "x"
  ^
)"},
    {"an alert's level of health",
     R"([alert.a]
health = "bad"
command = "/bin/true"
)",
     R"(logd.toml:2:10: health: must be "degraded" or "failing", not "bad"
  health = "bad"
           ^
)"},
    {"a webhook that is no URL",
     R"([alert.a]
level = "error"
webhook = "hooks.example.com/x"
)",
     R"(logd.toml:3:1: webhook must begin with "http://" or "https://" and have a host
  webhook = "hooks.example.com/."
  ^
)"},
    {"a command for a shell",
     R"([alert.a]
level = "error"
command = ["mail -s x root"]
)",
     R"(logd.toml:3:11: command: must begin with the absolute path of a program, not )"
     R"("mail -s x root"; no shell takes it apart: ["/usr/bin/logger", "-t", "logd"]
  command = ["mail -s x root"]
            ^
)"},
    {"two URLs",
     R"([alert.a]
level = "error"
webhook = "http://x"
webhook_file = "/x"
)",
     R"(logd.toml:4:1: webhook_file cannot go with webhook: one of them holds the URL
  webhook_file = "/x"
  ^
)"},
    {"a misspelled key of an alert",
     R"([alert.a]
level = "error"
comand = ["/bin/true"]
)",
     R"(logd.toml:3:1: unknown key "comand"; did you mean "command"?
  comand = ["/bin/true"]
  ^
)"},
    {"an alert without a name",
     R"([alert]
level = "error"
)",
     R"(logd.toml:2:1: "level" must be a table, not a string
  level = "error"
  ^
)"},
    {"a process that there can never be",
     R"([alert.a]
level = "error"
process = ["web", "two words"]
command = "/bin/true"
)",
     R"(logd.toml:3:1: process "two words" can be no process's name
  process = ["web", "two words"]
  ^
)"},
    {"more lines than an alert tells",
     R"([alert.a]
level = "error"
lines = 1000
command = "/bin/true"
)",
     R"(logd.toml:3:9: lines: must be from 0 to 100, not 1000
  lines = 1000
          ^
)"},
};

}  // namespace

TEST_CASE("read_config: wrong keys and values, and what is said of them", "[config]") {
  for (const ConfigMistake& mistake : kMistakes) check_mistake(mistake);
}
