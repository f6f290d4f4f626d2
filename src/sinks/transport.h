// What a destination's loop needs of the network: requests go, answers come. Production:
// sinks/http_client.h; tests answer as they like, and stop time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "logd/file_system.h"
#include "logd/result.h"
#include "sinks/answer.h"

namespace logd {

struct HttpRequest {
  std::string method = "POST";
  std::string path;                  // appended to the URL of the configuration, with its query
  std::vector<std::string> headers;  // "Name: value"
  std::string body;                  // used if there is no `file`
  std::shared_ptr<File> file;
  std::uint64_t file_bytes = 0;
  std::string payload_sha256;  // of s3: hex
};

struct EndedRequest {
  std::uint64_t id;
  HttpAnswer answer;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // `id` comes back with the answer. The request must live until then.
  virtual void start(std::uint64_t id, const HttpRequest& request) = 0;

  // Goes on with what is under way, and returns when something has ended, one of `wake_fds` is
  // readable, or the time is over (0: at once).
  virtual std::vector<EndedRequest> wait(const std::vector<int>& wake_fds,
                                         std::chrono::milliseconds longest) = 0;

  virtual std::size_t in_flight() const = 0;
  // Ends all without an answer.
  virtual void cancel_all() = 0;

  // Looks at the files of credentials and certificates: true if some are others than those of the
  // last request.
  virtual bool take_new_credentials() = 0;
};

}  // namespace logd
