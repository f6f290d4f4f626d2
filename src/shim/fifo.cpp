// SPDX-License-Identifier: Apache-2.0
#include "shim/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace logd::shim {
namespace {

constexpr mode_t kMode = S_IRUSR | S_IWUSR | S_IWGRP;

bool fail(Text& problem, const Text& path) {
  const int error = errno;
  problem.add(path.view()).add(": ").add_error(error);
  return false;
}

// Makes the FIFO at `path` and opens both ends. With both ends held, writers may come and go: there
// is never an end of the stream, and no writer ever waits for a reader or loses one.
bool open_fifo(const Text& path, std::int64_t gid, Stream& stream, Text& problem) {
  if (mkfifo(path.c_str(), S_IRUSR | S_IWUSR) != 0 && errno != EEXIST) return fail(problem, path);
  stream.write_end.reset(open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!stream.write_end) return fail(problem, path);
  struct stat status {};
  if (fstat(stream.write_end.get(), &status) != 0) return fail(problem, path);
  if (!S_ISFIFO(status.st_mode)) {
    problem.add(path.view()).add(": is there and is not a FIFO");
    return false;
  }
  // First the group, then its right: nobody else gets it for a moment.
  if (gid >= 0 &&
      fchown(stream.write_end.get(), static_cast<uid_t>(-1), static_cast<gid_t>(gid)) != 0) {
    return fail(problem, path);
  }
  if (fchmod(stream.write_end.get(), kMode) != 0) return fail(problem, path);
  stream.read_end.reset(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!stream.read_end) return fail(problem, path);
  return true;
}

}  // namespace

Fifos::Opened Fifos::open(const Options& options, std::span<Stream, 2> streams, Text& problem) {
  Text lock_path;
  lock_path.add(options.directory).add("/.").add(options.name).add(".keeper");
  lock_.reset(
      ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!lock_) {
    fail(problem, lock_path);
    return Opened::failed;
  }
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Opened::held_by_another;
    fail(problem, lock_path);
    return Opened::failed;
  }
  constexpr const char* kSuffixes[2] = {".out", ".err"};
  for (std::size_t i = 0; i < 2; ++i) {
    paths_[i].add(options.directory).add("/").add(options.name).add(kSuffixes[i]);
    if (!open_fifo(paths_[i], options.gid, streams[i], problem)) return Opened::failed;
  }
  return Opened::yes;
}

void Fifos::remove() const {
  for (const Text& path : paths_) unlink(path.c_str());
}

}  // namespace logd::shim
