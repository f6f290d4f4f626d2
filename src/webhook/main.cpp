// logd-webhook: sends one alert to a URL, and ends. Started by logd, see alert/alert_sender.h.
//
// A program of its own, so that what libcurl loads and waits for is not in the daemon. On standard
// input it gets a line of JSON that says where to (url or url_file, token_file, timeout_ms), and
// behind it what is to be sent. Neither is an argument: those can be seen by everybody. Exit
// status: 0 if it was taken (2xx), 75 if another attempt may help, 1 if not; why, on standard
// error.
// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace {

constexpr int kRefused = 1;
constexpr int kTryAgain = 75;
constexpr std::size_t kMaxFileBytes = 8192;

int end(int status, const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  return status;
}

// The first line of a file; empty if there is none.
std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line.size() > kMaxFileBytes ? std::string() : line;
}

// What the receiver says is of no use, and could be anything.
std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// Of HTTP: a request that took too long, too many of them, and whatever is the server's trouble.
bool may_pass(long status) { return status == 408 || status == 429 || status >= 500; }

// What stays so until somebody changes something: the URL, a certificate.
bool is_final(CURLcode code) {
  return code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
         code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
}

struct Request {
  std::string url;
  std::string token;
  long timeout_ms = 0;
  std::string body;
};

int send(const Request& request) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 curl_easy_cleanup);
  if (!curl) return end(kTryAgain, "libcurl cannot be started");
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  list = curl_slist_append(list, "Expect:");  // no wait for "100 Continue"
  if (!request.token.empty())
    list = curl_slist_append(list, ("Authorization: Bearer " + request.token).c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list,
                                                                            curl_slist_free_all);
  curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "logd/" LOGD_VERSION);
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, request.timeout_ms);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  const CURLcode code = curl_easy_perform(curl.get());
  // Not CURLOPT_ERRORBUFFER, whose words may repeat the URL.
  if (code != CURLE_OK) return end(is_final(code) ? kRefused : kTryAgain, curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return 0;
  return end(may_pass(status) ? kTryAgain : kRefused, fmt::format("HTTP {}", status));
}

}  // namespace

int main() {
  const std::string input{std::istreambuf_iterator<char>(std::cin),
                          std::istreambuf_iterator<char>()};
  const std::size_t line_end = input.find('\n');
  const auto json = nlohmann::json::parse(input.substr(0, line_end), nullptr, false);
  if (line_end == std::string::npos || !json.is_object())
    return end(kRefused, "logd-webhook is started by logd: logd.toml(5), ALERTS");
  Request request;
  request.url = json.value("url", "");
  request.timeout_ms = json.value("timeout_ms", 10'000L);
  request.body = input.substr(line_end + 1);
  if (const std::string path = json.value("url_file", ""); !path.empty()) {
    request.url = first_line(path);
    if (request.url.empty()) return end(kRefused, path + ": holds no URL, or cannot be read");
  }
  if (const std::string path = json.value("token_file", ""); !path.empty()) {
    request.token = first_line(path);
    if (request.token.empty()) return end(kRefused, path + ": holds no token, or cannot be read");
  }
  return send(request);
}
