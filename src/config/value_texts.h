// Writes settings as TOML, the way the readers of value_readers.h take them. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace logd {

std::string toml_bool(bool value);
std::string toml_size(std::uint64_t bytes);
std::string toml_duration(std::chrono::milliseconds length);
// "off" for nothing.
std::string toml_size_or_off(const std::optional<std::uint64_t>& bytes);
std::string toml_duration_or_off(const std::optional<std::chrono::milliseconds>& length);

// Of a URL what may be shown: what stands behind its host, and who before it, is often all that it
// takes to use it.
std::string shown_url(const std::string& url);

}  // namespace logd
