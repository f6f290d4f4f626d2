// Looks at certificates and keys before a connection needs them: a pair that is being exchanged is
// for a moment none. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "logd/result.h"

namespace logd {

// Whether the texts, which are PEM, hold a certificate and the key of it, without a passphrase.
// Errors: invalid, which of them is wrong; no contents.
Result<void> check_certificate_and_key(const std::string& certificate, const std::string& key);

// Whether `certificates`, which is PEM, holds at least one. Errors: invalid.
Result<void> check_authorities(const std::string& certificates);

}  // namespace logd
