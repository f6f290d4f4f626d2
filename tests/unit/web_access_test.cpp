// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "web/access.h"

using namespace logd::web;

namespace {

// The status of the refusal, 200 if there is none.
int status_of(const AccessRules& rules, const HttpRequest& request, std::string_view path) {
  const auto refused = refusal(rules, request, path);
  return refused ? refused->status : 200;
}

HttpRequest get(const std::string& host) {
  HttpRequest request;
  request.method = "GET";
  request.host = host;
  return request;
}

}  // namespace

TEST_CASE("access: a loopback address answers to its own names", "[web]") {
  AccessRules rules;
  rules.listen_host = "127.0.0.2";
  for (const char* host : {"localhost", "localhost:9317", "LocalHost", "127.0.0.1", "127.0.0.2:1",
                           "[::1]", "[::1]:9317"}) {
    INFO(host);
    CHECK(status_of(rules, get(host), "/metrics") == 200);
  }
  for (const char* host :
       {"", "evil", "localhost.evil", "127.0.0.3", "[", "[::2]", "localhost@evil", "::1"}) {
    INFO(host);
    CHECK(status_of(rules, get(host), "/livez") == 421);
  }
  HttpRequest nameless = get("");
  nameless.has_host = false;
  CHECK(status_of(rules, nameless, "/livez") == 200);
  rules.is_loopback = false;
  CHECK(status_of(rules, get("logs.example"), "/livez") == 200);
}

TEST_CASE("access: the token is asked for on TCP, but by probes", "[web]") {
  AccessRules rules;
  rules.token = "0123456789abcdef";
  HttpRequest request = get("localhost");
  CHECK(status_of(rules, request, "/health") == 200);
  CHECK(status_of(rules, request, "/health/") == 401);
  CHECK(status_of(rules, request, "/metrics") == 401);
  request.authorization = "bearer 0123456789abcdef";
  CHECK(status_of(rules, request, "/metrics") == 200);
  for (const char* given : {"Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Bearer",
                            "0123456789abcdef", "Bearer  0123456789abcdef"}) {
    INFO(given);
    request.authorization = given;
    CHECK(status_of(rules, request, "/metrics") == 401);
  }
  request.is_local = true;
  CHECK(status_of(rules, request, "/metrics") == 200);
}

TEST_CASE("access: only GET and HEAD, and no body", "[web]") {
  HttpRequest request = get("localhost");
  request.is_local = true;
  request.method = "POST";
  CHECK(status_of({}, request, "/health") == 405);
  request.method = "HEAD";
  CHECK(status_of({}, request, "/health") == 200);
  request.has_body = true;
  CHECK(status_of({}, request, "/health") == 413);
}

TEST_CASE("access: tokens are the same or not", "[web]") {
  CHECK(is_same_token("abc", "abc"));
  for (const char* given : {"", "ab", "abcd", "abd", "xbc"})
    CHECK_FALSE(is_same_token(given, "abc"));
}
