// SPDX-License-Identifier: Apache-2.0
#include "store/ledger_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace logd {

LedgerFile::LedgerFile(void* mapping)
    : mapping_(mapping), ledger_(*static_cast<LedgerImage*>(mapping)) {}

LedgerFile::~LedgerFile() { munmap(mapping_, kLedgerBytes); }

Result<std::unique_ptr<LedgerFile>> LedgerFile::open(int directory_descriptor,
                                                     const std::string& log) {
  const UniqueFd fd(
      openat(directory_descriptor, log.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail(system_error(errno, "open ledger of " + log));
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return fail(system_error(errno, "stat ledger of " + log));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::corrupt, "ledger of " + log + " is no file");
  if (const int failed = posix_fallocate(fd.get(), 0, kLedgerBytes); failed != 0)
    return fail(system_error(failed, "allocate ledger of " + log));
  void* mapping = mmap(nullptr, kLedgerBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (mapping == MAP_FAILED) return fail(system_error(errno, "map ledger of " + log));
  return std::unique_ptr<LedgerFile>(new LedgerFile(mapping));
}

Result<std::array<std::uint8_t, 16>> read_boot_id() {
  constexpr const char* kPath = "/proc/sys/kernel/random/boot_id";
  const UniqueFd fd(::open(kPath, O_RDONLY | O_CLOEXEC));
  char text[40] = {};
  if (!fd || read(fd.get(), text, sizeof text - 1) < 36)
    return fail(system_error(errno, std::string("read ") + kPath));
  std::array<std::uint8_t, 16> id{};
  std::size_t nibble = 0;
  for (const char c : text) {
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0 || nibble >= 32) continue;
    id[nibble / 2] = static_cast<std::uint8_t>(id[nibble / 2] << 4 | value);
    ++nibble;
  }
  return id;
}

}  // namespace logd
