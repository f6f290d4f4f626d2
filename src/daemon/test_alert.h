// Tells somebody that this is a test: logd --test-alert.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "logd/config.h"
#include "logd/result.h"

namespace logd {

// Calls the webhook and runs the command of the alert as the daemon would, and returns when they
// have ended. Errors: not_found (no alert of that name), io (somebody was not told, and why).
Result<void> test_alert(const Config& config, const std::string& name);

}  // namespace logd
