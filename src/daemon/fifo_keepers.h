// Starts the keepers of the FIFOs that the configuration asks for.
//
// A keeper outlives logd; it holds a lock while it lives, so that a new logd never starts a second
// one.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logd/config.h"

namespace logd {

// For each process with `fifo = true` that has no keeper yet. Failures are reported, never fatal.
void start_fifo_keepers(const Config& config);

}  // namespace logd
