// Says whether a text is an IP or an e-mail address, and not one of the many things in logs that
// only look like one: versions, times, C++ names, packages, units, remotes. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

// Four octets without leading zeros. Not 0.x.x.x, and not four numbers below 10 (a version) unless
// all are the same (1.1.1.1 and 8.8.8.8 are well known).
bool is_ipv4(std::string_view text) noexcept;

// RFC 4291, with an IPv4 tail or a zone (%eth0) if there is one. Not "::", and not a name like
// a::b: a shortened address has a digit, and three groups or a first one of four characters.
bool is_ipv6(std::string_view text) noexcept;

// local@domain.tld, "@" also written as %40. Not pkg@1.2.3, git@host, logo@2x.png,
// unit@tty1.service or user@host without a dot.
bool is_email(std::string_view text) noexcept;

}  // namespace logd
