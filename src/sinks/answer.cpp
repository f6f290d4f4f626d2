// SPDX-License-Identifier: Apache-2.0
#include "sinks/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sinks/answers.h"
#include "sinks/reason.h"

namespace logd {
namespace {

// What the header and the numbers tell is enough of most bodies.
constexpr std::size_t kSearchedBytes = 4096;

// "refused": refusal() decides.
enum class StatusClass : std::uint8_t { later, configuration, too_large, refused };

struct StatusRange {
  int first;
  int last;
  StatusClass status_class;
};

// The first that fits counts; 2xx are not asked. What is in none of them is the server's trouble:
// nobody answers 1xx or 9xx.
constexpr std::array<StatusRange, 9> kStatuses = {{
    {300, 399, StatusClass::configuration},  // redirections are not followed
    {400, 400, StatusClass::refused},
    {408, 408, StatusClass::later},  // request timeout
    {413, 413, StatusClass::too_large},
    {422, 422, StatusClass::refused},
    {425, 425, StatusClass::later},  // too early
    {429, 429, StatusClass::later},  // too many requests
    // 401, 403, 404, 405, 415 and others that say how the question was wrong, not the records.
    {400, 499, StatusClass::configuration},
    {500, 599, StatusClass::later},
}};

StatusClass class_of(int status) {
  const auto* const found = std::find_if(
      kStatuses.begin(), kStatuses.end(),
      [&](const StatusRange& range) { return status >= range.first && status <= range.last; });
  return found == kStatuses.end() ? StatusClass::later : found->status_class;
}

Verdict judge_transport(const HttpAnswer& answer) {
  using Transport = HttpAnswer::Transport;
  const bool is_ours =
      answer.transport == Transport::untrusted || answer.transport == Transport::misconfigured;
  Verdict verdict;
  verdict.answer_class = is_ours ? AnswerClass::configuration : AnswerClass::later;
  verdict.reason = clean_reason(answer.transport_error);
  if (verdict.reason.empty()) verdict.reason = "the connection failed";
  verdict.is_break = !is_ours;
  return verdict;
}

Verdict judge_type(const HttpAnswer& answer, const AnswerContext& context) {
  if (context.type == "clickhouse") return judge_rows(answer, context);
  if (context.type == "elasticsearch") return judge_bulk(answer, context);
  if (context.type == "s3") return judge_object(answer, context);
  return judge_otlp(answer, context);
}

bool contains(std::string_view text, std::string_view lower_case) {
  const auto is_same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
  };
  return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(), is_same) !=
         text.end();
}

std::string_view text_of(const HttpAnswer& answer) {
  return std::string_view(answer.body).substr(0, kSearchedBytes);
}

}  // namespace

std::string_view word_of(AnswerClass answer_class) {
  switch (answer_class) {
    case AnswerClass::stored:
      return "stored";
    case AnswerClass::partly:
      return "partly";
    case AnswerClass::later:
      return "later";
    case AnswerClass::configuration:
      return "configuration";
    case AnswerClass::too_large:
      return "too_large";
    case AnswerClass::poison:
      return "poison";
  }
  return {};
}

AnswerClass refusal(const AnswerContext& context) {
  return context.has_succeeded ? AnswerClass::poison : AnswerClass::configuration;
}

bool says_too_large(std::string_view text) {
  // Of the Collector ("request body too large"), Loki ("message larger than max", "exceeds"),
  // Elasticsearch and the proxies before them.
  constexpr std::array<std::string_view, 4> kWords = {"too large", "larger than max", "exceeds",
                                                      "message size"};
  text = text.substr(0, kSearchedBytes);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view words) { return contains(text, words); });
}

Verdict verdict_of(AnswerClass answer_class, const HttpAnswer& answer, std::string_view text) {
  Verdict verdict;
  verdict.answer_class = answer_class;
  if (answer_class == AnswerClass::stored) return verdict;
  const std::string said = clean_reason(text);
  verdict.reason =
      clean_reason(fmt::format("HTTP {}{}{}", answer.status, said.empty() ? "" : ": ", said));
  return verdict;
}

Verdict judge_status(const HttpAnswer& answer, const AnswerContext& context) {
  if (is_success(answer.status)) return {};
  AnswerClass answer_class = AnswerClass::later;
  switch (class_of(answer.status)) {
    case StatusClass::later:
      break;
    case StatusClass::configuration:
      answer_class = AnswerClass::configuration;
      break;
    case StatusClass::too_large:
      answer_class = AnswerClass::too_large;
      break;
    case StatusClass::refused:
      answer_class = refusal(context);
      break;
  }
  // A client certificate that is missing or not trusted: nginx knows no other status for it.
  if (answer.status == 400 && contains(text_of(answer), "ssl certificate"))
    answer_class = AnswerClass::configuration;
  const bool may_be_size = answer.status == 400 || answer.status == 422 || answer.status == 500;
  if (may_be_size && says_too_large(answer.body)) answer_class = AnswerClass::too_large;
  return verdict_of(answer_class, answer, answer.body);
}

Verdict judge(const HttpAnswer& answer, const AnswerContext& context) {
  if (answer.transport != HttpAnswer::Transport::ok) return judge_transport(answer);
  Verdict verdict = judge_type(answer, context);
  // What stands before a receiver says so while that is away.
  verdict.is_break = answer.status >= 502 && answer.status <= 504;
  if (!is_success(answer.status) || verdict.answer_class == AnswerClass::later)
    verdict.retry_after = answer.retry_after;
  return verdict;
}

}  // namespace logd
