// SPDX-License-Identifier: Apache-2.0
#include "config/key_spellings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/closest.h"

namespace logd {
namespace {

// Names of PM2 and pm2-logrotate, logrotate, supervisord, Docker and s6-log.
struct ForeignName {
  std::string_view name;  // as snake_case() leaves it
  std::string_view key;   // of ours; empty: there is none
  std::string_view why;   // without one
};

constexpr ForeignName kForeignNames[] = {
    {"worker_interval", "", "sizes are looked at with every write"},
    {"date_format", "", "segments are named NUMBER-TIME.log"},
    {"rotate_module", "", "logd tells about itself on its standard error"},
    {"log_date_format", "", "each record has its time; logctl shows it as you ask"},
    {"log_type", "", "logctl shows JSON with -o json"},
    {"out_file", "", "a process's log is <log_dir>/NAME/"},
    {"error_file", "", "a process's log is <log_dir>/NAME/"},
    {"stdout_logfile", "", "a process's log is <log_dir>/NAME/"},
    {"stderr_logfile", "", "a process's log is <log_dir>/NAME/"},
    {"copytruncate", "", "rotation copies nothing"},
    {"create", "", "logd makes its files with mode 0640"},
    {"postrotate", "", "nobody has to reopen a file"},
    {"tz", "timezone", ""},
    {"time_zone", "timezone", ""},
    {"merge_logs", "merge_instances", ""},
    {"combine_logs", "merge_instances", ""},
    {"redirect_stderr", "merge_streams", ""},
    {"size", "max_size", ""},
    {"maxsize", "max_size", ""},
    {"max_file_size", "max_size", ""},
    {"stdout_logfile_maxbytes", "max_size", ""},
    {"logfile_maxbytes", "max_size", ""},
    {"minsize", "min_size", ""},
    {"maxage", "max_age", ""},
    {"rotate", "retain", ""},
    {"max_file", "retain", ""},
    {"max_files", "retain", ""},
    {"retention", "retain", ""},
    {"stdout_logfile_backups", "retain", ""},
    {"logfile_backups", "retain", ""},
    {"interval", "rotate_interval", ""},
    {"schedule", "rotate_interval", ""},
    {"delaycompress", "keep_plain", ""},
    {"compression", "compress", ""},
    {"compress_level", "level", ""},
    {"path", "log_dir", ""},
    {"log_path", "log_dir", ""},
    {"directory", "log_dir", ""},
    {"rate_limit", "max_rate", ""},
    {"users", "allow_users", ""},
    {"mask", "masking", ""},
    {"redact", "masking", ""},
};

// "rotateInterval" and "max-size" as "rotate_interval" and "max_size".
std::string snake_case(std::string_view key) {
  std::string result;
  bool was_lower = false;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isupper(byte) != 0 && was_lower) result += '_';
    was_lower = std::islower(byte) != 0 || std::isdigit(byte) != 0;
    result += c == '-' || c == ' ' ? '_' : static_cast<char>(std::tolower(byte));
  }
  return result;
}

}  // namespace

std::string about_unknown_key(std::string_view key, const std::vector<std::string>& keys) {
  const std::string snake = snake_case(key);
  const auto is_here = [&](std::string_view name) {
    return std::find(keys.begin(), keys.end(), name) != keys.end();
  };
  if (is_here(snake)) return fmt::format("; did you mean \"{}\"?", snake);
  for (const ForeignName& foreign : kForeignNames) {
    if (snake != foreign.name) continue;
    if (foreign.key.empty()) return fmt::format("; take it away: {}", foreign.why);
    return fmt::format("; here it is called \"{}\"", foreign.key);
  }
  const auto meant = closest(key, keys);
  return meant ? fmt::format("; did you mean \"{}\"?", *meant) : std::string();
}

}  // namespace logd
