// SPDX-License-Identifier: Apache-2.0
#include "query/log_choice.h"

#include <algorithm>

#include "base/closest.h"

namespace logd {
namespace {

bool means(const std::string& name, const LogName& log) {
  if (!is_glob(name)) return name == log.process || name == log.directory();
  return glob_matches(name, log.process) ||
         (name.find('@') != std::string::npos && glob_matches(name, log.directory()));
}

// "a", as typed, for a message; bytes that a terminal would act on are not in it.
std::string quoted(const std::string& name) {
  std::string text = name.substr(0, 2 * kMaxProcessNameBytes);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return "'" + text + "'";
}

}  // namespace

bool LogChoice::includes(const LogName& log) const {
  return names_.empty() || std::any_of(names_.begin(), names_.end(),
                                       [&](const std::string& name) { return means(name, log); });
}

bool LogChoice::is_named(const LogName& log) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& name) { return !is_glob(name) && means(name, log); });
}

bool LogChoice::is_open_ended() const {
  return names_.empty() || std::any_of(names_.begin(), names_.end(),
                                       [](const std::string& name) { return is_glob(name); });
}

Result<void> LogChoice::check(const std::vector<LogName>& logs, MayCome may_come) const {
  for (const std::string& name : names_) {
    if (may_come == MayCome::yes && is_glob(name)) continue;
    if (std::any_of(logs.begin(), logs.end(), [&](const LogName& log) { return means(name, log); }))
      continue;
    if (is_glob(name)) return fail(ErrorCode::not_found, "no process matches " + quoted(name));
    return fail(no_such_process(name, logs));
  }
  return {};
}

Error no_such_process(const std::string& name, const std::vector<LogName>& logs) {
  std::string message = "no such process: " + quoted(name);
  std::vector<std::string> known;
  for (const LogName& log : logs) {
    known.push_back(log.process);
    if (log.instance != kNoInstance) known.push_back(log.directory());
  }
  if (const auto meant = closest(name, known)) message += "; did you mean '" + *meant + "'?";
  return {ErrorCode::not_found, 0, std::move(message)};
}

Result<std::vector<LogName>> list_logs(Directory& log_dir) {
  LOGD_TRY_ASSIGN(const std::vector<std::string> names, log_dir.list());
  std::vector<LogName> logs;
  for (const std::string& name : names) {
    auto log = parse_log_name(name);
    if (!log) continue;
    const auto status = log_dir.status_of(name);
    if (status && status->is_directory) logs.push_back(std::move(*log));
  }
  std::sort(logs.begin(), logs.end(), [](const LogName& a, const LogName& b) {
    return a.process != b.process ? a.process < b.process : a.instance < b.instance;
  });
  return logs;
}

}  // namespace logd
