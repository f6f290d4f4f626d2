// Finds the password in scheme://user:password@host.
//
// A hit is "://", or what it becomes when a URL is encoded: ":\/\/", "%3A%2F%2F". The password goes
// up to the last '@' before '/', '?', '#', a blank, a quote or an end of the text around, and may
// hold '@' and ':'; it may also hold '/', '?' and '#' if what stands before them is no port.
// Without a password, or with "x-oauth-basic" in its place, a user that looks like a token is the
// secret. "http://host:8080/a@b", "ssh://git@host" and "docker://image:1.2@sha256:..." have none.
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mask/scanner.h"

namespace logd {

void scan_url_userinfo(const KeywordHit& hit, Secrets& secrets) noexcept;

}  // namespace logd
