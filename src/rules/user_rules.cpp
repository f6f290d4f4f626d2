// SPDX-License-Identifier: Apache-2.0
#include "rules/user_rules.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/file_io.h"
#include "base/text_file.h"
#include "base/unique_fd.h"

namespace logd {
namespace {

Result<std::string> read_rule_text(const std::string& path) {
  // A FIFO would block.
  UniqueFd fd(retry_interrupted(
      [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); }));
  if (!fd) return fail(system_error(errno, {}));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(system_error(errno, {}));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid, "is not a regular file");
  return read_text(fd.get(), "the file", kMaxRuleFileBytes);
}

}  // namespace

UserRules read_user_rules(const std::string& directory) {
  UserRules rules;
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".toml") && name.front() != '.') names.push_back(name);
  }
  if (error == std::errc::no_such_file_or_directory) {
    rules.is_missing = true;
    return rules;
  }
  const auto complain = [&](const std::string& file, std::string message) {
    rules.problems.push_back({file, {}, std::move(message), {}});
  };
  if (error) {
    complain(directory, system_error(error.value(), "the rule files cannot be listed").message());
  }
  if (names.size() > kMaxRuleFiles) {
    complain(directory,
             fmt::format("holds {} rule files; at most {}", names.size(), kMaxRuleFiles));
    return rules;
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string path = fmt::format("{}/{}", directory, name);
    if (auto text = read_rule_text(path)) {
      rules.files.push_back({path, std::move(*text)});
    } else {
      complain(path, text.error().message());
    }
  }
  return rules;
}

}  // namespace logd
