// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/socket_address.h"

using namespace logd;

TEST_CASE("socket address: numbers and a port", "[base]") {
  const SocketAddress v4 = parse_socket_address("127.0.0.1:9317").value();
  CHECK(v4.host == "127.0.0.1");
  CHECK(v4.port == 9317);
  CHECK_FALSE(v4.is_v6);
  CHECK(v4.is_loopback);
  const SocketAddress v6 = parse_socket_address("[::1]:0").value();
  CHECK(v6.host == "::1");
  CHECK(v6.is_v6);
  CHECK(v6.is_loopback);
  CHECK(parse_socket_address("localhost:80").value().host == "127.0.0.1");
  CHECK(parse_socket_address("127.200.0.1:80").value().is_loopback);
  for (const char* wide : {"0.0.0.0:80", "10.0.0.1:80", "[::]:80", "[::ffff:127.0.0.1]:80"})
    CHECK_FALSE(parse_socket_address(wide).value().is_loopback);
}

TEST_CASE("socket address: anything else is refused", "[base]") {
  for (const char* text : {"", "9317", ":9317", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "::1:80",
                           "127.0.0.1:65536", "127.0.0.1:-1", "[::1]", "[::1]80", "example.com:80",
                           "127.1:80", "[127.0.0.1]:80", "off:1"}) {
    INFO(text);
    CHECK_FALSE(parse_socket_address(text));
  }
}
