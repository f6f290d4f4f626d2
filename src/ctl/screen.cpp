// SPDX-License-Identifier: Apache-2.0
#include "ctl/screen.h"

#include <strings.h>
#include <sys/ioctl.h>

#include <cstdlib>
#include <string_view>

namespace logd {
namespace {

constexpr std::size_t kColumns = 80;

// As the C library chooses it, but of a locale that is not installed, as in many containers, the
// name still says what the terminal takes.
std::string_view locale_name() {
  for (const char* const variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

}  // namespace

std::size_t screen_columns(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kColumns;
  return size.ws_col;
}

bool can_show_blocks() {
  const char* const term = std::getenv("TERM");
  if (term != nullptr && std::string_view(term) == "dumb") return false;
  std::string_view name = locale_name();
  name = name.substr(0, name.find('@'));
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view encoding = name.substr(dot + 1);
  const auto is = [encoding](std::string_view known) {
    return encoding.size() == known.size() &&
           ::strncasecmp(encoding.data(), known.data(), known.size()) == 0;
  };
  return is("UTF-8") || is("UTF8");
}

}  // namespace logd
