// SPDX-License-Identifier: Apache-2.0
#include "sinks/record_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"
#include "sinks/ship_request.h"

namespace logd {

RecordBatches::RecordBatches(Sources& sources, const ShipConfig& config, const HostIdentity& host)
    : BatchBuilder(sources),
      config_(config),
      host_(host),
      encoder_(make_body_encoder(config, host)),
      compressor_(config.compression) {}

RecordSink RecordBatches::sink_for(const LogName& log, std::uint64_t max_record_bytes) {
  return [this, &log, max_record_bytes, has_begun = false](const OutgoingRecord& record) mutable {
    if (!std::exchange(has_begun, true)) encoder_->begin_log(log);
    if (max_record_bytes == 0 || record.content.size() <= max_record_bytes) {
      cut_records_ += record.is_cut ? 1 : 0;
      return encoder_->add(record);
    }
    OutgoingRecord less = record;
    less.content = record.content.substr(0, max_record_bytes);
    less.is_cut = true;
    ++cut_records_;
    encoder_->add(less);
  };
}

Result<void> RecordBatches::finish(Piece& piece) {
  const std::string_view body = encoder_->finish();
  LOGD_TRY_ASSIGN(piece.body, compressor_.compress(body));
  raw_bytes_ += body.size();
  sent_bytes_ += piece.body.size();
  return {};
}

std::optional<BatchWork> RecordBatches::plan(std::uint64_t most_records,
                                             const std::function<void(const ShipSource&)>& moved) {
  BatchWork work;
  Piece piece;
  LogFeed::Room room{std::min(config_.batch_records, most_records),
                     std::min(config_.batch_bytes, most_bytes_)};
  for (ShipSource* const source : by_age()) {
    if (room.records == 0 || room.bytes == 0) break;
    const LogName& log = source->feed.name();
    const LogCursor before = source->feed.cursor();
    const RecordSink encode = sink_for(log, 0);
    auto taken = source->feed.take(room, [&](const OutgoingRecord& record) {
      if (work.first_time.empty() || record.time < work.first_time) work.first_time = record.time;
      encode(record);
    });
    if (!taken) {
      note_trouble(*source, taken.error());
      continue;
    }
    end_trouble(*source);
    if (taken->is_at_end)
      end_news(*source);
    else
      source->news_since = taken->part.to.last.time;
    if (taken->part.records == 0) {
      if (!(source->feed.cursor() == before)) moved(*source);
      continue;
    }
    source->is_busy = true;
    piece.records += taken->part.records;
    piece.bytes += taken->bytes;
    room.records -= taken->part.records;
    room.bytes -= std::min(room.bytes, taken->bytes);
    piece.parts.push_back(std::move(taken->part));
  }
  if (piece.parts.empty()) return std::nullopt;
  work.batch.parts = piece.parts;
  if (const auto finished = finish(piece); !finished) {
    log_error(finished.error().message());
    piece.body.clear();  // encoded once more when it is to be sent
  }
  work.pieces.push_back(std::move(piece));
  return work;
}

Result<Piece> RecordBatches::piece_of(const LogName& log, const OutgoingRecord& record) {
  Piece piece;
  piece.records = 1;
  piece.bytes = record.content.size();
  sink_for(log, 0)(record);
  LOGD_TRY(finish(piece));
  return piece;
}

Result<std::uint64_t> RecordBatches::encode(Piece& piece) {
  std::uint64_t gone = 0;
  unreadable_.clear();
  piece.records = 0;
  piece.bytes = 0;
  for (BatchPart& part : piece.parts) {
    const auto source = sources_.find(part.log);
    LogFeed::Repeated repeated;
    if (source != sources_.end()) {
      const LogFeed& feed = source->second->feed;
      auto again = feed.repeat(part, sink_for(feed.name(), piece.max_record_bytes));
      if (!again && again.error().code != ErrorCode::not_found) {
        encoder_->finish();
        unreadable_ = part.log;
        return fail(again.error());
      }
      if (again) repeated = *again;
    }
    gone += part.records - repeated.records;
    part.records = repeated.records;
    piece.records += repeated.records;
    piece.bytes += repeated.bytes;
  }
  if (piece.records == 0) {
    encoder_->finish();
    return gone;
  }
  LOGD_TRY(finish(piece));
  return gone;
}

Result<std::pair<Piece, Piece>> RecordBatches::split(const Piece& piece,
                                                     std::uint64_t first_records) {
  std::pair<Piece, Piece> halves;
  halves.first.max_record_bytes = halves.second.max_record_bytes = piece.max_record_bytes;
  for (const BatchPart& part : piece.parts) {
    const std::uint64_t room = first_records - halves.first.records;
    if (part.records <= room) {
      halves.first.parts.push_back(part);
      halves.first.records += part.records;
      continue;
    }
    if (room > 0) {
      const auto source = sources_.find(part.log);
      if (source == sources_.end())
        return fail(ErrorCode::not_found, part.log + " is not forwarded any more");
      LOGD_TRY_ASSIGN(const LogCursor middle, source->second->feed.cut(part, room));
      halves.first.parts.push_back({part.log, part.from, middle, room, part.loss});
      halves.first.records += room;
      halves.second.parts.push_back({part.log, middle, part.to, part.records - room, {}});
      halves.second.records += part.records - room;
      continue;
    }
    halves.second.parts.push_back(part);
    halves.second.records += part.records;
  }
  return halves;
}

Result<void> RecordBatches::visit(const Piece& piece, const std::vector<RefusedItem>& items,
                                  const ItemSink& sink) {
  auto item = items.begin();
  std::size_t index = 0;  // of the next record of the body
  for (const BatchPart& part : piece.parts) {
    // What tells of a loss is a record of the body, too.
    const std::size_t end = index + part.records + (part.loss ? 1 : 0);
    const auto source = sources_.find(part.log);
    if (source != sources_.end() && item != items.end() && item->index < end) {
      const LogFeed& feed = source->second->feed;
      const auto repeated = feed.repeat(part, [&](const OutgoingRecord& record) {
        if (item != items.end() && item->index == index) sink(*item++, feed.name(), record);
        ++index;
      });
      if (!repeated && repeated.error().code != ErrorCode::not_found) return fail(repeated.error());
    }
    index = end;
    while (item != items.end() && item->index < end) ++item;  // gone
  }
  return {};
}

HttpRequest RecordBatches::request(Piece& piece) {
  HttpRequest request =
      request_for(config_, piece.body, encoder_->content_type(), compressor_.content_encoding());
  if (config_.deduplication_token && !piece.parts.empty())
    request.path += "&insert_deduplication_token=" + deduplication_token(host_.id, piece.parts);
  return request;
}

}  // namespace logd
