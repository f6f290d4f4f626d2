// Writes bodies of Elasticsearch's and OpenSearch's _bulk: for every record a line that asks to
// create it, and the document.
//
// "create" is what data streams take, and the _id, a hash of the uid, makes of a record that comes
// again a conflict (409), which is no error. Fields are those of the Elastic Common Schema where it
// has one: @timestamp, message, log.level, service.name, service.node.name, host.name, host.id,
// labels.NAME of the configuration's attributes, with '_' for '.'; and OpenTelemetry's names for
// the rest: log.iostream, log.record.uid, log.truncated; logd.event, logd.invalid_utf8,
// logd.gap.records, logd.gap.bytes, logd.gap.reason. What would be false is left out.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "mask/digest.h"
#include "sinks/body_encoders.h"
#include "sinks/json_text.h"
#include "sinks/record_time.h"

namespace logd {
namespace {

constexpr std::size_t kIdBytes = 16;  // of the hash

class BulkEncoder final : public BodyEncoder {
 public:
  BulkEncoder(const ShipConfig& config, const HostIdentity& host);

  void begin_log(const LogName& log) override;
  void add(const OutgoingRecord& record) override;
  std::size_t bytes() const override { return is_finished_ ? 0 : body_.size(); }
  std::string_view finish() override;
  std::string_view content_type() const override { return "application/x-ndjson"; }

 private:
  void append_id();
  void append_rare_fields(const OutgoingRecord& record, bool is_utf8);

  HostIdentity host_;
  std::string action_;       // up to the _id
  std::string host_fields_;  // of every document
  std::string log_fields_;   // of those of a log
  std::string uid_prefix_;
  std::string uid_;
  RecordTime time_;
  std::string body_;
  bool is_finished_ = false;  // body_ is still shown to somebody
};

BulkEncoder::BulkEncoder(const ShipConfig& config, const HostIdentity& host)
    : host_(host), action_(R"({"create":{)") {
  // Without one it is the URL's.
  if (!config.index.empty()) {
    append_text(action_, R"("_index":")", config.index);
    action_ += ',';
  }
  action_ += R"("_id":")";
  append_text(host_fields_, R"(,"host.name":")", host.name);
  append_text(host_fields_, R"(,"host.id":")", host.id);
  for (auto [name, value] : parted_attributes(config.attributes)) {
    std::replace(name.begin(), name.end(), '.', '_');
    append_text(host_fields_, R"(,"labels.)", name);
    append_text(host_fields_, ":\"", value);
  }
}

void BulkEncoder::begin_log(const LogName& log) {
  log_fields_.clear();
  append_text(log_fields_, R"(,"service.name":")", log.process);
  append_text(log_fields_, R"(,"service.node.name":")", log.directory());
  log_fields_ += host_fields_;
  uid_prefix_ = uid_prefix(host_, log);
}

// 32 hexadecimal digits.
void BulkEncoder::append_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const Digest digest = sha256({reinterpret_cast<const std::uint8_t*>(uid_.data()), uid_.size()});
  for (std::size_t i = 0; i < kIdBytes; ++i) {
    body_ += kDigits[digest[i] >> 4];
    body_ += kDigits[digest[i] & 15];
  }
}

void BulkEncoder::add(const OutgoingRecord& record) {
  if (is_finished_) body_.clear();
  is_finished_ = false;
  time_.set(record.time);
  uid_ = uid_prefix_;
  uid_ += time_.decimal();
  body_ += action_;
  append_id();
  body_ += "\"}}\n{\"@timestamp\":\"";
  append_json(body_, record.time);
  const bool is_utf8 = append_text(body_, R"(Z","message":")", record.content);
  if (record.level) append_text(body_, R"(,"log.level":")", level_name(*record.level));
  body_ += log_fields_;
  body_ +=
      record.stream == Stream::out ? R"(,"log.iostream":"stdout")" : R"(,"log.iostream":"stderr")";
  append_text(body_, R"(,"log.record.uid":")", uid_);
  append_rare_fields(record, is_utf8);
  body_ += "}\n";
}

void BulkEncoder::append_rare_fields(const OutgoingRecord& record, bool is_utf8) {
  if (record.is_cut) body_ += R"(,"log.truncated":true)";
  if (record.type == RecordType::event) body_ += R"(,"logd.event":true)";
  if (!is_utf8) body_ += R"(,"logd.invalid_utf8":true)";
  if (!record.loss) return;
  append_number(body_ += R"(,"logd.gap.records":)", record.loss->records);
  append_number(body_ += R"(,"logd.gap.bytes":)", record.loss->bytes);
  append_text(body_, R"(,"logd.gap.reason":")", record.loss->reason);
}

std::string_view BulkEncoder::finish() {
  if (is_finished_) body_.clear();
  is_finished_ = true;
  return body_;
}

}  // namespace

std::unique_ptr<BodyEncoder> make_bulk_encoder(const ShipConfig& config, const HostIdentity& host) {
  return std::make_unique<BulkEncoder>(config, host);
}

}  // namespace logd
