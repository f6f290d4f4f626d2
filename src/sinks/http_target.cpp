// SPDX-License-Identifier: Apache-2.0
#include "sinks/http_target.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/socket_address.h"

namespace logd {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

// Of localhost, too: libcurl asks nobody where that is.
bool is_loopback(const std::string& host) {
  const auto address = parse_socket_address(host + ":80");
  return address && address->is_loopback;
}

// Nothing of `text` is repeated: it may hold a password.
Result<Url> parse(const std::string& key, const std::string& text, unsigned flags) {
  Url url(curl_url(), curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), flags) != CURLUE_OK)
    return fail(ErrorCode::invalid, key + ": is no URL");
  if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty()) {
    return fail(ErrorCode::invalid, key + ": names a user, whom everybody would see: use " +
                                        (key == "url" ? "basic_file" : "proxy_auth_file"));
  }
  return url;
}

}  // namespace

Result<HttpTarget> HttpTarget::of(const ShipConfig& config) {
  LOGD_TRY_ASSIGN(const Url url, parse("url", config.url, 0));
  const std::string scheme = part_of(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return fail(ErrorCode::invalid, "url: begins with http:// or https://");
  if (!part_of(url, CURLUPART_FRAGMENT).empty())
    return fail(ErrorCode::invalid, "url: has a fragment (#)");
  const std::string host = part_of(url, CURLUPART_HOST);
  bool stays_here = is_loopback(host);
  if (!config.proxy.empty()) {
    LOGD_TRY_ASSIGN(const Url proxy, parse("proxy", config.proxy, CURLU_NON_SUPPORT_SCHEME));
    stays_here = stays_here && is_loopback(part_of(proxy, CURLUPART_HOST));
  }
  if (scheme == "http" && !stays_here && !config.allow_plaintext) {
    return fail(ErrorCode::invalid,
                "url: http:// sends lines to another machine for all to read: use https://, or "
                "allow_plaintext = true");
  }
  HttpTarget target;
  const std::size_t query = std::min(config.url.find('?'), config.url.size());
  target.base_ = config.url.substr(0, query);
  if (query < config.url.size()) target.query_ = config.url.substr(query + 1);
  return target;
}

std::string HttpTarget::url_of(std::string_view path) const {
  const std::size_t question = std::min(path.find(path.starts_with('&') ? '&' : '?'), path.size());
  const std::string_view front = path.substr(0, question);
  const std::string_view query = path.substr(std::min(question + 1, path.size()));
  std::string url = base_;
  if (front.starts_with('/') && url.ends_with('/')) url.pop_back();
  url += front;
  if (!query_.empty() || !query.empty()) url += '?';
  url += query_;
  if (!query_.empty() && !query.empty()) url += '&';
  url += query;
  return url;
}

}  // namespace logd
