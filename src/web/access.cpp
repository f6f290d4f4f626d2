// SPDX-License-Identifier: Apache-2.0
#include "web/access.h"

#include <strings.h>

#include <algorithm>

#include "web/http_text.h"

namespace logd::web {
namespace {

bool is_probe(std::string_view path) {
  return path == "/livez" || path == "/readyz" || path == "/health";
}

bool is_own_name(std::string_view host, const AccessRules& rules) {
  std::string name(host_without_port(host));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name == "localhost" || name == "127.0.0.1" || name == "::1" || name == rules.listen_host;
}

std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() < kScheme.size() ||
      strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0)
    return {};
  return authorization.substr(kScheme.size());
}

}  // namespace

std::string_view host_without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool is_same_token(std::string_view given, std::string_view token) {
  unsigned different = given.size() != token.size() ? 1 : 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char c = i < given.size() ? given[i] : '\0';
    different |= static_cast<unsigned char>(c) ^ static_cast<unsigned char>(token[i]);
  }
  return different == 0;
}

std::optional<HttpResponse> refusal(const AccessRules& rules, const HttpRequest& request,
                                    std::string_view path) {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = error_response(405, "method", "only GET and HEAD");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (request.has_body) return error_response(413, "body", "a request here has no body");
  if (request.is_local) return std::nullopt;
  // A browser always names one.
  if (rules.is_loopback && request.has_host && !is_own_name(request.host, rules))
    return error_response(421, "host", "this address answers to localhost only");
  if (rules.token.empty() || is_probe(path)) return std::nullopt;
  if (is_same_token(bearer_of(request.authorization), rules.token)) return std::nullopt;
  HttpResponse response =
      error_response(401, "token", "needs the header Authorization: Bearer TOKEN");
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"logd\"");
  return response;
}

}  // namespace logd::web
