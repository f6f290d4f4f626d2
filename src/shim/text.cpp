// SPDX-License-Identifier: Apache-2.0
#include "shim/text.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

namespace logd::shim {
namespace {

constexpr int kLongestWaitMs = 1000;

}  // namespace

Text& Text::add(std::string_view text) {
  const std::size_t bytes = std::min(text.size(), kMaxBytes - size_);
  memcpy(bytes_ + size_, text.data(), bytes);
  size_ += bytes;
  bytes_[size_] = '\0';
  return *this;
}

Text& Text::add_number(std::int64_t number) {
  char digits[20];
  std::size_t first = sizeof(digits);
  std::uint64_t rest =
      number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  do {
    digits[--first] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (number < 0) add("-");
  return add({digits + first, sizeof(digits) - first});
}

Text& Text::add_seconds(std::int64_t milliseconds) {
  add_number(milliseconds / 1000);
  const std::int64_t rest = milliseconds % 1000;
  if (rest != 0) {
    const char digits[3] = {static_cast<char>('0' + rest / 100),
                            static_cast<char>('0' + rest / 10 % 10),
                            static_cast<char>('0' + rest % 10)};
    const std::size_t count = rest % 100 == 0 ? 1 : rest % 10 == 0 ? 2 : 3;
    add(".").add({digits, count});
  }
  return add(" s");
}

Text& Text::add_error(int sys_errno) {
  const char* meaning = strerrordesc_np(sys_errno);
  if (meaning != nullptr) add(meaning).add(" ");
  return add("(").add_number(sys_errno).add(")");
}

void say(const Text& text) {
  Text line = text;
  line.add("\n");
  pollfd writable{STDERR_FILENO, POLLOUT, 0};
  if (poll(&writable, 1, kLongestWaitMs) == 0) return;
  [[maybe_unused]] const ssize_t written =
      write(STDERR_FILENO, line.view().data(), line.view().size());
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t max) {
  if (text.empty()) return std::nullopt;
  std::int64_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    if (number > (max - (digit - '0')) / 10) return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  return number;
}

}  // namespace logd::shim
