// SPDX-License-Identifier: Apache-2.0
#include "query/tail_start.h"

#include <algorithm>
#include <array>
#include <memory>

#include "query/reverse_lines.h"
#include "query/run_seek.h"
#include "query/time_seek.h"

namespace logd {
namespace {

constexpr std::uint64_t kMaxLookBackBytesTogether = 64_MiB;

constexpr std::array<Stream, 2> kStreams = {Stream::out, Stream::err};

// One log that is walked back.
class Walk {
 public:
  Walk(const LogToCount& log, const TailQuery& query, std::size_t logs, std::uint64_t& held_bytes)
      : log_(log),
        query_(query),
        block_bytes_(block_bytes_for(logs)),
        look_back_bytes_(std::min(kMaxLookBackBytes, kMaxLookBackBytesTogether / logs)),
        held_bytes_(held_bytes) {
    if (auto listing = list_segments(*log.directory)) listing_ = std::move(*listing);
    Position limit = kNoLimit;
    if (query.since) take_since(*query.since, limit);
    if (query.until) take_until(*query.until, limit);
    if (query.run) take_run(*query.run, limit);
    lines_ = lines_before(limit, query.follow || span_.skip_unended);
    lines_->stop_at(start_at(since_));
    span_.end = span_.skip_unended ? limit : lines_->end();
  }

  // Goes to the line before; false at the beginning.
  bool previous() { return lines_->next(head_); }
  const Line& head() const { return head_; }
  const LogName& name() const { return *log_.name; }

  // The line is one of those that are read, and so are all that were passed before.
  void pass() {
    if (head_.type == RecordType::line) first_of_[stream_index(head_.stream)] = head_.first;
  }
  void include() {
    LineStart start = start_at(head_.position);
    for (const Stream stream : kStreams) {
      const auto& first = first_of_[stream_index(stream)];
      if (first) start.of(stream) = std::min(head_.position, *first);
    }
    start_ = start;
  }
  void count() { counted_from_ = head_.position; }

  LogSpan span() {
    span_.counted_from = counted_from_.value_or(span_.end);
    if (query_.lines) {
      span_.start = start_.value_or(start_at(span_.end));
      if (query_.follow) take_unended(*lines_);
    } else {
      span_.counted_from = {};
      span_.start = start_at(since_);
      if (since_ != Position{}) take_unended(*lines_before(since_, true));
    }
    span_.start.read_from = std::min({span_.start.out, span_.start.err, span_.start.events});
    return span_;
  }

 private:
  void take_since(const TimeExpression& since, Position& limit) {
    if (const auto* const start = std::get_if<RunStart>(&since)) {
      take_since_run(start->run, limit);
    } else {
      take_since_time(std::get<WallTime>(since));
    }
  }

  void take_since_time(WallTime since) {
    since_ = find_time(*log_.directory, listing_, since).position;
    if (since_ != Position{}) return;
    const auto oldest = oldest_time(*log_.directory, listing_);
    if (!oldest || since < *oldest) begins_later(oldest.has_value());
  }

  void take_since_run(std::int64_t run, Position& limit) {
    const RunPlace place = place_of(run);
    if (place.is_there && !place.is_older) {
      since_ = place.begin;
    } else if (place.is_older) {
      begins_later(true);
      tell(run, "is older than all that are kept: shown from the oldest record on");
    } else {
      take_nothing(limit);
      tell(run, "is not there: nothing is shown");
    }
  }

  // Of what is stored; who follows gets what comes.
  void take_nothing(Position& limit) {
    if (query_.follow) {
      since_ = BackwardLog(*log_.directory, listing_, block_bytes_).end();
    } else {
      end_before({}, limit);
    }
  }

  RunPlace place_of(std::int64_t run) {
    BackwardLog log(*log_.directory, listing_, block_bytes_);
    return find_run(log, run);
  }

  void tell(std::int64_t run, const char* what) const {
    if (query_.report == nullptr) return;
    const std::string name = log_.name->directory();
    (*query_.report)(Trouble::notice, name + ": run " + std::to_string(run) + " " + what);
  }

  void begins_later(bool has_records) {
    using Reach = LogSpan::Reach;
    const bool is_cut_off = !listing_.empty() && listing_.front().name.number > 1;
    span_.reach = is_cut_off ? Reach::cut_off : has_records ? Reach::later : Reach::nothing;
  }

  void take_until(const TimeExpression& until, Position& limit) {
    if (const auto* const start = std::get_if<RunStart>(&until)) {
      take_until_run(start->run, limit);
      return;
    }
    const TimePlace place = find_time(*log_.directory, listing_, std::get<WallTime>(until));
    if (place.is_there) end_before(place.position, limit);
  }

