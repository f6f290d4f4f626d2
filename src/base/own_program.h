// Finds the programs that logd and logctl start: those of logd itself, such as logd-shim.
//
// Reads only where this program lies. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace logd {

// The path of `name` beside this program (a build, a copied folder), else in the libexec folder of
// the tree that this program lies in (one that was moved), else where the build installs it. The
// last is returned without a look.
std::string own_program(const std::string& name);

}  // namespace logd
