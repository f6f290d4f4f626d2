// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "sinks_records.h"

using namespace logd;
using namespace logd::sinks_testing;
using Json = nlohmann::json;

namespace {

std::unique_ptr<BodyEncoder> encoder_of(const std::string& type) {
  ShipConfig config;
  config.type = type;
  config.index = "logs-app\"-default";
  config.attributes = {"deployment.environment=prod", "quote=\""};
  return make_body_encoder(config, kHost);
}

std::vector<Json> decode(std::string_view body) {
  std::vector<Json> lines;
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    REQUIRE(end != std::string_view::npos);
    lines.push_back(Json::parse(body.substr(0, end)));
    body.remove_prefix(end + 1);
  }
  return lines;
}

// Of one record.
Json row(const OutgoingRecord& record) {
  const auto encoder = encoder_of("clickhouse");
  encoder->begin_log({"backend", 3});
  encoder->add(record);
  const auto rows = decode(encoder->finish());
  REQUIRE(rows.size() == 1);
  return rows[0];
}

std::pair<Json, Json> document(const OutgoingRecord& record) {
  const auto encoder = encoder_of("elasticsearch");
  encoder->begin_log({"backend", 3});
  encoder->add(record);
  const auto lines = decode(encoder->finish());
  REQUIRE(lines.size() == 2);
  return {lines[0], lines[1]};
}

}  // namespace

TEST_CASE("rows: a record, column by column", "[sinks]") {
  auto record = record_of("hello");
  record.stream = Stream::err;
  record.level = Level::warn;
  CHECK(row(record) ==
        Json({{"timestamp", "2026-11-21 22:17:00.123456789"},
              {"time_ns", kTimeNs},
              {"process", "backend"},
              {"instance", 3},
              {"stream", "stderr"},
              {"host", "web-17"},
              {"host_id", "0123456789abcdef"},
              {"uid", "0123456789abcdef/backend@3/1795299420123456789"},
              {"message", "hello"},
              {"level", "warn"},
              {"event", 0},
              {"truncated", 0},
              {"attributes", {{"deployment.environment", "prod"}, {"quote", "\""}}}}));
}

TEST_CASE("rows: what is cut, an event, what is lost, no level, no instance", "[sinks]") {
  auto record = record_of("x");
  record.is_cut = true;
  CHECK(row(record)["truncated"] == 1);
  CHECK(row(record)["level"] == "");
  CHECK_FALSE(row(record).contains("gap_records"));
  record.type = RecordType::event;
  record.loss = LossNote{7, 1'000'000'000'000, "back\"log"};
  const Json lost = row(record);
  CHECK(lost["event"] == 1);
  CHECK(lost["gap_records"] == 7);
  CHECK(lost["gap_bytes"] == 1'000'000'000'000);
  CHECK(lost["gap_reason"] == "back\"log");
  const auto encoder = encoder_of("clickhouse");
  encoder->begin_log({"backend"});
  encoder->add(record);
  CHECK(decode(encoder->finish())[0]["instance"] == -1);
}

TEST_CASE("rows and documents: whatever a line holds, it stays one text", "[sinks]") {
  for (const std::string type : {"clickhouse", "elasticsearch"}) {
    const bool has_actions = type == "elasticsearch";
    const auto encoder = encoder_of(type);
    const auto contents = hostile_contents();
    encoder->begin_log({"a"});
    for (const Hostile& hostile : contents) encoder->add(record_of(hostile.content));
    CHECK(encoder->bytes() > 600'000);
    const auto lines = decode(encoder->finish());
    CHECK(encoder->bytes() == 0);
    REQUIRE(lines.size() == contents.size() * (has_actions ? 2 : 1));
    for (std::size_t i = 0; i < contents.size(); ++i) {
      INFO(type << " " << i);
      const Json& line = has_actions ? lines[2 * i + 1] : lines[i];
      CHECK((line["message"] == contents[i].as_utf8));
      const bool is_changed = contents[i].content != contents[i].as_utf8;
      CHECK(line.contains(has_actions ? "logd.invalid_utf8" : "invalid_utf8") == is_changed);
      CHECK(line.contains("x") == false);
    }
  }
}

TEST_CASE("documents: a record, field by field", "[sinks]") {
  auto record = record_of("hello");
  record.level = Level::error;
  const auto [action, fields] = document(record);
  CHECK(action["create"]["_index"] == "logs-app\"-default");
  // printf %s 0123456789abcdef/backend@3/1795299420123456789 | sha256sum | cut -c-32
  CHECK(action["create"]["_id"] == "67a316220401f50d9c1852ac0e493b96");
  CHECK(action["create"].size() == 2);
  CHECK(fields == Json({{"@timestamp", "2026-11-21T22:17:00.123456789Z"},
                        {"message", "hello"},
                        {"log.level", "error"},
                        {"log.iostream", "stdout"},
                        {"log.record.uid", "0123456789abcdef/backend@3/1795299420123456789"},
                        {"service.name", "backend"},
                        {"service.node.name", "backend@3"},
                        {"host.name", "web-17"},
                        {"host.id", "0123456789abcdef"},
                        {"labels.deployment_environment", "prod"},
                        {"labels.quote", "\""}}));
}

TEST_CASE("documents: what is cut, an event, and what is lost", "[sinks]") {
  auto record = record_of("x");
  record.is_cut = true;
  record.type = RecordType::event;
  record.loss = LossNote{7, 8, "deleted"};
  const Json fields = document(record).second;
  CHECK(fields["log.truncated"] == true);
  CHECK(fields["logd.event"] == true);
  CHECK(fields["logd.gap.records"] == 7);
  CHECK(fields["logd.gap.bytes"] == 8);
  CHECK(fields["logd.gap.reason"] == "deleted");
  CHECK_FALSE(fields.contains("log.level"));
}

TEST_CASE("documents: ids are the records' own", "[sinks]") {
  const auto ids_of = [](const std::vector<std::string>& processes) {
    const auto encoder = encoder_of("elasticsearch");
    std::vector<std::string> ids;
    for (const std::string& process : processes) {
      encoder->begin_log({process});
      encoder->add(record_of("x", "2026-11-21T22:17:00.000000001"));
      encoder->add(record_of("x", "2026-11-21T22:17:00.000000002"));
    }
    const auto lines = decode(encoder->finish());
    for (std::size_t i = 0; i < lines.size(); i += 2)
      ids.push_back(lines[i]["create"]["_id"].get<std::string>());
    return ids;
  };
  const auto ids = ids_of({"a", "b"});
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 4);
  CHECK(ids_of({"a", "b"}) == ids);
  CHECK(ids_of({"b"})[1] == ids[3]);
}
