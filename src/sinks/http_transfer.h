// One request under way: an easy handle of libcurl, what it reads from and what it has got.
//
// Handles are used again, and connections are the multi handle's: http_client.cpp. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "logd/config.h"
#include "sinks/answer.h"
#include "sinks/credentials.h"
#include "sinks/http_client.h"
#include "sinks/http_target.h"

namespace logd {

class HttpTransfer {
 public:
  HttpTransfer();
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // Makes it the request's. `request` must live until it has ended. False: no memory.
  bool begin(std::uint64_t id, const ShipConfig& config, const HttpTarget& target,
             const Credentials& credentials, const HttpClient::Request& request);

  // After it ended, with a CURLcode.
  HttpAnswer answer(int code);

  std::uint64_t id() const { return id_; }
  void* handle() const { return handle_; }  // the CURL, which knows this object as its private

 private:
  void set_limits(const ShipConfig& config, const HttpClient::Request& request);
  void set_route(const ShipConfig& config, const Credentials& credentials);
  void set_tls(const ShipConfig& config, const Credentials& credentials);
  void set_identity(const ShipConfig& config, const Credentials& credentials);
  void set_body(const HttpClient::Request& request);
  bool set_headers(const ShipConfig& config, const Credentials& credentials,
                   const HttpClient::Request& request);
  std::string header(const char* name) const;
  std::string error_text(int code) const;

  static std::size_t take(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t give(char* to, std::size_t size, std::size_t count, void* self);
  static int seek(void* self, std::int64_t offset, int origin);

  void* handle_;
  void* headers_ = nullptr;  // curl_slist of this request
  std::uint64_t id_ = 0;
  File* file_ = nullptr;  // of the request, which holds it
  std::uint64_t file_offset_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::string body_;  // of the answer
  std::array<char, 256> error_{};
};

}  // namespace logd
