// Reads the values of CMD's environment out of a shim's attach message.
//
// Whoever connects may send anything: what is not well formed is refused, what is beyond the limits
// of handover.h is left out. What the values are for is rules/masking.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "capture/handover.h"
#include "logd/result.h"

namespace logd {

// `message` is the whole message, `attach` its struct. None for a shim of version 1. Errors:
// invalid (a place or a length that leads out of the message).
Result<std::vector<std::string>> read_environment(std::string_view message,
                                                  const handover::Attach& attach);

// Overwrites what held secrets, so that freed memory does not keep them.
void wipe(std::string& text);
void wipe(std::vector<std::string>& texts);

}  // namespace logd
