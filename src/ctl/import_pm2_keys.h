// Lists the keys of an application that PM2 7 knows, and what each means to logd. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace logd {

enum class Pm2KeyKind : std::uint8_t {
  output,     // a log file of PM2's
  merge,      // merge_logs
  instances,  // how many
  mode,       // fork or cluster
  disable,    // disable_logs
  trap,       // did not do what it seemed to; `text` says what
  told,       // `text` says all
};

struct Pm2Key {
  std::string_view name;
  Pm2KeyKind kind;
  const char* text = "";
};

// Null for one that PM2 does not know.
const Pm2Key* find_pm2_key(std::string_view name);

}  // namespace logd
