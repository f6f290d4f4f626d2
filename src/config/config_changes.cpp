// SPDX-License-Identifier: Apache-2.0
#include "config/config_changes.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace logd {
namespace {

class Comparison {
 public:
  Comparison(const LoadedConfig& before, const LoadedConfig& after)
      : before_(before), after_(after) {}

  std::vector<ConfigChange> compare() {
    compare_keys("", global_keys(), before_.config, after_.config);
    compare_keys("http", http_keys(), before_.config.http, after_.config.http);
    compare_keys("defaults", process_keys(), before_.config.defaults, after_.config.defaults);
    std::set<std::string> names;
    for (const auto& [name, process] : before_.config.processes) names.insert(name);
    for (const auto& [name, process] : after_.config.processes) names.insert(name);
    for (const std::string& name : names) compare_process(name);
    compare_named("alert.", alert_keys(), &Config::alerts);
    compare_named("ship.", ship_keys(), &Config::ships);
    return std::move(changes_);
  }

 private:
  void compare_process(const std::string& name) {
    for (const ConfigKey<ProcessConfig>& key : process_keys()) {
      const std::string before = key.write(before_.config.of(name));
      const std::string after = key.write(after_.config.of(name));
      const bool follows_defaults = before == key.write(before_.config.defaults) &&
                                    after == key.write(after_.config.defaults);
      if (!follows_defaults) note("process." + name, key, before, after);
    }
  }

  // One that is there on one side only is compared with one that says nothing.
  template <typename Target>
  void compare_named(const std::string& kind, std::span<const ConfigKey<Target>> keys,
                     std::map<std::string, Target> Config::*tables) {
    std::map<std::string, Target> all = before_.config.*tables;
    all.insert((after_.config.*tables).begin(), (after_.config.*tables).end());
    const auto of = [&](const LoadedConfig& loaded, const std::string& name) {
      const auto found = (loaded.config.*tables).find(name);
      return found == (loaded.config.*tables).end() ? Target() : found->second;
    };
    for (const auto& [name, one] : all)
      compare_keys(kind + name, keys, of(before_, name), of(after_, name));
  }

  template <typename Target>
  void compare_keys(const std::string& section, std::span<const ConfigKey<Target>> keys,
                    const Target& before, const Target& after) {
    for (const ConfigKey<Target>& key : keys) {
      if (key.write(before) != key.write(after))
        add(section, key, key.shown(before), key.shown(after));
    }
  }

  template <typename Target>
  void note(const std::string& section, const ConfigKey<Target>& key, const std::string& before,
            const std::string& after) {
    if (before != after) add(section, key, before, after);
  }

  template <typename Target>
  void add(const std::string& section, const ConfigKey<Target>& key, const std::string& before,
           const std::string& after) {
    changes_.push_back({section, std::string(key.name), shown(before_, section, key.name, before),
                        shown(after_, section, key.name, after), key.reload});
  }

  static std::string shown(const LoadedConfig& loaded, const std::string& section,
                           std::string_view key, const std::string& value) {
    for (const std::string& place : {section, std::string("defaults")}) {
      const auto origin = loaded.origins.find({place, std::string(key)});
      if (origin == loaded.origins.end()) continue;
      return origin->second.shown.empty() ? value : origin->second.shown;
    }
    return value;
  }

  const LoadedConfig& before_;
  const LoadedConfig& after_;
  std::vector<ConfigChange> changes_;
};

}  // namespace

std::string_view word_of(Reload reload) {
  constexpr std::string_view kWords[] = {"at_once", "next_run", "restart"};
  return kWords[static_cast<std::size_t>(reload)];
}

std::string ConfigChange::text() const {
  constexpr std::string_view kNotes[] = {"", " (for programs that are started from now on)",
                                         " (needs a restart of logd)"};
  return fmt::format("{}{}: {} -> {}{}", section.empty() ? "" : "[" + section + "] ", key, before,
                     after, kNotes[static_cast<std::size_t>(reload)]);
}

std::vector<ConfigChange> config_changes(const LoadedConfig& before, const LoadedConfig& after) {
  return Comparison(before, after).compare();
}

void take_over(Config& live, const Config& next) {
  for (const ConfigKey<Config>& key : global_keys()) {
    if (key.reload == Reload::restart || key.write(live) == key.write(next)) continue;
    const auto value = parse_toml_value(key.write(next));
    LOGD_ASSERT(value && key.read(live, *value));  // what is written can be read: a test says so
  }
  live.defaults = next.defaults;
  live.processes = next.processes;
  live.alerts = next.alerts;
  live.ships = next.ships;
}

}  // namespace logd
