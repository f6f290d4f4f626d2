// The judges of answer.h's judge(), one for each type of destination: each looks for what only that
// one says, and leaves the rest to judge_status(). Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "sinks/answer.h"

namespace logd {

// By the status alone, which is one of HTTP's.
Verdict judge_status(const HttpAnswer& answer, const AnswerContext& context);

Verdict judge_otlp(const HttpAnswer& answer, const AnswerContext& context);
Verdict judge_rows(const HttpAnswer& answer, const AnswerContext& context);
Verdict judge_bulk(const HttpAnswer& answer, const AnswerContext& context);
Verdict judge_object(const HttpAnswer& answer, const AnswerContext& context);

// A verdict with "HTTP STATUS: what `text` says" as its reason, which `stored` has none of.
Verdict verdict_of(AnswerClass answer_class, const HttpAnswer& answer, std::string_view text);

// Of what is wrong with the records, if it is not the settings: the first request shows.
AnswerClass refusal(const AnswerContext& context);

inline bool is_success(int status) { return status >= 200 && status < 300; }

// Whether the text of an error says that there was too much at once.
bool says_too_large(std::string_view text);

}  // namespace logd
