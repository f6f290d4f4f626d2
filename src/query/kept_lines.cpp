// SPDX-License-Identifier: Apache-2.0
#include "query/kept_lines.h"

#include <utility>

namespace logd {
namespace {

void point_into(std::string_view bytes, Line& line) {
  line.time = bytes.substr(0, line.time.size());
  line.content = bytes.substr(line.time.size(), line.content.size());
  line.record = bytes.substr(line.time.size() + line.content.size());
}

}  // namespace

bool KeptLines::add(const Line& line, const LogName& log, std::uint64_t limit) {
  if (limit == 0) return true;
  std::string bytes;
  bytes.reserve(line.time.size() + line.content.size() + line.record.size());
  bytes.append(line.time).append(line.content).append(line.record);
  bytes_ += bytes.size();
  lines_.push_back({line, std::move(bytes), &log});
  bool has_dropped = false;
  while (lines_.size() > limit || (bytes_ > kMaxKeptBytes && lines_.size() > 1)) {
    drop_oldest();
    has_dropped = true;
  }
  return has_dropped;
}

void KeptLines::drop_oldest() {
  bytes_ -= lines_.front().bytes.size();
  lines_.pop_front();
}

bool KeptLines::take(Line& line, const LogName*& log) {
  if (lines_.empty()) return false;
  bytes_ -= lines_.front().bytes.size();
  taken_ = std::move(lines_.front());
  lines_.pop_front();
  point_into(taken_.bytes, taken_.line);
  line = taken_.line;
  log = taken_.log;
  return true;
}

}  // namespace logd
