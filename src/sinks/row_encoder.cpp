// Writes rows for ClickHouse's INSERT ... FORMAT JSONEachRow, an object a line.
//
// Columns, of which a table may have any (input_format_skip_unknown_fields=1 drops the rest):
//   timestamp  DateTime64(9, 'UTC') or String: "2026-11-21 22:17:00.123456789"
//   time_ns    UInt64: the same, as nanoseconds since 1970. A ClickHouse without DateTime64 (before
//              20.1) does not take the text as DateTime: leave `timestamp` out there, and have
//              `time DateTime MATERIALIZED toDateTime(intDiv(time_ns, 1000000000))`
//   process    String
//   instance   Int32, -1: it has none
//   stream     String: stdout or stderr
//   host, host_id  String
//   uid        String: the same for every copy of a record
//   level      String: trace, debug, info, warn, error, fatal; empty if there is none
//   message    String; bytes that are no UTF-8 are U+FFFD, and then `invalid_utf8` UInt8 is 1
//   event, truncated  UInt8: 0 or 1
//   attributes Map(String, String): those of the configuration
//   gap_records, gap_bytes UInt64, gap_reason String: only in rows that stand for what is lost
// All but the text is ASCII or escaped, so that no content of a line can leave its place.
// SPDX-License-Identifier: Apache-2.0
#include "sinks/body_encoders.h"
#include "sinks/json_text.h"
#include "sinks/record_time.h"

namespace logd {
namespace {

constexpr std::size_t kDateBytes = 10;

class RowEncoder final : public BodyEncoder {
 public:
  RowEncoder(const ShipConfig& config, const HostIdentity& host);

  void begin_log(const LogName& log) override;
  void add(const OutgoingRecord& record) override;
  std::size_t bytes() const override { return is_finished_ ? 0 : body_.size(); }
  std::string_view finish() override;
  std::string_view content_type() const override { return "application/x-ndjson"; }

 private:
  void append_gap(const LossNote& loss);

  HostIdentity host_;
  std::string host_fields_;  // of every row
  std::string log_fields_;   // of the rows of a log, up to the number of the uid
  RecordTime time_;
  std::string body_;
  bool is_finished_ = false;  // body_ is still shown to somebody
};

RowEncoder::RowEncoder(const ShipConfig& config, const HostIdentity& host) : host_(host) {
  append_text(host_fields_, R"(,"host":")", host.name);
  append_text(host_fields_, R"(,"host_id":")", host.id);
  host_fields_ += R"(,"attributes":{)";
  const char* comma = "";
  for (const auto& [name, value] : parted_attributes(config.attributes)) {
    append_text(host_fields_ += comma, "\"", name);
    append_text(host_fields_, ":\"", value);
    comma = ",";
  }
  host_fields_ += '}';
}

void RowEncoder::begin_log(const LogName& log) {
  log_fields_.clear();
  append_text(log_fields_, R"(,"process":")", log.process);
  log_fields_ += R"(,"instance":)" + std::to_string(log.instance) + host_fields_;
  append_text(log_fields_, R"(,"uid":")", uid_prefix(host_, log));
  log_fields_.pop_back();
}

void RowEncoder::add(const OutgoingRecord& record) {
  if (is_finished_) body_.clear();
  is_finished_ = false;
  time_.set(record.time);
  body_ += R"({"timestamp":")";
  append_json(body_, record.time.substr(0, kDateBytes));
  append_json(body_ += ' ', record.time.substr(std::min(kDateBytes + 1, record.time.size())));
  body_ += R"(","time_ns":)";
  body_ += time_.decimal();
  body_ += record.stream == Stream::out ? R"(,"stream":"stdout","level":")"
                                        : R"(,"stream":"stderr","level":")";
  if (record.level) body_ += level_name(*record.level);
  const bool is_utf8 = append_text(body_, R"(","message":")", record.content);
  body_ += log_fields_;
  body_ += time_.decimal();
  body_ += record.type == RecordType::event ? R"(","event":1)" : R"(","event":0)";
  body_ += record.is_cut ? R"(,"truncated":1)" : R"(,"truncated":0)";
  if (!is_utf8) body_ += R"(,"invalid_utf8":1)";
  if (record.loss) append_gap(*record.loss);
  body_ += "}\n";
}

void RowEncoder::append_gap(const LossNote& loss) {
  append_number(body_ += R"(,"gap_records":)", loss.records);
  append_number(body_ += R"(,"gap_bytes":)", loss.bytes);
  append_text(body_, R"(,"gap_reason":")", loss.reason);
}

std::string_view RowEncoder::finish() {
  if (is_finished_) body_.clear();
  is_finished_ = true;
  return body_;
}

}  // namespace

std::unique_ptr<BodyEncoder> make_row_encoder(const ShipConfig& config, const HostIdentity& host) {
  return std::make_unique<RowEncoder>(config, host);
}

}  // namespace logd
