// SPDX-License-Identifier: Apache-2.0
#include "ctl/look_options.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/closest.h"
#include "ctl/zone.h"

namespace logd {
namespace {

// The place of `word` among "auto", "always" and "never". Errors: invalid.
Result<std::size_t> parse_when(const std::string& option, const std::string& word) {
  const std::vector<std::string> words = {"auto", "always", "never"};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == word) return i;
  }
  std::string message = option + " is auto, always or never";
  if (const auto meant = closest(word, words)) message += "; did you mean " + *meant + "?";
  return fail(ErrorCode::invalid, std::move(message));
}

// A terminal that can show colours to somebody who has nothing against them; NO_COLOR:
// https://no-color.org.
bool wants_colours(bool is_terminal) {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  const bool is_unwanted = no_color != nullptr && *no_color != '\0';
  const bool is_dumb = term == nullptr || std::string_view(term) == "dumb";
  return is_terminal && !is_unwanted && !is_dumb;
}

}  // namespace

void LookOptions::declare(Options& options, const std::string& format) {
  options.text(format, format_, "short|iso|json|raw|cat|cri|logfmt|pm2",
               "How lines are written (" + format_ + ")");
  const std::string same = "The same as " + format.substr(0, format.find(','));
  options.flag("--json", json_, same + " json");
  options.flag("--raw", raw_, same + " raw");
  options.text("--prefix", prefix_, "auto|always|never", "Names before lines");
  options.text("--color,--colour", color_, "auto|always|never", "Colours");
  options.texts("--highlight", highlight_, "RE", "What to show in reverse video, with colours");
  declare_zone(options);
}

void LookOptions::declare_zone(Options& options) {
  options.flag("--utc", utc_, "Times in UTC");
  options.text("--tz", zone_, "ZONE", "Times of a zone, such as Europe/Paris");
}

Result<LookOptions::Look> LookOptions::settle(const Config& config, int to) {
  constexpr ShowName kShowNames[] = {ShowName::when_several, ShowName::always, ShowName::never};
  constexpr std::size_t kAuto = 0;
  constexpr std::size_t kAlways = 1;
  Look look;
  LOGD_TRY_ASSIGN(look.render.format, parse_format(json_ ? "json" : raw_ ? "raw" : format_));
  LOGD_TRY_ASSIGN(const std::size_t prefix, parse_when("--prefix", prefix_));
  look.show_name = kShowNames[prefix];
  LOGD_TRY_ASSIGN(const std::size_t color, parse_when("--color", color_));
  look.render.is_terminal = ::isatty(to) != 0;
  look.render.is_coloured =
      color == kAlways || (color == kAuto && wants_colours(look.render.is_terminal));
  const std::string zone = !zone_.empty() ? zone_ : utc_ ? "UTC" : config.timezone;
  LOGD_TRY_ASSIGN(look.render.zone, choose_zone(zone));
  if (!highlight_.empty()) {
    LOGD_TRY_ASSIGN(highlighted_, TextMatcher::compile(highlight_, {}, "--highlight"));
    look.render.highlights.push_back(&*highlighted_);
  }
  return look;
}

}  // namespace logd
