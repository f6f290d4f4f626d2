// SPDX-License-Identifier: Apache-2.0
#include "store/archive_rewriting.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/file_io.h"
#include "store/archive_file.h"
#include "store/archive_verify.h"
#include "store/archive_writer.h"
#include "store/archiving.h"
#include "store/record_view.h"
#include "store/segment_reader.h"

namespace logd {
namespace {

using Form = SegmentName::Form;

// The same people may read the new file, before there is anything in it. Fakes have no such thing.
Result<void> give_access_of(const File& from, const File& to) {
  struct stat wanted {};
  struct stat found {};
  if (from.descriptor() < 0 || to.descriptor() < 0) return {};
  if (fstat(from.descriptor(), &wanted) != 0 || fstat(to.descriptor(), &found) != 0)
    return fail(system_error(errno, "stat an archive"));
  const bool is_other = wanted.st_uid != found.st_uid || wanted.st_gid != found.st_gid;
  if (is_other && fchown(to.descriptor(), wanted.st_uid, wanted.st_gid) != 0)
    return fail(system_error(errno, "give the new archive the owner and group of the old one"));
  if (fchmod(to.descriptor(), wanted.st_mode & 07777) != 0)
    return fail(system_error(errno, "give the new archive the mode of the old one"));
  return {};
}

// A new `.rewrite.tmp`, which goes unless it is put in its place.
class NewArchive {
 public:
  NewArchive(Directory& log, const SegmentName& segment)
      : log_(log), name_(segment.with(Form::rewrite_tmp).str()) {}
  ~NewArchive() {
    if (file_) std::ignore = log_.remove(name_);
  }
  NewArchive(const NewArchive&) = delete;
  NewArchive& operator=(const NewArchive&) = delete;

  Result<File*> open(const File& like) {
    LOGD_TRY_ASSIGN(file_, log_.open_file(name_, OpenMode::create_new));
    LOGD_TRY(give_access_of(like, *file_));
    return file_.get();
  }

  const std::string& name() const { return name_; }
  void is_in_place() { file_.reset(); }

 private:
  Directory& log_;
  std::string name_;
  std::unique_ptr<File> file_;
};

bool is_same_file(const FileStatus& a, const FileStatus& b) {
  return a.device == b.device && a.inode == b.inode;
}

// The records of a file one by one.
class Records {
 public:
  explicit Records(File& file) : reader_(file, 0) {}

  // False at the end.
  Result<bool> next(RecordView& record) {
    if (block_.empty()) {
      LOGD_TRY_ASSIGN(const RecordBlock block, reader_.next());
      block_ = block.records;
      if (block_.empty()) return false;
    }
    if (!look_at_record(take_first_record(block_), record))
      return fail(ErrorCode::corrupt, "what stands there is not a record");
    return true;
  }

 private:
  ForwardReader reader_;
  std::string_view block_;
};

std::string_view header_of(const RecordView& record) {
  return record.bytes.substr(0, record.bytes.size() - record.content.size());
}

// Whether two files of records differ in nothing but what lines say.
Result<void> compare_but_content(File& before, File& after) {
  Records old_records(before);
  Records new_records(after);
  RecordView old_record;
  RecordView new_record;
  for (std::uint64_t number = 1;; ++number) {
    LOGD_TRY_ASSIGN(const bool has_old, old_records.next(old_record));
    LOGD_TRY_ASSIGN(const bool has_new, new_records.next(new_record));
    bool is_equal = has_old == has_new;
    if (is_equal && has_old) is_equal = header_of(old_record) == header_of(new_record);
    if (is_equal && has_old && old_record.type == RecordType::event)
      is_equal = old_record.content == new_record.content;
    if (!is_equal)
      return fail(ErrorCode::corrupt, fmt::format("record {} is not that of before", number));
    if (!has_old) return {};
  }
}

Result<void> verify(File& archive, File& before, const OpenContents& contents) {
  LOGD_TRY_ASSIGN(const auto wanted, contents());
  LOGD_TRY(compare_archive(archive, *wanted));
  LOGD_TRY_ASSIGN(const InflatedArchive inflated, inflate_archive(archive));
  if (!inflated.damage.empty()) return fail(ErrorCode::corrupt, inflated.damage);
  return compare_but_content(before, *inflated.file);
}

}  // namespace

Result<RewriteLock> RewriteLock::take(Directory& log) {
  UniqueFd own;
  if (log.descriptor() >= 0) {
    // A description of its own, which a lock belongs to.
    own.reset(openat(log.descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own) return fail(system_error(errno, "open the log's directory"));
    if (flock(own.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return fail(ErrorCode::locked, "somebody else rewrites this log");
      return fail(system_error(errno, "lock the log's directory"));
    }
  }
  LOGD_TRY_ASSIGN(const std::vector<std::string> names, log.list());
  for (const std::string& name : names) {
    const auto parsed = parse_segment_name(name);
    if (!parsed || parsed->form != Form::rewrite_tmp) continue;
    if (auto gone = log.remove(name); !gone && gone.error().code != ErrorCode::not_found)
      return fail(std::move(gone.error()));
  }
  return RewriteLock(std::move(own));
}

Result<void> archive_segment(Directory& log, const SegmentName& segment, int level) {
  const std::string name = segment.with(Form::plain).str();
  LOGD_TRY_ASSIGN(const auto plain, log.open_file(name, OpenMode::read));
  NewArchive archive(log, segment);
  LOGD_TRY_ASSIGN(File* const file, archive.open(*plain));
  LOGD_TRY_ASSIGN(const ArchiveMade made, make_archive(*plain, *file, level));
  LOGD_TRY_ASSIGN(const FileStatus before, plain->status());
  LOGD_TRY_ASSIGN(const FileStatus now, log.status_of(name));
  if (!is_same_file(before, now) || now.bytes != made.plain_bytes)
    return fail(ErrorCode::corrupt, name + " has changed while its archive was made");
  const auto renamed = log.rename_new(archive.name(), segment.with(Form::archive).str());
  if (!renamed && renamed.error().code == ErrorCode::exists)
    return fail(ErrorCode::not_found, name + " has become an archive meanwhile");
  LOGD_TRY(renamed);
  archive.is_in_place();
  LOGD_TRY(log.sync());
  auto removed = log.remove(name);
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  return {};
}

Result<void> rewrite_archive(Directory& log, const SegmentName& segment, OldArchive old,
                             const OpenContents& contents, int level) {
  NewArchive archive(log, segment);
  LOGD_TRY_ASSIGN(File* const file, archive.open(old.archive));
  {
    LOGD_TRY_ASSIGN(const auto written, contents());
    LOGD_TRY(write_archive(*written, *file, level));
  }
  LOGD_TRY(file->sync_data());
  LOGD_TRY(verify(*file, old.records, contents));
  const std::string name = segment.with(Form::archive).str();
  LOGD_TRY_ASSIGN(const FileStatus before, old.archive.status());
  LOGD_TRY_ASSIGN(const FileStatus now, log.status_of(name));
  if (!is_same_file(before, now) || before.bytes != now.bytes)
    return fail(ErrorCode::exists, name + " is another file by now");
  LOGD_TRY(log.replace(archive.name(), name));
  archive.is_in_place();
  return log.sync();
}

}  // namespace logd
