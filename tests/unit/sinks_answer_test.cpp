// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <protozero/pbf_writer.hpp>

#include "logd/record.h"
#include "sinks/answer.h"
#include "sinks/reason.h"
#include "sinks/retry_after.h"

using namespace logd;
using namespace std::chrono_literals;
using Transport = HttpAnswer::Transport;

namespace {

constexpr auto stored = AnswerClass::stored;
constexpr auto partly = AnswerClass::partly;
constexpr auto later = AnswerClass::later;
constexpr auto configuration = AnswerClass::configuration;
constexpr auto too_large = AnswerClass::too_large;
constexpr auto poison = AnswerClass::poison;

HttpAnswer answer_of(int status, const std::string& body = "") {
  HttpAnswer answer;
  answer.status = status;
  answer.body = body;
  return answer;
}

enum class First : bool { yes, no };

Verdict judge(const std::string& type, const HttpAnswer& answer, First first = First::no) {
  const Verdict verdict =
      judge(answer, {.type = type, .has_succeeded = first == First::no, .records = 100});
  CHECK(verdict.reason.empty() == (verdict.answer_class == stored));
  CHECK(verdict.reason.size() <= kMaxReasonBytes);
  return verdict;
}

AnswerClass class_of(const std::string& type, int status, const std::string& body = "",
                     First first = First::no) {
  return judge(type, answer_of(status, body), first).answer_class;
}

struct Row {
  int status;
  std::string body;
  AnswerClass before;  // the first success
  AnswerClass after;
};

void check_rows(const std::string& type, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(type << " " << row.status << " " << row.body.substr(0, 300));
    CHECK(class_of(type, row.status, row.body, First::yes) == row.before);
    CHECK(class_of(type, row.status, row.body, First::no) == row.after);
  }
}

std::string partial_success(std::int64_t rejected, const std::string& message) {
  std::string body;
  protozero::pbf_writer response(body);
  protozero::pbf_writer partial(response, 1);
  if (rejected != 0) partial.add_int64(1, rejected);
  partial.add_string(2, message);
  partial.commit();
  return body;
}

std::string rpc_status(const std::string& message) {
  std::string body;
  protozero::pbf_writer status(body);
  status.add_int32(1, 3);
  status.add_string(2, message);
  return body;
}

std::string s3_error(const std::string& code) {
  return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>m</Message></Error>";
}

}  // namespace

TEST_CASE("answers: what the status says to every type", "[sinks]") {
  for (const std::string type : {"otlp", "clickhouse", "elasticsearch", "s3"}) {
    // No file is wrong in itself.
    const AnswerClass bad = type == "s3" ? configuration : poison;
    check_rows(type, {
                         {200, "", stored, stored},
                         {201, "", stored, stored},
                         {202, "", stored, stored},
                         {204, "", stored, stored},
                         {301, "moved", configuration, configuration},
                         {307, "", configuration, configuration},
                         {400, "bad", configuration, bad},
                         {401, "", configuration, configuration},
                         {403, "", configuration, configuration},
                         {404, "", configuration, configuration},
                         {405, "", configuration, configuration},
                         {406, "", configuration, configuration},
                         {415, "", configuration, configuration},
                         {418, "", configuration, configuration},
                         {408, "", later, later},
                         {413, "", too_large, too_large},
                         {422, "bad", configuration, bad},
                         {425, "", later, later},
                         {429, "", later, later},
                         {500, "trouble", later, later},
                         {501, "", later, later},
                         {502, "", later, later},
                         {503, "", later, later},
                         {504, "", later, later},
                         {599, "", later, later},
                         {400, "http: request body too large", too_large, too_large},
                         {500, "rpc error: message larger than max (5 vs 4)", too_large, too_large},
                         {400, "Line EXCEEDS the limit", too_large, too_large},
                         // Of a rate, and of a gateway, that is no size.
                         {429, "exceeds the rate", later, later},
                         {503, "queue too large", later, later},
                         {403, "too large", configuration, configuration},
                     });
  }
}

