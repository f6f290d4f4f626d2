// Takes the text of one configuration file apart, and goes on behind what is wrong with it.
//
// Which keys there are is config_reader.h's business, what is said about a line
// syntax_hints.h's. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config_problem.h"
#include "config/toml_tree.h"

namespace logd {

struct ConfigDocument {
  std::string file;
  std::string contents;
  // Its keys and tables. More than one where a [table] stands twice: TOML forbids that, but what is
  // meant is clear.
  std::vector<TomlValue> parts;
  std::vector<ConfigProblem> problems;  // of syntax
  std::vector<std::size_t> lines;       // where each begins

  ConfigPlace at(TomlPlace place) const;
  std::string_view line(std::uint32_t number) const;  // from 1
};

ConfigDocument parse_document(std::string file, std::string contents);

}  // namespace logd
