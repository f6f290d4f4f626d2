// SPDX-License-Identifier: Apache-2.0
#include "config/config_warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/size_text.h"

namespace logd {
namespace {

class Finder {
 public:
  explicit Finder(const LoadedConfig& loaded) : loaded_(loaded) {}

  void look_at(const std::string& section, const ProcessConfig& process,
               const HasGroup& has_group) {
    if (process.max_total_size_bytes && *process.max_total_size_bytes < process.max_size_bytes) {
      warn(
          section, {"max_total_size", "max_size"},
          fmt::format("max_total_size = {} is less than max_size = {}: hardly any closed segment "
                      "is kept",
                      size_text(*process.max_total_size_bytes), size_text(process.max_size_bytes)));
    }
    if (process.min_size_bytes > process.max_size_bytes) {
      warn(section, {"min_size", "max_size"},
           fmt::format("min_size = {} is more than max_size = {}: nothing is rotated by time",
                       size_text(process.min_size_bytes), size_text(process.max_size_bytes)));
    }
    if (!process.group.empty() && !has_group(process.group)) {
      warn(
          section, {"group"},
          fmt::format("there is no group '{}': until there is, logd's own is used", process.group));
    }
  }

  std::vector<std::string> take() { return std::move(warnings_); }

 private:
  // Said once, where one of the keys stands in the file; a process takes the rest from [defaults].
  void warn(const std::string& section, std::vector<std::string_view> keys,
            const std::string& text) {
    for (const Setting& setting : loaded_.settings) {
      const bool is_of_it = std::find(keys.begin(), keys.end(), setting.key) != keys.end();
      if (setting.section != section || !is_of_it) continue;
      if (loaded_.file.empty() || !setting.origin.starts_with(loaded_.file + ":")) continue;
      warnings_.push_back(fmt::format("{}: {}", setting.origin, text));
      return;
    }
  }

  const LoadedConfig& loaded_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> config_warnings(const LoadedConfig& loaded, const HasGroup& has_group) {
  Finder finder(loaded);
  finder.look_at("defaults", loaded.config.defaults, has_group);
  for (const auto& [name, process] : loaded.config.processes)
    finder.look_at("process." + name, process, has_group);
  return finder.take();
}

}  // namespace logd
