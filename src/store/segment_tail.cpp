// SPDX-License-Identifier: Apache-2.0
#include "store/segment_tail.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "logd/record.h"
#include "store/event.h"

namespace logd {
namespace {

constexpr std::size_t kBlockBytes = 64 << 10;
constexpr std::size_t kSectorBytes = 512;
static_assert(kBlockBytes % kSectorBytes == 0);

// True if a whole sector within [begin, end) is NUL.
Result<bool> holds_lost_sector(File& file, std::uint64_t begin, std::uint64_t end) {
  static constexpr char kLost[kSectorBytes] = {};
  std::vector<char> block(kBlockBytes);
  for (std::uint64_t at = (begin + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
       at + kSectorBytes <= end;) {
    const std::size_t size = std::min<std::uint64_t>(end - at, kBlockBytes);
    LOGD_TRY(read_exactly(file, block.data(), size, at));
    for (std::size_t i = 0; i + kSectorBytes <= size; i += kSectorBytes)
      if (std::memcmp(block.data() + i, kLost, kSectorBytes) == 0) return true;
    at += size;
  }
  return false;
}

// Whether the line [begin, end), without its newline, begins as a record does.
Result<bool> is_record(File& file, std::uint64_t begin, std::uint64_t end) {
  char front[kEventHeaderBytes];
  const std::size_t size = std::min<std::uint64_t>(end - begin, sizeof front);
  LOGD_TRY(read_exactly(file, front, size, begin));
  return parse_record(std::string_view(front, size)).has_value();
}

}  // namespace

Result<void> read_exactly(File& file, void* to, std::size_t bytes, std::uint64_t offset) {
  auto* out = static_cast<char*>(to);
  while (bytes > 0) {
    LOGD_TRY_ASSIGN(const std::size_t got, file.read_at(out, bytes, offset));
    if (got == 0) return fail(ErrorCode::corrupt, "segment is shorter than it was");
    out += got;
    offset += got;
    bytes -= got;
  }
  return {};
}

Result<std::uint64_t> end_of_last_record(File& file, std::uint64_t bytes) {
  std::vector<char> block(kBlockBytes);
  while (bytes > 0) {
    const std::size_t size = std::min<std::uint64_t>(bytes, kBlockBytes);
    const std::uint64_t begin = bytes - size;
    LOGD_TRY(read_exactly(file, block.data(), size, begin));
    const void* newline = memrchr(block.data(), '\n', size);
    if (newline != nullptr)
      return begin + static_cast<std::uint64_t>(static_cast<const char*>(newline) - block.data()) +
             1;
    bytes = begin;
  }
  return std::uint64_t{0};
}

Result<std::uint64_t> end_of_last_sound_record(File& file, std::uint64_t bytes) {
  LOGD_TRY_ASSIGN(std::uint64_t end, end_of_last_record(file, bytes));
  while (end > 0) {
    LOGD_TRY_ASSIGN(const std::uint64_t begin, end_of_last_record(file, end - 1));
    LOGD_TRY_ASSIGN(const bool is_whole, is_record(file, begin, end - 1));
    LOGD_TRY_ASSIGN(const bool is_lost, holds_lost_sector(file, begin, end));
    if (is_whole && !is_lost) break;
    end = begin;
  }
  return end;
}

Result<std::optional<WallTime>> time_of_record_before(File& file, std::uint64_t end) {
  if (end == 0) return std::optional<WallTime>();
  LOGD_TRY_ASSIGN(const std::uint64_t begin, end_of_last_record(file, end - 1));
  char text[kTimeDigits];
  if (end - begin < sizeof text) return std::optional<WallTime>();
  LOGD_TRY(read_exactly(file, text, sizeof text, begin));
  return parse_time(std::string_view(text, sizeof text));
}

Result<std::optional<WallTime>> time_of_first_record(File& file) {
  char text[kTimeDigits];
  LOGD_TRY_ASSIGN(const std::size_t got, file.read_at(text, sizeof text, 0));
  if (got < sizeof text) return std::optional<WallTime>();
  return parse_time(std::string_view(text, sizeof text));
}

Result<std::optional<std::uint64_t>> last_run_before(File& file, std::uint64_t bytes) {
  constexpr std::uint64_t kLookBackBytes = 8 << 20;
  constexpr std::size_t kOverlapBytes = 512;  // an event may lie across two blocks
  constexpr std::string_view kFront = "+00:00 stderr F started run ";
  std::string block;
  const std::uint64_t limit = bytes > kLookBackBytes ? bytes - kLookBackBytes : 0;
  for (std::uint64_t end = bytes; end > limit;) {
    const std::uint64_t begin = end - limit > kBlockBytes ? end - kBlockBytes : limit;
    block.resize(std::min<std::uint64_t>(bytes, end + kOverlapBytes) - begin);
    LOGD_TRY(read_exactly(file, block.data(), block.size(), begin));
    for (std::size_t at = block.rfind(kFront); at != std::string::npos && at >= kTimeDigits;
         at = block.rfind(kFront, at - 1)) {
      const std::size_t line = at - kTimeDigits;
      const auto record =
          parse_record(std::string_view(block).substr(line, block.find('\n', at) - line));
      const bool is_at_line_start = line == 0 ? begin == 0 : block[line - 1] == '\n';
      if (!record || !is_at_line_start) continue;
      if (const auto started = parse_started_event(record->content)) {
        return std::optional<std::uint64_t>(started->run);
      }
    }
    end = begin;
  }
  return std::optional<std::uint64_t>();
}

Result<std::uint64_t> count_records(File& file, std::uint64_t begin, std::uint64_t end) {
  std::vector<char> block(kBlockBytes);
  std::uint64_t records = 0;
  while (begin < end) {
    const std::size_t size = std::min<std::uint64_t>(end - begin, kBlockBytes);
    LOGD_TRY(read_exactly(file, block.data(), size, begin));
    records += static_cast<std::uint64_t>(
        std::count(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
    begin += size;
  }
  return records;
}

}  // namespace logd
