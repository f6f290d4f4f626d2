// Sends closed segments as they are, one in a request, into a store of objects (S3).
//
// A segment goes once it has its last form: the archive, or the plain file of a process whose
// segments are not compressed. Its key is fixed by host, log and segment, and what is stored is
// never written over, so that a segment that is sent again changes nothing. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sinks/batch_builder.h"

namespace logd {

class ArchiveBatches final : public BatchBuilder {
 public:
  // All must outlive it.
  ArchiveBatches(Sources& sources, const ShipConfig& config, const HostIdentity& host,
                 CompressesProcess compresses);

  std::optional<BatchWork> plan(std::uint64_t most_records,
                                const std::function<void(const ShipSource&)>& moved) override;
  // `record` has the name of a segment as its content.
  Result<Piece> piece_of(const LogName& log, const OutgoingRecord& record) override;
  // Opens the file, and reads it whole for its digests.
  Result<std::uint64_t> encode(Piece& piece) override;
  Result<std::pair<Piece, Piece>> split(const Piece& piece, std::uint64_t first_records) override;
  Result<void> visit(const Piece& piece, const std::vector<RefusedItem>& items,
                     const ItemSink& sink) override;
  HttpRequest request(Piece& piece) override;
  Result<LogFeed::Backlog> backlog(const ShipSource& source, const LogCursor& from) const override;
  bool sends_segments() const override { return true; }

 private:
  struct Ahead {
    std::vector<SegmentName> ready;        // closed, and in their last form
    LogCursor end;                         // behind the first of these
    std::optional<WallTime> oldest_ended;  // of the same
    std::uint64_t first = 0;               // number of the next that is there, ready or not
    std::uint64_t missing = 0;             // segments that are gone, and were not sent
  };
  Result<Ahead> look_ahead(const LogFeed& feed, const LogCursor& cursor) const;
  // As encode().
  Result<std::uint64_t> make_ready(Piece& piece) const;
  Result<SentSegment> find(const Piece& piece) const;

  const ShipConfig& config_;
  const HostIdentity& host_;
  CompressesProcess compresses_;
};

}  // namespace logd
