// Opens the logs that the names on a command line mean, one after another. Needs no daemon.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "logd/config.h"
#include "logd/file_system.h"
#include "logd/names.h"

namespace logd {

// Calls `visit` with each log that `names` mean, in their order. One that cannot be read is an
// error if it was named, and left out with a message if not; with `on_failure` that is told
// instead, and the others follow. Errors: not_found (a name means nothing), permission, io, those
// of `visit`.
using VisitLog = std::function<Result<void>(const LogName&, Directory&)>;
using OnLogFailure = std::function<void(const LogName&, const Error&)>;
Result<void> for_each_log(const Config& config, const std::vector<std::string>& names,
                          const VisitLog& visit, const OnLogFailure& on_failure = nullptr);

}  // namespace logd
