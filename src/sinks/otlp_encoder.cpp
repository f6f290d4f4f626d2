// Writes ExportLogsServiceRequest of opentelemetry-proto 1.x (logs/v1/logs.proto): a ResourceLogs
// for each log, one ScopeLogs in it, and its records.
//
// All of a record but its times, its text and the number in its uid is the same for many records,
// so that it is encoded once, by protozero, and copied; the lengths of the rest are known before
// it is written, and no message must be moved when it ends.
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>
#include <cstring>
#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

#include "sinks/body_encoders.h"
#include "sinks/byte_buffer.h"
#include "sinks/record_time.h"
#include "sinks/utf8.h"

namespace logd {
namespace {

static_assert(std::endian::native == std::endian::little, "fixed64 is copied as it is");

// Field numbers of the messages.
namespace field {
constexpr protozero::pbf_tag_type kResource = 1;      // of ResourceLogs
constexpr protozero::pbf_tag_type kAttributes = 1;    // of Resource
constexpr protozero::pbf_tag_type kScope = 1;         // of ScopeLogs
constexpr protozero::pbf_tag_type kScopeName = 1;     // of InstrumentationScope
constexpr protozero::pbf_tag_type kScopeVersion = 2;  // of InstrumentationScope
constexpr protozero::pbf_tag_type kSeverity = 2;      // of LogRecord, as are the next
constexpr protozero::pbf_tag_type kSeverityText = 3;
constexpr protozero::pbf_tag_type kRecordAttributes = 6;
constexpr protozero::pbf_tag_type kKey = 1;     // of KeyValue
constexpr protozero::pbf_tag_type kValue = 2;   // of KeyValue
constexpr protozero::pbf_tag_type kString = 1;  // of AnyValue, as are the next
constexpr protozero::pbf_tag_type kBool = 2;
constexpr protozero::pbf_tag_type kInt = 3;
}  // namespace field

// A number and a wire type as they stand before a field.
constexpr char tag_of(unsigned number, protozero::pbf_wire_type type) {
  return static_cast<char>(number << 3 | static_cast<unsigned>(type));
}
constexpr auto kBytes = protozero::pbf_wire_type::length_delimited;
constexpr char kResourceLogs = tag_of(1, kBytes);                     // of the request
constexpr char kScopeLogs = tag_of(2, kBytes);                        // of ResourceLogs
constexpr char kRecord = tag_of(2, kBytes);                           // of ScopeLogs
constexpr char kTime = tag_of(1, protozero::pbf_wire_type::fixed64);  // of LogRecord
constexpr char kObservedTime = tag_of(11, protozero::pbf_wire_type::fixed64);
constexpr char kBody = tag_of(5, kBytes);
constexpr char kBodyString = tag_of(field::kString, kBytes);

constexpr std::size_t kTimesBytes = 2 * (1 + sizeof(std::uint64_t));
constexpr std::size_t kMaxLengthBytes = 10;
constexpr std::size_t kLevels = 6;

std::size_t length_bytes(std::uint64_t length) {
  return static_cast<std::size_t>(protozero::length_of_varint(length));
}

// A message or a string: tag, length, bytes.
std::size_t field_bytes(std::uint64_t length) { return 1 + length_bytes(length) + length; }

char* put(char* to, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

char* put_length(char* to, char tag, std::uint64_t length) {
  *to++ = tag;
  return to + protozero::add_varint_to_buffer(to, length);
}

char* put_fixed(char* to, char tag, std::uint64_t value) {
  *to++ = tag;
  std::memcpy(to, &value, sizeof(value));
  return to + sizeof(value);
}

void add_attribute(std::string& to, protozero::pbf_tag_type number, std::string_view key,
                   const auto& add_value) {
  protozero::pbf_writer message(to);
  protozero::pbf_writer attribute(message, number);
  attribute.add_string(field::kKey, key.data(), key.size());
  protozero::pbf_writer value(attribute, field::kValue);
  add_value(value);
}

void add_text(std::string& to, protozero::pbf_tag_type number, std::string_view key,
              std::string_view text) {
  add_attribute(to, number, key, [&](protozero::pbf_writer& value) {
    value.add_string(field::kString, text.data(), text.size());
  });
}

void add_number(std::string& to, std::string_view key, std::uint64_t number) {
  add_attribute(to, field::kRecordAttributes, key, [&](protozero::pbf_writer& value) {
    value.add_int64(field::kInt, static_cast<std::int64_t>(number));
  });
}

std::string flag(std::string_view key) {
  std::string bytes;
  add_attribute(bytes, field::kRecordAttributes, key,
                [](protozero::pbf_writer& value) { value.add_bool(field::kBool, true); });
  return bytes;
}

std::string stream_attribute(Stream stream) {
  std::string bytes;
  add_text(bytes, field::kRecordAttributes, "log.iostream", stream_name(stream));
  return bytes;
}

// Numbers and texts of logs.proto's SeverityNumber.
std::string severity_of(Level level) {
  constexpr std::array<int, kLevels> kNumbers = {1, 5, 9, 13, 17, 21};
  std::string bytes;
  protozero::pbf_writer record(bytes);
  record.add_enum(field::kSeverity, kNumbers[static_cast<std::size_t>(level)]);
  const std::string_view text = severity_text(level);
  record.add_string(field::kSeverityText, text.data(), text.size());
  return bytes;
}

std::string scope() {
  std::string bytes;
  protozero::pbf_writer scope_logs(bytes);
  protozero::pbf_writer writer(scope_logs, field::kScope);
  writer.add_string(field::kScopeName, "logd");
  writer.add_string(field::kScopeVersion, LOGD_VERSION);
  return bytes;
}

class OtlpEncoder final : public BodyEncoder {
 public:
  OtlpEncoder(const ShipConfig& config, const HostIdentity& host);

  void begin_log(const LogName& log) override;
  void add(const OutgoingRecord& record) override;
  std::size_t bytes() const override;
  std::string_view finish() override;
  std::string_view content_type() const override { return "application/x-protobuf"; }

 private:
  void end_log();
  void append_head(char tag, std::size_t length);
  void set_uid_digits(std::size_t digits);
  std::string_view text_of(const OutgoingRecord& record, bool& is_replaced);
  void set_rare_attributes(const OutgoingRecord& record, bool is_replaced);

  HostIdentity host_;
  std::string host_attributes_;  // of every resource
  std::string scope_ = scope();
  std::array<std::string, 2> streams_ = {stream_attribute(Stream::out),
                                         stream_attribute(Stream::err)};
  std::array<std::string, kLevels> severities_;
  std::string truncated_ = flag("log.truncated");
  std::string event_ = flag("logd.event");
  std::string invalid_utf8_ = flag("logd.invalid_utf8");

  LogName log_;
  std::string resource_;        // of the log
  std::string uid_prefix_;      // of its records
  std::string uid_head_;        // their attribute log.record.uid up to the number ...
  std::size_t uid_digits_ = 0;  // ... of so many digits
  RecordTime time_;
  std::string text_;             // of one record, made UTF-8
  std::string rare_attributes_;  // of one record
  ByteBuffer records_;           // of the log
  ByteBuffer body_;              // the logs before it
};

OtlpEncoder::OtlpEncoder(const ShipConfig& config, const HostIdentity& host) : host_(host) {
  add_text(host_attributes_, field::kAttributes, "host.name", utf8_text(host.name));
  add_text(host_attributes_, field::kAttributes, "host.id", utf8_text(host.id));
  for (const auto& [name, value] : parted_attributes(config.attributes)) {
    add_text(host_attributes_, field::kAttributes, name, value);
  }
  for (std::size_t i = 0; i < kLevels; ++i) severities_[i] = severity_of(static_cast<Level>(i));
}

void OtlpEncoder::begin_log(const LogName& log) {
  if (log == log_ && !resource_.empty()) return;
  end_log();
  log_ = log;
  uid_prefix_ = uid_prefix(host_, log);
  uid_digits_ = 0;
  std::string attributes;
  add_text(attributes, field::kAttributes, "service.name", log.process);
  // As its uids begin.
  add_text(attributes, field::kAttributes, "service.instance.id",
           std::string_view(uid_prefix_).substr(0, uid_prefix_.size() - 1));
  attributes += host_attributes_;
  resource_.clear();
  protozero::pbf_writer(resource_).add_message(field::kResource, attributes);
}

// The attribute in two parts, the second of which is the number.
void OtlpEncoder::set_uid_digits(std::size_t digits) {
  uid_head_.clear();
  add_text(uid_head_, field::kRecordAttributes, "log.record.uid",
           uid_prefix_ + std::string(digits, '0'));
  uid_head_.resize(uid_head_.size() - digits);
  uid_digits_ = digits;
}

std::string_view OtlpEncoder::text_of(const OutgoingRecord& record, bool& is_replaced) {
  is_replaced = !is_utf8(record.content);
  if (!is_replaced) return record.content;
  text_.clear();
  append_utf8(text_, record.content);
  return text_;
}

void OtlpEncoder::set_rare_attributes(const OutgoingRecord& record, bool is_replaced) {
  rare_attributes_.clear();
  if (record.is_cut) rare_attributes_ += truncated_;
  if (record.type == RecordType::event) rare_attributes_ += event_;
  if (is_replaced) rare_attributes_ += invalid_utf8_;
  if (!record.loss) return;
  add_number(rare_attributes_, "logd.gap.records", record.loss->records);
  add_number(rare_attributes_, "logd.gap.bytes", record.loss->bytes);
  add_text(rare_attributes_, field::kRecordAttributes, "logd.gap.reason",
           utf8_text(record.loss->reason));
}

void OtlpEncoder::add(const OutgoingRecord& record) {
  bool is_replaced = false;
  const std::string_view text = text_of(record, is_replaced);
  set_rare_attributes(record, is_replaced);
  time_.set(record.time);
  const std::string_view number = time_.decimal();
  if (number.size() != uid_digits_) set_uid_digits(number.size());
  const std::string_view severity =
      record.level ? std::string_view(severities_[static_cast<std::size_t>(*record.level)])
                   : std::string_view();
  const std::string_view stream = streams_[static_cast<std::size_t>(record.stream)];

  const std::size_t value_bytes = field_bytes(text.size());
  const std::size_t record_bytes = kTimesBytes + severity.size() + field_bytes(value_bytes) +
                                   stream.size() + uid_head_.size() + number.size() +
                                   rare_attributes_.size();
  char* const begin = records_.room(1 + kMaxLengthBytes + record_bytes);
  char* to = put_length(begin, kRecord, record_bytes);
  to = put_fixed(to, kTime, time_.nanoseconds());
  to = put_fixed(to, kObservedTime, time_.nanoseconds());
  to = put(to, severity);
  to = put_length(to, kBody, value_bytes);
  to = put_length(to, kBodyString, text.size());
  to = put(to, text);
  to = put(to, stream);
  to = put(to, uid_head_);
  to = put(to, number);
  to = put(to, rare_attributes_);
  records_.add(static_cast<std::size_t>(to - begin));
}

// Moves the records of the log behind the others, in the messages that enclose them.
void OtlpEncoder::end_log() {
  if (records_.size() == 0) return;
  const std::size_t scope_logs_bytes = scope_.size() + records_.size();
  append_head(kResourceLogs, resource_.size() + field_bytes(scope_logs_bytes));
  body_.append(resource_);
  append_head(kScopeLogs, scope_logs_bytes);
  body_.append(scope_);
  body_.append(records_.view());
  records_.clear();
}

void OtlpEncoder::append_head(char tag, std::size_t length) {
  char* const begin = body_.room(1 + kMaxLengthBytes);
  body_.add(static_cast<std::size_t>(put_length(begin, tag, length) - begin));
}

std::size_t OtlpEncoder::bytes() const { return body_.size() + records_.size(); }

// What finish() shows is valid until the next call of any.
std::string_view OtlpEncoder::finish() {
  end_log();
  const std::string_view body = body_.view();
  body_.clear();
  return body;
}

}  // namespace

std::unique_ptr<BodyEncoder> make_otlp_encoder(const ShipConfig& config, const HostIdentity& host) {
  return std::make_unique<OtlpEncoder>(config, host);
}

}  // namespace logd
