// SPDX-License-Identifier: Apache-2.0
#include "shim/pipe_input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace logd::shim {
namespace {

// A description that is non-blocking is shared with others who may need it so, but what is handed
// over must block.
bool can_be_handed_over(int fd) {
  struct stat status {};
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) &&
         (flags & O_ACCMODE) == O_RDONLY && (flags & O_NONBLOCK) == 0;
}

}  // namespace

int PipeInput::open(Stream& stream) {
  if (can_be_handed_over(STDIN_FILENO)) {
    stream.read_end.reset(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    watched_ = &stream;
    return stream.read_end ? 0 : errno;
  }
  to_ = &stream;
  if (const int error = make_pipe(stream); error != 0) return error;
  // Each end of a pipe has a description of its own: logd's stays as it is.
  return fcntl(stream.write_end.get(), F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

pollfd PipeInput::interest() const {
  if (has_ended_) return {-1, 0, 0};
  // Without events poll() tells only that the last writer has gone.
  if (watched_ != nullptr) return {watched_->read_end.get(), 0, 0};
  if (first_ < last_) return {to_->write_end.get(), POLLOUT, 0};
  return {STDIN_FILENO, POLLIN, 0};
}

void PipeInput::proceed(short events) {
  if (events == 0 || has_ended_) return;
  if (watched_ != nullptr) {
    end();
  } else {
    copy();
  }
}

void PipeInput::copy() {
  if (first_ == last_) {
    const ssize_t got = read(STDIN_FILENO, bytes_, sizeof(bytes_));
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) return end();
    first_ = 0;
    last_ = static_cast<std::size_t>(got);
  }
  const ssize_t written = write(to_->write_end.get(), bytes_ + first_, last_ - first_);
  if (written > 0) first_ += static_cast<std::size_t>(written);
}

void PipeInput::end() {
  has_ended_ = true;
  if (to_ != nullptr) to_->write_end.reset();
}

}  // namespace logd::shim
