// SPDX-License-Identifier: Apache-2.0
#include "base/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

namespace logd {
namespace {

Error not_an_address(std::string_view text) {
  return {ErrorCode::invalid, 0,
          "expected an address and a port such as \"127.0.0.1:9317\" or \"[::1]:9317\", not \"" +
              std::string(text) + "\""};
}

}  // namespace

Result<SocketAddress> parse_socket_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(not_an_address(text));
  SocketAddress address;
  const std::string_view port = text.substr(colon + 1);
  const char* const end = port.data() + port.size();
  const auto [rest, error] = std::from_chars(port.data(), end, address.port);
  if (error != std::errc() || rest != end) return fail(not_an_address(text));
  std::string_view host = text.substr(0, colon);
  address.is_v6 = host.starts_with('[') && host.ends_with(']');
  if (address.is_v6) host = host.substr(1, host.size() - 2);
  address.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  in6_addr v6{};
  in_addr v4{};
  const bool is_number = address.is_v6 ? inet_pton(AF_INET6, address.host.c_str(), &v6) == 1
                                       : inet_pton(AF_INET, address.host.c_str(), &v4) == 1;
  if (!is_number) return fail(not_an_address(text));
  address.is_loopback =
      address.is_v6 ? IN6_IS_ADDR_LOOPBACK(&v6) : (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET;
  return address;
}

}  // namespace logd
