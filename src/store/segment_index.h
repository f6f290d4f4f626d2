// Remembers the closed segments of one log, oldest first, with their number and bytes.
//
// What retention decides from, without a look at the disk: who rotates, archives and deletes keeps
// it up to date. Names and files are segment_name.h's and segment_list.h's business. The active
// segment is never in it. Pure; one thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "logd/units.h"

namespace logd {

struct ClosedSegment {
  std::uint64_t number = 0;
  WallTime closed_at;       // its newest record, or else when it was closed
  std::uint64_t bytes = 0;  // of its file, as `ls -l` shows it
  bool is_archive = false;
  WallTime created{};  // part of its file's name
};

class SegmentIndex {
 public:
  using Iterator = std::deque<ClosedSegment>::const_iterator;

  // Adds a segment that was closed after all the others; its number is the largest so far. The
  // time of a log never goes back: a `closed_at` before the one of the segment before it (the clock
  // was set back) becomes that one.
  void add(ClosedSegment segment);

  // Puts back one that was removed.
  void restore(const ClosedSegment& segment);

  // The segment has become an archive of this size. False if it is not there: it was deleted
  // meanwhile.
  bool replace_by_archive(std::uint64_t number, std::uint64_t bytes);

  // False if it is not there. Takes no time for the oldest or the newest.
  bool remove(std::uint64_t number);

  // Nothing if it is not there.
  const ClosedSegment* find(std::uint64_t number) const;

  // The oldest first.
  Iterator begin() const { return segments_.begin(); }
  Iterator end() const { return segments_.end(); }
  bool is_empty() const { return segments_.empty(); }
  std::size_t size() const { return segments_.size(); }
  std::uint64_t total_bytes() const { return total_bytes_; }
  std::size_t archives() const { return archives_; }

 private:
  std::deque<ClosedSegment>::iterator position(std::uint64_t number);

  std::deque<ClosedSegment> segments_;  // by number
  std::uint64_t total_bytes_ = 0;
  std::size_t archives_ = 0;
  WallTime newest_closed_at_ = WallTime::min();
};

}  // namespace logd
