// Makes bodies of records: of several logs, in the format of the destination, compressed.
//
// One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sinks/batch_builder.h"
#include "sinks/body_encoder.h"

namespace logd {

class RecordBatches final : public BatchBuilder {
 public:
  // All must outlive it.
  RecordBatches(Sources& sources, const ShipConfig& config, const HostIdentity& host);

  std::optional<BatchWork> plan(std::uint64_t most_records,
                                const std::function<void(const ShipSource&)>& moved) override;
  Result<Piece> piece_of(const LogName& log, const OutgoingRecord& record) override;
  Result<std::uint64_t> encode(Piece& piece) override;
  Result<std::pair<Piece, Piece>> split(const Piece& piece, std::uint64_t first_records) override;
  Result<void> visit(const Piece& piece, const std::vector<RefusedItem>& items,
                     const ItemSink& sink) override;
  HttpRequest request(Piece& piece) override;
  Result<LogFeed::Backlog> backlog(const ShipSource& source, const LogCursor& from) const override {
    return source.feed.backlog(from);
  }
  bool sends_segments() const override { return false; }

 private:
  Result<void> finish(Piece& piece);
  RecordSink sink_for(const LogName& log, std::uint64_t max_record_bytes);

  const ShipConfig& config_;
  const HostIdentity& host_;
  std::unique_ptr<BodyEncoder> encoder_;
  BodyCompressor compressor_;
};

}  // namespace logd
