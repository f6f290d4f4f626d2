// Describes the daemon for `logctl status`, in two steps: what the loop knows, and what the disk
// says.
//
// A log that is open is described even if log_dir cannot be listed, and whatever cannot be looked
// at is a message: a daemon in trouble is asked most. Codec: protocol.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capture/log_table.h"
#include "control/protocol.h"
#include "rules/masking.h"
#include "upkeep/upkeep.h"

namespace logd::control {

struct DescribedParts {
  LogTable& logs;
  Upkeep& upkeep;
  const Masking& masking;
  const ReloadStatus& reloads;
};

// Everything but sizes. Loop thread only.
DaemonStatus describe_daemon(const DescribedParts& parts, MonoTime started_at);

// Adds the sizes of log_dir and of each log. Takes long where there are very many files. Any
// thread.
void add_sizes(DaemonStatus& status, FileSystem& file_system);

}  // namespace logd::control
