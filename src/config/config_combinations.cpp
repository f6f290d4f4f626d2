// SPDX-License-Identifier: Apache-2.0
#include "config/config_combinations.h"

#include <fmt/format.h>

#include <utility>

#include "base/size_text.h"

namespace logd {
namespace {

class Finder {
 public:
  explicit Finder(const ConfigOrigins& origins) : origins_(origins) {}

  void look_at_directories(const Config& config) {
    if (config.log_dir != config.run_dir || config.log_dir.empty()) return;
    exclude("", "run_dir", "log_dir",
            "run_dir is log_dir too: FIFOs and ledgers would stand among the logs");
  }

  void look_at(const std::string& section, const ProcessConfig& process) {
    const std::string max_size = "max_size = " + size_text(process.max_size_bytes);
    if (process.max_total_size_bytes && *process.max_total_size_bytes < process.max_size_bytes) {
      exclude(section, "max_total_size", "max_size",
              fmt::format("max_total_size = {} is less than {}: hardly any closed segment is kept",
                          size_text(*process.max_total_size_bytes), max_size));
    }
    if (process.min_size_bytes > process.max_size_bytes) {
      exclude(section, "min_size", "max_size",
              fmt::format("min_size = {} is more than {}: nothing is rotated by time",
                          size_text(process.min_size_bytes), max_size));
    }
    if (!process.compress) {
      for (const char* key : {"level", "keep_plain"})
        has_no_effect(section, key, "with compress = false");
    }
    if (process.on_full == OnFull::block)
      has_no_effect(section, "drop_after", "with on_full = \"block\"");
    if (process.rotate_interval == "off" && !process.rotate_after)
      has_no_effect(section, "min_size", "since nothing is rotated by time");
  }

  void look_at_group(const std::string& section, const std::string& group,
                     const HasGroup& has_group) {
    const ConfigOrigin* origin = find(section, "group");
    if (origin == nullptr || group.empty() || has_group(group)) return;
    problems_.push_back({origin->place,
                         fmt::format("there is no group {}: until there is, logd's own is used",
                                     origin->shown.empty() ? "'" + group + "'" : origin->shown),
                         ProblemKind::warning});
  }

  std::vector<ConfigProblem> take() { return std::move(problems_); }

 private:
  const ConfigOrigin* find(const std::string& section, const std::string& key) const {
    const auto found = origins_.find({section, key});
    return found == origins_.end() ? nullptr : &found->second;
  }

  bool is_set(const std::string& section, const std::string& key) const {
    return find(section, key) != nullptr || find("defaults", key) != nullptr;
  }

  // Said where one of the keys stands; a process takes the rest from [defaults].
  void exclude(const std::string& section, const std::string& key, const std::string& other,
               std::string message) {
    const ConfigOrigin* origin = find(section, key);
    if (origin == nullptr) origin = find(section, other);
    if (origin == nullptr) return;
    const bool are_both_set = is_set(section, key) && is_set(section, other);
    problems_.push_back({origin->place, std::move(message),
                         are_both_set ? ProblemKind::error : ProblemKind::warning});
  }

  void has_no_effect(const std::string& section, const std::string& key, std::string_view why) {
    if (const ConfigOrigin* origin = find(section, key)) {
      problems_.push_back(
          {origin->place, fmt::format("{} has no effect {}", key, why), ProblemKind::warning});
    }
  }

  const ConfigOrigins& origins_;
  std::vector<ConfigProblem> problems_;
};

}  // namespace

std::vector<ConfigProblem> config_combinations(const Config& config, const ConfigOrigins& origins) {
  Finder finder(origins);
  finder.look_at_directories(config);
  finder.look_at("defaults", config.defaults);
  for (const auto& [name, process] : config.processes) finder.look_at("process." + name, process);
  return finder.take();
}

std::vector<ConfigProblem> group_warnings(const Config& config, const ConfigOrigins& origins,
                                          const HasGroup& has_group) {
  Finder finder(origins);
  finder.look_at_group("defaults", config.defaults.group, has_group);
  for (const auto& [name, process] : config.processes)
    finder.look_at_group("process." + name, process.group, has_group);
  return finder.take();
}

}  // namespace logd
