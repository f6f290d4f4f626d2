// Carries messages of the hand-over protocol between the shim and logd over one socket.
//
// What is said and when is the Shim's business; what the messages hold is capture/handover.h's. One
// thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "base/unique_fd.h"
#include "capture/handover.h"

namespace logd::shim {

class Connection {
 public:
  // Connects to the socket at `path`, without waiting. Returns 0, or the errno.
  int open(const char* path);
  void close();
  bool is_open() const { return socket_.is_open(); }
  int descriptor() const { return socket_.get(); }

  // Sends one message, which is the parts in a row, with descriptors, all or nothing: on false (the
  // message did not fit, or logd has gone) the connection is closed.
  bool send(std::span<const iovec> parts, std::span<const int> fds);
  bool send(const void* message, std::size_t bytes);

  // One message of logd's, as far as this version knows it; the rest is zero.
  struct Message {
    handover::Type type{};
    handover::Refused refused{};  // if type says so
  };
  enum class Received { message, nothing, closed };

  // Takes the next message that has come, without waiting. Bytes that are not of the protocol
  // close the connection.
  Received receive(Message& message);

 private:
  bool take_message(Message& message);

  UniqueFd socket_;
  std::size_t received_bytes_ = 0;
  char received_[handover::kMaxMessageBytes];
};

}  // namespace logd::shim
