// Finds what identifies a session in the cookies of a Cookie or Set-Cookie header.
//
// A hit is "cookie"; what follows is a header line ("Cookie: a=b; c=d"), the same in quotes at any
// depth, in JSON, in logfmt, in a dump of headers ("'Cookie', 'a=b'"), on a command line, or a map
// of cookies ({'sessionid': 'x'}). Of its cookies those are secret whose name is one for sessions,
// logins, tokens and the like, and whose value has 8 bytes at least; and of the others those with
// 24 bytes at least that look random, unless their name is one for statistics. Attributes (Path,
// Expires, ...) are never. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mask/scanner.h"

namespace logd {

void scan_cookie(const KeywordHit& hit, Secrets& secrets) noexcept;

}  // namespace logd
