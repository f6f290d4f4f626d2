// Speaks HTTP/1.1 with many clients on one thread: reads requests, writes answers, and gets rid of
// whoever holds it up.
//
// Connections, headers, bytes in flight and every wait are limited. When all connections are taken
// the oldest one that asks for nothing goes for a new one; some are kept for the Unix socket, so
// that whoever fills TCP shuts nobody out there. A client that takes nothing of its
// answer for half a minute is cut off. What is asked and answered is service.h's business. The one
// file that knows Boost.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "logd/result.h"
#include "web/http_message.h"
#include "web/metrics_text.h"

namespace logd::web {

struct HttpLimits {
  std::size_t max_connections = 64;
  std::size_t local_connections = 8;  // beside these, that only the Unix socket gives
  std::size_t max_connections_per_peer = 48;
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_in_flight_bytes = 64 << 10;  // of one answer of unknown length
  std::size_t max_held_bytes = 32 << 20;       // of all answers that are being written
  std::chrono::seconds header_timeout{10};
  std::chrono::seconds idle_timeout{60};
  std::chrono::seconds answer_timeout{30};
  std::chrono::seconds write_timeout{30};
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Answers by `reply`, now or later. Web thread; must not block.
  virtual void handle(const HttpRequest& request, std::shared_ptr<HttpReply> reply) = 0;
};

class HttpServer {
 public:
  // Opens the socket for TCP. Web thread, or who calls start().
  using Opener = std::function<Result<UniqueFd>()>;

  // `handler` must outlive the server.
  HttpServer(HttpHandler& handler, const HttpLimits& limits);
  // All replies are let go before.
  ~HttpServer();

  // Listens on `local`, and on what `open_tcp` opens, which is tried again every 10 s until it
  // works; null: not at all. Starts the thread.
  void start(UniqueFd local, Opener open_tcp);
  // Ends every connection, so that nobody waits for a client any more, and the thread. Replies may
  // be used still, and do nothing.
  void stop();

  // Any thread.
  WebMetrics metrics() const;
  // Why TCP cannot be had; empty if it can.
  std::string trouble() const;

 private:
  class Connection;
  class Reply;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace logd::web
