// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <protozero/pbf_reader.hpp>
#include <utility>

#include "sinks_records.h"

using namespace logd;
using namespace logd::sinks_testing;

namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

struct DecodedRecord {
  std::uint64_t time = 0;
  std::uint64_t observed_time = 0;
  int severity = 0;
  std::string severity_text;
  std::string body;
  std::map<std::string, std::string> attributes;
};

struct DecodedLog {
  Attributes resource;
  std::string scope_name;
  std::string scope_version;
  std::vector<DecodedRecord> records;
};

// AnyValue as text: "str:", "bool:", "int:".
std::string value_of(protozero::pbf_reader value) {
  std::string text = "none";
  while (value.next()) {
    switch (value.tag()) {
      case 1:
        text = "str:" + value.get_string();
        break;
      case 2:
        text = value.get_bool() ? "bool:true" : "bool:false";
        break;
      case 3:
        text = "int:" + std::to_string(value.get_int64());
        break;
      default:
        FAIL("AnyValue has no field " << value.tag());
    }
  }
  return text;
}

std::pair<std::string, std::string> attribute_of(protozero::pbf_reader attribute) {
  REQUIRE(attribute.next(1));
  std::string key = attribute.get_string();
  REQUIRE(attribute.next(2));
  std::string value = value_of(attribute.get_message());
  REQUIRE_FALSE(attribute.next());
  return {std::move(key), std::move(value)};
}

DecodedRecord decode_record(protozero::pbf_reader message) {
  DecodedRecord record;
  while (message.next()) {
    switch (message.tag()) {
      case 1:
        record.time = message.get_fixed64();
        break;
      case 2:
        record.severity = message.get_enum();
        break;
      case 3:
        record.severity_text = message.get_string();
        break;
      case 5:
        record.body = value_of(message.get_message());
        break;
      case 6: {
        const auto attribute = attribute_of(message.get_message());
        CHECK(record.attributes.insert(attribute).second);
        break;
      }
      case 11:
        record.observed_time = message.get_fixed64();
        break;
      default:
        FAIL("LogRecord has no field " << message.tag());
    }
  }
  return record;
}

void decode_scope_logs(DecodedLog& log, protozero::pbf_reader message) {
  REQUIRE(message.next(1));
  protozero::pbf_reader scope = message.get_message();
  REQUIRE(scope.next(1));
  log.scope_name = scope.get_string();
  REQUIRE(scope.next(2));
  log.scope_version = scope.get_string();
  while (message.next()) {
    REQUIRE(message.tag() == 2);
    log.records.push_back(decode_record(message.get_message()));
  }
}

std::vector<DecodedLog> decode(std::string_view body) {
  std::vector<DecodedLog> logs;
  protozero::pbf_reader request(body.data(), body.size());
  while (request.next()) {
    REQUIRE(request.tag() == 1);
    DecodedLog log;
    protozero::pbf_reader resource_logs = request.get_message();
    REQUIRE(resource_logs.next(1));
    protozero::pbf_reader resource = resource_logs.get_message();
    while (resource.next()) {
      REQUIRE(resource.tag() == 1);
      log.resource.push_back(attribute_of(resource.get_message()));
    }
    REQUIRE(resource_logs.next(2));
    decode_scope_logs(log, resource_logs.get_message());
    REQUIRE_FALSE(resource_logs.next());
    logs.push_back(std::move(log));
  }
  return logs;
}

std::unique_ptr<BodyEncoder> encoder_with(const std::vector<std::string>& attributes = {}) {
  ShipConfig config;
  config.attributes = attributes;
  return make_body_encoder(config, kHost);
}

}  // namespace

