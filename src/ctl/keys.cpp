// SPDX-License-Identifier: Apache-2.0
#include "ctl/keys.h"

#include <cstddef>
#include <utility>

namespace logd {
namespace {

constexpr char kEscape = '\x1b';

struct Sequence {
  std::string_view bytes;  // behind the escape
  Key::Kind kind;
};

// As xterm, the Linux console and tmux send them.
constexpr Sequence kSequences[] = {
    {"[A", Key::Kind::up},   {"OA", Key::Kind::up},       {"[B", Key::Kind::down},
    {"OB", Key::Kind::down}, {"[5~", Key::Kind::page_up}, {"[6~", Key::Kind::page_down},
    {"[H", Key::Kind::home}, {"OH", Key::Kind::home},     {"[1~", Key::Kind::home},
    {"[F", Key::Kind::end},  {"OF", Key::Kind::end},      {"[4~", Key::Kind::end},
};

// Length of the sequence at the front of `bytes`, behind its escape: ECMA-48, "control sequences".
std::size_t sequence_length(std::string_view bytes) {
  if (bytes[0] == 'O') return bytes.size() < 2 ? bytes.size() : 2;
  std::size_t length = 1;
  while (length < bytes.size() && (bytes[length] < '@' || bytes[length] > '~')) ++length;
  return length < bytes.size() ? length + 1 : length;
}

Key take_escape(std::string_view& bytes) {
  bytes.remove_prefix(1);
  if (bytes.empty() || (bytes[0] != '[' && bytes[0] != 'O')) return {Key::Kind::escape, ""};
  const std::string_view sequence = bytes.substr(0, sequence_length(bytes));
  bytes.remove_prefix(sequence.size());
  for (const Sequence& known : kSequences)
    if (known.bytes == sequence) return {known.kind, ""};
  return {};
}

Key take_character(std::string_view& bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  std::size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length > bytes.size()) length = bytes.size();
  std::string text(bytes.substr(0, length));
  bytes.remove_prefix(length);
  if (text == "\r" || text == "\n") return {Key::Kind::enter, ""};
  if (text == "\x7f" || text == "\b") return {Key::Kind::backspace, ""};
  if (lead < ' ' || (lead >= 0x80 && lead < 0xc0)) return {};
  return {Key::Kind::text, std::move(text)};
}

}  // namespace

std::vector<Key> parse_keys(std::string_view bytes) {
  std::vector<Key> keys;
  while (!bytes.empty())
    keys.push_back(bytes[0] == kEscape ? take_escape(bytes) : take_character(bytes));
  return keys;
}

}  // namespace logd
