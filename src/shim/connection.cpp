// SPDX-License-Identifier: Apache-2.0
#include "shim/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>

namespace logd::shim {

int Connection::open(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t bytes = strlen(path);
  if (bytes >= sizeof(address.sun_path)) return ENAMETOOLONG;
  memcpy(address.sun_path, path, bytes);
  UniqueFd made(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made) return errno;
  if (connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return errno;
  }
  socket_ = std::move(made);
  received_bytes_ = 0;
  return 0;
}

void Connection::close() {
  socket_.reset();
  received_bytes_ = 0;
}

bool Connection::send(const void* message, std::size_t bytes) {
  const iovec part{const_cast<void*>(message), bytes};
  return send({&part, 1}, {});
}

bool Connection::send(std::span<const iovec> parts, std::span<const int> fds) {
  if (!is_open()) return false;
  std::size_t bytes = 0;
  for (const iovec& part : parts) bytes += part.iov_len;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * handover::kMaxDescriptors)]{};
  msghdr header{};
  header.msg_iov = const_cast<iovec*>(parts.data());
  header.msg_iovlen = parts.size();
  if (!fds.empty()) {
    const std::size_t fd_bytes = fds.size_bytes();
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(fd_bytes);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fd_bytes);
    memcpy(CMSG_DATA(rights), fds.data(), fd_bytes);
  }
  ssize_t sent = -1;
  do {
    sent = sendmsg(socket_.get(), &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  // A socket holds far more than all messages of a run: one that is full belongs to a logd that is
  // stuck, and a new connection starts from the beginning.
  if (sent == static_cast<ssize_t>(bytes)) return true;
  close();
  return false;
}

// Takes one whole message off the front of what was received; false if there is none yet.
bool Connection::take_message(Message& message) {
  handover::Header header;
  if (received_bytes_ < sizeof(header)) return false;
  memcpy(&header, received_, sizeof(header));
  if (header.magic != handover::kMagic || header.bytes < sizeof(header) ||
      header.bytes > sizeof(received_)) {
    close();
    return false;
  }
  if (received_bytes_ < header.bytes) return false;
  message = Message{};
  message.type = header.type;
  if (header.type == handover::Type::refused) {
    memcpy(&message.refused, received_,
           std::min<std::size_t>(header.bytes, sizeof(message.refused)));
    message.refused.text[sizeof(message.refused.text) - 1] = '\0';
  }
  received_bytes_ -= header.bytes;
  memmove(received_, received_ + header.bytes, received_bytes_);
  return true;
}

Connection::Received Connection::receive(Message& message) {
  if (!is_open()) return Received::closed;
  if (take_message(message)) return Received::message;
  if (!is_open()) return Received::closed;
  const ssize_t got = recv(socket_.get(), received_ + received_bytes_,
                           sizeof(received_) - received_bytes_, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Received::nothing;
  if (got <= 0) {
    close();
    return Received::closed;
  }
  received_bytes_ += static_cast<std::size_t>(got);
  if (take_message(message)) return Received::message;
  return is_open() ? Received::nothing : Received::closed;
}

}  // namespace logd::shim
