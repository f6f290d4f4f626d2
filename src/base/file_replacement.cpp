// SPDX-License-Identifier: Apache-2.0
#include "base/file_replacement.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file_io.h"

namespace logd {
namespace {

// As many as the kernel follows.
constexpr int kMaxLinks = 40;

}  // namespace

std::string FileReplacement::target_of(const std::string& path) {
  std::filesystem::path at = path;
  for (int i = 0; i < kMaxLinks; ++i) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(at, error);
    if (error) break;
    at = at.parent_path() / target;  // an absolute one takes its place
  }
  return at.string();
}

Result<FileReplacement> FileReplacement::begin(const std::string& path) {
  FileReplacement file;
  file.path_ = target_of(path);
  std::string temporary = file.path_ + ".XXXXXX";
  file.fd_.reset(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.fd_) return fail(system_error(errno, "create " + path));
  file.temporary_ = std::move(temporary);
  return file;
}

FileReplacement::FileReplacement(FileReplacement&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)) {}

FileReplacement::~FileReplacement() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<void> FileReplacement::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        retry_interrupted([&] { return ::write(fd_.get(), bytes.data(), bytes.size()); });
    if (written < 0) return fail(system_error(errno, "write " + path_));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> FileReplacement::finish() {
  if (retry_interrupted([&] { return ::fsync(fd_.get()); }) != 0 ||
      ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return fail(system_error(errno, "write " + path_));
  }
  temporary_.clear();
  return {};
}

}  // namespace logd
