// SPDX-License-Identifier: Apache-2.0
#include "shim/dropper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "shim/text.h"

namespace logd::shim {
namespace {

constexpr std::int64_t kCheckMs = 50;
constexpr std::int64_t kBusyCheckMs = 2;
// A bound for one turn, far above what the largest pipe needs.
constexpr int kMaxRounds = 4096;
// Pages of it that were never used cost nothing.
constexpr std::size_t kScratchBytes = 64 << 10;
char scratch_bytes[kScratchBytes];

off_t position(const Stream& stream) { return lseek(stream.escrow.get(), 0, SEEK_CUR); }

// True if what was taken ends with a newline. "Don't know" is false: then a line too many is kept,
// which hurts nobody.
bool is_at_line_start(const Stream& stream) {
  const off_t taken = position(stream);
  char last = 0;
  return taken > 0 && pread(stream.escrow.get(), &last, 1, taken - 1) == 1 && last == '\n';
}

// Moves exactly `bytes` from the front of the pipe into the escrow, which has room.
bool take(const Stream& stream, std::uint64_t bytes) {
  while (bytes > 0) {
    const ssize_t moved = splice(stream.read_end.get(), nullptr, stream.escrow.get(), nullptr,
                                 bytes, SPLICE_F_NONBLOCK);
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) return false;
    bytes -= static_cast<std::uint64_t>(moved);
  }
  return true;
}

// Ends the line that the escrow ends with. A full escrow gives its last byte for it, which counts.
void end_line(Stream& stream) {
  const off_t size = static_cast<off_t>(stream.state.escrow_bytes);
  if (position(stream) < size) {
    [[maybe_unused]] const ssize_t written = write(stream.escrow.get(), "\n", 1);
  } else if (pwrite(stream.escrow.get(), "\n", 1, size - 1) == 1) {
    ++stream.state.dropped_bytes;
  }
}

}  // namespace

// What the front of a pipe holds.
struct Dropper::Peek {
  std::uint64_t bytes = 0;
  std::uint64_t first_line_end = 0;  // behind the first newline; 0: none
  std::uint64_t lines_end = 0;       // behind the lines that may go: the older half, at least one
  std::uint64_t lines = 0;           // up to lines_end
};

std::int64_t Dropper::check(std::span<Stream> streams, std::int64_t now) {
  if (now < next_check_ms_) return next_check_ms_;
  bool is_busy = false;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    Watched& watched = watched_[i];
    if (!is_full(streams[i])) {
      watched.full_since_ms = kNever;
      continue;
    }
    watched.full_since_ms = std::min(watched.full_since_ms, now);
    if (now - watched.full_since_ms >= drop_after_ms_) watched.is_dropping = true;
    if (!watched.is_dropping) continue;
    is_busy = true;
    drop_lines(streams[i], watched);
  }
  next_check_ms_ = now + (is_busy ? kBusyCheckMs : kCheckMs);
  return next_check_ms_;
}

void Dropper::finish_lines(std::span<Stream> streams) {
  for (std::size_t i = 0; i < streams.size(); ++i) {
    Watched& watched = watched_[i];
    for (int round = 0; round < kMaxRounds && watched.is_cutting; ++round) {
      if (!drop_once(streams[i], watched)) break;
    }
    if (watched.is_cutting) ++streams[i].state.dropped_lines;
    watched.is_cutting = false;
  }
}

void Dropper::stop() {
  next_check_ms_ = 0;
  for (Watched& watched : watched_) watched = Watched{};
}

bool Dropper::open_scratch() {
  if (scratch_in_) return true;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  scratch_out_.reset(ends[0]);
  scratch_in_.reset(ends[1]);
  nowhere_.reset(open("/dev/null", O_WRONLY | O_CLOEXEC));
  return true;
}

