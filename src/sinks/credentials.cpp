// SPDX-License-Identifier: Apache-2.0
#include "sinks/credentials.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/file_io.h"
#include "base/text_file.h"
#include "base/unique_fd.h"
#include "logd/units.h"
#include "sinks/tls_files.h"

namespace logd {
namespace {

constexpr std::size_t kMaxFileBytes = 1_MiB;  // what the system has for authorities is a fourth
constexpr std::size_t kMaxSecretBytes = 64_KiB;
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool has_control_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

Result<std::string> one_line(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return fail(ErrorCode::invalid, "is empty");
  if (has_control_bytes(text)) return fail(ErrorCode::invalid, "holds more than one line");
  return std::string(text);
}

Result<UserPassword> user_password(std::string_view text) {
  LOGD_TRY_ASSIGN(const std::string line, one_line(text));
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string::npos)
    return fail(ErrorCode::invalid, "does not hold USER:PASSWORD");
  return UserPassword{line.substr(0, colon), line.substr(colon + 1)};
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const bool is_alnum =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return is_alnum || kSigns.find(c) != std::string_view::npos;
  });
}

bool is_ours_to_set(const std::string& name) {
  constexpr std::array<const char*, 3> kOurs = {"Host", "Content-Length", "Transfer-Encoding"};
  return std::any_of(kOurs.begin(), kOurs.end(),
                     [&](const char* ours) { return ::strcasecmp(ours, name.c_str()) == 0; });
}

bool is_same(const struct stat& a, const struct stat& b) {
  const auto is_equal = [](const timespec& x, const timespec& y) {
    return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
  };
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mode == b.st_mode && is_equal(a.st_mtim, b.st_mtim) && is_equal(a.st_ctim, b.st_ctim);
}

// Does not wait for the writer of a FIFO, which is refused.
Result<std::string> read_file(const std::string& path, bool is_secret, struct stat& status) {
  const UniqueFd file(
      retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (!file || ::fstat(file.get(), &status) != 0) return fail(system_error(errno, path));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid, path + ": is no file");
  if (is_secret && (status.st_mode & S_IRWXO) != 0) {
    return fail(ErrorCode::permission,
                path + ": holds a secret that every user may read: chmod o= " + path);
  }
  return read_text(file.get(), path, is_secret ? kMaxSecretBytes : kMaxFileBytes);
}

Result<void> take_headers(Credentials& to, std::vector<std::string> contents) {
  LOGD_TRY_ASSIGN(to.headers, parse_headers(contents[0]));
  return {};
}

Result<void> take_authorities(Credentials& to, std::vector<std::string> contents) {
  LOGD_TRY(check_authorities(contents[0]));
  to.authorities = std::move(contents[0]);
  return {};
}

// The second file is the first one if the key stands in it, too.
Result<void> take_pair(Credentials& to, std::vector<std::string> contents) {
  LOGD_TRY(check_certificate_and_key(contents[0], contents[1]));
  to.certificate = std::move(contents[0]);
  to.key = std::move(contents[1]);
  return {};
}

}  // namespace

Result<std::vector<std::string>> parse_headers(std::string_view text) {
  std::vector<std::string> headers;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string name(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(std::min(colon + 1, line.size())));
    const char* wrong = nullptr;
    if (colon == line.size() || !is_token(name)) wrong = "is no NAME: VALUE";
    if (value.empty() || has_control_bytes(value))
      wrong = "has no value, or bytes that are no text";
    if (is_ours_to_set(name)) wrong = "is a header that logd sets itself";
    if (wrong) return fail(ErrorCode::invalid, fmt::format("line {} {}", number, wrong));
    headers.push_back(name + ": " + std::string(value));
  }
  return headers;
}

CredentialFiles::CredentialFiles(const ShipConfig& config) {
  add({config.bearer_file}, {true}, [](Credentials& to, Contents contents) -> Result<void> {
    LOGD_TRY_ASSIGN(to.bearer, one_line(contents[0]));
    return {};
  });
  add({config.basic_file}, {true}, [](Credentials& to, Contents contents) -> Result<void> {
    LOGD_TRY_ASSIGN(to.basic, user_password(contents[0]));
    return {};
  });
  add({config.proxy_auth_file}, {true}, [](Credentials& to, Contents contents) -> Result<void> {
    LOGD_TRY_ASSIGN(to.proxy, user_password(contents[0]));
    return {};
  });
  add({config.secret_key_file}, {true}, [](Credentials& to, Contents contents) -> Result<void> {
    LOGD_TRY_ASSIGN(to.secret_key, one_line(contents[0]));
    return {};
  });
  add({config.header_file}, {true}, take_headers);
  add({config.ca_file}, {false}, take_authorities);
  if (config.key_file.empty()) {
    add({config.cert_file, config.cert_file}, {true, true}, take_pair);
  } else {
    add({config.cert_file, config.key_file}, {false, true}, take_pair);
  }
}

void CredentialFiles::add(std::vector<std::string> paths, std::vector<bool> is_secret, Taker take) {
  if (paths[0].empty()) return;
  parts_.push_back(Part{std::move(paths), std::move(is_secret), take, {}, false});
}

Result<void> CredentialFiles::refresh() {
  Result<void> first_wrong;
  for (Part& part : parts_) {
    if (const auto refreshed = refresh(part); !refreshed && first_wrong) first_wrong = refreshed;
  }
  return first_wrong;
}

Result<void> CredentialFiles::refresh(Part& part) {
  std::vector<struct stat> seen(part.paths.size());
  bool has_changed = !part.is_good;
  for (std::size_t i = 0; i < part.paths.size() && !has_changed; ++i) {
    has_changed = ::stat(part.paths[i].c_str(), &seen[i]) != 0 || !is_same(seen[i], part.seen[i]);
  }
  if (!has_changed) return {};
  Contents contents;
  for (std::size_t i = 0; i < part.paths.size(); ++i) {
    LOGD_TRY_ASSIGN(std::string text, read_file(part.paths[i], part.is_secret[i], seen[i]));
    contents.push_back(std::move(text));
  }
  if (auto taken = part.take(credentials_, std::move(contents)); !taken) {
    taken.error().context = part.paths[0] + ": " + taken.error().context;
    return taken;
  }
  part.seen = std::move(seen);
  part.is_good = true;
  ++changes_;
  return {};
}

bool CredentialFiles::is_complete() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.is_good; });
}

}  // namespace logd
