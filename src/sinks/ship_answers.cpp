// What a destination's loop does with answers.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"
#include "query/log_cursor.h"
#include "query/segment_file.h"
#include "query/time_seek.h"
#include "sinks/ship_loop.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kSuspiciousErrors = 5;
constexpr std::uint64_t kMostRefusedInRow = 16;
constexpr std::uint64_t kLeastRecordBytes = 4_KiB;
// A server closes connections that were quiet for longer than this; for less, it has gone.
constexpr auto kShortestKeepAlive = 4s;
// What may only look like a death of the receiver makes records go twice; so seldom that they
// settle in between.
constexpr int kSoftRewindFactor = 4;

std::uint64_t longest_record(const Piece& piece, const ShipConfig& config) {
  return piece.max_record_bytes > 0 ? piece.max_record_bytes
                                    : std::min(config.max_record_bytes, piece.bytes);
}

}  // namespace

void ShipLoop::handle(Lane& lane, const HttpAnswer& answer) {
  lane.is_sending = false;
  lane.request.file.reset();
  if (!lane.work) return;  // was dropped meanwhile
  const Piece& piece = lane.is_probing ? *lane.probe : lane.work->pieces.front();
  const Verdict verdict =
      judge(answer, {config_.type, state_.has_succeeded, static_cast<std::size_t>(piece.records)});
  count_answer(verdict, answer);
  note_connection(lane, answer);
  follow(lane, verdict, answer);
  // It may have died, and come back with less. What was acknowledged must not settle meanwhile.
  if (break_ != Break::hard) return;
  break_ = Break::none;
  if (config_.settle.count() > 0) rewind_to_settled();
}

void ShipLoop::follow(Lane& lane, const Verdict& verdict, const HttpAnswer& answer) {
  if (lane.is_probing) {
    lane.is_probing = false;
    lane.probe.reset();
    Piece& suspected = lane.work->pieces.front();
    suspected.is_accused = verdict.answer_class == AnswerClass::stored;
    if (suspected.is_accused) return gate_.on_success();
    suspected.server_errors = 0;
    return handle_failure(lane, verdict, answer);
  }
  switch (verdict.answer_class) {
    case AnswerClass::stored:
    case AnswerClass::partly:
      return handle_success(lane, verdict, answer);
    case AnswerClass::later:
    case AnswerClass::configuration:
      return handle_failure(lane, verdict, answer);
    case AnswerClass::too_large:
    case AnswerClass::poison:
      return handle_refusal(lane, verdict, answer);
  }
}

void ShipLoop::count_answer(const Verdict& verdict, const HttpAnswer& answer) {
  ++status_.answers[std::string(word_of(verdict.answer_class))];
  const double seconds = std::chrono::duration<double>(answer.took).count();
  status_.request_seconds += seconds;
  const auto* const bucket = std::lower_bound(kRequestTimes.begin(), kRequestTimes.end(), seconds);
  ++status_.request_times[static_cast<std::size_t>(bucket - kRequestTimes.begin())];
}

// A connection that should be there and is not: the receiver may have died, and come back with less
// than it acknowledged.
void ShipLoop::note_connection(const Lane& lane, const HttpAnswer& answer) {
  const MonoTime now = world_.clock.mono_now();
  if (answer.transport == HttpAnswer::Transport::unreachable) {
    break_ = Break::hard;
    connections_ = 0;
    return;
  }
  // Whatever stands before the receiver lives, and does not reach it.
  if (answer.status == 502 || answer.status == 504) break_ = Break::behind;
  if (answer.transport != HttpAnswer::Transport::ok) {
    if (break_ == Break::none) break_ = Break::soft;
    connections_ -= std::min<std::size_t>(connections_, 1);
    return;
  }
  const bool is_lost = answer.is_new_connection && lane.was_idle_connection;
  if (is_lost && last_success_ && now - *last_success_ < kShortestKeepAlive) {
    if (break_ == Break::none) break_ = Break::soft;
    connections_ = world_.transport.in_flight();
  } else if (!answer.is_new_connection && break_ == Break::soft) {
    break_ = Break::none;  // it has lived through it
  }
  if (answer.is_new_connection) ++connections_;
  if (answer.closes_connection) connections_ -= std::min<std::size_t>(connections_, 1);
}

