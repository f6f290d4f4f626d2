// What Elasticsearch and OpenSearch answer to _bulk: 200 says nothing, each item has a status.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sinks/answers.h"
#include "sinks/reason.h"

namespace logd {
namespace {

using Json = nlohmann::json;

// Whether all was stored, without reading the items: "errors" stands before them.
bool has_no_errors(std::string_view body) {
  const std::string_view front = body.substr(0, body.find("\"items\""));
  return front.find("\"errors\":false") != std::string_view::npos;
}

std::string text_member(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Of an item, or of the whole answer: "error" is an object with type and reason, or a text.
std::string error_of(const Json& object) {
  if (!object.is_object() || !object.contains("error")) return {};
  const Json& error = object["error"];
  if (error.is_string()) return error.get<std::string>();
  return text_member(error, "type") + ": " + text_member(error, "reason");
}

AnswerClass class_of_item(int status) {
  // 409: it is there already, sent by an attempt whose answer got lost.
  if (is_success(status) || status == 409) return AnswerClass::stored;
  return status == 408 || status == 429 || status >= 500 ? AnswerClass::later : AnswerClass::poison;
}

// {"create": {"status": 201, ...}}, the only member having the name of what was asked.
RefusedItem judge_item(const Json& item, std::size_t index) {
  RefusedItem judged;
  judged.index = index;
  const Json done = item.is_object() && item.size() == 1 ? *item.begin() : Json();
  const auto status = done.is_object() ? done.find("status") : done.end();
  const bool has_status = done.is_object() && status != done.end() && status->is_number_integer();
  // What cannot be read has perhaps not been stored, and sent again it does no harm.
  judged.answer_class = has_status ? class_of_item(status->get<int>()) : AnswerClass::later;
  judged.reason = clean_reason(
      has_status ? fmt::format("{}: {}", status->get<int>(), error_of(done)) : "no status");
  return judged;
}

Verdict unreadable(const HttpAnswer& answer) {
  return verdict_of(AnswerClass::later, answer, "no answer to _bulk: " + clean_reason(answer.body));
}

}  // namespace

Verdict judge_bulk(const HttpAnswer& answer, const AnswerContext& context) {
  const bool is_taken = is_success(answer.status);
  // Some receivers that take _bulk say nothing.
  if (is_taken && (answer.body.empty() || has_no_errors(answer.body))) return {};
  const Json json = Json::parse(answer.body, nullptr, false);
  if (!is_taken) {
    HttpAnswer readable = answer;
    if (std::string error = error_of(json); !error.empty()) readable.body = std::move(error);
    return judge_status(readable, context);
  }
  if (!json.is_object()) return unreadable(answer);
  const auto errors = json.find("errors");
  if (errors != json.end() && errors->is_boolean() && !errors->get<bool>()) return {};
  const auto items = json.find("items");
  if (items == json.end() || !items->is_array()) return unreadable(answer);
  Verdict verdict;
  bool is_all_refused = !items->empty();
  for (std::size_t i = 0; i < items->size(); ++i) {
    RefusedItem item = judge_item((*items)[i], i);
    const bool is_refused = item.answer_class == AnswerClass::poison;
    is_all_refused = is_all_refused && is_refused;
    if (is_refused) ++verdict.rejected;
    if (item.answer_class != AnswerClass::stored) verdict.items.push_back(std::move(item));
  }
  if (verdict.items.empty()) return {};
  std::string reason = verdict.items.front().reason;
  // Not a single one, and never before: this is no matter of records.
  if (is_all_refused && !context.has_succeeded)
    return verdict_of(AnswerClass::configuration, answer, reason);
  verdict.answer_class = AnswerClass::partly;
  verdict.reason = std::move(reason);
  return verdict;
}

}  // namespace logd
