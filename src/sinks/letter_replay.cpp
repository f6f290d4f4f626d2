// SPDX-License-Identifier: Apache-2.0
#include "sinks/letter_replay.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/diagnostics.h"
#include "logd/names.h"

namespace logd {
namespace {

constexpr std::size_t kReadBytes = 64_KiB;

Result<void> write_all(File& file, std::string_view text) {
  while (!text.empty()) {
    LOGD_TRY_ASSIGN(const std::size_t put, file.write_at(text, 0));
    text.remove_prefix(put);
  }
  return {};
}

// A kill may have left the begin of a line, which stands whole in the files that are still there.
Result<void> end_line(File& file) {
  LOGD_TRY_ASSIGN(const FileStatus status, file.status());
  if (status.bytes == 0) return {};
  char last = 0;
  LOGD_TRY(file.read_at(&last, 1, status.bytes - 1));
  return last == '\n' ? Result<void>() : write_all(file, "\n");
}

}  // namespace

LetterReplay::LetterReplay(Directory& directory, DeadLetters& dead)
    : directory_(directory), dead_(dead) {
  if (const auto status = directory_.status_of(kDeadAgainFile)) bytes_ = status->bytes;
}

Result<void> LetterReplay::begin() {
  auto file = directory_.open_file(kDeadAgainFile, OpenMode::append);
  if (!file && file.error().code == ErrorCode::not_found)
    file = directory_.open_file(kDeadAgainFile, OpenMode::create_append);
  if (!file) return fail(file.error());
  Result<void> written = end_line(**file);
  std::string text;
  const auto write_on = [&] {
    if (written) written = write_all(**file, text);
    text.clear();
  };
  LOGD_TRY(read_dead_letters(directory_, Letters::but_again, [&](std::string_view line) {
    text.append(line).append("\n");
    if (text.size() >= kReadBytes) write_on();
  }));
  write_on();
  LOGD_TRY(written);
  LOGD_TRY((*file)->sync_data());
  LOGD_TRY(directory_.sync());
  LOGD_TRY(dead_.drop());
  LOGD_TRY_ASSIGN(const FileStatus status, (*file)->status());
  bytes_ = status.bytes;
  if (!file_) {
    file_ = std::move(*file);
    offset_ = 0;
    read_.clear();
  }
  return {};
}

std::optional<std::string> LetterReplay::next_line() {
  for (std::size_t end = read_.find('\n'); end == std::string::npos; end = read_.find('\n')) {
    std::string chunk(kReadBytes, '\0');
    const auto got = file_->read_at(chunk.data(), chunk.size(), offset_);
    if (!got) log_warn(fmt::format("{}: {}", kDeadAgainFile, got.error().message()));
    if (!got || *got == 0) return std::nullopt;
    read_.append(chunk, 0, *got);
    offset_ += *got;
  }
  const std::size_t end = read_.find('\n');
  std::string line = read_.substr(0, end);
  read_.erase(0, end + 1);
  return line;
}

std::optional<DeadLetter> LetterReplay::next() {
  if (!is_waiting()) return std::nullopt;
  while (!current_) {
    const auto line = next_line();
    if (!line) {
      forget();
      return std::nullopt;
    }
    auto parsed = parse_dead_letter(*line);
    if (!parsed) {
      log_warn(fmt::format("{}: a line that is no dead letter is left out", kDeadAgainFile));
    } else if (parse_log_name(parsed->letter.log)) {
      current_ = std::move(parsed->letter);
    } else if (const auto kept = dead_.add_text(*line + "\n"); !kept) {
      log_warn(fmt::format("{}: {}", kDeadFile, kept.error().message()));
    }
  }
  is_out_ = true;
  return current_;
}

void LetterReplay::done() {
  current_.reset();
  is_out_ = false;
}

void LetterReplay::forget() {
  file_.reset();
  bytes_ = 0;
  done();
  const auto removed = directory_.remove(kDeadAgainFile);
  if (!removed && removed.error().code != ErrorCode::not_found)
    log_warn(fmt::format("{}: {}", kDeadAgainFile, removed.error().message()));
}

}  // namespace logd