TEST_CASE("answers: what becomes of connections", "[sinks]") {
  struct Case {
    Transport transport;
    AnswerClass answer_class;
    bool is_break;
  };
  const Case cases[] = {
      {Transport::unreachable, later, true},
      {Transport::broken, later, true},
      {Transport::timed_out, later, true},
      {Transport::untrusted, configuration, false},
      {Transport::misconfigured, configuration, false},
  };
  for (const Case& one : cases) {
    HttpAnswer answer = answer_of(0);
    answer.transport = one.transport;
    answer.transport_error = "why\n";
    for (const First first : {First::yes, First::no}) {
      const Verdict verdict = judge("otlp", answer, first);
      CHECK(verdict.answer_class == one.answer_class);
      CHECK(verdict.is_break == one.is_break);
      CHECK(verdict.reason == "why");
    }
    answer.transport_error.clear();
    judge("otlp", answer);
  }
  for (const int status : {200, 400, 408, 413, 429, 500, 501, 502, 503, 504, 505}) {
    const bool is_break = status >= 502 && status <= 504;
    CHECK(judge("otlp", answer_of(status)).is_break == is_break);
    CHECK(judge("s3", answer_of(status)).is_break == is_break);
  }
}

TEST_CASE("answers: how long a receiver makes us wait", "[sinks]") {
  HttpAnswer answer = answer_of(429);
  answer.retry_after = 30s;
  CHECK(judge("otlp", answer).retry_after == 30s);
  answer.status = 503;
  CHECK(judge("elasticsearch", answer).retry_after == 30s);
  answer.status = 200;
  CHECK_FALSE(judge("otlp", answer).retry_after);
}

TEST_CASE("answers: OTLP's partial success", "[sinks]") {
  const Verdict some = judge("otlp", answer_of(200, partial_success(3, "3 were\x01 bad")));
  CHECK(some.answer_class == partly);
  CHECK(some.rejected == 3);
  CHECK(some.reason == "HTTP 200: 3 were bad");
  // Never more than there were.
  CHECK(judge("otlp", answer_of(200, partial_success(1'000'000, "all"))).rejected == 100);
  const std::string in_json =
      R"({"partialSuccess":{"rejectedLogRecords":"5","errorMessage":"five"}})";
  CHECK(judge("otlp", answer_of(200, in_json)).rejected == 5);
  CHECK(judge("otlp", answer_of(200, R"({"partialSuccess":{"rejectedLogRecords":6}})")).rejected ==
        6);
  // A warning, nothing, and what is no answer of OTLP's.
  std::string torn = partial_success(3, "x");
  torn.pop_back();
  for (const std::string& body :
       {partial_success(0, "a warning"), partial_success(-4, "less than none"),
        std::string("\x0a\0", 2), std::string("{}"), std::string("{\"partialSuccess\":7}"),
        std::string("{\"partialSuccess\":{}}"), std::string("{"), std::string("ok\n"),
        std::string("<html>"), std::string(100, '\xff'), torn}) {
    CHECK(class_of("otlp", 200, body) == stored);
  }
}

TEST_CASE("answers: Loki stores a part and calls it 400", "[sinks]") {
  const std::string part =
      "entry for stream '{a=\"b\"}' has timestamp too old, total ignored: 1 out of 2";
  const std::string all = "entry too far behind, total ignored: 2 out of 2";
  check_rows("otlp",
             {
                 {400, part, partly, partly},
                 {400, all, configuration, partly},
                 {400, "total ignored: 0 out of 2", configuration, poison},
                 {400, "total ignored: 3 out of 2", configuration, poison},
                 {400, "total ignored: some", configuration, poison},
                 {400, "total ignored: ", configuration, poison},
                 {400, "total ignored: 99999999999999999999999 out of 2", configuration, poison},
                 {500, part, later, later},
                 // Also where the text would say that it is too large.
                 {400, "exceeds, " + part, partly, partly},
             });
  CHECK(judge("otlp", answer_of(400, part)).rejected == 1);
  CHECK(judge("otlp", answer_of(400, part + "\n" + all)).rejected == 3);
  CHECK(class_of("otlp", 400, rpc_status(part)) == partly);
}

