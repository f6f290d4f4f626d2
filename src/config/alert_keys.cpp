// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "config/config_keys.h"
#include "config/value_readers.h"
#include "config/value_texts.h"

namespace logd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

using A = AlertConfig;
using Value = const TomlValue&;

const std::vector<std::string> kStreams = {"both", "out", "err"};
const std::vector<std::string> kHealth = {"degraded", "failing"};

Result<void> read_command(Value v, std::vector<std::string>& to) {
  std::vector<std::string> words;
  LOGD_TRY(read_names(v, words));
  if (!words.empty() && words.front().front() != '/') {
    return fail(ErrorCode::invalid,
                fmt::format("must begin with the absolute path of a program, not {}; no shell "
                            "takes it apart: [\"/usr/bin/logger\", \"-t\", \"logd\"]",
                            toml_string(words.front())));
  }
  to = std::move(words);
  return {};
}

constexpr ConfigKey<A> kAlertKeys[] = {
    {"process", "names or patterns of processes, one or a list; none: all, each for itself",
     [](A& a, Value v) { return read_names(v, a.processes); },
     [](const A& a) { return toml_list(a.processes); }, Reload::at_once},
    {"stream", "\"both\", \"out\" or \"err\"",
     [](A& a, Value v) { return read_one_of(v, kStreams, a.stream); },
     [](const A& a) { return toml_string(a.stream); }, Reload::at_once},
    {"match", "lines that match this expression, as in logctl -g",
     [](A& a, Value v) { return read_or_none(v, a.match, read_string); },
     [](const A& a) { return toml_string(a.match); }, Reload::at_once},
    {"level", "lines of this level or worse: \"warn\", \"error\", \"fatal\", ...",
     [](A& a, Value v) { return read_or_none(v, a.level, read_string); },
     [](const A& a) { return toml_string(a.level); }, Reload::at_once},
    {"health", "instead of lines: logd itself is \"degraded\", or worse, or \"failing\"",
     [](A& a, Value v) {
       return read_or_none(v, a.health, [](Value value, std::string& to) {
         return read_one_of(value, kHealth, to);
       });
     },
     [](const A& a) { return toml_string(a.health); }, Reload::at_once},
    {"checks", "of health, such as \"disk\", \"drops\", \"writes\"; none: all",
     [](A& a, Value v) { return read_names(v, a.checks); },
     [](const A& a) { return toml_list(a.checks); }, Reload::at_once},
    {"count", "so many lines of one process ...",
     [](A& a, Value v) {
       return read_count(v, {1, 10'000}, a.count);
     },
     [](const A& a) { return std::to_string(a.count); }, Reload::at_once},
    {"within", "... in this time",
     [](A& a, Value v) {
       return read_duration(v, {milliseconds(1), hours(24)}, a.within);
     },
     [](const A& a) { return toml_duration(a.within); }, Reload::at_once},
    {"cooldown", "so long no more is told of the same process; the next alert has the count",
     [](A& a, Value v) {
       return read_duration(v, {milliseconds(0), hours(24 * 7)}, a.cooldown);
     },
     [](const A& a) { return toml_duration(a.cooldown); }, Reload::at_once},
    {"lines", "that are told: the last ones of the process",
     [](A& a, Value v) {
       return read_count(v, {0, 100}, a.lines);
     },
     [](const A& a) { return std::to_string(a.lines); }, Reload::at_once},
    {"webhook", "http:// or https:// URL that gets a POST of JSON, also Slack's and Mattermost's",
     [](A& a, Value v) { return read_or_none(v, a.webhook, read_string); },
     [](const A& a) { return toml_string(a.webhook); }, Reload::at_once, nullptr,
     [](const A& a) { return toml_string(shown_url(a.webhook)); }},
    {"webhook_file", "the file that holds this URL, where it is a secret",
     [](A& a, Value v) { return read_or_none(v, a.webhook_file, read_path); },
     [](const A& a) { return toml_string(a.webhook_file); }, Reload::at_once},
    {"token_file", "the file of the bearer token that the webhook wants",
     [](A& a, Value v) { return read_or_none(v, a.token_file, read_path); },
     [](const A& a) { return toml_string(a.token_file); }, Reload::at_once},
    {"command", "program and arguments that get the same JSON on standard input",
     [](A& a, Value v) { return read_command(v, a.command); },
     [](const A& a) { return toml_list(a.command); }, Reload::at_once},
    {"timeout", "of one attempt; three are made where another one may help",
     [](A& a, Value v) {
       return read_duration(v, {seconds(1), minutes(5)}, a.timeout);
     },
     [](const A& a) { return toml_duration(a.timeout); }, Reload::at_once},
};

}  // namespace

std::span<const ConfigKey<AlertConfig>> alert_keys() { return kAlertKeys; }

}  // namespace logd