void ShipLoop::handle_success(Lane& lane, const Verdict& verdict, const HttpAnswer& answer) {
  const bool must_retry =
      std::any_of(verdict.items.begin(), verdict.items.end(),
                  [](const RefusedItem& item) { return item.answer_class == AnswerClass::later; });
  // What was stored of it is known by its id, so that all of it can go again.
  if (must_retry) return handle_failure(lane, verdict, answer);
  const MonoTime now = world_.clock.mono_now();
  const Break was_break = std::exchange(break_, Break::none);
  const bool is_early = last_rewind_ && now - *last_rewind_ < kSoftRewindFactor * config_.settle;
  const bool may_have_forgotten =
      was_break != Break::none && config_.settle.count() > 0 && !is_early;
  // This one is then sent once more, behind those that were before it.
  if (may_have_forgotten && rewind_to_settled()) return note_success(now);
  if (verdict.answer_class == AnswerClass::partly && !bury(lane, verdict, answer)) return;
  note_success(now);
  accuse_others(lane);
  finish_piece(lane, Stored::yes);
}

// Another record was taken: those that have failed alone are guilty if they fail once more.
void ShipLoop::accuse_others(const Lane& lane) {
  for (Lane& other : lanes_) {
    if (&other == &lane || !other.work || other.is_sending) continue;
    Piece& piece = other.work->pieces.front();
    if (piece.records == 1 && piece.server_errors >= kSuspiciousErrors) piece.is_accused = true;
  }
}

void ShipLoop::note_success(MonoTime now) {
  gate_.on_success();
  last_success_ = now;
  refused_in_row_ = 0;
  if (!state_.has_succeeded) {
    state_.has_succeeded = true;
    log_info(fmt::format("{}: takes records", name_));
  }
  if (!status_.reason.empty()) log_info(fmt::format("{}: takes records again", name_));
  status_.reason.clear();
}

void ShipLoop::handle_failure(Lane& lane, const Verdict& verdict, const HttpAnswer& answer) {
  const MonoTime now = world_.clock.mono_now();
  ++status_.retries;
  if (status_.reason != verdict.reason)
    log_warn(fmt::format("{}: {}: {}", name_, word_of(verdict.answer_class), verdict.reason));
  status_.reason = verdict.reason;
  if (verdict.answer_class == AnswerClass::configuration) {
    gate_.hold(now);
    return;
  }
  gate_.on_failure(now, verdict.retry_after);
  Piece& piece = lane.work->pieces.front();
  if (answer.transport == HttpAnswer::Transport::ok && answer.status >= 500)
    return suspect(lane, verdict, answer);
  piece.server_errors = 0;
  piece.is_accused = false;
}

// A receiver that fails again and again with the same records may fail with one of them only.
void ShipLoop::suspect(Lane& lane, const Verdict& verdict, const HttpAnswer& answer) {
  // A segment is no different from another one: they are bytes.
  if (builder_->sends_segments()) return;
  Piece& piece = lane.work->pieces.front();
  if (++piece.server_errors < kSuspiciousErrors) return;
  if (piece.records > 1) {
    const unsigned errors = piece.server_errors;
    split_first(lane, piece.records / 2);
    // Each half is suspicious with its next error.
    lane.work->pieces.front().server_errors = errors - 1;
    if (lane.work->pieces.size() > 1) lane.work->pieces[1].server_errors = errors - 1;
    return;
  }
  // It failed, another one was taken, and it fails again. The other one alone would prove nothing:
  // the receiver may have come back just before.
  if (piece.is_accused) {
    Verdict guilty = verdict;
    guilty.reason = "the receiver fails with this record, and not with another: " + verdict.reason;
    return convict(lane, guilty, answer);
  }
  lane.probe = other_record(lane);
}

// One of which is not known that it is refused, as a body; nothing if there is none. Of another log
// if that is possible: it overtakes nothing.
std::optional<Piece> ShipLoop::other_record(const Lane& lane) {
  std::vector<Piece> candidates;
  const auto add_first_of = [&](const Piece& piece) {
    if (auto parts = builder_->split(piece, 1)) candidates.push_back(std::move(parts->first));
  };
  const auto add_what_comes = [&](bool of_busy) {
    for (const auto& [directory, source] : sources_) {
      if (!source->has_news || source->is_busy != of_busy) continue;
      LogCursor end;
      end.last.time = WallTime::max();
      candidates.emplace_back().parts.push_back({directory, source->feed.cursor(), end, 1, {}});
    }
  };
  for (const Lane& other : lanes_)
    if (&other != &lane && other.work) add_first_of(other.work->pieces.front());
  add_what_comes(false);
  if (lane.work->pieces.size() > 1) add_first_of(lane.work->pieces[1]);
  add_what_comes(true);
  for (Piece& candidate : candidates)
    if (builder_->encode(candidate) && candidate.records > 0) return std::move(candidate);
  return std::nullopt;
}

