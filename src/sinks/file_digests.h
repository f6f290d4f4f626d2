// Computes what a receiver of a file compares it with. By OpenSSL. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "logd/file_system.h"
#include "logd/result.h"

namespace logd {

struct FileDigests {
  std::uint64_t bytes = 0;
  std::string sha256;  // hex
  std::string md5;     // base64, as in Content-MD5 (RFC 1864)
};

// Reads all of the file, in pieces. Errors: io, limit (no memory).
Result<FileDigests> digests_of(File& file);

}  // namespace logd
