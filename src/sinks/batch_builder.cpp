// SPDX-License-Identifier: Apache-2.0
#include "sinks/batch_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"
#include "sinks/archive_batches.h"
#include "sinks/record_batches.h"

namespace logd {
namespace {

// One request that was too large for another reason must not make all of them tiny.
constexpr std::uint64_t kLeastBatchBytes = 32_KiB;

}  // namespace

std::vector<ShipSource*> BatchBuilder::by_age() const {
  std::vector<ShipSource*> sources;
  for (const auto& [name, source] : sources_)
    if (source->has_news && !source->is_busy) sources.push_back(source.get());
  std::stable_sort(sources.begin(), sources.end(), [](const ShipSource* a, const ShipSource* b) {
    return a->feed.cursor().last.time < b->feed.cursor().last.time;
  });
  return sources;
}

void BatchBuilder::end_news(ShipSource& source) {
  source.has_news = false;
  source.news_since.reset();
}

void BatchBuilder::note_trouble(ShipSource& source, const Error& error) {
  if (error.code == ErrorCode::not_found) {
    source.trouble.clear();
    return end_news(source);
  }
  source.has_news = false;
  const std::string message = error.message();
  if (source.trouble != message)
    log_warn(fmt::format("{}: what follows waits until it can be read: {}",
                         source.feed.name().directory(), message));
  source.trouble = message;
}

void BatchBuilder::end_trouble(ShipSource& source) {
  if (source.trouble.empty()) return;
  source.trouble.clear();
  log_info(fmt::format("{}: can be read again", source.feed.name().directory()));
}

void BatchBuilder::note_too_large(std::uint64_t bytes) {
  most_bytes_ = std::max(std::min(most_bytes_, bytes / 2), kLeastBatchBytes);
}

BatchWork BatchBuilder::again(const IntendedBatch& batch) {
  BatchWork work;
  work.batch = batch;
  Piece piece;
  piece.parts = batch.parts;
  for (const BatchPart& part : piece.parts) {
    piece.records += part.records;
    const std::string time = time_text(part.from.last.time);
    if (work.first_time.empty() || time < work.first_time) work.first_time = time;
  }
  work.pieces.push_back(std::move(piece));
  return work;
}

std::unique_ptr<BatchBuilder> make_batch_builder(BatchBuilder::Sources& sources,
                                                 const ShipConfig& config, const HostIdentity& host,
                                                 CompressesProcess compresses) {
  if (config.type == "s3")
    return std::make_unique<ArchiveBatches>(sources, config, host, std::move(compresses));
  return std::make_unique<RecordBatches>(sources, config, host);
}

}  // namespace logd
