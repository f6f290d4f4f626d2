// SPDX-License-Identifier: Apache-2.0
#include "sinks/body_encoder.h"

#include <algorithm>

#include "sinks/body_encoders.h"
#include "sinks/utf8.h"

namespace logd {

std::unique_ptr<BodyEncoder> make_body_encoder(const ShipConfig& config, const HostIdentity& host) {
  if (config.type == "clickhouse") return make_row_encoder(config, host);
  if (config.type == "elasticsearch") return make_bulk_encoder(config, host);
  LOGD_ASSERT(config.type == "otlp");
  return make_otlp_encoder(config, host);
}

std::vector<std::pair<std::string, std::string>> parted_attributes(
    const std::vector<std::string>& attributes) {
  std::vector<std::pair<std::string, std::string>> parted;
  for (const std::string& attribute : attributes) {
    const std::size_t equals = std::min(attribute.find('='), attribute.size());
    const std::size_t value = std::min(equals + 1, attribute.size());
    parted.emplace_back(utf8_text(std::string_view(attribute).substr(0, equals)),
                        utf8_text(std::string_view(attribute).substr(value)));
  }
  return parted;
}

std::string_view severity_text(const std::optional<Level>& level) {
  if (!level) return {};
  switch (*level) {
    case Level::trace:
      return "TRACE";
    case Level::debug:
      return "DEBUG";
    case Level::info:
      return "INFO";
    case Level::warn:
      return "WARN";
    case Level::error:
      return "ERROR";
    case Level::fatal:
      return "FATAL";
  }
  return {};
}

}  // namespace logd
