// SPDX-License-Identifier: Apache-2.0
#include "web/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text_file.h"

namespace logd::web {
namespace {

constexpr int kBacklog = 1024;
constexpr std::size_t kMinTokenBytes = 16;
constexpr std::size_t kMaxTokenBytes = 1024;

Error socket_error(const SocketAddress& address) {
  Error error =
      system_error(errno, fmt::format("listen on {} port {}", address.host, address.port));
  if (error.sys_errno == EADDRINUSE) error.code = ErrorCode::exists;
  return error;
}

}  // namespace

Result<UniqueFd> listen_on(const SocketAddress& address) {
  UniqueFd fd(
      socket(address.is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(socket_error(address));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  int bound = -1;
  if (address.is_v6) {
    // What is meant for IPv6 alone must not take the port of IPv4 too.
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(address.port);
    inet_pton(AF_INET6, address.host.c_str(), &to.sin6_addr);
    bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  } else {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(address.port);
    inet_pton(AF_INET, address.host.c_str(), &to.sin_addr);
    bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  if (bound != 0 || listen(fd.get(), kBacklog) != 0) return fail(socket_error(address));
  return fd;
}

Result<std::string> read_token(const std::string& path) {
  const std::string label = "token_file " + path;
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail(system_error(errno, label));
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return fail(system_error(errno, label));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid, label + ": is no file");
  if ((status.st_mode & 0007) != 0)
    return fail(ErrorCode::permission,
                fmt::format("{}: others may use it (mode {:04o}): chmod o= {}", label,
                            status.st_mode & 07777U, path));
  LOGD_TRY_ASSIGN(std::string text, read_text(fd.get(), label, kMaxTokenBytes + 1));
  std::string token = text.substr(0, text.find('\n'));
  if (token.ends_with('\r')) token.pop_back();
  if (token.size() < kMinTokenBytes || token.size() > kMaxTokenBytes)
    return fail(ErrorCode::invalid, fmt::format("{}: its first line must have {} to {} bytes",
                                                label, kMinTokenBytes, kMaxTokenBytes));
  return token;
}

}  // namespace logd::web
