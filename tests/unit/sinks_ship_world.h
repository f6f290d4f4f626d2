// A destination's loop with everything around it fake: logs in memory, a receiver that answers as a
// test likes, and time that passes only while the loop waits.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/steps.h"
#include "query_logs.h"
#include "ship/ship_state.h"
#include "sinks/ship_loop.h"

namespace logd::sinks_testing {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Row {
  std::string uid;
  std::string message;
  bool is_cut = false;
};

// One request as the receiver sees it.
struct Seen {
  MonoTime at;
  std::vector<Row> rows;
  std::string path;
  bool contains(std::string_view text) const {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const Row& row) { return row.message.find(text) != std::string::npos; });
  }
};

inline HttpAnswer status(int code, std::string body = {}) {
  HttpAnswer answer;
  answer.status = code;
  answer.body = std::move(body);
  answer.took = milliseconds(10);
  return answer;
}

inline HttpAnswer unreachable() {
  HttpAnswer answer;
  answer.transport = HttpAnswer::Transport::unreachable;
  answer.transport_error = "refused";
  return answer;
}

// Stores the rows, or the object, of what it answers with 2xx, at the moment it is asked: whoever
// dies before the answer has sent them all the same.
class FakeReceiver final : public Transport {
 public:
  explicit FakeReceiver(fakes::FakeClock& clock) : clock_(clock) {}

  std::function<HttpAnswer(const Seen&)> answers = [](const Seen&) { return status(200); };
  std::function<void(std::string_view)> on_step = [](std::string_view) {};
  std::function<void()> on_time;  // after it has passed
  Nanoseconds takes = milliseconds(10);
  bool has_new_credentials = false;
  std::vector<Seen> seen;
  std::vector<Row> stored;
  std::map<std::string, std::string> objects;  // by path; none is written over
  std::size_t most_in_flight = 0;
  std::size_t idle_turns = 0;  // that neither waited nor brought anything, one after another

  void start(std::uint64_t id, const HttpRequest& request) override {
    on_step("before send");
    seen.push_back({clock_.mono_now(), rows_of(request.body), request.path});
    HttpAnswer answer = answers(seen.back());
    if (answer.status == 200 && request.file &&
        !objects.emplace(request.path, contents_of(*request.file)).second) {
      answer.status = 412;
    }
    if (answer.transport == HttpAnswer::Transport::ok && answer.status / 100 == 2)
      stored.insert(stored.end(), seen.back().rows.begin(), seen.back().rows.end());
    flying_.push_back({id, clock_.mono_now() + takes, std::move(answer)});
    most_in_flight = std::max(most_in_flight, flying_.size());
    on_step("after send");
  }

  std::vector<EndedRequest> wait(const std::vector<int>&, milliseconds longest) override {
    Nanoseconds passing = longest;
    for (const Flying& one : flying_)
      passing = std::min(passing, std::max(one.due - clock_.mono_now(), Nanoseconds(0)));
    clock_.advance(passing);
    if (on_time) on_time();
    std::vector<EndedRequest> ended;
    std::erase_if(flying_, [&](Flying& one) {
      if (one.due > clock_.mono_now()) return false;
      ended.push_back({one.id, std::move(one.answer)});
      return true;
    });
    idle_turns = ended.empty() && passing == Nanoseconds(0) ? idle_turns + 1 : 0;
    if (idle_turns > 20) throw std::logic_error("the loop spins");
    on_step("answers");
    return ended;
  }

  std::size_t in_flight() const override { return flying_.size(); }
  void cancel_all() override { flying_.clear(); }
  bool take_new_credentials() override { return has_new_credentials; }

  std::set<std::string> uids() const {
    std::set<std::string> all;
    for (const Row& row : stored) all.insert(row.uid);
    return all;
  }
  // Messages in the order in which they came first.
  std::vector<std::string> messages(std::string_view of = "") const {
    std::set<std::string> known;
    std::vector<std::string> all;
    for (const Row& row : stored)
      if (row.message.starts_with(of) && known.insert(row.uid).second) all.push_back(row.message);
    return all;
  }

 private:
  struct Flying {
    std::uint64_t id;
    MonoTime due;
    HttpAnswer answer;
  };

  static std::string contents_of(File& file) {
    std::string text(1_MiB, 0);  // more than a test writes
    for (;;) {                   // faults are not meant for a test
      const auto have = file.read_at(text.data(), text.size(), 0);
      if (have) return text.substr(0, *have);
    }
  }

