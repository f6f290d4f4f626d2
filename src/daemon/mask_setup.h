// Gives the daemon its masking: loads the rules, or those that last were right, at the start and
// whenever it is asked to.
//
// Blocks for the disk and for what compiling takes, some 0.1 s. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logd/config.h"
#include "logd/file_system.h"
#include "rules/masking.h"

namespace logd {

// At the start: always ends with rules in force, at worst the built-in ones. What is wrong is
// logged, and kept for status.
void set_up_masking(const Config& config, FileSystem& file_system, Masking& masking);

// Later: exchanges all rules at once, or, where the user's are not right or a process that is
// captured could not be masked by them, leaves those in force and says why.
void reload_masking(const Config& config, FileSystem& file_system, Masking& masking);

}  // namespace logd
