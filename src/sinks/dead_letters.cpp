// SPDX-License-Identifier: Apache-2.0
#include "sinks/dead_letters.h"

#include <tuple>

namespace logd {

DeadLetters::DeadLetters(Directory& directory, std::uint64_t max_bytes)
    : directory_(directory), max_bytes_(max_bytes) {
  if (const auto status = directory_.status_of(kDeadFile)) new_bytes_ = status->bytes;
  if (const auto status = directory_.status_of(kOldDeadFile)) old_bytes_ = status->bytes;
}

Result<void> DeadLetters::open() {
  if (file_) return {};
  auto file = directory_.open_file(kDeadFile, OpenMode::append);
  if (!file && file.error().code == ErrorCode::not_found)
    file = directory_.open_file(kDeadFile, OpenMode::create_append);
  if (!file) return fail(file.error());
  file_ = std::move(*file);
  LOGD_TRY_ASSIGN(const FileStatus status, file_->status());
  new_bytes_ = status.bytes;
  return {};
}

Result<void> DeadLetters::turn() {
  file_.reset();
  LOGD_TRY(directory_.rename(kDeadFile, kOldDeadFile));
  old_bytes_ = new_bytes_;
  new_bytes_ = 0;
  return {};
}

Result<void> DeadLetters::put_all(std::string_view text) {
  while (!text.empty()) {
    LOGD_TRY_ASSIGN(const std::size_t put, file_->write_at(text, 0));  // appends
    text.remove_prefix(put);
  }
  return file_->sync_data();
}

Result<void> DeadLetters::add(const std::vector<DeadLetter>& letters, WallTime now) {
  std::string text;
  for (const DeadLetter& letter : letters) text += dead_letter_text(letter, now);
  return add_text(text);
}

Result<void> DeadLetters::add_text(const std::string& text) {
  if (new_bytes_ > 0 && new_bytes_ + text.size() > max_bytes_ / 2) LOGD_TRY(turn());
  // Somebody may have taken the file away.
  if (file_) {
    const auto status = file_->status();
    if (!status || status->links == 0) file_.reset();
  }
  LOGD_TRY(open());
  auto put = put_all(text);
  // A half letter would spoil the next one.
  if (!put) std::ignore = file_->truncate(new_bytes_);
  if (put) new_bytes_ += text.size();
  return put;
}

Result<void> DeadLetters::drop() {
  file_.reset();
  for (const char* const name : {kOldDeadFile, kDeadFile}) {
    const auto removed = directory_.remove(name);
    if (!removed && removed.error().code != ErrorCode::not_found) return fail(removed.error());
  }
  new_bytes_ = old_bytes_ = 0;
  return {};
}

}  // namespace logd
