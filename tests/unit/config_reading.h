// Reads configurations that tests write, without files.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config_combinations.h"
#include "config/config_reader.h"

namespace logd {

struct ReadConfig {
  Config config;
  ConfigReading reading;
};

// Of files in their order, each with its name.
inline ReadConfig read_files(const std::vector<std::pair<std::string, std::string>>& files,
                             const std::map<std::string, std::string>& variables = {}) {
  std::vector<ConfigDocument> documents;
  for (const auto& [name, contents] : files) documents.push_back(parse_document(name, contents));
  const auto variable = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  ReadConfig read;
  read.reading = read_config({documents, variable}, read.config);
  return read;
}

inline ReadConfig read_text(const std::string& contents) {
  return read_files({{"logd.toml", contents}});
}

// One that is right.
inline Config good_config(const std::string& contents) {
  ReadConfig read = read_text(contents);
  for (const ConfigProblem& problem : read.reading.problems) FAIL_CHECK(problem.text());
  return std::move(read.config);
}

// What is wrong with it, and with what it sets together.
inline std::vector<ConfigProblem> problems_in(const ReadConfig& read) {
  std::vector<ConfigProblem> problems = read.reading.problems;
  if (!problems.empty()) return problems;
  return config_combinations(read.config, read.reading.origins);
}

// What somebody got wrong in a logd.toml, and all that is said of it.
struct ConfigMistake {
  const char* name;
  std::string contents;
  const char* told;
};

inline void check_mistake(const ConfigMistake& mistake) {
  std::string told;
  for (const ConfigProblem& problem : problems_in(read_text(mistake.contents)))
    told += problem.text() + "\n";
  INFO(mistake.name);
  CHECK(told == mistake.told);
}

}  // namespace logd
