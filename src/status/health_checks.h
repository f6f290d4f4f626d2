// Looks for what is wrong: each function finds the causes of one check of the daemon's health.
//
// A check is ok as soon as its cause is gone; what is only counted (lost lines, failed syncs) is
// its cause for a minute. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capture/capture_loop.h"
#include "capture/log_table.h"
#include "rules/masking.h"
#include "status/health.h"
#include "upkeep/upkeep.h"

namespace logd {

// Whether the free space is less than min_free, and logs that a full disk keeps from taking lines.
void check_disk(LogTable& logs, Health& health);
// Logs that cannot be written for another reason, and times that run ahead.
void check_logs(LogTable& logs, Health& health);
void check_syncs(const LogTable& logs, MonoTime now, Health& health);
void check_drops(const LogTable& logs, MonoTime now, Health& health);
void check_masking(const Masking& masking, Health& health);
void check_archives(LogCatalog& catalog, Health& health);
void check_escrow(const CaptureLoop& capture, Health& health);
// Groups that cannot be given, segments that cannot be deleted.
void check_files(const Config& config, LogCatalog& catalog, Health& health);

// Why a log is not well, in a few words; "ok" if it is.
std::string state_of(const OpenLog& log, WallTime now);

}  // namespace logd
