// Runs queries of the logs for clients: a page of records, or a follow that goes on until the
// client has gone.
//
// Blocks for the disk and for a client that reads slowly: each has a thread of its own. Reads files
// only, as logctl does.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>

#include "logd/file_system.h"
#include "web/http_message.h"
#include "web/ration.h"
#include "web/record_query.h"

namespace logd::web {

struct QueryPlace {
  FileSystem& file_system;
  std::string log_dir;
  Ration& ration;
  const std::atomic<bool>& is_stopping;
  int stop_descriptor;  // readable from then on
};

// The head of what send_follow() sends.
HttpResponse event_stream_head();

// Sends {"records":[…],"cursor":…,"more":…,"messages":[…]}. A page ends early, with what there is,
// when it has taken too long or become too large; `more` then says so.
void send_page(const QueryPlace& place, RecordQuery query, HttpReply& reply);

// Sends server-sent events: a line's object as data, and as id the cursor behind it.
void send_follow(const QueryPlace& place, RecordQuery query, HttpReply& reply);

}  // namespace logd::web
