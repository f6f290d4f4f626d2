// Decides whether a request may be answered, before anybody looks at what it asks for.
//
// Through http.sock its mode has decided already. On TCP: a loopback address answers only to its
// own names, since a page in somebody's browser may have had another name point at it; and where
// there is a token it is needed for everything but the three probes, which tell no contents. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "web/http_message.h"

namespace logd::web {

struct AccessRules {
  std::string token;        // empty: none
  std::string listen_host;  // as configured, without the port
  bool is_loopback = true;
};

// The answer that refuses `request` for `path`; nothing if it may go on.
std::optional<HttpResponse> refusal(const AccessRules& rules, const HttpRequest& request,
                                    std::string_view path);

// "localhost" of "localhost:9317", "::1" of "[::1]:9317".
std::string_view host_without_port(std::string_view host);

// In a time that does not depend on where they differ.
bool is_same_token(std::string_view given, std::string_view token);

}  // namespace logd::web
