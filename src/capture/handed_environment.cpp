// SPDX-License-Identifier: Apache-2.0
#include "capture/handed_environment.h"

#include <cstdint>
#include <cstring>

namespace logd {

Result<std::vector<std::string>> read_environment(std::string_view message,
                                                  const handover::Attach& attach) {
  std::vector<std::string> values;
  if (attach.environment_bytes == 0) return values;
  if (attach.environment_at < sizeof attach || attach.environment_at > message.size() ||
      attach.environment_bytes > message.size() - attach.environment_at)
    return fail(ErrorCode::invalid, "the environment is not in the message");
  std::string_view rest = message.substr(attach.environment_at, attach.environment_bytes);
  std::size_t bytes = 0;
  while (!rest.empty()) {
    std::uint32_t size = 0;
    if (rest.size() < sizeof size)
      return fail(ErrorCode::invalid, "the environment ends within a length");
    std::memcpy(&size, rest.data(), sizeof size);
    rest.remove_prefix(sizeof size);
    if (size > rest.size()) return fail(ErrorCode::invalid, "the environment ends within a value");
    const bool is_fit = size >= handover::kMinEnvironmentValueBytes &&
                        size <= handover::kMaxEnvironmentValueBytes &&
                        size <= handover::kMaxEnvironmentBytes - bytes &&
                        values.size() < handover::kMaxEnvironmentValues;
    if (is_fit) {
      values.emplace_back(rest.substr(0, size));
      bytes += size;
    }
    rest.remove_prefix(size);
  }
  return values;
}

void wipe(std::string& text) {
  explicit_bzero(text.data(), text.size());
  std::string().swap(text);
}

void wipe(std::vector<std::string>& texts) {
  for (std::string& text : texts) wipe(text);
  texts.clear();
}

}  // namespace logd
