// The formats, each in the file of its name; make_body_encoder() chooses.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sinks/body_encoder.h"

namespace logd {

// OTLP's ExportLogsServiceRequest as protobuf.
std::unique_ptr<BodyEncoder> make_otlp_encoder(const ShipConfig& config, const HostIdentity& host);

// ClickHouse's JSONEachRow.
std::unique_ptr<BodyEncoder> make_row_encoder(const ShipConfig& config, const HostIdentity& host);

// Elasticsearch's _bulk.
std::unique_ptr<BodyEncoder> make_bulk_encoder(const ShipConfig& config, const HostIdentity& host);

// The "name=value" of ShipConfig, parted; what has no '=' is a name without a value.
std::vector<std::pair<std::string, std::string>> parted_attributes(
    const std::vector<std::string>& attributes);

// "ERROR"; empty if there is none.
std::string_view severity_text(const std::optional<Level>& level);

}  // namespace logd
