// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "config/config_keys.h"
#include "config/value_readers.h"
#include "config/value_texts.h"

namespace logd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

using S = ShipConfig;
using Value = const TomlValue&;

const std::vector<std::string> kTypes = {"otlp", "clickhouse", "elasticsearch", "s3"};
const std::vector<std::string> kStreams = {"both", "out", "err"};
const std::vector<std::string> kStarts = {"oldest", "now"};
const std::vector<std::string> kCompressions = {"gzip", "zstd", "none"};

Result<void> read_attributes(Value v, std::vector<std::string>& to) {
  std::vector<std::string> attributes;
  LOGD_TRY(read_names(v, attributes));
  for (const std::string& attribute : attributes) {
    const std::size_t equals = attribute.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::invalid,
                  fmt::format("must be texts such as \"deployment.environment=production\", not {}",
                              toml_string(attribute)));
    }
  }
  to = std::move(attributes);
  return {};
}

// The keys of files and texts, most of which may be empty.
template <std::string S::*kMember>
Result<void> read_file(S& s, Value v) {
  return read_or_none(v, s.*kMember, read_path);
}
template <std::string S::*kMember>
Result<void> read_text(S& s, Value v) {
  return read_or_none(v, s.*kMember, read_string);
}
template <std::string S::*kMember>
std::string write_text(const S& s) {
  return toml_string(s.*kMember);
}

