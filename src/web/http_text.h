// Takes targets of requests apart and writes the heads of responses. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "logd/result.h"
#include "web/http_message.h"

namespace logd::web {

// The parameters of a query, in the order in which they came, by name.
using Parameters = std::map<std::string, std::vector<std::string>, std::less<>>;

struct Target {
  std::string path;  // decoded
  Parameters parameters;
};

inline constexpr std::size_t kMaxParameters = 256;

// "/a/b?c=d&e=%20". Errors: invalid (a bad escape, not a path), limit (too many parameters).
Result<Target> parse_target(std::string_view text);

// Status line and headers, with the empty line. A body of unknown length comes in chunks.
enum class BodyLength { known, unknown };
std::string response_head(const HttpResponse& response, BodyLength length, bool keeps_alive);

// A chunk with `bytes`; none is the last one.
std::string chunk(std::string_view bytes);

HttpResponse json_response(int status, std::string body);
// {"error":"not_found","message":"…"}
HttpResponse error_response(const Error& error);
HttpResponse error_response(int status, std::string_view error, std::string_view message);

}  // namespace logd::web
