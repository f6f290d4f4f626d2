// SPDX-License-Identifier: Apache-2.0
#include "control/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/file_io.h"
#include "base/unique_fd.h"

namespace logd::control {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

Error connect_error(int sys_errno, const std::string& path) {
  Error error = system_error(sys_errno, "connect to " + path);
  if (error.code == ErrorCode::not_found || sys_errno == ECONNREFUSED || sys_errno == ENOTDIR) {
    error.code = ErrorCode::unreachable;
  }
  return error;
}

// Waits until `fd` is ready for `events`. Errors: timed_out.
Result<void> wait_for(int fd, short events, Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd ready{fd, events, 0};
  const int found = left.count() <= 0 ? 0 : retry_interrupted([&] {
    return ::poll(&ready, 1, static_cast<int>(left.count()));
  });
  if (found < 0) return fail(system_error(errno, "wait for the daemon"));
  if (found == 0) return fail(ErrorCode::timed_out, "the daemon does not answer");
  return {};
}

// Connects without the length limit of a socket's path: run_dir may be deep.
Result<UniqueFd> connect_to(const std::string& run_dir) {
  const std::string path = run_dir + "/" + std::string(kSocketName);
  const UniqueFd directory(::open(run_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail(connect_error(errno, path));
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(system_error(errno, "make a socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string short_path =
      "/proc/self/fd/" + std::to_string(directory.get()) + "/" + std::string(kSocketName);
  short_path.copy(address.sun_path, sizeof address.sun_path - 1);
  // A full backlog is EAGAIN here: the daemon is there, and too busy.
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(connect_error(errno == EAGAIN ? ECONNREFUSED : errno, path));
  }
  return fd;
}

Result<void> send_all(int fd, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent =
        retry_interrupted([&] { return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      LOGD_TRY(wait_for(fd, POLLOUT, deadline));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return {};  // it may have answered all the same, and said why
    } else {
      return fail(system_error(errno, "send to the daemon"));
    }
  }
  return {};
}

Result<std::string> receive_line(int fd, Deadline deadline) {
  std::string line;
  std::array<char, 16 * 1024> chunk;
  while (line.empty() || line.back() != '\n') {
    LOGD_TRY(wait_for(fd, POLLIN, deadline));
    const ssize_t got =
        retry_interrupted([&] { return ::recv(fd, chunk.data(), chunk.size(), 0); });
    if (got < 0 && errno == EAGAIN) continue;
    if (got < 0 && errno != ECONNRESET) return fail(system_error(errno, "read the answer"));
    if (got <= 0) return fail(ErrorCode::unreachable, "the daemon hung up");
    line.append(chunk.data(), static_cast<std::size_t>(got));
    if (line.size() > kMaxResponseBytes) {
      return fail(ErrorCode::limit, "the daemon's answer is too long");
    }
  }
  return line;
}

}  // namespace

Result<Response> call(const std::string& run_dir, const Request& request,
                      std::chrono::milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  LOGD_TRY_ASSIGN(const UniqueFd fd, connect_to(run_dir));
  LOGD_TRY(send_all(fd.get(), encode_request(request), deadline));
  LOGD_TRY_ASSIGN(const std::string line, receive_line(fd.get(), deadline));
  return parse_response(line);
}

}  // namespace logd::control
