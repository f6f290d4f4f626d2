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

}  // namespace

struct Replay::Span {
  Span(Directory& log_dir, const LogName& log, const FeedOptions& options, const Report& its_report,
       WallTime its_end)
      : feed(log_dir, log, options, its_report), report(its_report), until(its_end) {}

  // It ends here: what follows cannot be read, or the log is gone.
  Taken end(const Error& error) const {
    if (error.code != ErrorCode::not_found)
      report(Trouble::unreadable,
             feed.name().directory() + ": what cannot be read is not replayed: " + error.message());
    return {{}, true};
  }

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

Replay::Taken Replay::take(Span& span, LogFeed::Room room) {
  const std::string end = time_text(span.until);
  std::uint64_t wanted = 0;
  auto taken = span.feed.take(room, [&](const OutgoingRecord& record) {
    if (!record.loss && record.time < end) ++wanted;
  });
  if (!taken) return span.end(taken.error());
  Taken next{std::move(taken->part), taken->is_at_end || wanted < taken->part.records};
  next.part.loss.reset();  // who asks for what is kept knows that the rest is not
  if (wanted < next.part.records) {
    const auto middle = span.feed.cut(next.part, wanted);
    if (!middle) return span.end(middle.error());
    next.part.to = *middle;
    next.part.records = wanted;
  }
  return next;
}

std::optional<BatchPart> Replay::next(LogFeed::Room room) {
  if (is_out_ || room.records == 0) return std::nullopt;
  is_out_ = true;
  if (returned_) return std::exchange(returned_, std::nullopt);
  while (!spans_.empty()) {
    Taken taken = take(*spans_.front(), room);
    if (taken.is_last) spans_.pop_front();
    if (taken.part.records > 0) return std::move(taken.part);
  }
  is_out_ = false;
  return std::nullopt;
}

void Replay::give_back(BatchPart part) {
  returned_ = std::move(part);
  is_out_ = false;
}

}  // namespace logd
