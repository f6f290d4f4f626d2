// SPDX-License-Identifier: Apache-2.0
#include "query/merge.h"

#include <algorithm>
#include <utility>

#include "query/tail_start.h"

namespace logd {

bool Merge::is_later(std::size_t a, std::size_t b) const {
  const Source& first = sources_[a];
  const Source& second = sources_[b];
  return stands_before(second.line.time, second.reader->log().name(), first.line.time,
                       first.reader->log().name());
}

std::size_t Merge::add(std::unique_ptr<LineReader> reader) {
  sources_.push_back({std::move(reader), {}, false});
  advance(sources_.size() - 1);
  return sources_.size() - 1;
}

void Merge::advance(std::size_t index) {
  Source& source = sources_[index];
  source.has_line = source.reader->next(source.line);
  if (!source.has_line) return;
  heads_.push_back(index);
  std::push_heap(heads_.begin(), heads_.end(),
                 [this](std::size_t a, std::size_t b) { return is_later(a, b); });
}

LineReader* Merge::next(Line& line) {
  // Only now may the line given out last go.
  if (taken_ != kNone) advance(std::exchange(taken_, kNone));
  if (heads_.empty()) return nullptr;
  std::pop_heap(heads_.begin(), heads_.end(),
                [this](std::size_t a, std::size_t b) { return is_later(a, b); });
  taken_ = heads_.back();
  heads_.pop_back();
  Source& source = sources_[taken_];
  line = source.line;
  return source.reader.get();
}

void Merge::look_again(std::size_t index) {
  if (!sources_[index].has_line && index != taken_) advance(index);
}

}  // namespace logd
