// SPDX-License-Identifier: Apache-2.0
#include "query/top_patterns.h"

#include <algorithm>
#include <utility>

#include "logd/result.h"

namespace logd {

TopPatterns::TopPatterns(std::size_t capacity) : capacity_(capacity) { LOGD_ASSERT(capacity > 0); }

void TopPatterns::count(std::string_view pattern, std::uint64_t lines) {
  total_lines_ += lines;
  if (const auto known = places_.find(pattern); known != places_.end()) {
    heap_[known->second].lines += lines;
    sink(known->second);
    return;
  }
  if (heap_.size() < capacity_) {
    const auto added = places_.emplace(pattern, heap_.size()).first;
    heap_.push_back({&added->first, lines, 0});
    rise(heap_.size() - 1);
    return;
  }
  Counter& smallest = heap_.front();
  smallest.error = smallest.lines;
  smallest.lines += lines;
  // The node of the old pattern becomes the new one's.
  auto node = places_.extract(*smallest.pattern);
  node.key() = std::string(pattern);
  const auto inserted = places_.insert(std::move(node));
  smallest.pattern = &inserted.position->first;
  sink(0);
}

std::vector<TopPatterns::Entry> TopPatterns::top(std::size_t most) const {
  std::vector<Counter> counters = heap_;
  most = std::min(most, counters.size());
  std::partial_sort(counters.begin(), counters.begin() + static_cast<std::ptrdiff_t>(most),
                    counters.end(), [](const Counter& a, const Counter& b) {
                      return a.lines != b.lines ? a.lines > b.lines : *a.pattern < *b.pattern;
                    });
  std::vector<Entry> entries;
  entries.reserve(most);
  for (std::size_t i = 0; i < most; ++i) {
    entries.push_back({*counters[i].pattern, counters[i].lines, counters[i].error});
  }
  return entries;
}

void TopPatterns::put(std::size_t place, Counter counter) {
  heap_[place] = counter;
  places_.find(*counter.pattern)->second = place;
}

// Moves a counter that has grown away from the front.
void TopPatterns::sink(std::size_t place) {
  const Counter moved = heap_[place];
  while (true) {
    std::size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].lines < heap_[child].lines) ++child;
    if (heap_[child].lines >= moved.lines) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, moved);
}

// Moves a new counter towards the front.
void TopPatterns::rise(std::size_t place) {
  const Counter moved = heap_[place];
  while (place > 0 && heap_[(place - 1) / 2].lines > moved.lines) {
    put(place, heap_[(place - 1) / 2]);
    place = (place - 1) / 2;
  }
  put(place, moved);
}

}  // namespace logd