// Copies the front of the pipe, which stays as it is. Sees as much as the scratch pipe has slots.
Dropper::Peek Dropper::peek(const Stream& stream) {
  Peek seen;
  if (!open_scratch()) return seen;
  ssize_t copied = -1;
  do {
    copied = tee(stream.read_end.get(), scratch_in_.get(), kScratchBytes, SPLICE_F_NONBLOCK);
  } while (copied < 0 && errno == EINTR);
  const std::uint64_t half = copied > 0 ? static_cast<std::uint64_t>(copied) / 2 : 0;
  while (copied > 0) {
    const ssize_t got = read(scratch_out_.get(), scratch_bytes, kScratchBytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const char* const end = scratch_bytes + got;
    const char* at = scratch_bytes;
    while (seen.lines == 0 || seen.lines_end <= half) {
      const auto* newline =
          static_cast<const char*>(memchr(at, '\n', static_cast<std::size_t>(end - at)));
      if (newline == nullptr) break;
      at = newline + 1;
      const std::uint64_t line_end = seen.bytes + static_cast<std::uint64_t>(at - scratch_bytes);
      if (seen.first_line_end == 0) seen.first_line_end = line_end;
      seen.lines_end = line_end;
      ++seen.lines;
    }
    seen.bytes += static_cast<std::uint64_t>(got);
    copied -= got;
  }
  return seen;
}

// True if a writer would have to wait. A pipe is full when its slots are, not its bytes, and only
// polling a write end tells; ours is closed again at once.
bool Dropper::is_full(const Stream& stream) {
  Text path;
  path.add("/proc/self/fd/").add_number(stream.read_end.get());
  const UniqueFd write_end(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  if (!write_end) return fills_scratch(stream);
  pollfd room{write_end.get(), POLLOUT, 0};
  return poll(&room, 1, 0) == 0;
}

// The same for a pipe that another user made: a copy of it, slot by slot, in a pipe with as many.
bool Dropper::fills_scratch(const Stream& stream) {
  if (!open_scratch()) return false;
  const int size = fcntl(stream.read_end.get(), F_GETPIPE_SZ);
  if (fcntl(scratch_in_.get(), F_GETPIPE_SZ) != size) {
    fcntl(scratch_in_.get(), F_SETPIPE_SZ, size);
    if (fcntl(scratch_in_.get(), F_GETPIPE_SZ) != size) return false;
  }
  if (tee(stream.read_end.get(), scratch_in_.get(), INT32_MAX, SPLICE_F_NONBLOCK) <= 0)
    return false;
  pollfd room{scratch_in_.get(), POLLOUT, 0};
  const bool is_full = poll(&room, 1, 0) == 0;
  while (read(scratch_out_.get(), scratch_bytes, kScratchBytes) > 0) {
  }
  return is_full;
}

void Dropper::drop_lines(Stream& stream, Watched& watched) {
  for (int round = 0; round < kMaxRounds; ++round) {
    if (!watched.is_cutting && !is_full(stream)) return;
    if (!drop_once(stream, watched)) return;
  }
}

// One step towards an empty pipe; false if nothing can be done.
bool Dropper::drop_once(Stream& stream, Watched& watched) {
  const Peek seen = peek(stream);
  if (seen.bytes == 0) return false;
  if (watched.is_cutting) return drop_cut_line(stream, watched, seen);
  if (!is_at_line_start(stream)) return move_rest_of_line(stream, watched, seen);
  if (seen.lines == 0) {
    // A line that fills the whole pipe.
    watched.is_cutting = true;
    return true;
  }
  if (!discard(stream, seen.lines_end)) return false;
  stream.state.dropped_lines += seen.lines;
  return true;
}

bool Dropper::move_rest_of_line(Stream& stream, Watched& watched, const Peek& seen) {
  const std::uint64_t rest = seen.first_line_end != 0 ? seen.first_line_end : seen.bytes;
  const std::uint64_t room =
      stream.state.escrow_bytes - static_cast<std::uint64_t>(position(stream));
  if (rest <= room) return take(stream, rest);
  if (room > 1 && !take(stream, room - 1)) return false;
  end_line(stream);
  watched.is_cutting = true;
  return true;
}

bool Dropper::drop_cut_line(Stream& stream, Watched& watched, const Peek& seen) {
  const std::uint64_t rest = seen.first_line_end != 0 ? seen.first_line_end : seen.bytes;
  if (!discard(stream, rest)) return false;
  if (seen.first_line_end == 0) return true;
  ++stream.state.dropped_lines;
  watched.is_cutting = false;
  return true;
}

// Takes exactly `bytes`, which are there, from the front of the pipe.
bool Dropper::discard(Stream& stream, std::uint64_t bytes) {
  while (bytes > 0) {
    ssize_t gone = -1;
    if (nowhere_) {
      gone =
          splice(stream.read_end.get(), nullptr, nowhere_.get(), nullptr, bytes, SPLICE_F_NONBLOCK);
    } else {
      gone =
          read(stream.read_end.get(), scratch_bytes, std::min<std::uint64_t>(bytes, kScratchBytes));
    }
    if (gone < 0 && errno == EINTR) continue;
    if (gone <= 0) return false;
    bytes -= static_cast<std::uint64_t>(gone);
    stream.state.dropped_bytes += static_cast<std::uint64_t>(gone);
  }
  return true;
}

}  // namespace logd::shim
