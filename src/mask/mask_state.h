// What masking must know of a stream from one record to the next: where the rest of a secret that a
// cut went through ends, or how far into a private key the stream is.
//
// Fits into 32 bits, so that it is kept in the stream's slot of the ledger and survives a kill.
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "mask/private_key.h"
#include "mask/string_end.h"

namespace logd {

struct MaskState {
  enum class Kind : std::uint8_t {
    none,
    range,  // bytes [begin, begin + bytes) of what follows are secret
    run,    // ... up to where the run of token bytes ends; its mask stands in the record before
    key,    // inside a private key of several lines
  };

  // In the place of a key's lines: it begins on this very line, which a cut goes through.
  static constexpr std::uint8_t kKeyBeginsOnLine = 255;
  static_assert(kKeyBeginsOnLine > kMaxKeyLines);

  static constexpr std::uint32_t kMaxBegin = (1U << 12) - 1;
  static constexpr std::uint32_t kMaxBytes = (1U << 12) - 1;

  Kind kind = Kind::none;
  bool is_named = false;     // range: its mask stands in the record before
  bool is_open = false;      // range: its end was not seen; what follows it is taken as by a run
  bool is_key_text = false;  // run and open range: up to where the private key ends on this line
  StringEnd string_end;      // run and open range: up to where the string ends, if it is one
  std::uint32_t begin = 0;   // range
  std::uint32_t bytes = 0;   // range
  PrivateKeyState key;

  bool is_none() const { return kind == Kind::none; }

  bool begins_key_on_line() const { return kind == Kind::key && key.lines == kKeyBeginsOnLine; }

  // When the line ends here: of all that may go on behind a cut, only a private key does on the
  // next line.
  MaskState behind_line() const {
    const bool is_open_text = (kind == Kind::run || kind == Kind::range) && is_key_text;
    MaskState behind;
    if (kind != Kind::key && !is_open_text) return behind;
    behind.kind = Kind::key;
    behind.key = is_open_text || begins_key_on_line() ? PrivateKeyState{1, 0} : key;
    return behind;
  }

  // Layout, from the lowest bit: 2 kind; range: 1 is_named, 1 is_open, 1 is_key_text, 3 string_end,
  // 12 begin, 12 bytes; run: 1 is_key_text, 3 string_end; key: 8 lines, 16 bytes.
  std::uint32_t packed() const {
    std::uint32_t value = static_cast<std::uint32_t>(kind);
    if (kind == Kind::range) {
      value |= (is_named ? 4U : 0U) | (is_open ? 8U : 0U) | (is_key_text ? 16U : 0U) |
               string_end.packed() << 5 | std::min(begin, kMaxBegin) << 8 |
               std::min(bytes, kMaxBytes) << 20;
    } else if (kind == Kind::run) {
      value |= (is_key_text ? 4U : 0U) | string_end.packed() << 3;
    } else if (kind == Kind::key) {
      value |= std::uint32_t{key.lines} << 2 | std::uint32_t{key.bytes} << 10;
    }
    return value;
  }

  // Any value gives a state.
  static MaskState unpacked(std::uint32_t value) {
    MaskState state;
    state.kind = static_cast<Kind>(value & 3);
    if (state.kind == Kind::range) {
      state.is_named = (value & 4) != 0;
      state.is_open = (value & 8) != 0;
      state.is_key_text = (value & 16) != 0;
      state.string_end = StringEnd::unpacked(value >> 5 & 7);
      state.begin = value >> 8 & kMaxBegin;
      state.bytes = value >> 20;
    } else if (state.kind == Kind::run) {
      state.is_key_text = (value & 4) != 0;
      state.string_end = StringEnd::unpacked(value >> 3 & 7);
    } else if (state.kind == Kind::key) {
      state.key.lines = static_cast<std::uint8_t>(value >> 2);
      state.key.bytes = static_cast<std::uint16_t>(value >> 10);
      if (!state.key.is_inside()) state.kind = Kind::none;
    }
    return state;
  }
};

}  // namespace logd