TEST_CASE("answers: the message of a status in protobuf", "[sinks]") {
  const Verdict verdict = judge("otlp", answer_of(400, rpc_status("unknown encoding")));
  CHECK(verdict.answer_class == poison);
  CHECK(verdict.reason == "HTTP 400: unknown encoding");
  CHECK(class_of("otlp", 400, rpc_status("request body too large")) == too_large);
  CHECK(judge("otlp", answer_of(400, "plain words")).reason == "HTTP 400: plain words");
}

TEST_CASE("answers: ClickHouse's codes, in its header and in the text", "[sinks]") {
  const std::pair<AnswerClass, std::vector<int>> groups[] = {
      {later, {159, 202, 209, 210, 225, 241, 242, 243, 252, 319}},
      {configuration, {16, 60, 81, 89, 192, 193, 194, 497, 516}},
      {poison, {26, 27, 38, 41, 72, 117}},
  };
  for (const auto& [expected, codes] : groups) {
    for (const int code : codes) {
      for (const int status : {200, 400, 404, 500, 503}) {
        INFO(code << " as " << status);
        const AnswerClass before = expected == poison ? configuration : expected;
        const std::string text =
            "Code: " + std::to_string(code) + ", e.displayText() = DB::Exception: too large\n";
        CHECK(class_of("clickhouse", status, text, First::no) == expected);
        CHECK(class_of("clickhouse", status, text, First::yes) == before);
        HttpAnswer answer = answer_of(status, "whatever");
        answer.clickhouse_code = code;
        CHECK(judge("clickhouse", answer).answer_class == expected);
        CHECK(judge("clickhouse", answer, First::yes).answer_class == before);
      }
    }
  }
  check_rows("clickhouse", {
                               {500, "Code: 4242. DB::Exception: new", later, later},
                               {400, "Code: 4242. DB::Exception: new", configuration, poison},
                               {200, "Code: 4242. DB::Exception: new", later, later},
                               {500, "in a line: Code: 60", later, later},
                               {400, "Code: ", configuration, poison},
                           });
}

TEST_CASE("answers: the items of _bulk", "[sinks]") {
  const std::string items = R"({"took":1,"errors":true,"items":[
    {"create":{"_id":"0","status":201}},
    {"create":{"_id":"1","status":409,"error":{"type":"version_conflict","reason":"there"}}},
    {"create":{"_id":"2","status":429,"error":{"type":"busy","reason":"queue is full"}}},
    {"create":{"_id":"3","status":400,"error":{"type":"mapper","reason":"no\ndate"}}},
    {"create":{"_id":"4","status":503,"error":"gone"}},
    {"create":{"_id":"5","status":404,"error":{"type":"index_not_found"}}},
    {"create":{}}, 7]})";
  const Verdict verdict = judge("elasticsearch", answer_of(200, items));
  CHECK(verdict.answer_class == partly);
  CHECK(verdict.rejected == 2);
  REQUIRE(verdict.items.size() == 6);
  const std::pair<std::size_t, AnswerClass> expected[] = {{2, later},  {3, poison}, {4, later},
                                                          {5, poison}, {6, later},  {7, later}};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(verdict.items[i].index == expected[i].first);
    CHECK(verdict.items[i].answer_class == expected[i].second);
  }
  CHECK(verdict.items[1].reason == "400: mapper: no date");
  CHECK(verdict.items[2].reason == "503: gone");
}

