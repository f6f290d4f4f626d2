// What OTLP's receivers answer: opentelemetry-proto's ExportLogsServiceResponse, google.rpc.Status
// in an error, and the texts of Loki and of the Collector.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <protozero/pbf_reader.hpp>

#include "sinks/answers.h"

namespace logd {
namespace {

struct PartialSuccess {
  std::uint64_t rejected = 0;
  std::string message;
};

std::uint64_t count_of(std::int64_t number) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

// ExportLogsServiceResponse{1 partial_success{1 rejected_log_records, 2 error_message}}. What is
// no such message tells of nothing that was refused.
PartialSuccess partial_success_of(std::string_view body) {
  PartialSuccess partial;
  try {
    protozero::pbf_reader response(body.data(), body.size());
    while (response.next(1, protozero::pbf_wire_type::length_delimited)) {
      protozero::pbf_reader inner = response.get_message();
      while (inner.next()) {
        if (inner.tag_and_type() == protozero::tag_and_type(1, protozero::pbf_wire_type::varint)) {
          partial.rejected = count_of(inner.get_int64());
        } else if (inner.tag_and_type() ==
                   protozero::tag_and_type(2, protozero::pbf_wire_type::length_delimited)) {
          partial.message = inner.get_string();
        } else {
          inner.skip();
        }
      }
    }
  } catch (const protozero::exception&) {
    return {};
  }
  return partial;
}

// The same in JSON, where 64 bits may be a text; some answer so whatever they were asked in.
PartialSuccess partial_success_of_json(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  PartialSuccess partial;
  if (!json.is_object() || !json.contains("partialSuccess")) return partial;
  const auto& inner = json["partialSuccess"];
  if (!inner.is_object()) return partial;
  if (const auto message = inner.find("errorMessage");
      message != inner.end() && message->is_string())
    partial.message = message->get<std::string>();
  const auto count = inner.find("rejectedLogRecords");
  if (count == inner.end()) return partial;
  if (count->is_number_integer()) partial.rejected = count_of(count->get<std::int64_t>());
  if (count->is_string()) {
    const auto& text = count->get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), partial.rejected);
  }
  return partial;
}

// google.rpc.Status{1 code, 2 message} as protobuf; or any text.
std::string message_of(const std::string& body) {
  try {
    protozero::pbf_reader status(body);
    std::string message;
    while (status.next()) {
      // Fields of it, and no letters that look like some.
      if (status.tag() > 3) return body;
      if (status.tag_and_type() ==
          protozero::tag_and_type(2, protozero::pbf_wire_type::length_delimited)) {
        message = status.get_string();
      } else {
        status.skip();
      }
    }
    return message.empty() ? body : message;
  } catch (const protozero::exception&) {
    return body;
  }
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

struct Ignored {
  std::uint64_t ignored = 0;
  std::uint64_t total = 0;
};

// Loki's "total ignored: 1 out of 2", once for each of its streams; together.
Ignored ignored_by_loki(std::string_view text) {
  constexpr std::string_view kBefore = "total ignored: ";
  constexpr std::string_view kBetween = " out of ";
  Ignored sum;
  for (std::size_t at = text.find(kBefore); at != std::string_view::npos; at = text.find(kBefore)) {
    text.remove_prefix(at + kBefore.size());
    const auto ignored = take_number(text);
    if (!ignored || !text.starts_with(kBetween)) continue;
    text.remove_prefix(kBetween.size());
    const auto total = take_number(text);
    if (!total || *total < *ignored) continue;
    sum.ignored += *ignored;
    sum.total += *total;
  }
  return sum;
}

Verdict partly(const HttpAnswer& answer, std::uint64_t rejected, const AnswerContext& context,
               std::string_view text) {
  Verdict verdict = verdict_of(AnswerClass::partly, answer, text);
  verdict.rejected =
      context.records == 0 ? rejected : std::min<std::uint64_t>(rejected, context.records);
  return verdict;
}

}  // namespace

Verdict judge_otlp(const HttpAnswer& answer, const AnswerContext& context) {
  if (is_success(answer.status)) {
    const PartialSuccess partial = answer.body.starts_with('{')
                                       ? partial_success_of_json(answer.body)
                                       : partial_success_of(answer.body);
    // None refused is a warning at most.
    if (partial.rejected == 0) return {};
    return partly(answer, partial.rejected, context, partial.message);
  }
  HttpAnswer readable = answer;
  readable.body = message_of(answer.body);
  if (answer.status == 400) {
    // The others of the request are stored. Where none was, it may be the settings.
    const Ignored ignored = ignored_by_loki(readable.body);
    const bool is_any_stored = ignored.ignored < ignored.total || context.has_succeeded;
    if (ignored.ignored > 0 && is_any_stored)
      return partly(answer, ignored.ignored, context, readable.body);
  }
  return judge_status(readable, context);
}

}  // namespace logd
