// Masks what is stored of logs again, by the rules as they are now: `logctl mask --rewrite`.
//
// Segment by segment, oldest first: what changes in none is left alone, a closed plain segment
// becomes an archive, and how a new archive takes the place of the old one is
// store/archive_rewriting.h's business. Works beside the daemon and without it. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "logd/config.h"
#include "logd/units.h"

namespace logd {

struct RewriteRequest {
  std::vector<std::string> names;  // as on every command line
  std::optional<WallTime> since;   // only segments whose last record is not older
  std::string packs;               // instead of the configuration's; empty: those
  bool is_dry_run = false;
};

// Says on standard output what became of each segment that is not as it should be, and returns the
// exit status.
int rewrite_masks(const Config& config, const RewriteRequest& request);

}  // namespace logd
