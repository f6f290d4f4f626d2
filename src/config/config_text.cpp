// SPDX-License-Identifier: Apache-2.0
#include "config/config_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/config_keys.h"
#include "config/masking_value.h"

namespace logd {
namespace {

constexpr std::string_view kBareKey =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
constexpr std::size_t kOriginColumn = 48;

template <typename Target>
Setting setting_of(const std::string& section, const ConfigKey<Target>& key, const Target& target,
                   const ConfigOrigins& origins) {
  const auto origin = origins.find({section, std::string(key.name)});
  if (origin == origins.end())
    return {section, std::string(key.name), key.shown(target), "default"};
  const std::string& shown = origin->second.shown;
  return {section, std::string(key.name), shown.empty() ? key.shown(target) : shown,
          origin->second.place.line_text()};
}

// "process.a.b" as TOML: [process."a.b"].
std::string section_header(const std::string& section) {
  const std::size_t dot = section.find('.');
  if (dot == std::string::npos) return "[" + section + "]";
  const std::string name = section.substr(dot + 1);
  const bool is_bare = name.find_first_not_of(kBareKey) == std::string::npos;
  return "[" + section.substr(0, dot + 1) + (is_bare ? name : toml_string(name)) + "]";
}

template <typename Target>
std::string commented_keys(std::span<const ConfigKey<Target>> keys, const Target& defaults,
                           const std::set<std::string_view>& but) {
  std::string text;
  for (const ConfigKey<Target>& key : keys) {
    if (but.contains(key.name)) continue;
    text += fmt::format("\n# {}\n#{} = {}\n", key.comment, key.name, key.write(defaults));
  }
  return text;
}

// A value that was expanded is not to be expanded again.
std::string escaped_variables(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += c == '$' ? "$$" : std::string(1, c);
  return escaped;
}

}  // namespace

std::vector<Setting> settings_of(const Config& config, const ConfigOrigins& origins) {
  std::vector<Setting> settings;
  for (const auto& key : global_keys()) {
    settings.push_back(setting_of("", key, config, origins));
  }
  for (const auto& key : http_keys()) {
    settings.push_back(setting_of("http", key, config.http, origins));
  }
  for (const auto& key : process_keys()) {
    if (key.name == "fifo") continue;  // belongs to a process only
    settings.push_back(setting_of("defaults", key, config.defaults, origins));
  }
  for (const auto& [name, process] : config.processes) {
    for (const auto& key : process_keys()) {
      Setting setting = setting_of("process." + name, key, process, origins);
      const bool is_set = setting.origin != "default";
      if (!is_set && setting.value == key.write(config.defaults)) continue;
      const bool is_hidden = is_set && !origins.at({setting.section, setting.key}).shown.empty();
      if (key.name == "masking" && !is_hidden)
        setting.value = write_masking(process.masking, MaskingFields::all);
      if (!is_set) setting.origin = "default with fifo = true";
      settings.push_back(std::move(setting));
    }
  }
  for (const auto& [name, alert] : config.alerts)
    for (const auto& key : alert_keys())
      settings.push_back(setting_of("alert." + name, key, alert, origins));
  for (const auto& [name, ship] : config.ships)
    for (const auto& key : ship_keys())
      settings.push_back(setting_of("ship." + name, key, ship, origins));
  return settings;
}

std::string check_config_text(const LoadedConfig& loaded) {
  std::string text;
  for (const std::string& file : loaded.files) text += file + ": good\n";
  return loaded.files.empty() ? "no configuration file: defaults apply\n" : text;
}

std::string print_config_text(const LoadedConfig& loaded) {
  std::string text = loaded.files.empty() ? "# No configuration file: defaults apply.\n" : "";
  for (const std::string& file : loaded.files) text += fmt::format("# Read from {}\n", file);
  std::string section;
  for (const Setting& setting : loaded.settings) {
    if (setting.section != section) text += "\n" + section_header(setting.section) + "\n";
    section = setting.section;
    const std::string assignment = setting.key + " = " + setting.value;
    text += fmt::format("{:<{}} # {}\n", assignment, kOriginColumn, setting.origin);
  }
  return text;
}

std::string default_config_text() {
  Config defaults;
  defaults.log_dir = "/var/log/logd";
  defaults.run_dir = "/run/logd";
  defaults.rules_dir = "/etc/logd/rules";
  defaults.mask_key = "/var/log/logd/.rules/mask.key";
  std::string text =
      "# logd.toml: every key of logd with its default. To change one, take away the '#' before "
      "it.\n"
      "#\n"
      "# Sizes: \"10MiB\", \"512K\"; every unit is a power of 1024. Durations: \"500ms\", \"5s\", "
      "\"1h30m\".\n"
      "# Who is not root has log_dir, run_dir and rules_dir in the XDG directories.\n";
  text += commented_keys(global_keys(), defaults, {});
  text += "\n# Health, metrics and logs for others: HTTP.\n[http]\n";
  text += commented_keys(http_keys(), defaults.http, {});
  text += "\n# Of every process; any of these again under [process.NAME].\n[defaults]\n";
  text += commented_keys(process_keys(), defaults.defaults, {"fifo", "group"});
  ProcessConfig example;
  example.fifo = true;
  example.group = "team-a";
  text += "\n# Of one process.\n#[process.backend]\n";
  std::set<std::string_view> others;
  for (const auto& key : process_keys()) {
    if (key.name != "fifo" && key.name != "group") others.insert(key.name);
  }
  text += commented_keys(process_keys(), example, others);
  text += "\n# Who is told of what: logd.toml(5), ALERTS.\n#[alert.errors]\n";
  AlertConfig alert;
  alert.level = "error";
  alert.webhook = "https://hooks.example.com/logd";
  text += commented_keys(alert_keys(), alert, {});
  text += "\n# Where records are forwarded to: logd-ship(7).\n#[ship.central]\n";
  ShipConfig ship;
  ship.url = "https://otel.example.com:4318/v1/logs";
  return text + commented_keys(ship_keys(), ship, {});
}

std::string ship_config_text(const Config& config) {
  std::string text;
  const bool has_segments = std::any_of(config.ships.begin(), config.ships.end(),
                                        [](const auto& ship) { return ship.second.type == "s3"; });
  for (const auto& key : global_keys()) {
    if (key.name == "log_dir" || key.name == "run_dir" || key.name == "host_id")
      text += fmt::format("{} = {}\n", key.name, escaped_variables(key.write(config)));
  }
  if (has_segments) {
    const auto compress = [&text](const std::string& section, const ProcessConfig& process) {
      text += fmt::format("{}\ncompress = {}\n", section_header(section), process.compress);
    };
    compress("defaults", config.defaults);
    for (const auto& [name, process] : config.processes) compress("process." + name, process);
  }
  for (const auto& [name, ship] : config.ships) {
    text += section_header("ship." + name) + "\n";
    for (const auto& key : ship_keys())
      text += fmt::format("{} = {}\n", key.name, escaped_variables(key.write(ship)));
  }
  return text;
}

}  // namespace logd
