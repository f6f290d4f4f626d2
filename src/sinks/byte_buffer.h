// Collects the bytes of a body: grows, keeps its memory for the next one, and does not clear what
// is written over anyway, as std::string does. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace logd {

class ByteBuffer {
 public:
  // The place behind what is there, with room for `bytes` more; valid until the next call.
  char* room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(size_ + bytes);
    return memory_.get() + size_;
  }
  // So many of them have been written.
  void add(std::size_t bytes) { size_ += bytes; }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;  // whose pointer may be null
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    add(bytes.size());
  }

  std::string_view view() const { return {memory_.get(), size_}; }
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }

 private:
  void grow(std::size_t least) {
    constexpr std::size_t kFirst = 64 << 10;
    capacity_ = std::max({least, 2 * capacity_, kFirst});
    auto memory = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ > 0) std::memcpy(memory.get(), memory_.get(), size_);
    memory_ = std::move(memory);
  }

  std::unique_ptr<char[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace logd
