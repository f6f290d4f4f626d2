// Says what an answer means: the one table of all destinations, which logd-ship(7) shows. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logd {

enum class AnswerClass : std::uint8_t {
  stored,         // go on
  partly,         // go on; what was refused is told by `rejected` and `items`
  later,          // the destination cannot now: back off, endlessly
  configuration,  // somebody must change something: hold, one probe a minute
  too_large,      // send less at once
  poison,         // some record is refused: find it
};
std::string_view word_of(AnswerClass answer_class);

// How a request ended, as the HTTP client saw it.
struct HttpAnswer {
  enum class Transport : std::uint8_t {
    ok,           // there is a status
    unreachable,  // no name, no route, refused
    broken,       // the connection ended, or was reset, before the whole answer
    timed_out,
    untrusted,      // the peer's certificate, or ours
    misconfigured,  // of the URL, of files
  };
  Transport transport = Transport::ok;
  std::string transport_error;  // for people; empty if ok
  int status = 0;
  std::optional<std::chrono::seconds> retry_after;
  int clickhouse_code = 0;  // header X-ClickHouse-Exception-Code; 0: none
  std::string body;         // at most kMaxAnswerBytes
  bool is_new_connection = false;
  bool closes_connection = false;  // the receiver said so
  std::chrono::microseconds took{};
};

// An item of a bulk answer that was not stored.
struct RefusedItem {
  std::size_t index = 0;                           // of the record in the body
  AnswerClass answer_class = AnswerClass::poison;  // or later
  std::string reason;
};

struct Verdict {
  AnswerClass answer_class = AnswerClass::stored;
  std::string reason;          // for people, one line without control bytes; empty if stored
  std::uint64_t rejected = 0;  // partly: records that the receiver counts as refused
  std::vector<RefusedItem> items;
  std::optional<std::chrono::seconds> retry_after;
  // Answers have stopped: what was acknowledged just before may be lost with the receiver.
  bool is_break = false;
};

// What else decides.
struct AnswerContext {
  std::string type;            // of ShipConfig
  bool has_succeeded = false;  // since the destination's settings changed
  std::size_t records = 0;     // of the request
};

Verdict judge(const HttpAnswer& answer, const AnswerContext& context);

}  // namespace logd
