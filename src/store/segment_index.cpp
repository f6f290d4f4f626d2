// SPDX-License-Identifier: Apache-2.0
#include "store/segment_index.h"

#include <algorithm>

#include "logd/result.h"

namespace logd {

void SegmentIndex::add(ClosedSegment segment) {
  LOGD_ASSERT(segments_.empty() || segments_.back().number < segment.number);
  newest_closed_at_ = std::max(newest_closed_at_, segment.closed_at);
  segment.closed_at = newest_closed_at_;
  total_bytes_ += segment.bytes;
  archives_ += segment.is_archive ? 1 : 0;
  segments_.push_back(segment);
}

void SegmentIndex::restore(const ClosedSegment& segment) {
  const auto place = std::lower_bound(
      segments_.begin(), segments_.end(), segment.number,
      [](const ClosedSegment& other, std::uint64_t number) { return other.number < number; });
  if (place != segments_.end() && place->number == segment.number) return;
  total_bytes_ += segment.bytes;
  archives_ += segment.is_archive ? 1 : 0;
  segments_.insert(place, segment);
}

bool SegmentIndex::replace_by_archive(std::uint64_t number, std::uint64_t bytes) {
  const auto found = position(number);
  if (found == segments_.end()) return false;
  total_bytes_ = total_bytes_ - found->bytes + bytes;
  archives_ += found->is_archive ? 0 : 1;
  found->bytes = bytes;
  found->is_archive = true;
  return true;
}

bool SegmentIndex::remove(std::uint64_t number) {
  const auto found = position(number);
  if (found == segments_.end()) return false;
  total_bytes_ -= found->bytes;
  archives_ -= found->is_archive ? 1 : 0;
  segments_.erase(found);
  return true;
}

const ClosedSegment* SegmentIndex::find(std::uint64_t number) const {
  const auto found = const_cast<SegmentIndex*>(this)->position(number);
  return found == segments_.end() ? nullptr : &*found;
}

std::deque<ClosedSegment>::iterator SegmentIndex::position(std::uint64_t number) {
  const auto found = std::lower_bound(
      segments_.begin(), segments_.end(), number,
      [](const ClosedSegment& segment, std::uint64_t wanted) { return segment.number < wanted; });
  return found != segments_.end() && found->number == number ? found : segments_.end();
}

}  // namespace logd