constexpr ConfigKey<S> kShipKeys[] = {
    {"type", "\"otlp\", \"clickhouse\", \"elasticsearch\" (and OpenSearch) or \"s3\"",
     [](S& s, Value v) { return read_one_of(v, kTypes, s.type); }, write_text<&S::type>,
     Reload::at_once},
    {"url", "where to; of otlp with its path, such as \"https://otel.example.com:4318/v1/logs\"",
     read_text<&S::url>, write_text<&S::url>, Reload::at_once, nullptr,
     [](const S& s) { return toml_string(shown_url(s.url)); }},
    {"process", "names or patterns of processes, one or a list; none: all",
     [](S& s, Value v) { return read_names(v, s.processes); },
     [](const S& s) { return toml_list(s.processes); }, Reload::at_once},
    {"stream", "\"both\", \"out\" or \"err\"",
     [](S& s, Value v) { return read_one_of(v, kStreams, s.stream); }, write_text<&S::stream>,
     Reload::at_once},
    {"events", "logd's own, such as the start of a run, too",
     [](S& s, Value v) { return read_bool(v, s.events); },
     [](const S& s) { return toml_bool(s.events); }, Reload::at_once},
    {"required", "retention keeps what has not got there, up to max_backlog",
     [](S& s, Value v) { return read_bool(v, s.required); },
     [](const S& s) { return toml_bool(s.required); }, Reload::at_once},
    {"start", "of a new destination: the \"oldest\" that is stored, or \"now\"",
     [](S& s, Value v) { return read_one_of(v, kStarts, s.start); }, write_text<&S::start>,
     Reload::at_once},
    {"table", "of clickhouse: TABLE or DATABASE.TABLE", read_text<&S::table>, write_text<&S::table>,
     Reload::at_once},
    {"deduplication_token", "of clickhouse from 22.2 on: a batch that is sent again is told as one",
     [](S& s, Value v) { return read_bool(v, s.deduplication_token); },
     [](const S& s) { return toml_bool(s.deduplication_token); }, Reload::at_once},
    {"index", "of elasticsearch: an index or a data stream", read_text<&S::index>,
     write_text<&S::index>, Reload::at_once},
    {"bucket", "of s3", read_text<&S::bucket>, write_text<&S::bucket>, Reload::at_once},
    {"prefix", "of s3: what keys begin with, such as \"logs/eu\"", read_text<&S::prefix>,
     write_text<&S::prefix>, Reload::at_once},
    {"region", "of s3", read_text<&S::region>, write_text<&S::region>, Reload::at_once},
    {"access_key", "of s3: the id of the key", read_text<&S::access_key>,
     write_text<&S::access_key>, Reload::at_once},
    {"secret_key_file", "of s3: the file of its secret", read_file<&S::secret_key_file>,
     write_text<&S::secret_key_file>, Reload::at_once},
    {"compression", "\"gzip\", \"zstd\" where the receiver takes it, or \"none\"",
     [](S& s, Value v) { return read_one_of(v, kCompressions, s.compression); },
     write_text<&S::compression>, Reload::at_once},
    {"attributes", "of the resource, such as \"deployment.environment=production\"",
     [](S& s, Value v) { return read_attributes(v, s.attributes); },
     [](const S& s) { return toml_list(s.attributes); }, Reload::at_once},
    {"batch_size", "a request holds so much, before compression, ...",
     [](S& s, Value v) {
       return read_size(v, {4_KiB, 4_MiB}, s.batch_bytes);
     },
     [](const S& s) { return toml_size(s.batch_bytes); }, Reload::at_once},
    {"batch_records", "... or so many records, ...",
     [](S& s, Value v) {
       return read_count(v, {1, 100'000}, s.batch_records);
     },
     [](const S& s) { return std::to_string(s.batch_records); }, Reload::at_once},
    {"batch_delay", "... and goes so long after its first record at the latest",
     [](S& s, Value v) {
       return read_duration(v, {milliseconds(10), minutes(10)}, s.batch_delay);
     },
     [](const S& s) { return toml_duration(s.batch_delay); }, Reload::at_once},
    {"max_record", "longer records are cut, and marked",
     [](S& s, Value v) {
       return read_size(v, {1_KiB, 1_MiB}, s.max_record_bytes);
     },
     [](const S& s) { return toml_size(s.max_record_bytes); }, Reload::at_once},
    {"in_flight", "requests at a time; those of one process go one after another",
     [](S& s, Value v) {
       return read_count(v, {1, 16}, s.in_flight);
     },
     [](const S& s) { return std::to_string(s.in_flight); }, Reload::at_once},
    {"timeout", "of one request",
     [](S& s, Value v) {
       return read_duration(v, {milliseconds(100), minutes(10)}, s.timeout);
     },
     [](const S& s) { return toml_duration(s.timeout); }, Reload::at_once},
    {"settle", "so long the receiver may lose what it acknowledged: it is sent again after a break",
     [](S& s, Value v) {
       return read_duration(v, {milliseconds(0), hours(1)}, s.settle);
     },
     [](const S& s) { return toml_duration(s.settle); }, Reload::at_once},
    {"max_backoff", "between attempts while the receiver cannot",
     [](S& s, Value v) {
       return read_duration(v, {milliseconds(100), hours(1)}, s.max_backoff);
     },
     [](const S& s) { return toml_duration(s.max_backoff); }, Reload::at_once},
    {"max_rate", "records per second, which spares the receiver while it catches up; or \"off\"",
     [](S& s, Value v) {
       return read_integer_or(v, "off", {1, 100'000'000}, s.max_rate);
     },
     [](const S& s) { return s.max_rate ? std::to_string(*s.max_rate) : "\"off\""; },
     Reload::at_once},
    {"max_backlog",
     "of required: so much is kept for it, beyond that the oldest is left out, counted and told",
     [](S& s, Value v) {
       return read_size_or_off(v, {1_MiB, 1024_GiB}, s.max_backlog_bytes);
     },
     [](const S& s) { return toml_size_or_off(s.max_backlog_bytes); }, Reload::at_once},
    {"max_backlog_age", "and so long, or \"off\"",
     [](S& s, Value v) {
       return read_duration_or_off(v, {seconds(1), hours(24 * 3660)}, s.max_backlog_age);
     },
     [](const S& s) { return toml_duration_or_off(s.max_backlog_age); }, Reload::at_once},
    {"dead_letters", "size of what is kept of records that the receiver refuses",
     [](S& s, Value v) {
       return read_size(v, {64_KiB, 1024_GiB}, s.max_dead_bytes);
     },
     [](const S& s) { return toml_size(s.max_dead_bytes); }, Reload::at_once},
    {"bearer_file", "the file of a bearer token", read_file<&S::bearer_file>,
     write_text<&S::bearer_file>, Reload::at_once},
    {"basic_file", "the file of USER:PASSWORD", read_file<&S::basic_file>,
     write_text<&S::basic_file>, Reload::at_once},
    {"header_file", "the file of headers, NAME: VALUE on each line", read_file<&S::header_file>,
     write_text<&S::header_file>, Reload::at_once},
    {"ca_file", "certificates to trust; empty: the system's", read_file<&S::ca_file>,
     write_text<&S::ca_file>, Reload::at_once},
    {"cert_file", "certificate to show to the receiver", read_file<&S::cert_file>,
     write_text<&S::cert_file>, Reload::at_once},
    {"key_file", "its private key", read_file<&S::key_file>, write_text<&S::key_file>,
     Reload::at_once},
    {"proxy", "http:// or https:// URL of a proxy", read_text<&S::proxy>, write_text<&S::proxy>,
     Reload::at_once, nullptr, [](const S& s) { return toml_string(shown_url(s.proxy)); }},
    {"proxy_auth_file", "the file of USER:PASSWORD for the proxy", read_file<&S::proxy_auth_file>,
     write_text<&S::proxy_auth_file>, Reload::at_once},
    {"allow_plaintext", "http:// to another machine than this one",
     [](S& s, Value v) { return read_bool(v, s.allow_plaintext); },
     [](const S& s) { return toml_bool(s.allow_plaintext); }, Reload::at_once},
};

}  // namespace

std::span<const ConfigKey<ShipConfig>> ship_keys() { return kShipKeys; }

}  // namespace logd
