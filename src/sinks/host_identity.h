// Makes the id of this machine that the uids of records begin with, once.
//
// It stays what it is: another one would make every record of the backlog a new one for receivers.
// Blocks for the disk. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "logd/file_system.h"
#include "logd/result.h"
#include "sinks/outgoing_record.h"

namespace logd {

// The id that is configured, else the one in the file host_id of `ship_dir`, else a new one, which
// is stored there; the name is that of the system. An id is 1 to 64 of A-Z a-z 0-9 . _ -.
// Errors: invalid (the configured one), no_space, permission, io.
Result<HostIdentity> host_identity(Directory& ship_dir, const std::string& configured_id);

// The id of a machine whose /etc/machine-id has these contents: 16 hexadecimal digits of a hash,
// since the contents themselves are confidential (machine-id(5)); random where there is none.
std::string make_host_id(std::string_view machine_id);

}  // namespace logd
