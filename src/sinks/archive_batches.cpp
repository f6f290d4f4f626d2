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

// Behind all of a segment. Bytes that are no record may follow the last one, or be all that it has.
LogCursor end_of(Directory& log, const Segments& segments, const SegmentName& segment,
                 WallTime before) {
  LogCursor end = cursor_before(log, segments, {segment.number + 1, 0});
  if (end.last.position.segment != segment.number)
    end = {{{segment.number, kWholeSegment}, std::max(before, segment.created)}, {}};
  return end;
}

bool has_last_form(Segments::const_iterator segment, Segments::const_iterator end,
                   bool is_compressed) {
  // One that is passed over stays as it is: logd could not compress it.
  return segment->has_archive || !is_compressed ||
         std::any_of(segment, end, [](const auto& later) { return later.has_archive; });
}

}  // namespace

ArchiveBatches::ArchiveBatches(Sources& sources, const ShipConfig& config, const HostIdentity& host,
                               CompressesProcess compresses)
    : BatchBuilder(sources), config_(config), host_(host), compresses_(std::move(compresses)) {}

// What is behind the cursor of a log.
Result<ArchiveBatches::Ahead> ArchiveBatches::look_ahead(const LogFeed& feed,
                                                         const LogCursor& cursor) const {
  LOGD_TRY_ASSIGN(const auto log, feed.open_directory());
  LOGD_TRY_ASSIGN(const Segments segments, list_segment_files(*log));
  Ahead ahead;
  // The last one is being written.
  if (segments.size() < 2) return ahead;
  const auto last = segments.end() - 1;
  const RecordPlace at = cursor.last;
  const std::uint64_t number = at.position.segment;
  std::optional<Error> error;
  Position behind = find_behind(*log, segments, at, &error);
  if (error) return fail(std::move(*error));
  // Only its number tells that it was passed; another log may have it by now.
  if (at.position.offset == kWholeSegment &&
      std::any_of(segments.begin(), segments.end(), [&](const ListedSegment& segment) {
        return segment.name.number == number && segment.name.created <= at.time;
      })) {
    behind = std::max(behind, Position{number + 1, 0});
  }
  auto next = std::find_if(segments.begin(), last, [&](const ListedSegment& segment) {
    return segment.name.number >= behind.segment;
  });
  if (next != last && next->name.number == behind.segment && behind.offset > 0) {
    const RecordPlace end = end_of(*log, segments, next->name, at.time).last;
    if (end.position.offset != kWholeSegment && end.time <= at.time) ++next;
  }
  // Those without a single record go, too.
  while (next != segments.begin() && std::prev(next)->name.number > number &&
         std::prev(next)->name.number < behind.segment) {
    --next;
  }
  const std::uint64_t known = std::max(number, feed.known_segment());
  if (number > 0 && next->name.number > known + 1) ahead.missing = next->name.number - known - 1;
  ahead.first = next->name.number;
  const bool is_compressed = compresses_(feed.name().process);
  for (; next != last && has_last_form(next, segments.end(), is_compressed); ++next) {
    const auto name = next->has_archive ? next->name.with(SegmentName::Form::archive) : next->name;
    if (ahead.ready.empty()) ahead.end = end_of(*log, segments, name, at.time);
    ahead.ready.push_back(name);
    if (ahead.ready.size() == 1) ahead.oldest_ended = std::next(next)->name.created;
  }
  return ahead;
}

std::optional<BatchWork> ArchiveBatches::plan(std::uint64_t most_records,
                                              const std::function<void(const ShipSource&)>& moved) {
  if (most_records == 0) return std::nullopt;
  for (ShipSource* const source : by_age()) {
    LogFeed& feed = source->feed;
    const std::string log = feed.name().directory();
    const auto ahead = look_ahead(feed, feed.cursor());
    if (!ahead) {
      note_trouble(*source, ahead.error());
      continue;
    }
    if (ahead->missing > 0) {
      log_warn(
          fmt::format("{}: {} segments were deleted before they were sent", log, ahead->missing));
      lost_segments_ += ahead->missing;
      feed.note_known(ahead->first - 1);  // a rewind does not miss them once more
      feed.start({{{ahead->first - 1, kWholeSegment}, feed.cursor().last.time}, {}}, std::nullopt);
      moved(*source);
    }
    if (ahead->ready.empty()) {
      end_trouble(*source);
      end_news(*source);
      continue;
    }
    IntendedBatch batch;
    batch.parts.push_back({log, feed.cursor(), ahead->end, 1, {}});
    feed.start(ahead->end, std::nullopt);
    source->is_busy = true;
    source->news_since = ahead->end.last.time;
    return again(batch);
  }
  return std::nullopt;
}

