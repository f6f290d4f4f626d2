// Segments by their numbers, and what S3 wants of a request (docs.aws.amazon.com, API/PutObject).
// SPDX-License-Identifier: Apache-2.0
#include "sinks/archive_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"
#include "query/log_cursor.h"
#include "query/segment_file.h"
#include "query/time_seek.h"
#include "sinks/file_digests.h"
#include "sinks/ship_request.h"
#include "store/segment_list.h"

namespace logd {
namespace {

using Segments = std::vector<ListedSegment>;

// The offset of a cursor behind a segment that has no record which could be its last one.
constexpr std::uint64_t kWholeSegment = std::uint64_t{1} << 60;

// Whether a record stands there, or behind it in the segment. What cannot be read counts as none.
bool has_bytes_at(Directory& log, const ListedSegment& segment, std::uint64_t offset) {
  const auto opened = open_segment_file(log, segment);
  if (!opened) return false;
  const auto status = opened->file->status();
  return status && status->bytes > offset;
}

LogCursor end_of(Directory& log, const Segments& segments, std::uint64_t number, WallTime before) {
  LogCursor end = cursor_before(log, segments, {number + 1, 0});
  if (end.last.position.segment != number) end = {{{number, kWholeSegment}, before}, {}};
  return end;
}

}  // namespace

ArchiveBatches::ArchiveBatches(Sources& sources, const ShipConfig& config, const HostIdentity& host,
                               CompressesProcess compresses)
    : BatchBuilder(sources), config_(config), host_(host), compresses_(std::move(compresses)) {}

// The next segment that is closed and has its last form; nothing if there is none now.
Result<std::optional<ArchiveBatches::Next>> ArchiveBatches::next_of(const LogFeed& feed) const {
  LOGD_TRY_ASSIGN(const auto log, feed.open_directory());
  LOGD_TRY_ASSIGN(const Segments segments, list_segment_files(*log));
  const RecordPlace at = feed.cursor().last;
  Position behind = find_behind(*log, segments, at);
  // No record tells that it was passed, only its number.
  if (at.position.offset == kWholeSegment)
    behind = std::max(behind, Position{at.position.segment + 1, 0});
  auto next = std::find_if(segments.begin(), segments.end(), [&](const ListedSegment& segment) {
    return segment.name.number >= behind.segment;
  });
  if (next != segments.end() && next->name.number == behind.segment && behind.offset > 0 &&
      !has_bytes_at(*log, *next, behind.offset)) {
    ++next;
  }
  // Those without a single record go, too.
  while (next != segments.begin() && std::prev(next)->name.number > at.position.segment &&
         std::prev(next)->name.number < behind.segment) {
    --next;
  }
  // The last one is being written.
  if (segments.empty() || next >= segments.end() - 1) return std::optional<Next>();
  if (!next->has_archive && compresses_(feed.name().process)) return std::optional<Next>();
  Next found;
  const std::uint64_t number = next->name.number;
  found.name = next->has_archive ? next->name.with(SegmentName::Form::archive) : next->name;
  found.end = end_of(*log, segments, number, at.time);
  const std::uint64_t known = std::max(at.position.segment, feed.known_segment());
  if (at.time > WallTime() && number > known + 1) found.missing = number - known - 1;
  return std::optional(found);
}

std::optional<BatchWork> ArchiveBatches::plan(std::uint64_t most_records,
                                              const std::function<void(const ShipSource&)>&) {
  if (most_records == 0) return std::nullopt;
  for (ShipSource* const source : by_age()) {
    LogFeed& feed = source->feed;
    const std::string log = feed.name().directory();
    const auto next = next_of(feed);
    if (!next || !*next) {
      if (!next && next.error().code != ErrorCode::not_found)
        log_warn(fmt::format("{}: {}", log, next.error().message()));
      end_news(*source);
      continue;
    }
    IntendedBatch batch;
    BatchPart& part = batch.parts.emplace_back();
    part = {log, feed.cursor(), (*next)->end, 1, feed.loss()};
    if ((*next)->missing > 0) {
      if (!part.loss) part.loss = Loss{0, 0, 0, "deleted"};
      part.loss->segments += (*next)->missing;
    }
    feed.start(part.to, std::nullopt);
    source->is_busy = true;
    source->news_since = part.to.last.time;
    return again(batch);
  }
  return std::nullopt;
}

Result<Piece> ArchiveBatches::piece_of(const LogName& log, const OutgoingRecord& record) {
  Piece piece;
  const auto name = parse_segment_name(record.content);
  piece.segment = SentSegment{log.directory(), name.value_or(SegmentName{}), nullptr, {}, {}};
  piece.records = 1;
  return piece;
}

Result<std::uint64_t> ArchiveBatches::encode(Piece& piece) {
  // Gone, until it is found.
  const std::uint64_t wanted = std::exchange(piece.records, 0);
  for (BatchPart& part : piece.parts) part.records = 0;
  SentSegment segment;
  if (piece.parts.empty()) {
    if (!piece.segment) return wanted;
    segment = *piece.segment;
  } else {
    const BatchPart& part = piece.parts.front();
    segment.log = part.log;
    segment.name.number = part.to.last.position.segment;
  }
  const auto source = sources_.find(segment.log);
  if (source == sources_.end()) return wanted;
  const auto gone_or = [wanted](const Error& error) -> Result<std::uint64_t> {
    if (error.code == ErrorCode::not_found) return wanted;
    return fail(error);
  };
  const auto log = source->second->feed.open_directory();
  if (!log) return gone_or(log.error());
  LOGD_TRY_ASSIGN(const Segments segments, list_segment_files(**log));
  const auto found = std::find_if(segments.begin(), segments.end(), [&](const auto& listed) {
    return listed.name.number == segment.name.number;
  });
  if (found == segments.end()) return wanted;
  segment.name = found->has_archive ? found->name.with(SegmentName::Form::archive) : found->name;
  auto file = (*log)->open_file(segment.name.str(), OpenMode::read);
  if (!file) return gone_or(file.error());
  segment.file = std::move(*file);
  LOGD_TRY_ASSIGN(const FileDigests digests, digests_of(*segment.file));
  segment.sha256 = digests.sha256;
  segment.md5 = digests.md5;
  piece.bytes = digests.bytes;
  piece.segment = std::move(segment);
  piece.records = wanted;
  for (BatchPart& part : piece.parts) part.records = wanted;
  raw_bytes_ += piece.bytes;
  sent_bytes_ += piece.bytes;
  return 0;
}

Result<std::pair<Piece, Piece>> ArchiveBatches::split(const Piece& piece, std::uint64_t) {
  return std::pair<Piece, Piece>{piece, Piece()};
}

Result<void> ArchiveBatches::visit(const Piece& piece, const std::vector<RefusedItem>& items,
                                   const ItemSink& sink) {
  if (items.empty() || piece.parts.empty() || !piece.segment) return {};
  const BatchPart& part = piece.parts.front();
  const std::string name = piece.segment->name.str();
  const std::string time = time_text(part.to.last.time);
  OutgoingRecord record;
  record.time = time;
  record.content = name;
  if (const auto log = parse_log_name(part.log)) sink(items.front(), *log, record);
  return {};
}

HttpRequest ArchiveBatches::request(Piece& piece) const {
  SentSegment& segment = *piece.segment;
  const bool is_archive = segment.name.form == SegmentName::Form::archive;
  HttpRequest request;
  request.method = "PUT";
  request.path = object_path(config_, {host_.id, segment.log, segment.name.str()});
  request.headers = {is_archive ? "Content-Type: application/gzip" : "Content-Type: text/plain",
                     "If-None-Match: *", "Content-MD5: " + segment.md5};
  request.payload_sha256 = segment.sha256;
  request.file_bytes = piece.bytes;
  // Held no longer than the request: it may be deleted meanwhile, and its place is needed.
  request.file = std::exchange(segment.file, nullptr);
  return request;
}

}  // namespace logd
