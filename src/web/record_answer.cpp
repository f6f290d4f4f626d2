// SPDX-License-Identifier: Apache-2.0
#include "web/record_answer.h"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/system_clock.h"
#include "query/render.h"
#include "web/http_text.h"

namespace logd::web {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLongestPage = 5s;
constexpr std::size_t kMaxPageBytes = 1_MiB;
constexpr std::size_t kMaxMessages = 20;
// An id beyond this would not fit into a request's header: the client then gets some lines twice.
constexpr std::size_t kMaxIdBytes = 12 << 10;
constexpr std::size_t kPortionBytes = 32 << 10;
constexpr auto kLookInterval = 50ms;
constexpr auto kHeartbeat = 15s;
constexpr auto kPollInterval = 1000ms;
constexpr auto kPollWithoutNotices = 100ms;

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RenderOptions json_lines() {
  RenderOptions options;
  options.format = Format::json;
  options.zone = Zone::utc;
  return options;
}

// What could not be read, for people.
class Messages {
 public:
  Messages()
      : report_([this](Trouble, const std::string& message) {
          if (messages_.size() < kMaxMessages) messages_.push_back(message);
        }) {}
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  const Report& report() const { return report_; }
  std::vector<std::string> take() { return std::exchange(messages_, {}); }

 private:
  std::vector<std::string> messages_;
  Report report_;
};

std::string page_text(const std::string& records, const std::string& cursor, bool has_more,
                      const std::vector<std::string>& messages) {
  std::string text = "{\"records\":[" + records +
                     "],\"cursor\":" + (cursor.empty() ? "null" : json_text(cursor)) +
                     ",\"more\":" + (has_more ? "true" : "false") + ",\"messages\":[";
  for (std::size_t i = 0; i < messages.size(); ++i)
    text += (i > 0 ? "," : "") + json_text(messages[i]);
  return text + "]}";
}

class Follow {
 public:
  Follow(const QueryPlace& place, RecordQuery query, HttpReply& reply)
      : place_(place), reply_(reply), share_(place.ration), reading_(query.reading) {
    query.query.is_stopped = [this] {
      share_.check();
      return is_over();
    };
    history_.emplace(place.file_system, place.log_dir, std::move(query.query), messages_.report());
  }

  void run() {
    share_.begin();
    if (const auto opened = history_->open(); !opened)
      return reply_.send(error_response(opened.error()));
    reading_->notes = true;
    reply_.begin(event_stream_head());
    buffer_ = "retry: 2000\n\n";
    while (send_ready() && wait()) history_->take_news();
    reply_.finish();
  }

 private:
  bool is_over() const { return place_.is_stopping || reply_.is_gone(); }

  // Everything up to the ends of the logs; false if nobody wants it any more.
  bool send_ready() {
    History::Shown shown;
    while (history_->next(shown)) {
      append(shown);
      if (buffer_.size() >= kPortionBytes && !flush()) return false;
      if (Clock::now() - history_->last_look() >= kLookInterval) history_->take_news();
    }
    for (const std::string& message : messages_.take())
      buffer_ += "event: notice\ndata: " + json_text(message) + "\n\n";
    return flush() && !is_over();
  }

  void append(const History::Shown& shown) {
    append_id();
    buffer_ += "data: ";
    renderer_.append(buffer_, shown.line, *shown.log);  // ends with a newline
    buffer_ += '\n';
  }

  void append_id() {
    const std::string id = reading_->cursor.text(SystemClock().wall_now());
    if (!id.empty() && id.size() <= kMaxIdBytes) buffer_ += "id: " + id + "\n";
  }

  // The turn is others' while the client reads.
  bool flush() {
    if (buffer_.empty()) return true;
    share_.end();
    last_sent_ = Clock::now();
    const bool is_taken = reply_.append(std::exchange(buffer_, {}));
    share_.begin();
    return is_taken;
  }

  bool wait() {
    share_.end();
    const int watch = history_->watch_descriptor();
    pollfd ready[] = {{place_.stop_descriptor, POLLIN, 0}, {watch, POLLIN, 0}};
    const auto longest = watch >= 0 ? kPollInterval : kPollWithoutNotices;
    ::poll(ready, std::size(ready), static_cast<int>(longest.count()));
    share_.begin();
    if (Clock::now() - last_sent_ >= kHeartbeat) {
      buffer_ += ": heartbeat\n";
      append_id();  // also of lines that a filter has left out
      buffer_ += '\n';
    }
    return !is_over();
  }

  const QueryPlace& place_;
  HttpReply& reply_;
  Ration::Share share_;
  std::shared_ptr<RecordQuery::Reading> reading_;
  Messages messages_;
  Renderer renderer_{json_lines()};
  std::string buffer_;
  Clock::time_point last_sent_ = Clock::now();
  std::optional<History> history_;
};

}  // namespace

HttpResponse event_stream_head() {
  HttpResponse head;
  head.content_type = "text/event-stream";
  return head;
}

void send_page(const QueryPlace& place, RecordQuery query, HttpReply& reply) {
  Ration::Share share(place.ration);
  const auto deadline = Clock::now() + kLongestPage;
  bool is_cut = false;
  query.query.is_stopped = [&] {
    share.check();
    is_cut = is_cut || place.is_stopping || reply.is_gone() || Clock::now() >= deadline;
    return is_cut;
  };
  Messages messages;
  History history(place.file_system, place.log_dir, std::move(query.query), messages.report());
  share.begin();
  if (const auto opened = history.open(); !opened)
    return reply.send(error_response(opened.error()));
  query.reading->notes = true;
  Renderer renderer(json_lines());
  std::string records;
  History::Shown shown;
  while (!is_cut && history.next(shown)) {
    if (!records.empty()) records += ',';
    renderer.append(records, shown.line, *shown.log);
    records.pop_back();  // its newline
    is_cut = records.size() >= kMaxPageBytes;
  }
  const bool has_more = is_cut || history.matches() >= query.limit;
  reply.send(
      json_response(200, page_text(records, query.reading->cursor.text(SystemClock().wall_now()),
                                   has_more, messages.take())));
}

void send_follow(const QueryPlace& place, RecordQuery query, HttpReply& reply) {
  Follow(place, std::move(query), reply).run();
}

}  // namespace logd::web
