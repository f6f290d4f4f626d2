// What a destination's loop sends once more because somebody has asked for it.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"
#include "sinks/ship_loop.h"

namespace logd {

void ShipLoop::replay(const LogChoice& logs, WallTime since, WallTime until) {
  if (builder_->sends_segments()) return rewind(logs, since);
  const FeedOptions options = feed_options(config_);
  for (const auto& [directory, source] : sources_) {
    const LogName& log = source->feed.name();
    if (!logs.includes(log)) continue;
    if (const auto added = replay_.add(*log_dir_, log, options, report_, since, until); !added)
      log_warn(fmt::format("{}: {}", name_, added.error().message()));
  }
}

// Its batch has no number: that it was taken changes no cursor.
bool ShipLoop::plan_replay(Lane& lane, std::uint64_t most_records) {
  auto part = replay_.next({std::min(config_.batch_records, most_records), config_.batch_bytes});
  if (!part) return plan_letter(lane);
  if (config_.max_rate) tokens_ -= static_cast<double>(part->records);
  lane.work = BatchBuilder::again({0, {std::move(*part)}});
  return true;
}

bool ShipLoop::plan_letter(Lane& lane) {
  auto letter = letters_.next();
  if (!letter) return false;
  OutgoingRecord record;
  record.time = letter->time;
  record.content = letter->message;
  record.stream = letter->stream == stream_name(Stream::err) ? Stream::err : Stream::out;
  auto piece = builder_->piece_of(*parse_log_name(letter->log), record);
  if (!piece) {
    log_warn(fmt::format("{}: {}", name_, piece.error().message()));
    letters_.give_back();
    gate_.on_failure(world_.clock.mono_now(), std::nullopt);
    return false;
  }
  if (config_.max_rate) tokens_ -= 1;
  lane.work.emplace();
  lane.work->pieces.push_back(std::move(*piece));
  lane.letter = std::move(letter);
  return true;
}

// Of a work that changes no cursor, and is dropped.
void ShipLoop::give_back(Lane& lane) {
  if (!is_replay(lane)) return;
  if (lane.letter)
    letters_.give_back();
  else
    replay_.give_back(lane.work->batch.parts.front());
  lane.letter.reset();
}

// It is the same record as before, with what is said of it now.
bool ShipLoop::bury_again(const Lane& lane, const Verdict& verdict, const HttpAnswer& answer) {
  DeadLetter letter = *lane.letter;
  letter.reason = verdict.reason;
  letter.status = answer.status;
  letter.answer = answer.body.substr(0, 1024);
  return add_letters({letter});
}

Result<void> ShipLoop::drop_dead_letters() {
  letters_.forget();
  return dead_.drop();
}

}  // namespace logd
