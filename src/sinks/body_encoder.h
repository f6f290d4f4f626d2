// Turns records into the body of a request.
//
// One implementation per format: otlp_encoder.cpp, row_encoder.cpp (ClickHouse's JSONEachRow),
// bulk_encoder.cpp (Elasticsearch's _bulk). The same records give the same bytes. One thread at a
// time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "logd/config.h"
#include "logd/names.h"
#include "logd/result.h"
#include "sinks/outgoing_record.h"

namespace logd {

class BodyEncoder {
 public:
  virtual ~BodyEncoder() = default;

  // Of the next records. Records of a log come together.
  virtual void begin_log(const LogName& log) = 0;
  virtual void add(const OutgoingRecord& record) = 0;

  // Of the body so far, about.
  virtual std::size_t bytes() const = 0;

  // The whole body, valid until the next call; then begins a new one.
  virtual std::string_view finish() = 0;

  virtual std::string_view content_type() const = 0;
};

// For `config.type`, which is not "s3".
std::unique_ptr<BodyEncoder> make_body_encoder(const ShipConfig& config, const HostIdentity& host);

// Compresses whole bodies. Keeps its memory for the next one.
class BodyCompressor {
 public:
  explicit BodyCompressor(const std::string& compression);  // "gzip" (level 1), "zstd", "none"
  ~BodyCompressor();
  BodyCompressor(const BodyCompressor&) = delete;
  BodyCompressor& operator=(const BodyCompressor&) = delete;

  // Errors: limit (no memory).
  Result<std::string> compress(std::string_view body);
  // Of the header Content-Encoding; empty: none.
  std::string_view content_encoding() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace logd
