// Makes batches of what the logs of a destination have, oldest first, and the bodies of requests.
//
// A log is in one batch at a time, so that its records arrive in their order. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ship/ship_state.h"
#include "sinks/answer.h"
#include "sinks/body_encoder.h"
#include "sinks/log_feed.h"
#include "sinks/settling.h"

namespace logd {

// A log that a destination gets.
struct ShipSource {
  ShipSource(Directory& log_dir, const LogName& name, const FeedOptions& options,
             const Report& report)
      : feed(log_dir, name, options, report) {}

  LogFeed feed;
  Settling settling;
  bool is_busy = false;                // in a batch that was not acknowledged
  bool has_news = true;                // something may stand behind the feed's cursor
  std::optional<WallTime> news_since;  // since when; nothing: no news
};

// What one request carries.
struct Piece {
  std::vector<BatchPart> parts;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t max_record_bytes = 0;  // 0: as usual; else it was too large with more
  unsigned server_errors = 0;          // answers of status 5xx, one after another
  bool is_accused = false;             // after which another record was taken
  std::string body;                    // compressed; empty: not encoded yet
};

// A batch, and what of it is still to be sent: one piece, unless the receiver refuses a part of it.
struct BatchWork {
  IntendedBatch batch;
  std::deque<Piece> pieces;
  std::string first_time;  // of its first record, as in records
};

class BatchBuilder {
 public:
  using Sources = std::map<std::string, std::unique_ptr<ShipSource>>;  // by directory

  // All must outlive it.
  BatchBuilder(Sources& sources, const ShipConfig& config, const HostIdentity& host);

  // The next batch, its only piece encoded; nothing if there is nothing. Sources that are in it are
  // busy from now on. `moved` is called with those that have passed over what is not wanted, and
  // are not busy.
  std::optional<BatchWork> plan(std::uint64_t most_records,
                                const std::function<void(const ShipSource&)>& moved);

  // A batch that was intended before a crash: its pieces are not encoded.
  static BatchWork again(const IntendedBatch& batch);

  // A piece of one record that no log is read for, encoded. Errors: limit.
  Result<Piece> piece_of(const LogName& log, const OutgoingRecord& record);

  // Makes the body of a piece that has none. Returns how many of its records are gone meanwhile,
  // which it has no more; without any records left there is no body. Errors: permission, io, limit.
  Result<std::uint64_t> encode(Piece& piece);

  // Two pieces of about the same number of records, which is 2 at least. Errors: as encode().
  Result<std::pair<Piece, Piece>> split(const Piece& piece, std::uint64_t first_records);

  // Calls `sink` with the records of a piece that the items name, which go up by their index; what
  // is gone is left out. Errors: as encode().
  using ItemSink = std::function<void(const RefusedItem&, const LogName&, const OutgoingRecord&)>;
  Result<void> visit(const Piece& piece, const std::vector<RefusedItem>& items,
                     const ItemSink& sink);

  std::uint64_t cut_records() const { return cut_records_; }  // so far
  // Of bodies, before and after compression, so far.
  std::uint64_t raw_bytes() const { return raw_bytes_; }
  std::uint64_t sent_bytes() const { return sent_bytes_; }

  std::string_view content_type() const { return encoder_->content_type(); }
  std::string_view content_encoding() const { return compressor_.content_encoding(); }

 private:
  std::vector<ShipSource*> by_age() const;
  Result<void> finish(Piece& piece);
  RecordSink sink_for(const LogName& log, std::uint64_t max_record_bytes);

  Sources& sources_;
  const ShipConfig& config_;
  std::unique_ptr<BodyEncoder> encoder_;
  BodyCompressor compressor_;
  std::uint64_t cut_records_ = 0;
  std::uint64_t raw_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace logd
