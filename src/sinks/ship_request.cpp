// SPDX-License-Identifier: Apache-2.0
#include "sinks/ship_request.h"

#include <fmt/format.h>
#include <poll.h>

namespace logd {
namespace {

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
                        const BatchBuilder& builder) {
  HttpRequest request;
  request.path = path_for(config);
  request.headers.push_back(fmt::format("Content-Type: {}", builder.content_type()));
  if (!builder.content_encoding().empty())
    request.headers.push_back(fmt::format("Content-Encoding: {}", builder.content_encoding()));
  request.body = body;
  return request;
}

std::string settings_digest(const ShipConfig& config) {
  // The state file is no place for a URL's secrets.
  const std::size_t hash = std::hash<std::string>()(
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", config.type, config.url, config.table, config.index,
                  config.bucket, config.compression, fmt::join(config.attributes, "\n")));
  return fmt::format("{:016x}", hash);
}

bool is_readable(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace logd
