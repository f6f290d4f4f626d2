// What S3 answers: a code in XML (docs.aws.amazon.com, API/ErrorResponses) beside the status.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sinks/answers.h"

namespace logd {
namespace {

struct Code {
  std::string_view name;
  AnswerClass answer_class;
};

// Whose status alone would be taken for something else.
constexpr std::array<Code, 9> kCodes = {{
    // The bytes were damaged on their way, or did not come in time.
    {"BadDigest", AnswerClass::later},
    {"InvalidDigest", AnswerClass::later},
    {"XAmzContentSHA256Mismatch", AnswerClass::later},
    {"IncompleteBody", AnswerClass::later},
    {"RequestTimeout", AnswerClass::later},
    {"SlowDown", AnswerClass::later},
    {"EntityTooLarge", AnswerClass::too_large},
    {"RequestTimeTooSkewed", AnswerClass::configuration},
    // Of a store that does not know If-None-Match, with 501.
    {"NotImplemented", AnswerClass::configuration},
}};

// The text of the element that `tag` begins; empty if there is none.
std::string_view element_in(std::string_view body, std::string_view tag) {
  const std::size_t begin = body.find(tag);
  if (begin == std::string_view::npos) return {};
  body.remove_prefix(begin + tag.size());
  return body.substr(0, body.find('<'));
}

}  // namespace

Verdict judge_object(const HttpAnswer& answer, const AnswerContext& context) {
  // "If-None-Match: *" found it: an earlier attempt, whose answer got lost, has stored it.
  if (answer.status == 412 || is_success(answer.status)) return {};
  const std::string_view code = element_in(answer.body, "<Code>");
  HttpAnswer readable = answer;
  if (!code.empty())
    readable.body = fmt::format("{}: {}", code, element_in(answer.body, "<Message>"));
  // Two attempts at the same time.
  if (answer.status == 409) return verdict_of(AnswerClass::later, readable, readable.body);
  const auto* const found = std::find_if(kCodes.begin(), kCodes.end(),
                                         [&](const Code& known) { return known.name == code; });
  if (found != kCodes.end()) return verdict_of(found->answer_class, readable, readable.body);
  Verdict verdict = judge_status(readable, context);
  // No file is wrong in itself: what S3 calls a bad request is a token that has expired, another
  // region, a key that it cannot take.
  if (verdict.answer_class == AnswerClass::poison)
    verdict.answer_class = AnswerClass::configuration;
  return verdict;
}

}  // namespace logd
