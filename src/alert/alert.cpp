// SPDX-License-Identifier: Apache-2.0
#include "alert/alert.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/duration_text.h"
#include "logd/record.h"

namespace logd {
namespace {

// Chats cut what is longer.
constexpr std::size_t kMaxTextBytes = 3000;

std::string subject_of(const Alert& alert) {
  if (alert.state == AlertState::test) return "this is a test: " + alert.condition;
  if (alert.log) return alert.log->directory() + ": " + alert.condition;
  if (alert.state == AlertState::resolved) return "logd is well again: " + alert.condition;
  return "logd is not well: " + alert.condition;
}

// No line may leave its quotation, or call people or place links by what stands in it: chats take
// these characters for such only where they stand together.
std::string harmless(const std::string& line) {
  constexpr std::string_view kNoSpace = "\u200b";  // zero-width space
  std::string text;
  for (const char c : line) {
    text += c;
    if (c == '<' || c == '@' || c == '`') text += kNoSpace;
  }
  return text;
}

// The newest lines that fit, between the marks that chats show as they are.
std::string quoted(const std::vector<std::string>& texts) {
  std::size_t first = texts.size();
  std::size_t bytes = 0;
  while (first > 0 && bytes + texts[first - 1].size() + 1 <= kMaxTextBytes)
    bytes += texts[--first].size() + 1;
  if (first == texts.size()) return {};
  std::string text = "\n```\n";
  for (; first < texts.size(); ++first) text += harmless(texts[first]) + "\n";
  return text + "```";
}

std::string text_of(const Alert& alert, const std::string& host) {
  std::string text = fmt::format("[{}] {}: {}", host, alert.name, subject_of(alert));
  if (alert.suppressed > 0)
    text += fmt::format(" ({} more since the last alert)", alert.suppressed);
  for (const HealthCheck& check : alert.checks)
    text += fmt::format("\n{} is {}: {}", check.name, word_of(check.level), check.detail());
  return text + quoted(alert.texts);
}

// The same for all attempts.
std::string id_of(const Alert& alert, const std::string& host) {
  return fmt::format("{}/{}/{}/{}", host, alert.name, alert.log ? alert.log->directory() : "logd",
                     time_text(alert.time));
}

nlohmann::ordered_json parsed(const std::string& record) {
  auto json = nlohmann::ordered_json::parse(record, nullptr, false);
  return json.is_discarded() ? nlohmann::ordered_json(record) : json;
}

}  // namespace

std::string_view word_of(AlertState state) {
  constexpr std::string_view kWords[] = {"firing", "resolved", "test"};
  return kWords[static_cast<std::size_t>(state)];
}

std::string message_of(const Alert& alert, const std::string& host) {
  nlohmann::ordered_json json{{"v", 1},
                              {"id", id_of(alert, host)},
                              {"alert", alert.name},
                              {"state", word_of(alert.state)},
                              {"text", text_of(alert, host)},
                              {"host", host},
                              {"time", time_text(alert.time) + "Z"},
                              {"condition", alert.condition}};
  if (alert.log) {
    json["process"] = alert.log->process;
    json["instance"] = alert.log->instance == kNoInstance
                           ? nlohmann::ordered_json(nullptr)
                           : nlohmann::ordered_json(alert.log->instance);
    json["count"] = alert.config.count;
    json["within_s"] = std::chrono::duration<double>(alert.config.within).count();
    json["suppressed"] = alert.suppressed;
    json["lines"] = nlohmann::ordered_json::array();
    for (const std::string& record : alert.records) json["lines"].push_back(parsed(record));
  } else {
    json["checks"] = nlohmann::ordered_json::array();
    for (const HealthCheck& check : alert.checks)
      json["checks"].push_back(
          {{"name", check.name}, {"level", word_of(check.level)}, {"detail", check.detail()}});
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string webhook_request(const AlertConfig& config) {
  const nlohmann::json json{{"url", config.webhook},
                            {"url_file", config.webhook_file},
                            {"token_file", config.token_file},
                            {"timeout_ms", config.timeout.count()}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace logd
