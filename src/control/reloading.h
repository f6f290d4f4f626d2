// What a reload comes to, and how the ones so far went: for control.sock, for status and for who
// reports on the daemon. The reload itself is daemon/reloader.h's business.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config_changes.h"
#include "control/protocol.h"
#include "status/daemon_status.h"

namespace logd::control {

struct ReloadOutcome {
  std::string problems;               // for people; empty: it is in force
  std::vector<ConfigChange> changes;  // against what was in force
};

class Reloading {
 public:
  virtual ~Reloading() = default;

  // Reads the configuration anew and, if it is good, goes by it. `done` is called later, once.
  // What is asked for while one is under way is answered by the next. Loop thread only.
  using Done = std::function<void(const ReloadOutcome&)>;
  virtual void reload(Done done) = 0;

  virtual const ReloadStatus& status() const = 0;
};

}  // namespace logd::control
