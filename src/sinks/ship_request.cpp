// SPDX-License-Identifier: Apache-2.0
#include "sinks/ship_request.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "mask/digest.h"

namespace logd {
namespace {

constexpr std::size_t kTokenBytes = 16;

// The table and its database as SQL names them; nothing else may get into the query.
std::string quoted_table(std::string_view table) {
  std::string quoted = "`";
  for (const char c : table) {
    if (c == '.') {
      quoted += "`.`";
    } else if (c == '`' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else {
      quoted += c;
    }
  }
  return quoted + "`";
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (is_plain)
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string path_for(const ShipConfig& config) {
  if (config.type != "clickhouse") return {};
  const std::string query = "INSERT INTO " + quoted_table(config.table) + " FORMAT JSONEachRow";
  const char separator = config.url.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}query={}&input_format_skip_unknown_fields=1", separator,
                     percent_encoded(query));
}

}  // namespace

HttpRequest request_for(const ShipConfig& config, std::string_view body,
                        std::string_view content_type, std::string_view content_encoding) {
  HttpRequest request;
  request.path = path_for(config);
  request.headers.push_back(fmt::format("Content-Type: {}", content_type));
  if (!content_encoding.empty())
    request.headers.push_back(fmt::format("Content-Encoding: {}", content_encoding));
  request.body = body;
  return request;
}

std::string deduplication_token(const std::string& host_id, const std::vector<BatchPart>& parts) {
  std::string text = host_id + "\n";
  for (const BatchPart& part : parts)
    text += fmt::format("{} {} {} {}\n", part.log, time_text(part.from.last.time),
                        time_text(part.to.last.time), part.records);
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + kTokenBytes, ""));
}

std::string object_path(const ShipConfig& config, std::initializer_list<std::string_view> parts) {
  std::string path = "/" + percent_encoded(config.bucket);
  // The slashes of a prefix part folders, as people see them.
  std::string_view prefix = config.prefix;
  while (!prefix.empty()) {
    const std::size_t slash = std::min(prefix.find('/'), prefix.size());
    if (slash > 0) path += "/" + percent_encoded(prefix.substr(0, slash));
    prefix.remove_prefix(std::min(slash + 1, prefix.size()));
  }
  for (const std::string_view part : parts) path += "/" + percent_encoded(part);
  return path;
}

std::string settings_digest(const ShipConfig& config) {
  // The state file is no place for a URL's secrets.
  const std::size_t hash = std::hash<std::string>()(
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", config.type, config.url, config.table,
                  config.index, config.bucket, config.prefix, config.region, config.access_key,
                  config.compression, fmt::join(config.attributes, "\n")));
  return fmt::format("{:016x}", hash);
}

bool is_readable(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace logd
