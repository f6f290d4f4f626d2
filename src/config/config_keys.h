// Lists every key of logd.toml: how it is read, checked and written.
//
// The tables are the one place that knows a key's spelling; defaults are those of logd/config.h.
// Pure, but for time zones, which are looked up among the system's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/toml_tree.h"
#include "logd/config.h"
#include "logd/result.h"

namespace logd {

// When a change of a key takes effect.
enum class Reload : std::uint8_t {
  at_once,   // with a reload
  next_run,  // with a reload, for programs that are started after it
  restart,   // of logd; until then the old value holds
};

template <typename Target>
struct ConfigKey {
  std::string_view name;
  std::string_view comment;  // for the file that --print-default-config writes
  // Takes the value into the target. Errors: invalid; the message follows "NAME: ".
  Result<void> (*read)(Target&, const TomlValue&);
  std::string (*write)(const Target&);  // as TOML
  Reload reload = Reload::restart;
  // Of a table, where more than one thing can be wrong: all that read() would not take.
  std::vector<TomlProblem> (*mistakes)(const TomlValue&) = nullptr;
  // As `write`, for people: without what nobody but the file's readers may know. None: as `write`.
  std::string (*show)(const Target&) = nullptr;

  std::string shown(const Target& target) const { return show ? show(target) : write(target); }
};

std::span<const ConfigKey<Config>> global_keys();

// Under [defaults] and [process.NAME].
std::span<const ConfigKey<ProcessConfig>> process_keys();

// Under [http].
std::span<const ConfigKey<HttpConfig>> http_keys();

// Under [alert.NAME].
std::span<const ConfigKey<AlertConfig>> alert_keys();

// Under [ship.NAME].
std::span<const ConfigKey<ShipConfig>> ship_keys();

std::string toml_list(const std::vector<std::string>& items);

}  // namespace logd
