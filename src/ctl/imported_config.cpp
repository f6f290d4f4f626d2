// SPDX-License-Identifier: Apache-2.0
#include "ctl/imported_config.h"

#include <algorithm>

#include "config/config_keys.h"
#include "query/escape.h"

namespace logd {
namespace {

// Settings are other people's texts, and go to a terminal.
std::string said(std::string_view setting, std::string_view mark, std::string_view text) {
  std::string line;
  append_visible(line, setting, Colours::strip);
  line += mark;
  append_visible(line, text, Colours::strip);
  return line;
}

std::string comment(std::string_view text) { return said("# ", "", text) + "\n"; }

std::string header(const std::string& name) {
  if (name.empty()) return "";
  return name == "defaults" ? "\n[defaults]\n" : "\n[process." + toml_string(name) + "]\n";
}

}  // namespace

ImportedConfig::Table& ImportedConfig::table(const std::string& name) {
  const auto found = std::find_if(tables_.begin(), tables_.end(),
                                  [&](const Table& table) { return table.name == name; });
  if (found != tables_.end()) return *found;
  return tables_.emplace_back(Table{name, {}, {}});
}

void ImportedConfig::note(std::string_view setting, std::string_view text) {
  notes_.push_back(said(setting, ": ", text));
}

void ImportedConfig::warn(std::string_view setting, std::string_view text) {
  notes_.push_back(said(setting, ": warning: ", text));
}

std::string ImportedConfig::text(std::string_view sources) const {
  std::string text = comment("Made by logctl import from " + std::string(sources) + ".");
  text += comment("What is not here has its default: logd --print-default-config.");
  for (const Table& table : tables_) {
    if (table.comments.empty() && table.keys.empty()) continue;
    text += header(table.name);
    for (const std::string& line : table.comments) text += comment(line);
    for (const std::string& key : table.keys) text += key + "\n";
  }
  return text;
}

}  // namespace logd
