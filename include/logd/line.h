// Types that say how far a line has come: raw from a pipe, or masked and fit to be stored or sent.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace logd {

// The stream of a process. `stdout` itself is a macro of the C library.
enum class Stream : std::uint8_t { out = 0, err = 1 };

inline constexpr std::string_view stream_name(Stream stream) {
  return stream == Stream::out ? "stdout" : "stderr";
}

// F: the line ends here. P: a piece of a longer line.
enum class RecordTag : std::uint8_t { full, partial };

// A line, or a piece of one, as the process wrote it, without its newline. Points into a batch's
// copy.
struct RawLine {
  std::string_view bytes;
  RecordTag tag = RecordTag::full;
};

// A line that may be stored or sent. Only the Masker makes one, so an unmasked line cannot reach a
// segment: it does not compile.
class MaskedLine {
 public:
  std::string_view bytes() const { return bytes_; }
  RecordTag tag() const { return tag_; }

 private:
  friend class Masker;
  MaskedLine(std::string_view bytes, RecordTag tag) : bytes_(bytes), tag_(tag) {}
  std::string_view bytes_;
  RecordTag tag_;
};

}  // namespace logd
