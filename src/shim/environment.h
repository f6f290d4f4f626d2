// Picks from an environment the values that must not be seen in the log of CMD, in the form in
// which attach carries them.
//
// Refers to the environment and copies nothing, so a secret is in this process only where exec has
// put it. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "capture/handover.h"

namespace logd::shim {

class Environment {
 public:
  // Takes, in the order of `variables` (which ends with a null pointer), the values of variables
  // with a secret name and those that hold a URL with a password. One that is not of the right
  // size, goes beyond the limits of handover.h or is there already is left out.
  explicit Environment(const char* const* variables);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  std::uint32_t bytes() const { return bytes_; }  // of all parts
  std::span<const iovec> parts() const { return {parts_, count_ * 2}; }

 private:
  void take(std::string_view value);

  std::size_t count_ = 0;
  std::uint32_t bytes_ = 0;
  std::uint32_t sizes_[handover::kMaxEnvironmentValues];
  iovec parts_[handover::kMaxEnvironmentValues * 2];  // length, text
};

}  // namespace logd::shim
