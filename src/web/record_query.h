// Turns the parameters of /api/v1/records and /api/v1/follow into a query of the logs.
//
// They mean what the options of logctl of these names mean; the query itself is query/history.h's.
// Pure but for the zone's data.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time_zone.h"
#include "query/history.h"
#include "query/record_filter.h"
#include "web/http_text.h"
#include "web/time_cursor.h"

namespace logd::web {

inline constexpr std::uint64_t kMaxPageRecords = 1000;

struct RecordQuery {
  HistoryQuery query;
  std::uint64_t limit = 100;  // of a page
  // Shared with the query's filter, which leaves out what was read before and notes what is read,
  // once `notes` is set.
  struct Reading {
    explicit Reading(TimeCursor from, RecordFilter wanted)
        : cursor(std::move(from)), filter(std::move(wanted)) {}
    TimeCursor cursor;
    RecordFilter filter;
    bool notes = false;
  };
  std::shared_ptr<Reading> reading;
};

enum class QueryKind : std::uint8_t { page, follow };

// `last_event_id` is the cursor of a client that follows and has come back; empty: none. Errors:
// invalid, limit.
Result<RecordQuery> read_record_query(const Parameters& parameters, QueryKind kind,
                                      std::string_view last_event_id, WallTime now,
                                      const TimeZone& zone);

}  // namespace logd::web
