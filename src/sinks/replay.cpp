// SPDX-License-Identifier: Apache-2.0
#include "sinks/replay.h"

#include <string>
#include <utility>

#include "logd/record.h"
#include "query/log_cursor.h"
#include "query/segment_file.h"
#include "query/time_seek.h"

namespace logd {
namespace {

constexpr std::size_t kMaxSpans = 10'000;
constexpr unsigned kMaxFailures = 10;

void tell(const std::string& log, const Error& error, const Report& report) {
  report(Trouble::unreadable, log + ": what cannot be read is not replayed: " + error.message());
}

}  // namespace

struct Replay::Span {
  Span(Directory& log_dir, const LogName& log, const FeedOptions& options, const Report& its_report,
       WallTime its_end)
      : feed(log_dir, log, options, its_report), report(its_report), until(its_end) {}

  LogFeed feed;
  const Report& report;
  WallTime until;
};

Replay::Replay() = default;
Replay::~Replay() = default;

Result<void> Replay::add(Directory& log_dir, const LogName& log, const FeedOptions& options,
                         const Report& report, WallTime since, WallTime until) {
  if (spans_.size() >= kMaxSpans)
    return fail(ErrorCode::limit, "too much is being sent once more already");
  LOGD_TRY_ASSIGN(const auto directory, log_dir.open_directory(log.directory(), Create::no));
  LOGD_TRY_ASSIGN(const auto segments, list_segment_files(*directory));
  const TimePlace found = find_time(*directory, segments, since);
  auto span = std::make_unique<Span>(log_dir, log, options, report, until);
  span->feed.start(cursor_before(*directory, segments, found.position), std::nullopt);
  spans_.push_back(std::move(span));
  return {};
}

Result<bool> Replay::take(Span& span, LogFeed::Room room, BatchPart& part) {
  const std::string end = time_text(span.until);
  const LogCursor before = span.feed.cursor();
  std::uint64_t wanted = 0;
  LOGD_TRY_ASSIGN(auto taken, span.feed.take(room, [&](const OutgoingRecord& record) {
    if (!record.loss && record.time < end) ++wanted;
  }));
  part = std::move(taken.part);
  part.loss.reset();  // who asks for what is kept knows that the rest is not
  if (wanted == part.records) return taken.is_at_end;
  auto middle = span.feed.cut(part, wanted);
  if (!middle) {
    span.feed.start(before, std::nullopt);
    return fail(std::move(middle.error()));
  }
  part.to = *middle;
  part.records = wanted;
  return true;
}

std::optional<BatchPart> Replay::next(LogFeed::Room room) {
  if (is_out_ || room.records == 0) return std::nullopt;
  is_out_ = true;
  if (returned_) return std::exchange(returned_, std::nullopt);
  while (!spans_.empty()) {
    Span& span = *spans_.front();
    BatchPart part;
    const auto is_last = take(span, room, part);
    if (!is_last && !is_too_often(is_last.error())) break;  // it is tried again
    if (is_last) failures_ = 0;
    if (!is_last && is_last.error().code != ErrorCode::not_found)
      tell(span.feed.name().directory(), is_last.error(), span.report);
    if (!is_last || *is_last) spans_.pop_front();
    if (is_last && part.records > 0) return part;
  }
  is_out_ = false;
  return std::nullopt;
}

// A log that is gone, or that nobody may read, is not tried again.
bool Replay::is_too_often(const Error& error) {
  const bool is_final = error.code == ErrorCode::not_found || error.code == ErrorCode::permission;
  if (!is_final && ++failures_ < kMaxFailures) return false;
  failures_ = 0;
  return true;
}

void Replay::failed(BatchPart part, const Error& error, const Report& report) {
  is_out_ = false;
  if (!is_too_often(error)) return give_back(std::move(part));
  tell(part.log, error, report);
}

void Replay::give_back(BatchPart part) {
  returned_ = std::move(part);
  is_out_ = false;
}

}  // namespace logd
