// A directory of real files that goes with the test.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace logd::sinks_testing {

class Files {
 public:
  Files() {
    if (!::mkdtemp(path_)) std::abort();
  }
  ~Files() { std::filesystem::remove_all(path_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  // Returns the path.
  std::string put(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = std::string(path_) + "/" + name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }

 private:
  char path_[32] = "/tmp/logd_sinks_XXXXXX";
};

}  // namespace logd::sinks_testing
