// SPDX-License-Identifier: Apache-2.0
#include "capture/posix_escrow.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace logd {

Result<void> check_stream_descriptors(int pipe, int escrow, std::uint64_t bytes) {
  struct stat status {};
  if (fstat(pipe, &status) != 0 || !S_ISFIFO(status.st_mode))
    return fail(ErrorCode::invalid, "the first descriptor of a stream is not a pipe");
  if ((fcntl(pipe, F_GETFL) & O_ACCMODE) != O_RDONLY)
    return fail(ErrorCode::invalid, "the pipe of a stream is not open for reading only");
  if (fstat(escrow, &status) != 0 || !S_ISREG(status.st_mode))
    return fail(ErrorCode::invalid, "the second descriptor of a stream is not a memfd");
  if ((fcntl(escrow, F_GETFL) & O_ACCMODE) != O_RDWR)
    return fail(ErrorCode::invalid, "the escrow is not open for reading and writing");
  constexpr int kNeeded = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  constexpr int kForbidden = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
  const int seals = fcntl(escrow, F_GET_SEALS);
  if (seals < 0 || (seals & kNeeded) != kNeeded || (seals & kForbidden) != 0)
    return fail(ErrorCode::invalid, "the escrow is not sealed against shrinking and growing");
  if (static_cast<std::uint64_t>(status.st_size) != bytes)
    return fail(ErrorCode::invalid, "the escrow does not have the size that was announced");
  const off_t position = lseek(escrow, 0, SEEK_CUR);
  if (position < 0 || static_cast<std::uint64_t>(position) > bytes)
    return fail(ErrorCode::invalid, "the position of the escrow is out of range");
  return {};
}

bool is_same_pipe(int one, int other) {
  struct stat first {};
  struct stat second {};
  return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

std::uint64_t PosixEscrow::position() {
  return static_cast<std::uint64_t>(lseek(escrow_.get(), 0, SEEK_CUR));
}

Escrow::Taken PosixEscrow::take(std::uint64_t max_bytes) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    ssize_t moved;
    do {
      moved = splice(pipe_.get(), nullptr, escrow_.get(), nullptr, max_bytes,
                     SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    } while (moved < 0 && errno == EINTR);
    if (moved > 0) return {TakeResult::taken, static_cast<std::uint64_t>(moved)};
    if (moved == 0) return {TakeResult::ended, 0};
    if (errno == EAGAIN) return {TakeResult::empty, 0};
    // The flags belong to the description that the other side shares; O_APPEND there refuses every
    // splice.
    const int flags = fcntl(escrow_.get(), F_GETFL);
    if (errno != EINVAL || flags < 0 || (flags & O_APPEND) == 0) break;
    fcntl(escrow_.get(), F_SETFL, flags & ~O_APPEND);
  }
  return {TakeResult::broken, 0};
}

bool PosixEscrow::read(char* to, std::uint64_t bytes, std::uint64_t offset) {
  while (bytes > 0) {
    const ssize_t got = pread(escrow_.get(), to, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::uint64_t>(got);
  }
  return true;
}

bool PosixEscrow::write(std::string_view bytes, std::uint64_t offset) {
  // With O_APPEND set by the other side pwrite ignores its offset; at the seal it then fails, which
  // is harmless.
  while (!bytes.empty()) {
    const ssize_t put =
        pwrite(escrow_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return true;
}

bool PosixEscrow::seek(std::uint64_t position) {
  return lseek(escrow_.get(), static_cast<off_t>(position), SEEK_SET) ==
         static_cast<off_t>(position);
}

void PosixEscrow::give_back(std::uint64_t offset) {
  if (offset >= size_bytes_) return;
  fallocate(escrow_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
            static_cast<off_t>(size_bytes_ - offset));
}

}  // namespace logd
