// SPDX-License-Identifier: Apache-2.0
#include "base/own_program.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace logd {

std::string own_program(const std::string& name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    for (const char* const folder : {".", LOGD_LIBEXECDIR_FROM_BINDIR}) {
      std::string path = (self.parent_path() / folder / name).lexically_normal();
      if (access(path.c_str(), X_OK) == 0) return path;
    }
  }
  return LOGD_LIBEXECDIR "/" + name;
}

}  // namespace logd
