// SPDX-License-Identifier: Apache-2.0
#include "web/http_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace logd::web {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { is_plus, is_space };

Result<std::string> decode(std::string_view text, Plus plus) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' && plus == Plus::is_space ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return fail(ErrorCode::invalid, "a % in the target is not followed by two digits");
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::permission:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::limit:
    case ErrorCode::timed_out:
      return 503;
    default:
      return 500;
  }
}

std::string_view word_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::permission:
      return "permission";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::limit:
      return "limit";
    case ErrorCode::timed_out:
      return "timed_out";
    default:
      return "io";
  }
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (!text.starts_with('/')) return fail(ErrorCode::invalid, "the target is not a path");
  Target target;
  const std::size_t question = text.find('?');
  LOGD_TRY_ASSIGN(target.path, decode(text.substr(0, question), Plus::is_plus));
  if (question == std::string_view::npos) return target;
  std::string_view query = text.substr(question + 1);
  for (std::size_t count = 0; !query.empty(); ++count) {
    if (count == kMaxParameters) return fail(ErrorCode::limit, "too many parameters");
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    if (one.empty()) continue;
    const std::size_t equals = one.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : one.substr(equals + 1);
    LOGD_TRY_ASSIGN(const std::string name, decode(one.substr(0, equals), Plus::is_space));
    LOGD_TRY_ASSIGN(std::string decoded, decode(value, Plus::is_space));
    target.parameters[name].push_back(std::move(decoded));
  }
  return target;
}

std::string response_head(const HttpResponse& response, BodyLength length, bool keeps_alive) {
  std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nServer: logd\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n",
      response.status, reason_of(response.status));
  if (!response.content_type.empty())
    head += fmt::format("Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  head += length == BodyLength::known ? fmt::format("Content-Length: {}\r\n", response.body.size())
                                      : std::string("Transfer-Encoding: chunked\r\n");
  head += keeps_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  return head + "\r\n";
}

std::string chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

HttpResponse json_response(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body) + "\n";
  return response;
}

HttpResponse error_response(const Error& error) {
  return error_response(status_of(error.code), word_of(error.code), error.message());
}

HttpResponse error_response(int status, std::string_view error, std::string_view message) {
  const nlohmann::json json{{"error", error}, {"message", message}};
  return json_response(status, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace logd::web
