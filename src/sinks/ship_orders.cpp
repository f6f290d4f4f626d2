// SPDX-License-Identifier: Apache-2.0
#include "sinks/ship_orders.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/closest.h"
#include "base/diagnostics.h"
#include "base/posix_file_system.h"
#include "base/system_clock.h"
#include "sinks/host_identity.h"
#include "sinks/http_client.h"
#include "sinks/record_batches.h"
#include "sinks/ship_request.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

constexpr int kRefused = 1;
constexpr int kUsage = 2;
constexpr char kTestLog[] = "logd-ship-test";
constexpr char kTestText[] = "logd ship test: this record says that the destination can be reached";

// Of a record that is no log's; for s3 an object beside those of the logs, the same each time.
Result<HttpRequest> test_request(const ShipConfig& config, const HostIdentity& host,
                                 std::string_view time) {
  BatchBuilder::Sources none;
  if (config.type == "s3") {
    HttpRequest request;
    request.method = "PUT";
    request.path = object_path(config, {host.id, kTestLog});
    request.headers = {"Content-Type: text/plain"};
    request.body = kTestText;
    return request;
  }
  RecordBatches batches(none, config, host);
  OutgoingRecord record;
  record.time = time;
  record.content = kTestText;
  LOGD_TRY_ASSIGN(Piece piece, batches.piece_of({kTestLog, kNoInstance}, record));
  return batches.request(piece);
}

Result<HttpAnswer> send_one(const ShipConfig& config, const HostIdentity& host,
                            std::string_view time) {
  LOGD_TRY_ASSIGN(const auto client, HttpClient::make(config));
  LOGD_TRY_ASSIGN(const HttpRequest request, test_request(config, host, time));
  client->start(0, request);
  const MonoTime until = SystemClock().mono_now() + config.timeout + 1s;
  while (SystemClock().mono_now() < until) {
    for (EndedRequest& ended : client->wait({}, 100ms)) return std::move(ended.answer);
  }
  return fail(ErrorCode::timed_out, "no answer");
}

// What to do about it.
const char* advice(AnswerClass answer_class) {
  switch (answer_class) {
    case AnswerClass::stored:
      return "the record was taken";
    case AnswerClass::partly:
      return "the receiver took the request and refused the record";
    case AnswerClass::later:
      return "logd tries again until the receiver can: look whether it runs and can be reached";
    case AnswerClass::configuration:
      return "logd holds everything back and asks once a minute: look at url, credentials and "
             "certificates";
    case AnswerClass::too_large:
      return "the receiver takes only less at once: logd halves what it sends";
    case AnswerClass::poison:
      return "the receiver refuses the record itself";
  }
  return "";
}

int print_answer(const std::string& name, const ShipConfig& config, const HttpAnswer& answer) {
  const Verdict verdict = judge(answer, {config.type, false, 1});
  const std::string what = answer.transport == HttpAnswer::Transport::ok
                               ? fmt::format("HTTP {}", answer.status)
                               : answer.transport_error;
  const bool is_stored = verdict.answer_class == AnswerClass::stored;
  const std::string text =
      fmt::format("{}: {} answers {} in {} ms: {}: {}{}\n", name, host_of_url(config.url), what,
                  answer.took / 1ms, word_of(verdict.answer_class), advice(verdict.answer_class),
                  verdict.reason.empty() ? "" : " (" + verdict.reason + ")");
  std::fputs(text.c_str(), is_stored ? stdout : stderr);
  return is_stored ? 0 : kRefused;
}

}  // namespace

void carry_out(const ShipOrder& order, ShipLoop& loop) {
  log_info(fmt::format("{}: {}", order.destination, order.action));
  if (order.action.starts_with("dlq_")) {
    const auto done =
        order.action == "dlq_drop" ? loop.drop_dead_letters() : loop.replay_dead_letters();
    if (!done) log_error(fmt::format("{}: {}", order.destination, done.error().message()));
    return;
  }
  if (order.action == "replay")
    return loop.replay(LogChoice(order.processes), *order.since, *order.until);
  if (order.action == "rewind" && order.since) loop.rewind(LogChoice({}), *order.since);
  loop.try_now();
}

int test_destination(const Config& config, const std::string& name) {
  const auto found = config.ships.find(name);
  if (found == config.ships.end()) {
    std::vector<std::string> known;
    for (const auto& [other, ship] : config.ships) known.push_back(other);
    const auto meant = closest(name, known);
    std::fprintf(stderr, "there is no [ship.%s]%s\n", name.c_str(),
                 meant ? ("; did you mean \"" + *meant + "\"?").c_str() : "");
    return kUsage;
  }
  HostIdentity host{config.host_id.empty() ? "test" : config.host_id, "test"};
  const std::string time = time_text(SystemClock().wall_now());
  const auto answer = send_one(found->second, host, time);
  if (!answer) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), answer.error().message().c_str());
    return kRefused;
  }
  return print_answer(name, found->second, *answer);
}

}  // namespace logd
