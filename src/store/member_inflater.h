// Inflates single members of archives with libdeflate and checks what comes out.
//
// It reads no file: archive_reader.h finds the members. Pure. One thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "logd/result.h"
#include "store/archive_format.h"

struct libdeflate_decompressor;

namespace logd {

class MemberInflater {
 public:
  MemberInflater();
  ~MemberInflater();
  MemberInflater(MemberInflater&&) noexcept;
  MemberInflater& operator=(MemberInflater&&) = delete;

  // Inflates `compressed`, all the bytes of `member`, into `to`, which is made larger if need be;
  // returns the front of it that was filled. Errors: corrupt (its context is the reason), limit (no
  // memory).
  Result<std::string_view> inflate(const ArchiveMember& member, std::string_view compressed,
                                   std::vector<char>& to);

 private:
  struct Deleter {
    void operator()(libdeflate_decompressor* decompressor) const;
  };
  std::unique_ptr<libdeflate_decompressor, Deleter> decompressor_;
};

}  // namespace logd
