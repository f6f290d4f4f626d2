// SPDX-License-Identifier: Apache-2.0
#include "ctl/cursor_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file_replacement.h"
#include "base/text_file.h"
#include "base/unique_fd.h"
#include "ctl/command.h"
#include "query/cursor_text.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

constexpr auto kSaveInterval = 1s;
// A hundred thousand logs.
constexpr std::size_t kMaxFileBytes = 16_MiB;

// Where the file would be.
std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

void CursorFile::declare(Options& options) {
  options.texts("--cursor-file", given_, "FILE",
                "Goes on where FILE says, and notes the end there");
}

Result<void> CursorFile::read(HistoryQuery& query) {
  if (given_.size() > 1 || given_.front().empty()) {
    return fail(ErrorCode::invalid, "--cursor-file takes the name of one file");
  }
  path_ = given_.front();
  const std::string label = "--cursor-file " + path_;
  if (query.order == Order::newest_first) {
    return fail(ErrorCode::invalid, "-r and --cursor-file do not go together");
  }
  query.keeps_cursors = true;
  // Something that is no file could block us; whoever gives a directory means another name.
  const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno != ENOENT) return fail(system_error(errno, label));
  struct stat status {};
  if (fd && (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))) {
    return fail(ErrorCode::invalid, label + ": is no file");
  }
  // Better now than after all has been shown.
  if (::access(directory_of(FileReplacement::target_of(path_)).c_str(), W_OK | X_OK) != 0) {
    return fail(system_error(errno, label + ": its directory"));
  }
  if (!fd) return {};
  LOGD_TRY_ASSIGN(saved_, read_text(fd.get(), label, kMaxFileBytes));
  auto cursors = parse_cursor_text(saved_);
  if (!cursors) {
    return fail(ErrorCode::invalid,
                label + ": " + cursors.error().message() + "; remove it to begin anew");
  }
  cursors_ = std::move(*cursors);
  query.cursors = cursors_;
  is_there_ = true;
  return {};
}

void CursorFile::note(const History& history) {
  for (const auto& [log, cursor] : history.cursors()) cursors_[log] = cursor;
  has_noted_ = true;
  if (std::chrono::steady_clock::now() - last_save_ < kSaveInterval) return;
  const auto saved = save();
  // Perhaps it goes better the next time.
  if (!saved && !std::exchange(has_failed_, true)) complain(saved.error());
}

Result<void> CursorFile::save() {
  last_save_ = std::chrono::steady_clock::now();
  if (!has_noted_) return {};
  std::string text = cursor_text(cursors_);
  if (text == saved_) return {};
  LOGD_TRY_ASSIGN(FileReplacement file, FileReplacement::begin(path_));
  LOGD_TRY(file.write(text));
  LOGD_TRY(file.finish());
  saved_ = std::move(text);
  return {};
}

}  // namespace logd
