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

// log_dir alone, locked as long as the descriptor is open. Errors: as above.
Result<UniqueFd> prepare_log_dir(const Config& config);

// A listening stream socket at `<run_dir>/name` with exactly this mode from the moment it exists.
// Replaces what a predecessor left. Errors: invalid (path too long), io.
Result<UniqueFd> bind_socket(const Config& config, const std::string& name, unsigned mode);

struct AdminSockets {
  UniqueFd control;
  UniqueFd http;
  std::optional<std::uint32_t> admin_group;  // nothing: there is none that we could give them to
};

// As bind_socket, control.sock and http.sock for root, our own user and admin_group. Where there is
// no such group, or we are not a member of it, the other two remain, with a warning. Errors: as
// bind_socket.
Result<AdminSockets> bind_admin_sockets(const Config& config);

}  // namespace logd
