// Names this machine for receivers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "logd/file_system.h"
#include "logd/result.h"
#include "sinks/outgoing_record.h"

namespace logd {

Result<HostIdentity> host_identity(Directory& ship_dir, const std::string& configured_id);

}  // namespace logd
