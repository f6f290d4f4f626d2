// SPDX-License-Identifier: Apache-2.0
#include "base/text_file.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/file_io.h"
#include "base/size_text.h"
#include "logd/units.h"

namespace logd {

Result<std::string> read_text(int fd, const std::string& label, std::size_t max_bytes) {
  std::string contents;
  std::array<char, 64_KiB> block;
  while (true) {
    const ssize_t got = retry_interrupted([&] { return ::read(fd, block.data(), block.size()); });
    if (got < 0) return fail(system_error(errno, label));
    if (got == 0) return contents;
    contents.append(block.data(), static_cast<std::size_t>(got));
    if (contents.size() > max_bytes) {
      return fail(ErrorCode::limit, label + ": is larger than " + size_text(max_bytes));
    }
  }
}

}  // namespace logd
