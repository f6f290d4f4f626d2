// Makes the request that carries a body to a destination. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "logd/config.h"
#include "ship/ship_state.h"
#include "sinks/transport.h"

namespace logd {

HttpRequest request_for(const ShipConfig& config, std::string_view body,
                        std::string_view content_type, std::string_view content_encoding);

// Of clickhouse: the same for the same records in the same batch.
std::string deduplication_token(const std::string& host_id, const std::vector<BatchPart>& parts);

// Of s3: the path of an object whose key is the prefix and these parts, each of them encoded as S3
// counts it into the signature (docs.aws.amazon.com, "Create a signed AWS API request").
std::string object_path(const ShipConfig& config, std::initializer_list<std::string_view> parts);

// Tells settings apart under which the same answer may mean something else.
std::string settings_digest(const ShipConfig& config);

// Whether there is something to read.
bool is_readable(int descriptor);

}  // namespace logd
