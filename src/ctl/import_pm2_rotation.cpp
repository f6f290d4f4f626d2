// SPDX-License-Identifier: Apache-2.0
#include "ctl/import_pm2_rotation.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/schedule.h"
#include "base/size_text.h"
#include "base/time_zone.h"
#include "config/config_keys.h"
#include "logd/config.h"
#include "logd/units.h"

namespace logd {
namespace {

constexpr std::uint64_t kSmallestSize = 1_KiB;  // what logd takes
constexpr std::uint64_t kLargestSize = 1024_GiB;
constexpr std::uint64_t kUsefulSize = 64_KiB;
constexpr std::int64_t kMostRetained = 1'000'000'000;

// JavaScript's parseInt: the number at the start, whatever follows.
std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

// What pm2-logrotate made of max_size: a unit is one upper-case letter, and the last.
std::optional<std::uint64_t> size_of_pm2(std::string_view text) {
  const auto number = leading_number(text);
  if (!number || *number < 0) return std::nullopt;
  const auto bytes = static_cast<std::uint64_t>(*number);
  switch (text.back()) {
    case 'K':
      return bytes * 1_KiB;
    case 'M':
      return bytes * 1_MiB;
    case 'G':
      return bytes * 1_GiB;
    default:
      return bytes;
  }
}

class Import {
 public:
  Import(const Pm2Rotation& settings, ImportedConfig& to) : settings_(settings), to_(to) {}

  void run() {
    for (const auto& [key, value] : settings_) take(key, value);
    limit_total();
  }

 private:
  void take(const std::string& key, const std::string& value) {
    if (key == "max_size") return take_size(value);
    if (key == "retain") return take_retain(value);
    if (key == "compress") return take_compress(value);
    if (key == "rotateInterval") return take_interval(value);
    if (key == "TZ") return take_zone(value);
    if (key == "workerInterval")
      return note(key,
                  "dropped: logd looks at the size with every write, so no file grows past it");
    if (key == "dateFormat")
      return note(key, "dropped: segments are numbered and named by UTC; two never have one name");
    if (key == "rotateModule") return note(key, "dropped: logd stores only what is put under it");
    to_.warn(name(key), "pm2-logrotate knows no such key: dropped");
  }

  void take_size(const std::string& value) {
    if (value.empty()) return note("max_size", "empty: the default of both is 10 MiB");
    const auto of_pm2 = size_of_pm2(value);
    const auto meant = parse_size(value);
    if (!of_pm2) return warn("max_size", value, "was no number, so nothing was ever rotated");
    if (!meant || *meant < kSmallestSize || *meant > kLargestSize) {
      return warn(
          "max_size", value,
          fmt::format("was {} bytes to pm2-logrotate, which is no sensible limit", *of_pm2));
    }
    max_size_ = *meant;
    defaults("max_size = " + toml_string(size_text(*meant)));
    if (*of_pm2 != *meant) {
      return warn_taken("max_size", value, size_text(*meant),
                        fmt::format("pm2-logrotate read that as {} bytes, and rotated with each "
                                    "look",
                                    *of_pm2));
    }
    if (*meant < kUsefulSize) {
      return warn_taken("max_size", value, size_text(*meant), "that is very little");
    }
    taken("max_size", value, size_text(*meant));
  }

  void take_retain(const std::string& value) {
    const auto number = leading_number(value);
    if (value == "all" || (number && *number < 0)) {
      defaults("retain = \"all\"");
      defaults("max_total_size = \"off\"");
      if (value != "all")
        return warn_taken("retain", value, "all", "the clean-up failed on it and kept everything");
      return warn_taken("retain", value, "all",
                        "nothing but min_free bounds the disk; think of max_total_size");
    }
    if (!number || *number > kMostRetained) {
      return warn("retain", value, "was no number that counts anything");
    }
    if (*number == 0) {
      return warn("retain", value,
                  "deleted all that was rotated, the archive just made too; for that: retain = 0");
    }
    retain_ = static_cast<std::uint64_t>(*number);
    defaults(fmt::format("retain = {}", *number));
    taken("retain", value, fmt::format("{} (of both streams together)", *number));
  }

  void take_compress(const std::string& value) {
    if (value != "true" && value != "false") {
      return warn("compress", value, "was neither true nor false");
    }
    defaults("compress = " + value);
    taken("compress", value,
          value + (value == "true" ? "; after rotation, in the background" : ""));
  }

  void take_interval(const std::string& value) {
    if (const auto schedule = parse_schedule(value); !schedule) {
      return warn("rotateInterval", value, "is no schedule: " + schedule.error().message());
    }
    defaults("rotate_interval = " + toml_string(value));
    taken("rotateInterval", value,
          "rotate_interval, however small a log is, as before; with min_size only what has grown");
  }

  void take_zone(const std::string& value) {
    if (const auto checked = check_time_zone(value); !checked) {
      return warn("TZ", value, checked.error().message());
    }
    to_.table("").keys.push_back("timezone = " + toml_string(value));
    warn_taken("TZ", value, value,
               "it was only for the names of archives; now schedules and times shown are of it");
  }

  // What was to be kept must not go by a limit that nobody has set.
  void limit_total() {
    if (!retain_) return;
    const std::uint64_t size = max_size_.value_or(ProcessConfig().max_size_bytes);
    const auto usual = ProcessConfig().max_total_size_bytes;
    if (!usual || *retain_ + 1 <= *usual / size) return;
    if (*retain_ + 1 > kLargestSize / size) {
      defaults("max_total_size = \"off\"");
      return to_.warn(name("max_total_size"),
                      "off: so many segments of this size have no other limit than min_free");
    }
    const std::string total = size_text((*retain_ + 1) * size);
    defaults("max_total_size = " + toml_string(total));
    note("max_total_size", total + ", so that all segments fit that are to be kept");
  }

  static std::string name(std::string_view key) { return fmt::format("pm2-logrotate: {}", key); }
  void defaults(const std::string& key) { to_.defaults().keys.push_back(key); }
  void note(std::string_view key, std::string_view text) { to_.note(name(key), text); }
  void taken(std::string_view key, std::string_view from, std::string_view as) {
    note(key, fmt::format("'{}' is taken as {}", from, as));
  }
  void warn(std::string_view key, std::string_view from, std::string_view why) {
    to_.warn(name(key), fmt::format("'{}' {}; the default of logd is taken", from, why));
  }
  void warn_taken(std::string_view key, std::string_view from, std::string_view as,
                  std::string_view why) {
    to_.warn(name(key), fmt::format("'{}' is taken as {}: {}", from, as, why));
  }

  const Pm2Rotation& settings_;
  ImportedConfig& to_;
  std::optional<std::uint64_t> max_size_;
  std::optional<std::uint64_t> retain_;
};

}  // namespace

void import_pm2_rotation(const Pm2Rotation& settings, ImportedConfig& to) {
  Import(settings, to).run();
}

}  // namespace logd
