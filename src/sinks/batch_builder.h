// Makes batches of what the logs of a destination have, oldest first, and the requests that carry
// them.
//
// Two kinds: of records (record_batches.h), and of closed segments as they are (archive_batches.h),
// where each segment counts as a record. A log is in one batch at a time, so that what it has
// arrives in its order. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "logd/config.h"
#include "logd/file_system.h"
#include "ship/ship_state.h"
#include "sinks/answer.h"
#include "sinks/log_feed.h"
#include "sinks/outgoing_record.h"
#include "sinks/settling.h"
#include "sinks/transport.h"
#include "store/segment_name.h"

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
  std::optional<WallTime> news_since;  // since when; nothing: nothing stands there
  std::string trouble;                 // why it cannot be read on now; empty: it can

  bool is_behind() const { return has_news || !trouble.empty(); }
};

// A segment that is sent as the file that it is.
struct SentSegment {
  std::string log;  // its directory
  SegmentName name;
  std::shared_ptr<File> file;  // open while it is being sent
  std::uint64_t inode = 0;     // of the file that has these digests
  std::string sha256;          // of its bytes, hex
  std::string md5;             // base64
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
  std::optional<SentSegment> segment;  // instead of a body
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

  virtual ~BatchBuilder() = default;

  // The next batch; nothing if there is nothing. Sources that are in it are busy from now on.
  // `moved` is called with those that have passed over what is not wanted, and are not busy.
  virtual std::optional<BatchWork> plan(std::uint64_t most_records,
                                        const std::function<void(const ShipSource&)>& moved) = 0;

  // A batch that was intended before a crash: its pieces are not encoded.
  static BatchWork again(const IntendedBatch& batch);

  // A piece of what a dead letter keeps, encoded: no log is read for it. Errors: limit.
  virtual Result<Piece> piece_of(const LogName& log, const OutgoingRecord& record) = 0;

  // Makes a piece ready that is not. Returns how many of its records are gone meanwhile, which it
  // has no more; without any records left there is nothing to send. Errors: permission, io, limit;
  // if it is for a log that cannot be read, unreadable() names it.
  virtual Result<std::uint64_t> encode(Piece& piece) = 0;

  // Two pieces, the first one of so many records; there are 2 at least. Errors: as encode().
  virtual Result<std::pair<Piece, Piece>> split(const Piece& piece,
                                                std::uint64_t first_records) = 0;

  // Calls `sink` with the records of a piece that the items name, which go up by their index; what
  // is gone is left out. Errors: as encode().
  using ItemSink = std::function<void(const RefusedItem&, const LogName&, const OutgoingRecord&)>;
  virtual Result<void> visit(const Piece& piece, const std::vector<RefusedItem>& items,
                             const ItemSink& sink) = 0;

  // Of a piece that is ready, whose file goes into it.
  virtual HttpRequest request(Piece& piece) = 0;

  // What of a log could go now and is behind `from`, the place that was acknowledged. Errors:
  // permission, io, not_found.
  virtual Result<LogFeed::Backlog> backlog(const ShipSource& source,
                                           const LogCursor& from) const = 0;

  // Whether it sends segments as they are: then nothing in them can be left out or cut, what is
  // still being written is not sent, and nothing tells the receiver of a loss.
  virtual bool sends_segments() const = 0;

  const std::string& unreadable() const { return unreadable_; }  // by the last encode(), or empty

  // What stands next in a log cannot be read: it stays behind, and is tried again with the next
  // news. Told when it begins, and when it is over. A log that is gone has no more news.
  static void note_trouble(ShipSource& source, const Error& error);
  static void end_trouble(ShipSource& source);

  // The receiver takes only less at once than so much: later batches are smaller from the start.
  // What it takes is found out anew by the next program.
  void note_too_large(std::uint64_t bytes);

  std::uint64_t cut_records() const { return cut_records_; }  // so far
  // That were found to be gone when it was their turn, and no record will tell of, so far.
  std::uint64_t lost_segments() const { return lost_segments_; }
  // Of bodies, before and after compression, so far.
  std::uint64_t raw_bytes() const { return raw_bytes_; }
  std::uint64_t sent_bytes() const { return sent_bytes_; }

 protected:
  explicit BatchBuilder(Sources& sources) : sources_(sources) {}

  // Those that may have something, the one that is furthest behind first.
  std::vector<ShipSource*> by_age() const;
  // Nothing is to be had of it until there are news.
  static void end_news(ShipSource& source);

  Sources& sources_;
  std::string unreadable_;
  std::uint64_t most_bytes_ = ~std::uint64_t{0};  // of a batch
  std::uint64_t cut_records_ = 0;
  std::uint64_t lost_segments_ = 0;
  std::uint64_t raw_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

// Says of a process whether logd compresses its segments.
using CompressesProcess = std::function<bool(const std::string& process)>;

// For `config.type`. All must outlive it.
std::unique_ptr<BatchBuilder> make_batch_builder(BatchBuilder::Sources& sources,
                                                 const ShipConfig& config, const HostIdentity& host,
                                                 CompressesProcess compresses);

}  // namespace logd