TEST_CASE("otlp: a record, field by field", "[sinks]") {
  const auto encoder =
      encoder_with({"deployment.environment=prod", "k8s=a=b", "empty=", "bare", "bad\xff=\xfe"});
  CHECK(encoder->content_type() == "application/x-protobuf");
  encoder->begin_log({"backend", 3});
  auto record = record_of("hello");
  record.stream = Stream::err;
  record.level = Level::warn;
  encoder->add(record);
  CHECK(encoder->bytes() > 100);
  const auto logs = decode(encoder->finish());
  REQUIRE(logs.size() == 1);
  CHECK(logs[0].resource == Attributes{{"service.name", "str:backend"},
                                       {"service.instance.id", "str:0123456789abcdef/backend@3"},
                                       {"host.name", "str:web-17"},
                                       {"host.id", "str:0123456789abcdef"},
                                       {"deployment.environment", "str:prod"},
                                       {"k8s", "str:a=b"},
                                       {"empty", "str:"},
                                       {"bare", "str:"},
                                       {"bad\xef\xbf\xbd", "str:\xef\xbf\xbd"}});
  CHECK(logs[0].scope_name == "logd");
  CHECK(logs[0].scope_version == LOGD_VERSION);
  REQUIRE(logs[0].records.size() == 1);
  const DecodedRecord& decoded = logs[0].records[0];
  CHECK(decoded.time == kTimeNs);
  CHECK(decoded.observed_time == kTimeNs);
  CHECK(decoded.severity == 13);
  CHECK(decoded.severity_text == "WARN");
  CHECK(decoded.body == "str:hello");
  CHECK(decoded.attributes ==
        std::map<std::string, std::string>{
            {"log.iostream", "str:stderr"},
            {"log.record.uid", "str:0123456789abcdef/backend@3/1795299420123456789"}});
}

TEST_CASE("otlp: a level is a number and its text, none is neither", "[sinks]") {
  const std::pair<int, std::string> expected[] = {{1, "TRACE"}, {5, "DEBUG"},  {9, "INFO"},
                                                  {13, "WARN"}, {17, "ERROR"}, {21, "FATAL"}};
  const auto encoder = encoder_with();
  encoder->begin_log({"a"});
  auto record = record_of("x");
  encoder->add(record);
  for (int i = 0; i < 6; ++i) {
    record.level = static_cast<Level>(i);
    encoder->add(record);
  }
  const auto records = decode(encoder->finish()).at(0).records;
  REQUIRE(records.size() == 7);
  CHECK(records[0].severity == 0);
  CHECK(records[0].severity_text.empty());
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(records[i + 1].severity == expected[i].first);
    CHECK(records[i + 1].severity_text == expected[i].second);
  }
}

TEST_CASE("otlp: whatever a line holds, it is a text behind its name", "[sinks]") {
  const auto encoder = encoder_with();
  const auto contents = hostile_contents();
  encoder->begin_log({"a"});
  for (const Hostile& hostile : contents) encoder->add(record_of(hostile.content));
  const auto records = decode(encoder->finish()).at(0).records;
  REQUIRE(records.size() == contents.size());
  for (std::size_t i = 0; i < contents.size(); ++i) {
    INFO(i);
    CHECK((records[i].body == "str:" + contents[i].as_utf8));
    const bool is_changed = contents[i].content != contents[i].as_utf8;
    CHECK(records[i].attributes.count("logd.invalid_utf8") == (is_changed ? 1 : 0));
    CHECK(records[i].attributes.size() == (is_changed ? 3 : 2));
  }
}

TEST_CASE("otlp: what is cut, an event, and what is lost", "[sinks]") {
  const auto encoder = encoder_with();
  encoder->begin_log({"a"});
  auto record = record_of("x");
  record.is_cut = true;
  encoder->add(record);
  record.is_cut = false;
  record.type = RecordType::event;
  encoder->add(record);
  record.loss = LossNote{7, 1'000'000'000'000, "backlog"};
  encoder->add(record);
  encoder->add(record_of("y"));
  const auto records = decode(encoder->finish()).at(0).records;
  REQUIRE(records.size() == 4);
  CHECK(records[0].attributes.at("log.truncated") == "bool:true");
  CHECK(records[0].attributes.count("logd.event") == 0);
  CHECK(records[1].attributes.at("logd.event") == "bool:true");
  CHECK(records[1].attributes.count("log.truncated") == 0);
  CHECK(records[2].attributes.at("logd.gap.records") == "int:7");
  CHECK(records[2].attributes.at("logd.gap.bytes") == "int:1000000000000");
  CHECK(records[2].attributes.at("logd.gap.reason") == "str:backlog");
  CHECK(records[3].attributes.size() == 2);
}