void ShipLoop::handle_refusal(Lane& lane, const Verdict& verdict, const HttpAnswer& answer) {
  if (lane.letter) return convict(lane, verdict, answer);
  if (verdict.answer_class == AnswerClass::too_large) return shrink(lane, verdict, answer);
  if (lane.work->pieces.front().records > 1)
    return split_first(lane, lane.work->pieces.front().records / 2);
  // So many in a row are no accident: something is wrong with the destination, and only one record
  // a minute pays for finding out when that is over.
  if (++refused_in_row_ > kMostRefusedInRow && refused_in_row_ % 2 == 0) {
    Verdict everything = verdict;
    everything.answer_class = AnswerClass::configuration;
    everything.reason = "refuses one record after another: " + verdict.reason;
    return handle_failure(lane, everything, answer);
  }
  convict(lane, verdict, answer);
}

void ShipLoop::shrink(Lane& lane, const Verdict& verdict, const HttpAnswer& answer) {
  Piece& piece = lane.work->pieces.front();
  if (piece.records > 1) {
    builder_->note_too_large(piece.bytes);
    return split_first(lane, piece.records / 2);
  }
  const std::uint64_t longest = longest_record(piece, config_);
  if (builder_->sends_segments() || longest <= kLeastRecordBytes)
    return convict(lane, verdict, answer);
  piece.max_record_bytes = std::max(longest / 2, kLeastRecordBytes);
  piece.body.clear();
}

void ShipLoop::split_first(Lane& lane, std::uint64_t first_records) {
  auto& pieces = lane.work->pieces;
  auto halves = builder_->split(pieces.front(), first_records);
  if (!halves) {
    log_warn(fmt::format("{}: {}", name_, halves.error().message()));
    pieces.front().body.clear();
    return gate_.on_failure(world_.clock.mono_now(), std::nullopt);
  }
  pieces.pop_front();
  if (halves->second.records > 0) pieces.push_front(std::move(halves->second));
  pieces.push_front(std::move(halves->first));
}

// The first piece, of one record, becomes a dead letter.
void ShipLoop::convict(Lane& lane, const Verdict& verdict, const HttpAnswer& answer) {
  Verdict all = verdict;
  const Piece& piece = lane.work->pieces.front();
  all.items.clear();
  std::size_t index = 0;
  for (const BatchPart& part : piece.parts) {
    const std::size_t records = part.records + (part.loss ? 1 : 0);
    for (std::size_t i = 0; i < records; ++i)
      all.items.push_back({index++, AnswerClass::poison, verdict.reason});
  }
  if (!bury(lane, all, answer)) return;
  log_warn(fmt::format("{}: a record of {} is refused, see `logctl ship dlq show {}`: {}", name_,
                       lane.letter           ? lane.letter->log
                       : piece.parts.empty() ? ""
                                             : piece.parts.front().log,
                       name_, verdict.reason));
  finish_piece(lane, Stored::no);
}

// Writes what was refused of the first piece to the dead letters. False: not now, so that the piece
// must go once more.
bool ShipLoop::bury(Lane& lane, const Verdict& verdict, const HttpAnswer& answer) {
  if (lane.letter) return bury_again(lane, verdict, answer);
  const Piece& piece = lane.work->pieces.front();
  std::vector<DeadLetter> letters;
  const auto visited = builder_->visit(
      piece, verdict.items,
      [&](const RefusedItem& item, const LogName& log, const OutgoingRecord& record) {
        DeadLetter& letter = letters.emplace_back();
        letter.log = log.directory();
        append_uid(letter.uid, host_, log, record.time);
        letter.time = record.time;
        letter.stream = stream_name(record.stream);
        letter.message = record.content;
        letter.reason = item.reason;
        letter.status = answer.status;
        letter.answer = answer.body.substr(0, 1024);
      });
  if (!visited) {
    log_warn(fmt::format("{}: {}", name_, visited.error().message()));
    lane.work->pieces.front().body.clear();  // it is read anew, or set aside
    gate_.on_failure(world_.clock.mono_now(), std::nullopt);
    return false;
  }
  if (verdict.items.empty() && verdict.rejected > 0) {
    DeadLetter& note = letters.emplace_back();
    note.reason = verdict.reason;
    note.status = answer.status;
    note.answer = answer.body.substr(0, 1024);
    note.records = verdict.rejected;
    for (const BatchPart& part : piece.parts)
      note.message += fmt::format("{}{} {}Z..{}Z", note.message.empty() ? "" : ", ", part.log,
                                  time_text(part.from.last.time), time_text(part.to.last.time));
  }
  if (letters.empty()) return true;
  if (!add_letters(letters)) return false;
  if (verdict.items.empty())
    state_.totals.rejected += verdict.rejected;
  else
    state_.totals.dead += letters.size();
  return true;
}