  // Of JSONEachRow, and of _bulk: every line that is no action.
  static std::vector<Row> rows_of(const std::string& body) {
    std::vector<Row> rows;
    std::size_t begin = 0;
    for (std::size_t end = body.find('\n'); end != std::string::npos;
         end = body.find('\n', begin)) {
      const auto json = nlohmann::json::parse(body.substr(begin, end - begin));
      begin = end + 1;
      if (json.contains("create")) continue;
      const char* const uid = json.contains("uid") ? "uid" : "log.record.uid";
      const char* const text = json.contains("body") ? "body" : "message";
      const bool is_cut = json.value("truncated", 0) != 0;
      rows.push_back({json.at(uid), json.at(text), is_cut});
    }
    return rows;
  }

  fakes::FakeClock& clock_;
  std::vector<Flying> flying_;
};

// The machine: it outlives loops.
struct World {
  static constexpr char kShipDir[] = "/log/.ship/central";

  tests::Logs logs;
  fakes::FakeClock clock;
  FakeReceiver receiver{clock};
  ShipConfig config;
  std::unique_ptr<ShipLoop> loop;
  std::map<std::string, std::uint64_t> written;  // records by log
  std::uint64_t tick = 0;
  bool compresses = true;

  World() {
    config.type = "clickhouse";
    config.url = "http://localhost:1/";
    config.table = "logs";
    config.compression = "none";
    config.batch_delay = milliseconds(100);
    config.batch_records = 10;
    config.in_flight = 2;
    config.settle = milliseconds(0);
    logs.fs.make_directory(kShipDir);
    spdlog::set_level(spdlog::level::off);
  }

  void start() {
    loop.reset();
    auto directory = logs.fs.open_directory(kShipDir).value();
    loop = std::make_unique<ShipLoop>(
        ShipLoop::World{logs.fs, clock, receiver, [this](const auto&) { return compresses; }},
        "central", config, HostIdentity{"h1", "host"}, "/log", std::move(directory));
    if (const auto opened = loop->open(); !opened) throw std::runtime_error("open");
  }

  // As kill -9: the loop is gone, and what it had under way as well.
  void kill() {
    loop.reset();
    receiver.cancel_all();
    logs.fs.restart();
  }

  void write(const std::string& log, std::uint64_t segment, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += tests::out(++tick, fmt::format("{} {:06}", log, ++written[log]));
    append(log, segment, text);
  }
  void write_line(const std::string& log, std::uint64_t segment, const std::string& content) {
    append(log, segment, tests::out(++tick, content));
    ++written[log];
  }
  // By somebody else: no step of the loop.
  void append(const std::string& log, std::uint64_t segment, const std::string& text) {
    const auto hook = std::exchange(logs.fs.on_step, nullptr);
    logs.append(log, segment, text);
    logs.fs.on_step = hook;
  }

  std::size_t all() const {
    std::size_t sum = 0;
    for (const auto& [log, count] : written) sum += count;
    return sum;
  }

  // Turns until the condition holds, at most so long; false if it does not.
  bool run_until(const std::function<bool()>& condition, Nanoseconds longest = seconds(60)) {
    const MonoTime end = clock.mono_now() + longest;
    while (!condition()) {
      if (clock.mono_now() >= end) return false;
      loop->turn(-1, seconds(60));
    }
    return true;
  }
  void run_for(Nanoseconds time) {
    const MonoTime end = clock.mono_now() + time;
    while (clock.mono_now() < end)
      loop->turn(-1, std::chrono::ceil<milliseconds>(end - clock.mono_now()));
  }
  bool run_until_all(Nanoseconds longest = seconds(60)) {
    return run_until([&] { return receiver.uids().size() >= all(); }, longest);
  }

  ShipState state() const {
    return parse_ship_state(logs.fs.contents(std::string(kShipDir) + "/state")).value();
  }
  std::vector<nlohmann::json> dead_letters() const {
    std::vector<nlohmann::json> letters;
    for (const char* const name : {"/dead.1", "/dead"}) {
      const std::string path = std::string(kShipDir) + name;
      if (!logs.fs.exists(path)) continue;
      std::istringstream lines(logs.fs.contents(path));
      for (std::string line; std::getline(lines, line);)
        letters.push_back(nlohmann::json::parse(line));
    }
    return letters;
  }
};

}  // namespace logd::sinks_testing
