// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "web/http_text.h"

using namespace logd;
using namespace logd::web;

TEST_CASE("http: a target is a path and its parameters", "[web]") {
  const Target target = parse_target("/a%20b+c?x=1&y=a+b%26&x=2&flag&=&z=%C3%A9").value();
  CHECK(target.path == "/a b+c");
  CHECK(target.parameters.at("x") == std::vector<std::string>{"1", "2"});
  CHECK(target.parameters.at("y") == std::vector<std::string>{"a b&"});
  CHECK(target.parameters.at("flag") == std::vector<std::string>{""});
  CHECK(target.parameters.at("z") == std::vector<std::string>{"\xc3\xa9"});
  CHECK(parse_target("/").value().parameters.empty());
  CHECK(parse_target("/?").value().parameters.empty());
}

TEST_CASE("http: what is no target is refused", "[web]") {
  for (const char* text : {"", "a", "*", "http://a/b", "/%", "/%2", "/%zz", "/a?b=%", "/a?b=%4"}) {
    INFO(text);
    CHECK_FALSE(parse_target(text));
  }
  std::string many = "/a?";
  for (std::size_t i = 0; i <= kMaxParameters; ++i) many += "a=b&";
  CHECK(parse_target(many).error().code == ErrorCode::limit);
}

TEST_CASE("http: a head says how long the body is", "[web]") {
  HttpResponse response = json_response(200, "{}");
  response.headers.emplace_back("Allow", "GET");
  const std::string head = response_head(response, BodyLength::known, true);
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head.find("Content-Length: 3\r\n") != std::string::npos);
  CHECK(head.find("Allow: GET\r\n") != std::string::npos);
  CHECK(head.find("keep-alive") != std::string::npos);
  const std::string open = response_head(response, BodyLength::unknown, false);
  CHECK(open.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(open.find("Content-Length") == std::string::npos);
  CHECK(chunk("0123456789abcdef") == "10\r\n0123456789abcdef\r\n");
  CHECK(chunk("") == "0\r\n\r\n");
}

TEST_CASE("http: an error is an object, whatever its message holds", "[web]") {
  const HttpResponse response = error_response(Error{ErrorCode::not_found, 0, "\"web\" \xff"});
  CHECK(response.status == 404);
  CHECK(response.body == "{\"error\":\"not_found\",\"message\":\"\\\"web\\\" \xef\xbf\xbd\"}\n");
  CHECK(error_response(Error{ErrorCode::invalid, 0, ""}).status == 400);
  CHECK(error_response(Error{ErrorCode::permission, 0, ""}).status == 403);
  CHECK(error_response(Error{ErrorCode::limit, 0, ""}).status == 503);
  CHECK(error_response(Error{ErrorCode::io, 0, ""}).status == 500);
}
