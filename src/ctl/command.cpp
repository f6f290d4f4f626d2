// SPDX-License-Identifier: Apache-2.0
#include "ctl/command.h"

#include <cstdio>

#include "ctl/exit_status.h"

namespace logd {

void complain(const std::string& message) {
  // One call, so that messages of several programs on one terminal do not mix.
  const std::string line = "logctl: " + message + "\n";
  std::fputs(line.c_str(), stderr);
}

int complain(const Error& error) {
  complain(error.message());
  return exit_status_of(error.code);
}

}  // namespace logd
