// Sends requests of one destination, several at a time, by libcurl: TLS, proxies, signatures and
// credentials are its business.
//
// Credentials and certificates are files that are read anew when they change; a pair that does not
// fit is not taken while the last one does. No secret is in an error or a log. One thread, of a
// process that ignores SIGPIPE: OpenSSL writes to connections that have ended.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "logd/config.h"
#include "logd/result.h"
#include "sinks/answer.h"
#include "sinks/transport.h"

namespace logd {

inline constexpr std::size_t kMaxAnswerBytes = 4 << 20;

class HttpClient final : public logd::Transport {
 public:
  // Errors: invalid (the URL; plain http to another machine), limit. Files are not looked at before
  // the first request: while one that is named has never been good, requests end at once as
  // misconfigured, and say why.
  static Result<std::unique_ptr<HttpClient>> make(const ShipConfig& config);
  ~HttpClient() override;

  using Request = HttpRequest;
  using Ended = EndedRequest;

  // `id` comes back with the answer. The request must live until then. Credentials are read anew if
  // their files have changed, at most once a second.
  void start(std::uint64_t id, const HttpRequest& request) override;

  // Goes on with what is under way, and returns when something has ended, `wake_fd` is readable, or
  // the time is over (0: at once).
  std::vector<EndedRequest> wait(const std::vector<int>& wake_fds,
                                 std::chrono::milliseconds longest) override;

  std::size_t in_flight() const override;
  // Ends them without an answer.
  void cancel_all() override;

  // Reads credentials and certificates anew. Errors: what is wrong with them, for people; requests
  // go on with the last ones.
  Result<void> refresh_credentials();
  bool take_new_credentials() override;

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace logd
