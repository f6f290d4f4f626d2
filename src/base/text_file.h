// Reads a file that people write, whole and with a limit. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "logd/result.h"

namespace logd {

// Everything up to the end. `label` names it in errors. Errors: limit (more than `max_bytes`), io.
Result<std::string> read_text(int fd, const std::string& label, std::size_t max_bytes);

}  // namespace logd
