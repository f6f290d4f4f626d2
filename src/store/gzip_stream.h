// Inflates an ordinary gzip file of any number of members with zlib, a piece at a time.
//
// It looks at no extra field, so it reads what any program has made; archives with a table are
// archive_reader.h's. Memory is small whatever the file's size. One thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "logd/file_system.h"

struct z_stream_s;

namespace logd {

class GzipStream {
 public:
  // `compressed` must outlive the stream.
  explicit GzipStream(File& compressed);
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  // The uncompressed bytes that follow, valid until the next call; none at the end, or where
  // damage begins. Errors: io.
  Result<std::string_view> next();

  // Not empty: why what follows could not be inflated.
  const std::string& damage() const { return damage_; }

  // Where in the file it stands, and where the member began that it is in.
  std::uint64_t offset() const;
  std::uint64_t member_offset() const { return member_offset_; }

 private:
  struct Deleter {
    void operator()(z_stream_s* stream) const;
  };

  Result<bool> fill();
  void inflate_some();

  File& file_;
  std::unique_ptr<z_stream_s, Deleter> stream_;
  std::vector<unsigned char> in_;
  std::vector<unsigned char> out_;
  std::uint64_t read_offset_ = 0;
  std::uint64_t member_offset_ = 0;
  bool is_in_member_ = true;
  std::string damage_;
};

}  // namespace logd
