// What the HTTP server hands to who answers, and what comes back: plain structs and one port.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace logd::web {

struct HttpRequest {
  std::string method;
  std::string target;  // path and query, as sent
  std::string host;
  bool has_host = true;  // HTTP/1.0 knows requests without one
  std::string authorization;
  std::string accept;
  std::string last_event_id;
  bool is_local = false;  // came through http.sock, whose mode says who may
  bool has_body = false;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // further ones
};

// The way back to one client. Any thread; each call after the first answer changes nothing.
class HttpReply {
 public:
  virtual ~HttpReply() = default;

  virtual void send(HttpResponse response) = 0;

  // Sends `late` if nothing else was within this time. Only from within HttpHandler::handle().
  virtual void send_unless_answered(std::chrono::milliseconds within, HttpResponse late) = 0;

  // Begins an answer of unknown length, which append() goes on with and finish() ends.
  virtual void begin(HttpResponse head) = 0;
  // Waits while the client has too much to read; false once it has gone. Never on the web thread.
  virtual bool append(std::string bytes) = 0;
  virtual void finish() = 0;
  virtual bool is_gone() const = 0;
};

}  // namespace logd::web
