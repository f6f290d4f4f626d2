// SPDX-License-Identifier: Apache-2.0
#include "query/merge.h"

#include <algorithm>
#include <utility>

#include "query/tail_start.h"

namespace logd {

bool Merge::comes_later(std::size_t a, std::size_t b) const {
  if (order_ == Order::newest_first) std::swap(a, b);
  const Source& later = sources_[a];
  const Source& first = sources_[b];
  return stands_before(first.line.time, first.lines->name(), later.line.time, later.lines->name());
}

std::size_t Merge::add(std::unique_ptr<LineSource> source) {
  sources_.push_back({std::move(source), {}, false});
  advance(sources_.size() - 1);
  return sources_.size() - 1;
}

void Merge::advance(std::size_t index) {
  Source& source = sources_[index];
  source.has_line = source.lines->next(source.line);
  if (!source.has_line) return;
  heads_.push_back(index);
  std::push_heap(heads_.begin(), heads_.end(),
                 [this](std::size_t a, std::size_t b) { return comes_later(a, b); });
}

const Line* Merge::head() {
  // Only now may the line given out last go.
  if (taken_ != kNone) advance(std::exchange(taken_, kNone));
  return heads_.empty() ? nullptr : &sources_[heads_.front()].line;
}

const LineSource* Merge::next(Line& line) {
  if (head() == nullptr) return nullptr;
  std::pop_heap(heads_.begin(), heads_.end(),
                [this](std::size_t a, std::size_t b) { return comes_later(a, b); });
  taken_ = heads_.back();
  heads_.pop_back();
  Source& source = sources_[taken_];
  line = source.line;
  return source.lines.get();
}

void Merge::look_again(std::size_t index) {
  if (is_at_end(index)) advance(index);
}

}  // namespace logd
