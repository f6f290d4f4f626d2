// SPDX-License-Identifier: Apache-2.0
#include "shim/environment.h"

#include "mask/secret_names.h"

namespace logd::shim {

Environment::Environment(const char* const* variables) {
  for (; variables != nullptr && *variables != nullptr; ++variables) {
    const std::string_view variable = *variables;
    const std::size_t equals = variable.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view value = variable.substr(equals + 1);
    if (is_secret_name(variable.substr(0, equals)) || password_in_url(value)) take(value);
  }
}

void Environment::take(std::string_view value) {
  if (value.size() < handover::kMinEnvironmentValueBytes ||
      value.size() > handover::kMaxEnvironmentValueBytes ||
      count_ == handover::kMaxEnvironmentValues) {
    return;
  }
  // What is masked is found within a line.
  if (value.find('\n') != std::string_view::npos) return;
  const std::size_t taken_bytes = bytes_ - count_ * sizeof(sizes_[0]);
  if (value.size() > handover::kMaxEnvironmentBytes - taken_bytes) return;
  for (std::size_t i = 0; i < count_; ++i) {
    const iovec& text = parts_[i * 2 + 1];
    if (value == std::string_view(static_cast<const char*>(text.iov_base), text.iov_len)) return;
  }
  sizes_[count_] = static_cast<std::uint32_t>(value.size());
  parts_[count_ * 2] = {&sizes_[count_], sizeof(sizes_[0])};
  parts_[count_ * 2 + 1] = {const_cast<char*>(value.data()), value.size()};
  bytes_ += static_cast<std::uint32_t>(sizeof(sizes_[0]) + value.size());
  ++count_;
}

}  // namespace logd::shim