  void take_until_run(std::int64_t run, Position& limit) {
    const RunPlace place = place_of(run);
    end_before(place.is_there ? place.begin : Position{}, limit);
    if (place.is_older) {
      begins_later(true);
      tell(run, "is older than all that are kept: nothing is shown");
    } else if (!place.is_there) {
      tell(run, "is not there: nothing is shown");
    }
  }

  void take_run(std::int64_t run, Position& limit) {
    const RunPlace place = place_of(run);
    if (!place.is_there) {
      take_nothing(limit);
      if (place.is_older) {
        begins_later(true);
      } else {
        tell(run, "is not there: nothing is shown");
      }
      return;
    }
    if (place.is_older) begins_later(true);
    since_ = std::max(since_, place.begin);
    if (place.end != kNoLimit) end_before(place.end, limit);
  }

  void end_before(Position position, Position& limit) {
    limit = std::min(limit, position);
    span_.skip_unended = true;
  }

  std::unique_ptr<ReverseLines> lines_before(Position end, bool skip_unended) {
    BackwardLog records(*log_.directory, listing_, block_bytes_, end);
    records.set_pool(query_.pool);
    return std::make_unique<ReverseLines>(
        *log_.name, std::move(records),
        LineOptions{query_.selection, true, skip_unended, !query_.filter, query_.candidates},
        look_back_bytes_, held_bytes_);
  }

  // The first pieces of lines that end later.
  void take_unended(ReverseLines& lines) {
    for (const Stream stream : kStreams) {
      if (!query_.selection.has(stream)) continue;
      const auto first = lines.unended(stream);
      if (first) span_.start.of(stream) = std::min(span_.start.of(stream), *first);
    }
  }

  const LogToCount& log_;
  const TailQuery& query_;
  std::size_t block_bytes_;
  std::uint64_t look_back_bytes_;
  std::uint64_t& held_bytes_;
  std::vector<ListedSegment> listing_;
  Position since_;
  LogSpan span_;
  std::unique_ptr<ReverseLines> lines_;
  Line head_;
  std::array<std::optional<Position>, 2> first_of_;  // of the line passed last of each stream
  std::optional<LineStart> start_;
  std::optional<Position> counted_from_;
};

// Walks all logs back until `query.lines` are counted.
void count_back(std::vector<Walk>& walks, const TailQuery& query) {
  std::uint64_t left = *query.lines;
  std::uint64_t left_before = query.lines_before;
  std::vector<Walk*> heads;  // a heap: logs that have a line left, the newest line first
  for (Walk& walk : walks) {
    if (left > 0 && walk.previous()) heads.push_back(&walk);
  }
  const auto is_older = [](const Walk* a, const Walk* b) {
    return stands_before(a->head().time, a->name(), b->head().time, b->name());
  };
  std::make_heap(heads.begin(), heads.end(), is_older);
  const auto is_stopped = [&] { return query.is_stopped && query.is_stopped(); };
  while (!heads.empty() && (left > 0 || left_before > 0) && !is_stopped()) {
    std::pop_heap(heads.begin(), heads.end(), is_older);
    Walk& newest = *heads.back();
    newest.pass();
    const bool is_counted =
        left > 0 && (!query.filter || query.filter(newest.head(), newest.name()));
    if (is_counted) newest.count();
    // Of lines that the filter holds back, those are read that may stand before the last one.
    if (is_counted || query.lines_before > 0) newest.include();
    if (left == 0) --left_before;
    if (is_counted) --left;
    if (newest.previous()) {
      std::push_heap(heads.begin(), heads.end(), is_older);
    } else {
      heads.pop_back();
    }
  }
}

}  // namespace

bool stands_before(std::string_view a_time, const LogName& a, std::string_view b_time,
                   const LogName& b) {
  if (const int order = a_time.compare(b_time); order != 0) return order < 0;
  if (const int order = a.process.compare(b.process); order != 0) return order < 0;
  return a.instance < b.instance;
}

bool is_cut_off(const std::vector<LogSpan::Reach>& reaches) {
  using Reach = LogSpan::Reach;
  const auto number = [&](Reach reach) {
    return std::count(reaches.begin(), reaches.end(), reach);
  };
  return number(Reach::cut_off) > 0 || (number(Reach::later) > 0 && number(Reach::whole) == 0);
}

std::vector<LogSpan> find_tail(const std::vector<LogToCount>& logs, const TailQuery& query) {
  std::uint64_t held_bytes = 0;
  std::vector<Walk> walks;
  walks.reserve(logs.size());
  for (const LogToCount& log : logs) walks.emplace_back(log, query, logs.size(), held_bytes);
  if (query.lines) count_back(walks, query);
  std::vector<LogSpan> spans;
  spans.reserve(logs.size());
  for (Walk& walk : walks) spans.push_back(walk.span());
  return spans;
}

}  // namespace logd