TEST_CASE("answers: _bulk as a whole", "[sinks]") {
  const std::string refused = R"({"errors":true,"items":[{"create":{"status":400}}]})";
  const std::string conflict = R"({"errors":true,"items":[{"create":{"status":409}}]})";
  check_rows(
      "elasticsearch",
      {
          {200, R"({"took":3,"errors":false,"items":[{"create":{"status":201}}]})", stored, stored},
          {200, R"({"items":[], "errors" : false})", stored, stored},
          {200, conflict, stored, stored},
          {200, refused, configuration, partly},
          {200, "{\"errors\":true}", later, later},
          {200, "<html>", later, later},
          {200, "[1]", later, later},
          // Words of a line are no answer.
          {200, R"({"errors":true,"items":[{"create":{"status":429,"error":"\"errors\":false"}}]})",
           partly, partly},
          {429, R"({"error":{"type":"es_rejected","reason":"full"},"status":429})", later, later},
          {413, "", too_large, too_large},
          {400, R"({"error":{"type":"x","reason":"too large"}})", too_large, too_large},
          {404, R"({"error":"no such index"})", configuration, configuration},
      });
  const auto whole =
      answer_of(404, R"({"error":{"type":"index_not_found","reason":"no such index"}})");
  CHECK(judge("elasticsearch", whole).reason == "HTTP 404: index_not_found: no such index");
}

TEST_CASE("answers: objects", "[sinks]") {
  check_rows("s3", {
                       {412, s3_error("PreconditionFailed"), stored, stored},
                       {409, s3_error("ConditionalRequestConflict"), later, later},
                       {403, s3_error("SignatureDoesNotMatch"), configuration, configuration},
                       {403, s3_error("RequestTimeTooSkewed"), configuration, configuration},
                       {404, s3_error("NoSuchBucket"), configuration, configuration},
                       {503, s3_error("SlowDown"), later, later},
                       {400, s3_error("BadDigest"), later, later},
                       {400, s3_error("XAmzContentSHA256Mismatch"), later, later},
                       {400, s3_error("RequestTimeout"), later, later},
                       {400, s3_error("EntityTooLarge"), too_large, too_large},
                       {400, s3_error("InvalidArgument"), configuration, configuration},
                       {200, s3_error("BadDigest"), stored, stored},
                   });
  CHECK(judge("s3", answer_of(403, s3_error("AccessDenied"))).reason ==
        "HTTP 403: AccessDenied: m");
}

TEST_CASE("answers: a reason is one short line of text, without a password", "[sinks]") {
  CHECK(clean_reason("a\x1b[31m\r\n\tb \x7f c\xc2\x9b!") == "a [31m b c !");
  CHECK(clean_reason(" \n ").empty());
  CHECK(clean_reason("\xff ok") == "\xef\xbf\xbd ok");
  CHECK(clean_reason("cannot reach https://me:pa@ss@host:1/x?a@b, http://u@h") ==
        "cannot reach https://host:1/x?a@b, http://h");
  // Cut between characters.
  std::string long_text(kMaxReasonBytes - 1, 'x');
  CHECK(clean_reason(long_text + "\xc3\xbc and more") == long_text);
  CHECK(clean_reason(std::string(100'000, '\x01')).empty());
  for (int c = 0; c < 256; ++c) {
    for (const char byte : clean_reason(std::string(3, static_cast<char>(c))))
      CHECK((static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f));
  }
}

TEST_CASE("answers: Retry-After is seconds or a date", "[sinks]") {
  const WallTime now = parse_time("1994-11-06T08:49:07.500000000").value();
  CHECK(parse_retry_after("0", now) == 0s);
  CHECK(parse_retry_after(" 120 \r", now) == 120s);
  CHECK(parse_retry_after("99999999999999999999", now) == kMaxRetryAfter);
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == 30s);
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now) == 0s);
  CHECK(parse_retry_after("Sun, 06 Nov 2094 08:49:00 GMT", now) == kMaxRetryAfter);
  for (const char* text : {"", " ", "-1", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 06 Nvo 1994 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 0x:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"}) {
    INFO(text);
    CHECK_FALSE(parse_retry_after(text, now));
  }
}
