// What ClickHouse answers: the number of its exception (src/Common/ErrorCodes.cpp) says more than
// the status, which is 500 for much of what will never pass.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>

#include "sinks/answers.h"

namespace logd {
namespace {

enum class Group : std::uint8_t { none, later, configuration, data };

struct Code {
  int number;
  Group group;
};

constexpr std::array<Code, 37> kCodes = {{
    {159, Group::later},          // timeout exceeded
    {164, Group::configuration},  // readonly: the user may not write
    {202, Group::later},          // too many simultaneous queries
    {203, Group::later},          // no free connection
    {209, Group::later},          // socket timeout
    {210, Group::later},          // network error
    {225, Group::later},          // no keeper
    {236, Group::later},          // aborted
    {241, Group::later},          // memory limit exceeded
    {242, Group::later},          // table is read only
    {243, Group::later},          // not enough space
    {252, Group::later},          // too many parts
    {285, Group::later},          // too few live replicas
    {286, Group::later},          // unsatisfied quorum for previous write
    {289, Group::later},          // replica is not in quorum
    {319, Group::later},          // unknown status of insert
    {999, Group::later},          // keeper exception
    {16, Group::configuration},   // no such column
    {47, Group::configuration},   // unknown identifier
    {60, Group::configuration},   // unknown table
    {62, Group::configuration},   // syntax error: of our query, which the name of a table is in
    {73, Group::configuration},   // unknown format
    {81, Group::configuration},   // unknown database
    {89, Group::configuration},   // unknown settings
    {115, Group::configuration},  // unknown setting
    {192, Group::configuration},  // unknown user
    {193, Group::configuration},  // wrong password
    {194, Group::configuration},  // required password
    {497, Group::configuration},  // access denied
    {516, Group::configuration},  // authentication failed
    {6, Group::data},             // cannot parse text
    {26, Group::data},            // cannot parse quoted string
    {27, Group::data},            // cannot parse input
    {38, Group::data},            // cannot parse date
    {41, Group::data},            // cannot parse date and time
    {72, Group::data},            // cannot parse number
    {117, Group::data},           // incorrect data, also a column that there is not
}};

// "Code: 60, e.displayText() = ..." or, since 20.x, "Code: 60. DB::Exception: ...".
int code_in(std::string_view body) {
  constexpr std::string_view kBefore = "Code: ";
  int code = 0;
  if (!body.starts_with(kBefore)) return 0;
  body.remove_prefix(kBefore.size());
  std::from_chars(body.data(), body.data() + body.size(), code);
  return code;
}

Group group_of(int number) {
  const auto* const found = std::find_if(kCodes.begin(), kCodes.end(),
                                         [&](const Code& code) { return code.number == number; });
  return found == kCodes.end() ? Group::none : found->group;
}

}  // namespace

Verdict judge_rows(const HttpAnswer& answer, const AnswerContext& context) {
  const int code = answer.clickhouse_code != 0 ? answer.clickhouse_code : code_in(answer.body);
  if (code == 0) return judge_status(answer, context);
  switch (group_of(code)) {
    case Group::later:
      return verdict_of(AnswerClass::later, answer, answer.body);
    case Group::configuration:
      return verdict_of(AnswerClass::configuration, answer, answer.body);
    case Group::data:
      return verdict_of(refusal(context), answer, answer.body);
    case Group::none:
      break;
  }
  // An exception behind a head that had been sent: nothing is known to be stored.
  if (is_success(answer.status)) return verdict_of(AnswerClass::later, answer, answer.body);
  return judge_status(answer, context);
}

}  // namespace logd