bool ShipLoop::add_letters(const std::vector<DeadLetter>& letters) {
  const auto added = dead_.add(letters, world_.clock.wall_now());
  if (added) return true;
  status_.reason = "dead letters cannot be written: " + added.error().message();
  log_error(fmt::format("{}: {}", name_, status_.reason));
  gate_.on_failure(world_.clock.mono_now(), std::nullopt);
  return false;
}

void ShipLoop::finish_piece(Lane& lane, Stored stored) {
  const Piece& piece = lane.work->pieces.front();
  if (stored == Stored::yes) {
    state_.totals.records += piece.records;
    state_.totals.bytes += piece.bytes;
  }
  lane.work->pieces.pop_front();
  lane.probe.reset();
  if (lane.work->pieces.empty()) acknowledge(lane);
}

void ShipLoop::acknowledge(Lane& lane) {
  if (is_replay(lane)) {
    lane.letter ? letters_.done() : replay_.done();
    lane.letter.reset();
    lane.work.reset();
    return note_change();
  }
  const MonoTime now = world_.clock.mono_now();
  for (const BatchPart& part : lane.work->batch.parts) {
    LogProgress& progress = state_.logs[part.log];
    progress.acked = part.to;
    // What was given up was counted then.
    if (part.loss && part.loss->records == 0) state_.totals.lost_segments += part.loss->segments;
    const auto source = sources_.find(part.log);
    if (config_.settle.count() == 0 || source == sources_.end())
      progress.settled = part.to;
    else
      source->second->settling.add(now, part.to);
    if (source == sources_.end()) continue;
    source->second->is_busy = false;
    source->second->feed.note_known(part.to.last.position.segment);
  }
  forget_intended(lane.work->batch.number);
  lane.work.reset();
  note_change();
}

void ShipLoop::forget_intended(std::uint64_t number) {
  std::erase_if(state_.intended, [&](const auto& batch) { return batch.number == number; });
}

// The losses that a batch would have told are to be told by the next one. Those whose records
// nobody knows are found again.
void ShipLoop::untell(const IntendedBatch& batch) {
  for (const BatchPart& part : batch.parts)
    if (std::optional<Loss>& loss = state_.logs[part.log].loss;
        part.loss && part.loss->records > 0 && !loss) {
      loss = part.loss;
    }
}

// Nothing of what was planned goes any more; it is planned anew from what is acknowledged.
void ShipLoop::drop_works() {
  world_.transport.cancel_all();
  connections_ = 0;
  for (Lane& lane : lanes_) {
    give_back(lane);
    if (lane.work) untell(lane.work->batch);
    lane.work.reset();
    lane.probe.reset();
    lane.request.file.reset();
    lane.is_sending = lane.is_probing = false;
  }
  state_.intended.clear();
  for (const auto& [directory, source] : sources_) {
    const LogProgress& progress = state_.logs[directory];
    source->is_busy = false;
    if (!(source->feed.cursor() == progress.acked))
      source->feed.start(progress.acked, progress.loss);
    note_news(*source);
  }
}

// False if all is settled.
bool ShipLoop::rewind_to_settled() {
  bool is_any = false;
  for (const auto& [directory, source] : sources_) {
    LogProgress& progress = state_.logs[directory];
    is_any |= !(progress.acked == progress.settled);
    progress.acked = progress.settled;
    source->settling.clear();
  }
  if (!is_any) return false;
  last_rewind_ = world_.clock.mono_now();
  ++state_.totals.rewinds;
  log_info(fmt::format("{}: what it has acknowledged just before goes again", name_));
  drop_works();
  note_change();
  return true;
}

void ShipLoop::rewind(const LogChoice& logs, WallTime since) {
  for (const auto& [directory, source] : sources_) {
    if (!logs.includes(source->feed.name())) continue;
    LogProgress& progress = state_.logs[directory];
    if (progress.settled.last.time > since) {
      const auto opened = log_dir_->open_directory(directory, Create::no);
      const auto segments = opened ? list_segment_files(**opened) : fail(opened.error());
      if (segments) {
        const TimePlace found = find_time(**opened, *segments, since);
        progress.settled = cursor_before(**opened, *segments, found.position);
      }
    }
    progress.acked = progress.settled;
    source->settling.clear();
  }
  ++state_.totals.rewinds;
  drop_works();
  note_change();
}

}  // namespace logd
