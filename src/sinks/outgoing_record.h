// What is forwarded: one stored line or event, named so that every receiver can tell it from all
// others. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "logd/line.h"
#include "logd/names.h"
#include "logd/record.h"
#include "query/level.h"

namespace logd {

// Of this machine, in every record.
struct HostIdentity {
  std::string id;    // made once for a log directory, see sinks/host_identity.h
  std::string name;  // as gethostname(2) says
};

// What was not sent and never will be, in place of which it stands.
struct LossNote {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::string_view reason;  // "backlog", "deleted", ...
};

struct OutgoingRecord {
  std::string_view time;     // the 29 characters of logd/record.h
  std::string_view content;  // masked, any bytes; cut if `is_cut`
  Stream stream = Stream::out;
  RecordType type = RecordType::line;
  bool is_cut = false;
  std::optional<Level> level;
  std::optional<LossNote> loss;
};

// "HOST-ID/LOG/TIME": times of a log strictly increase and never repeat, so that it is the same
// after every crash, and nobody must keep it. TIME is the nanoseconds since 1970, as decimal.
// Appended to `to`.
void append_uid(std::string& to, const HostIdentity& host, const LogName& log,
                std::string_view time);

// What stands before TIME in it.
std::string uid_prefix(const HostIdentity& host, const LogName& log);

}  // namespace logd