Result<LogFeed::Backlog> ArchiveBatches::backlog(const ShipSource& source,
                                                 const LogCursor& from) const {
  LOGD_TRY_ASSIGN(const Ahead ahead, look_ahead(source.feed, from));
  LOGD_TRY_ASSIGN(const auto log, source.feed.open_directory());
  LogFeed::Backlog backlog;
  for (const SegmentName& name : ahead.ready) {
    const auto status = log->status_of(name.str());
    if (status) backlog.bytes += status->bytes;
    backlog.newest = name.number;
    ++backlog.segments;
  }
  backlog.oldest_ended = ahead.oldest_ended;
  return backlog;
}

Result<Piece> ArchiveBatches::piece_of(const LogName& log, const OutgoingRecord& record) {
  Piece piece;
  const auto name = parse_segment_name(record.content);
  piece.segment = SentSegment{log.directory(), name.value_or(SegmentName{}), nullptr, 0, {}, {}};
  piece.records = 1;
  return piece;
}

Result<std::uint64_t> ArchiveBatches::encode(Piece& piece) {
  unreadable_.clear();
  auto gone = make_ready(piece);
  if (piece.parts.empty()) return gone;
  const std::string& log = piece.parts.front().log;
  const auto source = sources_.find(log);
  if (!gone)
    unreadable_ = log;
  else if (source != sources_.end())
    end_trouble(*source->second);
  return gone;
}

Result<std::uint64_t> ArchiveBatches::make_ready(Piece& piece) const {
  auto segment = find(piece);
  if (!segment && segment.error().code == ErrorCode::not_found) {
    for (BatchPart& part : piece.parts) part.records = 0;
    return std::exchange(piece.records, 0);
  }
  if (!segment) return fail(segment.error());
  LOGD_TRY_ASSIGN(const FileStatus status, segment->file->status());
  // Each attempt opens it anew: what was replaced meanwhile has another inode.
  const bool is_known = piece.segment && !piece.segment->sha256.empty() &&
                        piece.segment->inode == status.inode && piece.bytes == status.bytes;
  if (is_known) {
    segment->sha256 = piece.segment->sha256;
    segment->md5 = piece.segment->md5;
  } else {
    LOGD_TRY_ASSIGN(const FileDigests digests, digests_of(*segment->file));
    segment->sha256 = digests.sha256;
    segment->md5 = digests.md5;
    piece.bytes = digests.bytes;
  }
  segment->inode = status.inode;
  piece.segment = std::move(*segment);
  return 0;
}

// The file of a piece, open. Errors: also not_found (it is gone, or another log has its number).
Result<SentSegment> ArchiveBatches::find(const Piece& piece) const {
  const BatchPart* const part = piece.parts.empty() ? nullptr : &piece.parts.front();
  SentSegment segment;
  if (part != nullptr) {
    segment.log = part->log;
    segment.name.number = part->to.last.position.segment;
    segment.name.created = part->to.last.time;  // at the latest
  } else if (piece.segment) {
    segment.log = piece.segment->log;
    segment.name = piece.segment->name;
  }
  const Error gone{ErrorCode::not_found, 0, segment.log + ": the segment is gone"};
  const auto source = sources_.find(segment.log);
  if (source == sources_.end()) return fail(gone);
  LOGD_TRY_ASSIGN(const auto log, source->second->feed.open_directory());
  LOGD_TRY_ASSIGN(const Segments segments, list_segment_files(*log));
  const auto found = std::find_if(segments.begin(), segments.end(), [&](const auto& listed) {
    return listed.name.number == segment.name.number && listed.name.created <= segment.name.created;
  });
  // The last one is being written.
  if (segments.empty() || found >= segments.end() - 1) return fail(gone);
  const SegmentName archive = found->name.with(SegmentName::Form::archive);
  if (!found->has_archive) {
    segment.name = found->name;
    auto file = log->open_file(segment.name.str(), OpenMode::read);
    if (file) segment.file = std::move(*file);
    if (!file && file.error().code != ErrorCode::not_found) return fail(file.error());
  }
  // There already, or since just now.
  if (!segment.file) {
    segment.name = archive;
    LOGD_TRY_ASSIGN(segment.file, log->open_file(archive.str(), OpenMode::read));
  }
  return segment;
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

HttpRequest ArchiveBatches::request(Piece& piece) {
  raw_bytes_ += piece.bytes;
  sent_bytes_ += piece.bytes;
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
