// SPDX-License-Identifier: Apache-2.0
#include "sinks/host_identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/file_io.h"
#include "base/text_file.h"
#include "base/unique_fd.h"
#include "mask/digest.h"

namespace logd {
namespace {

constexpr const char* kFile = "host_id";
constexpr const char* kTemporary = "host_id.tmp";
constexpr const char* kMachineId = "/etc/machine-id";
constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kMadeBytes = 8;  // twice as many digits
constexpr std::size_t kMachineIdDigits = 32;

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

// Nothing if there is none, or none that is whole: it is made anew then, the same if it can be.
Result<std::string> stored_id(Directory& directory) {
  auto file = directory.open_file(kFile, OpenMode::read);
  if (!file) {
    if (file.error().code == ErrorCode::not_found) return std::string();
    return fail(file.error());
  }
  std::array<char, kMaxIdBytes + 2> text;
  LOGD_TRY_ASSIGN(const std::size_t got, (*file)->read_at(text.data(), text.size(), 0));
  const std::string_view line = first_line({text.data(), got});
  return is_id(line) ? std::string(line) : std::string();
}

Result<void> store(Directory& directory, const std::string& id) {
  // Of an attempt that was killed.
  if (auto removed = directory.remove(kTemporary);
      !removed && removed.error().code != ErrorCode::not_found) {
    return removed;
  }
  LOGD_TRY_ASSIGN(const auto file, directory.open_file(kTemporary, OpenMode::create_new));
  const std::string line = id + '\n';
  LOGD_TRY_ASSIGN(const std::size_t written, file->write_at(line, 0));
  if (written != line.size()) return fail(ErrorCode::no_space, "write host_id");
  LOGD_TRY(file->sync_data());
  LOGD_TRY(directory.rename(kTemporary, kFile));
  return directory.sync();
}

std::string machine_id() {
  const UniqueFd file(
      retry_interrupted([] { return ::open(kMachineId, O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (!file) return {};
  const auto text = read_text(file.get(), kMachineId, 4096);
  return text ? *text : std::string();
}

std::string host_name() {
  std::array<char, 256> name{};
  // One that is too long may come without its end.
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

}  // namespace

std::string make_host_id(std::string_view machine_id) {
  const std::string_view line = first_line(machine_id);
  std::array<std::uint8_t, 32> bytes{};
  // In an image that never ran it is empty, or "uninitialized".
  const bool is_whole = line.size() == kMachineIdDigits &&
                        line.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (is_whole) {
    const std::string text = "logd" + std::string(line);
    bytes = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  } else {
    // Without a flag it waits until there is randomness, and is never cut short below 256 bytes.
    LOGD_ASSERT(retry_interrupted([&] { return ::getrandom(bytes.data(), kMadeBytes, 0); }) ==
                static_cast<ssize_t>(kMadeBytes));
  }
  std::string id;
  for (std::size_t i = 0; i < kMadeBytes; ++i) id += fmt::format("{:02x}", bytes[i]);
  return id;
}

Result<HostIdentity> host_identity(Directory& ship_dir, const std::string& configured_id) {
  if (!configured_id.empty()) {
    if (!is_id(configured_id))
      return fail(ErrorCode::invalid, "host_id: expected 1 to 64 of A-Z a-z 0-9 . _ -");
    return HostIdentity{configured_id, host_name()};
  }
  LOGD_TRY_ASSIGN(std::string id, stored_id(ship_dir));
  if (id.empty()) {
    id = make_host_id(machine_id());
    LOGD_TRY(store(ship_dir, id));
  }
  return HostIdentity{std::move(id), host_name()};
}

}  // namespace logd
