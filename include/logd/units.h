// Spells sizes and the two kinds of time. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace logd {

inline constexpr std::uint64_t operator""_KiB(unsigned long long n) { return n << 10; }
inline constexpr std::uint64_t operator""_MiB(unsigned long long n) { return n << 20; }
inline constexpr std::uint64_t operator""_GiB(unsigned long long n) { return n << 30; }

using Nanoseconds = std::chrono::nanoseconds;

// UTC, nanoseconds since 1970: what records carry.
using WallTime = std::chrono::sys_time<Nanoseconds>;

// Never steps: what deadlines and delays are made of.
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, Nanoseconds>;

}  // namespace logd