TEST_CASE("otlp: logs stand apart, and an empty one not at all", "[sinks]") {
  const auto encoder = encoder_with();
  CHECK(encoder->finish().empty());
  encoder->begin_log({"none"});
  encoder->begin_log({"first"});
  encoder->add(record_of("1"));
  encoder->begin_log({"second", 0});
  encoder->add(record_of("2"));
  encoder->begin_log({"second", 0});
  encoder->add(record_of("3"));
  encoder->begin_log({"none"});
  const std::string body(encoder->finish());
  const auto logs = decode(body);
  REQUIRE(logs.size() == 2);
  CHECK(logs[0].resource[0].second == "str:first");
  CHECK(logs[0].resource[1].second == "str:0123456789abcdef/first");
  CHECK(logs[0].records.size() == 1);
  CHECK(logs[1].resource[1].second == "str:0123456789abcdef/second@0");
  CHECK(logs[1].records.size() == 2);
  // The next body has nothing of this one, and the same records give the same bytes.
  CHECK(encoder->bytes() == 0);
  encoder->begin_log({"first"});
  encoder->add(record_of("1"));
  encoder->begin_log({"second", 0});
  encoder->add(record_of("2"));
  encoder->add(record_of("3"));
  CHECK(encoder->finish() == body);
}

TEST_CASE("otlp: lengths at the borders of a varint", "[sinks]") {
  const auto encoder = encoder_with();
  encoder->begin_log({std::string(kMaxProcessNameBytes, 'n'), kMaxInstance});
  std::vector<std::string> contents;
  for (const std::size_t around : {0, 30, 126, 16'200, 16'383, 2'097'151}) {
    for (std::size_t i = 0; i < 6; ++i) contents.emplace_back(around + i, 'c');
  }
  for (const std::string& content : contents) encoder->add(record_of(content));
  const auto records = decode(encoder->finish()).at(0).records;
  REQUIRE(records.size() == contents.size());
  for (std::size_t i = 0; i < contents.size(); ++i)
    CHECK((records[i].body == "str:" + contents[i]));
}

TEST_CASE("otlp: times of any second follow each other", "[sinks]") {
  const std::pair<std::string, std::uint64_t> times[] = {
      {"1970-01-01T00:00:00.000000007", 7},
      {"1970-01-01T00:00:01.000000000", 1'000'000'000},
      {"2001-09-09T01:46:39.999999999", 999'999'999'999'999'999},
      {"2001-09-09T01:46:40.000000000", 1'000'000'000'000'000'000},
      {"2001-09-09T01:46:40.000000001", 1'000'000'000'000'000'001},
      {"2026-11-21T22:17:00.123456789", kTimeNs},
      {"2026-11-21T22:17:00.123456790", kTimeNs + 1},
      {"2026-11-21T22:17:00.999999999", kTimeNs + 876'543'210},
      {"2026-11-21T22:17:01.000000000", kTimeNs + 876'543'211},
      {"1969-12-31T23:59:59.000000000", 0},
      {"2026-11-21T22:17:0x.000000000", 0},
      {"", 0},
  };
  const auto encoder = encoder_with();
  encoder->begin_log({"a"});
  for (const auto& [text, number] : times) encoder->add(record_of("x", text));
  const auto records = decode(encoder->finish()).at(0).records;
  REQUIRE(records.size() == std::size(times));
  for (std::size_t i = 0; i < records.size(); ++i) {
    INFO(times[i].first);
    CHECK(records[i].time == times[i].second);
    const std::string uid = "0123456789abcdef/a/" + std::to_string(times[i].second);
    CHECK(records[i].attributes.at("log.record.uid") == "str:" + uid);
    std::string appended = "before ";
    append_uid(appended, kHost, {"a"}, times[i].first);
    CHECK(appended == "before " + uid);
  }
}
