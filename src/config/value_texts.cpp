// SPDX-License-Identifier: Apache-2.0
#include "config/value_texts.h"

#include "base/duration_text.h"
#include "base/size_text.h"
#include "config/toml_tree.h"

namespace logd {

std::string toml_bool(bool value) { return value ? "true" : "false"; }

std::string toml_size(std::uint64_t bytes) { return toml_string(size_text(bytes)); }

std::string toml_duration(std::chrono::milliseconds length) {
  return toml_string(duration_text(length));
}

std::string toml_size_or_off(const std::optional<std::uint64_t>& bytes) {
  return bytes ? toml_size(*bytes) : "\"off\"";
}

std::string toml_duration_or_off(const std::optional<std::chrono::milliseconds>& length) {
  return length ? toml_duration(*length) : "\"off\"";
}

std::string shown_url(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t path = url.find_first_of("/?#", host);
  const std::size_t user = url.rfind('@', path);
  const bool has_user = scheme != std::string::npos && user != std::string::npos && user > host;
  return (has_user ? url.substr(0, host) + "..." + url.substr(user, path - user)
                   : url.substr(0, path)) +
         (path == std::string::npos ? "" : "/...");
}

}  // namespace logd
