// Prepares log_dir and run_dir: makes them, locks them, and binds the sockets.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "logd/config.h"
#include "logd/result.h"

namespace logd {

struct Directories {
  UniqueFd log_dir;  // locked as long as it is open
  UniqueFd run_dir;  // likewise
  UniqueFd ledgers;  // <run_dir>/ledger
};

// Makes what is missing. Errors: locked (another logd holds log_dir or run_dir; says which
// process), permission, io.
Result<Directories> prepare_directories(const Config& config);

// A listening stream socket at `<run_dir>/name` with exactly this mode from the moment it exists,
// and the group `gid` (nothing: as it comes). Replaces what a predecessor left. Errors: invalid
// (path too long), io.
Result<UniqueFd> bind_socket(const Config& config, const std::string& name, unsigned mode,
                             std::optional<std::uint32_t> gid);

}  // namespace logd
