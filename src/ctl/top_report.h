// Writes what `logctl top` knows for who has no terminal: as a table, or as an object of JSON.
//
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "ctl/top_columns.h"
#include "ctl/top_model.h"
#include "logd/config.h"

namespace logd {

struct TopReport {
  const TopModel& model;
  const Config& config;
  TopColumn sort = TopColumn::name;
  WallTime now{};
  std::map<std::string, TopFiles> files;  // by directory
};

std::string top_text(const TopReport& report);
std::string top_json(const TopReport& report);  // one line

}  // namespace logd
