// The scanner of each kind of rule that is written in code.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mask/rule.h"
#include "mask/scanner.h"

namespace logd {

// Null for regex and for the kinds that a shape gate finds.
Scanner scanner_of(RuleKind kind);

}  // namespace logd
