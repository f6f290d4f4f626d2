// What a kind of rule that is written in code must tell: where the secrets near a keyword are.
//
// A scanner sees one line and one place in it where one of its keywords stands. It checks the shape
// only; boundaries, validators and allow lists are the engine's business. Its time is linear in
// what it looks at, and it looks at no more than kMaxWindowBytes behind the keyword (and as much
// before it), so that a line full of keywords costs a bounded time for each. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace logd {

// Where a keyword stands in a line. The line has no newline; it may hold any other bytes.
struct KeywordHit {
  std::string_view line;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// A part of the line that is to be masked. Never empty.
struct Secret {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_quoted = false;  // it stood in quotes, so that what looks like a word may be a password
};

// The secrets that one hit leads to, in order, not overlapping.
class Secrets {
 public:
  static constexpr std::size_t kMax = 32;

  // False when there is no room: the caller then widens the last one to take the rest.
  bool add(Secret secret) {
    if (size_ == kMax) return false;
    std::construct_at(&items_.all[size_++], secret);
    return true;
  }
  void clear() { size_ = 0; }
  // For the budget: bytes that were read in vain, where they are many and not those of a secret.
  void note_read(std::size_t bytes) { read_bytes_ += bytes; }
  std::size_t read_bytes() const { return read_bytes_; }
  std::size_t size() const { return size_; }
  const Secret* begin() const { return items_.all.data(); }
  const Secret* end() const { return items_.all.data() + size_; }
  Secret& back() { return items_.all[size_ - 1]; }

 private:
  // Not set to zero: one is made for each keyword, and few hold anything.
  union Items {
    Items() {}  // NOLINT(modernize-use-equals-default): it would be deleted
    std::array<Secret, kMax> all;
  };

  Items items_;
  std::size_t size_ = 0;
  std::size_t read_bytes_ = 0;
};

using Scanner = void (*)(const KeywordHit& hit, Secrets& secrets) noexcept;

}  // namespace logd
