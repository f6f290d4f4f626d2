// Builds and parses every name that a log directory holds: `NNNNNNNNNN-20261121T221700Z.log` and
// what grows out of it.
//
// The listing is the state of a log; what a set of names means is segment_list.h's and recovery's
// business. Pure. Format: logd-format(5).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "logd/units.h"

namespace logd {

// Symbolic link to the active segment, for people and for `tail -F`; logd's own readers ignore it.
inline constexpr std::string_view kCurrentLinkName = "current.log";
// Holds the uid that first registered the log's name.
inline constexpr std::string_view kOwnerFileName = ".owner";

// Ten digits; segments are numbered from 1. A name with a number above the limit is not ours, so
// that nobody who makes one leads us to the end of all numbers: from the limit on there is room for
// a billion more, far beyond what a log can need.
inline constexpr std::uint64_t kMaxSegmentNumber = 9'000'000'000;

struct SegmentName {
  enum class Form : std::uint8_t {
    plain,        // .log: active, or closed and not yet an archive
    archive,      // .log.gz
    archive_tmp,  // .log.gz.tmp: rubbish from a crash
    torn,         // .log.torn: bytes that recovery cut off; never read as a segment
    rewrite_tmp,  // .log.rewrite.tmp: an archive that is being written anew, or rubbish from that
  };

  std::uint64_t number = 0;  // 1 to kMaxSegmentNumber, or not much above
  WallTime created;          // whole seconds, years 1970 to 2261
  Form form = Form::plain;

  std::string str() const;
  bool operator==(const SegmentName&) const = default;

  // The name of the same segment in another form.
  SegmentName with(Form other) const { return {number, created, other}; }
};

// Nothing if `name` is not exactly what str() writes, or its number is above kMaxSegmentNumber.
std::optional<SegmentName> parse_segment_name(std::string_view name);

}  // namespace logd
