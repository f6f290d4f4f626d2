// SPDX-License-Identifier: Apache-2.0
#include "shim/options.h"

#include <stdlib.h>
#include <string.h>

#include <string_view>

namespace logd::shim {
namespace {

constexpr std::int64_t kMaxMilliseconds = 1'000'000'000;
constexpr std::int64_t kMinEscrowBytes = 64 << 10;
constexpr std::int64_t kMaxEscrowBytes = 64 << 20;
constexpr std::int64_t kMaxInstance = 99999;
constexpr std::int64_t kFirstOwn = 3;         // descriptor that is no standard stream
constexpr std::int64_t kMaxGid = 4294967294;  // the last one means "unchanged" to chown

bool is_process_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '.') return false;
  for (const char c : name) {
    const bool is_allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!is_allowed) return false;
  }
  return true;
}

// PM2 signals the whole tree of a process by itself: passing a signal on would double it.
bool is_under_pm2() {
  return getenv("pm_id") != nullptr ||
         (getenv("PM2_HOME") != nullptr && getenv("pm_exec_path") != nullptr);
}

template <std::size_t kSize>
bool copy_text(char (&to)[kSize], std::string_view from) {
  if (from.empty() || from.size() >= kSize) return false;
  memcpy(to, from.data(), from.size());
  to[from.size()] = '\0';
  return true;
}

template <typename Number>
bool take_number(Number& to, std::string_view text, std::int64_t min, std::int64_t max) {
  const std::optional<std::int64_t> number = parse_number(text, max);
  if (!number || *number < min) return false;
  to = static_cast<Number>(*number);
  return true;
}

bool take_signals(Signals& to, std::string_view text) {
  if (text != "auto" && text != "pass" && text != "none") return false;
  to = text == "none" || (text == "auto" && is_under_pm2()) ? Signals::none : Signals::pass;
  return true;
}

bool take_on_full(OnFull& to, std::string_view text) {
  if (text != "block" && text != "drop") return false;
  to = text == "drop" ? OnFull::drop : OnFull::block;
  return true;
}

enum class Taken { flag, with_value, bad_value, unknown };

Taken take_flag(std::string_view option, Options& options) {
  if (option == "--merge-streams" && options.mode == Mode::run) {
    options.is_merged = true;
    return Taken::flag;
  }
  if (option == "--err" && options.mode == Mode::pipe) {
    options.is_err = true;
    return Taken::flag;
  }
  return Taken::unknown;
}

Taken take_value(std::string_view option, std::string_view value, Options& options) {
  const bool is_fifo = options.mode == Mode::fifo;
  bool is_good = false;
  if (option == "--socket") {
    is_good = value.starts_with('/') && copy_text(options.socket, value);
  } else if (option == "--name") {
    is_good = is_process_name(value) && copy_text(options.name, value);
  } else if (option == "--instance" && !is_fifo) {
    is_good = take_number(options.instance, value, 0, kMaxInstance);
  } else if (option == "--signals" && options.mode == Mode::run) {
    is_good = take_signals(options.signals, value);
  } else if (option == "--copier" && options.mode == Mode::run) {
    is_good = take_number(options.copier, value, kFirstOwn, INT32_MAX);
  } else if (option == "--copier-pid" && options.mode == Mode::run) {
    is_good = take_number(options.copier_pid, value, 1, INT32_MAX);
  } else if (option == "--exit-wait-ms") {
    is_good = take_number(options.exit_wait_ms, value, 0, kMaxMilliseconds);
  } else if (option == "--on-full") {
    is_good = take_on_full(options.on_full, value);
  } else if (option == "--drop-after-ms") {
    is_good = take_number(options.drop_after_ms, value, 0, kMaxMilliseconds);
  } else if (option == "--escrow-bytes") {
    is_good = take_number(options.escrow_bytes, value, kMinEscrowBytes, kMaxEscrowBytes);
  } else if (option == "--directory" && is_fifo) {
    is_good = value.starts_with('/') && copy_text(options.directory, value);
  } else if (option == "--gid" && is_fifo) {
    is_good = take_number(options.gid, value, 0, kMaxGid);
  } else {
    return Taken::unknown;
  }
  return is_good ? Taken::with_value : Taken::bad_value;
}

bool take_mode(std::string_view word, Options& options) {
  if (word == "run") {
    options.mode = Mode::run;
  } else if (word == "pipe") {
    options.mode = Mode::pipe;
  } else if (word == "fifo") {
    options.mode = Mode::fifo;
  } else {
    return false;
  }
  return true;
}

// What must be there once all options are read.
bool check_complete(const Options& options, Text& problem) {
  if (options.socket[0] == '\0' || options.name[0] == '\0') {
    problem.add("--socket and --name are needed");
    return false;
  }
  if (options.mode == Mode::fifo && options.directory[0] == '\0') {
    problem.add("--directory is needed");
    return false;
  }
  if ((options.mode == Mode::run) != (options.command != nullptr)) {
    problem.add(options.mode == Mode::run ? "no command after --" : "unexpected command");
    return false;
  }
  return true;
}

}  // namespace

Text Options::prefix() const {
  Text text;
  text.add(mode == Mode::run    ? "logctl run: "
           : mode == Mode::pipe ? "logctl pipe: "
                                : "logd-shim fifo: ");
  if (name[0] != '\0') text.add(name).add(": ");
  return text;
}

bool parse_options(int argc, char** argv, Options& options, Text& problem) {
  if (argc < 2 || !take_mode(argv[1], options)) {
    problem.add("logd-shim is started by logctl run, logctl pipe and logd, not by hand");
    return false;
  }
  take_signals(options.signals, "auto");
  for (int at = 2; at < argc; ++at) {
    const std::string_view option = argv[at];
    if (option == "--") {
      if (at + 1 < argc) options.command = argv + at + 1;
      break;
    }
    Taken taken = take_flag(option, options);
    if (taken == Taken::unknown && at + 1 < argc) {
      taken = take_value(option, argv[at + 1], options);
    }
    if (taken == Taken::unknown) {
      problem.add("unknown option or no value: ").add(option);
      return false;
    }
    if (taken == Taken::bad_value) {
      problem.add("bad value of ").add(option).add(": ").add(argv[at + 1]);
      return false;
    }
    if (taken == Taken::with_value) ++at;
  }
  return check_complete(options, problem);
}

}  // namespace logd::shim
