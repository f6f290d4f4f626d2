// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>
#include <string>

#include "base/closest.h"
#include "base/duration_text.h"
#include "base/size_text.h"
#include "logd/names.h"
#include "logd/result.h"
#include "logd/units.h"

using namespace logd;
using std::chrono::milliseconds;

TEST_CASE("parse_size: takes every unit, in any case, as a power of 1024", "[base]") {
  CHECK(parse_size("0").value() == 0);
  CHECK(parse_size("4096").value() == 4096);
  CHECK(parse_size("1B").value() == 1);
  CHECK(parse_size("7 bytes").value() == 7);
  for (const char* one_mib :
       {"1M", "1MB", "1MiB", "1m", "1mb", "1mib", "1Mi", "1 MiB", "1024K", "1.0M"}) {
    INFO(one_mib);
    CHECK(parse_size(one_mib).value() == 1_MiB);
  }
  CHECK(parse_size("1k").value() == 1024);
  // As the peers spell it: pm2-logrotate (which reads the second as 10 bytes), logrotate, kubelet.
  for (const char* ten_mib : {"10M", "10MB", "10mb", "10m", "10Mi", "10 MiB", "10485760"}) {
    INFO(ten_mib);
    CHECK(parse_size(ten_mib).value() == 10_MiB);
  }
  CHECK(parse_size("2GiB").value() == 2_GiB);
  CHECK(parse_size("1T").value() == 1024_GiB);
  CHECK(parse_size("1.5GiB").value() == 1536_MiB);
  CHECK(parse_size("0.5K").value() == 512);
}

TEST_CASE("parse_size: refuses nonsense with a hint", "[base]") {
  for (const char* bad :
       {"",    " ",     "x",     "MiB", "-1",  "+1",   "1.", ".5K", "1 parrot", "1KK",   "10X",
        "ten", "1KiBx", "1 K B", " 1K", "1e3", "0x10", "5%", "1ib", "1i",       "1Kb/s", "10,5M"}) {
    INFO(bad);
    const auto parsed = parse_size(bad);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::invalid);
    CHECK(parsed.error().message().find("10MiB") != std::string::npos);
  }
  CHECK_FALSE(parse_size("99999999999999999999"));
  CHECK_FALSE(parse_size("18446744073709551616"));
  CHECK_FALSE(parse_size("16777216T"));
  CHECK(parse_size("16777214T"));
}

TEST_CASE("size_text: is taken back exactly", "[base]") {
  CHECK(size_text(0) == "0");
  CHECK(size_text(1) == "1B");
  CHECK(size_text(1025) == "1025B");
  CHECK(size_text(10_MiB) == "10MiB");
  CHECK(size_text(1536_MiB) == "1536MiB");
  CHECK(size_text(2048_GiB) == "2TiB");
  for (std::uint64_t bytes = 1; bytes < (std::uint64_t{1} << 60); bytes = bytes * 3 + 1) {
    CHECK(parse_size(size_text(bytes)).value() == bytes);
  }
}

TEST_CASE("short_size_text: three digits", "[base]") {
  CHECK(short_size_text(0) == "0B");
  CHECK(short_size_text(1023) == "1023B");
  CHECK(short_size_text(1024) == "1.00KiB");
  CHECK(short_size_text(1'500'000) == "1.43MiB");
  CHECK(short_size_text(98'765) == "96.5KiB");
  CHECK(short_size_text(1_MiB - 1) == "1.00MiB");
  CHECK(short_size_text(5_GiB) == "5.00GiB");
}

TEST_CASE("parse_duration: takes units alone and together", "[base]") {
  CHECK(parse_duration("0").value() == milliseconds(0));
  CHECK(parse_duration("500ms").value() == milliseconds(500));
  CHECK(parse_duration("5s").value() == milliseconds(5000));
  CHECK(parse_duration("1.5s").value() == milliseconds(1500));
  CHECK(parse_duration("5 s").value() == milliseconds(5000));
  CHECK(parse_duration("2MIN").value() == milliseconds(120'000));
  CHECK(parse_duration("1H").value() == std::chrono::hours(1));
  CHECK(parse_duration("2min").value() == milliseconds(120'000));
  CHECK(parse_duration("1h30m").value() == std::chrono::minutes(90));
  CHECK(parse_duration("1h 30m").value() == std::chrono::minutes(90));
  CHECK(parse_duration("2d").value() == std::chrono::hours(48));
  CHECK(parse_duration("1w").value() == std::chrono::hours(168));
}

TEST_CASE("parse_duration: refuses nonsense with a hint", "[base]") {
  for (const char* bad : {"", "s", "5x", "-5s", "5s5s", "30m1h", "5s,", ".", "1h-5m", "5 parrots",
                          "1..5s", "soon", "\n5s", "1h30"}) {
    INFO(bad);
    const auto parsed = parse_duration(bad);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::invalid);
    CHECK(parsed.error().message().find("for example") != std::string::npos);
  }
  CHECK(parse_duration("5").error().message() ==
        "\"5\" has no unit; write for example \"5s\" or \"5ms\"");
  // A month elsewhere, a minute here: neither is guessed.
  CHECK(parse_duration("1M").error().message() ==
        "\"1M\": \"M\" is no unit; did you mean \"1m\", minutes? There are no months, write for "
        "example \"30d\"");
  CHECK_FALSE(parse_duration("1h30M"));
  CHECK_FALSE(parse_duration("200000w"));
  CHECK_FALSE(parse_duration("99999999999999999999999999999d"));
}

TEST_CASE("duration_text: is taken back exactly", "[base]") {
  CHECK(duration_text(milliseconds(0)) == "0s");
  CHECK(duration_text(milliseconds(500)) == "500ms");
  CHECK(duration_text(std::chrono::minutes(90)) == "1h30m");
  CHECK(duration_text(std::chrono::hours(24 * 14)) == "14d");
  for (std::int64_t ms = 1; ms < 1'000'000'000'000; ms = ms * 3 + 1) {
    CHECK(parse_duration(duration_text(milliseconds(ms))).value() == milliseconds(ms));
  }
}

TEST_CASE("closest: finds what was meant, or nothing", "[base]") {
  const std::vector<std::string> words = {"max_size", "max_line", "max_age", "sync", "level"};
  CHECK(closest("max_sise", words) == "max_size");
  CHECK(closest("mxa_line", words) == "max_line");
  CHECK(closest("MAX_AGE", words) == "max_age");
  CHECK(closest("snyc", words) == "sync");
  CHECK(closest("levle", words) == "level");
  CHECK_FALSE(closest("retention", words));
  CHECK_FALSE(closest("", words));
  CHECK_FALSE(closest("x", {"y"}));
  CHECK_FALSE(closest(std::string(100'000, 'x'), words));
  CHECK_FALSE(closest("sync", {}));
}

TEST_CASE("process names: which are allowed", "[base]") {
  for (const char* good : {"a", "web", "Web-1.2_x", "-", "_", "a.", "9", "a..b"}) {
    INFO(good);
    CHECK(is_process_name(good));
    CHECK(check_process_name(good));
  }
  CHECK(is_process_name(std::string(64, 'a')));
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string(".hidden"),
        std::string("../x"), std::string("a/b"), std::string("a@b"), std::string("a b"),
        std::string("ä"), std::string("a\n"), std::string("a\0b", 3), std::string(65, 'a')}) {
    INFO(bad);
    CHECK_FALSE(is_process_name(bad));
    REQUIRE_FALSE(check_process_name(bad));
    CHECK(check_process_name(bad).error().code == ErrorCode::invalid);
  }
  CHECK(check_process_name("").error().message() == "process name \"\" must not be empty");
  CHECK(check_process_name(".x").error().message() ==
        "process name \".x\" must not begin with '.'");
  CHECK(check_process_name("a\x1b[2J").error().message() ==
        "process name \"a?[2J\" may only have letters, digits, '.', '_' and '-'");
  CHECK(check_process_name(std::string(65, 'a'))
            .error()
            .message()
            .find("has 65 bytes; at most 64 are allowed") != std::string::npos);
}

TEST_CASE("log names: one spelling for each log", "[base]") {
  CHECK(LogName{"web", kNoInstance}.directory() == "web");
  CHECK(LogName{"web", 0}.directory() == "web@0");
  CHECK(LogName{"web", 12}.directory() == "web@12");
  CHECK(parse_log_name("web") == LogName{"web", kNoInstance});
  CHECK(parse_log_name("web@0") == LogName{"web", 0});
  CHECK(parse_log_name("web@99999") == LogName{"web", 99999});
  for (const char* bad : {"", ".run", "web@", "@1", "web@01", "web@-1", "web@+1", "web@100000",
                          "web@1x", "web@1@2", "web@99999999999999999999", "web @1"}) {
    INFO(bad);
    CHECK_FALSE(parse_log_name(bad));
  }
}

TEST_CASE("glob_matches: whole names", "[base]") {
  CHECK(glob_matches("*", "web"));
  CHECK(glob_matches("web-?", "web-1"));
  CHECK(glob_matches("[a-c]*", "backend"));
  CHECK_FALSE(glob_matches("web", "web-1"));
  CHECK_FALSE(glob_matches("web-?", "web-10"));
  CHECK_FALSE(glob_matches("[", "web"));
  CHECK(is_glob("a*"));
  CHECK(is_glob("a?"));
  CHECK(is_glob("[ab]"));
  CHECK_FALSE(is_glob("web-1.2_x@3"));
}

TEST_CASE("Error: errno becomes a code and a text", "[base]") {
  const Error full = system_error(ENOSPC, "append 0000000042.log");
  CHECK(full.code == ErrorCode::no_space);
  CHECK(full.message() == "append 0000000042.log: No space left on device (28)");
  CHECK(system_error(EDQUOT, "").code == ErrorCode::no_space);
  CHECK(system_error(EFBIG, "").code == ErrorCode::io);
  CHECK(system_error(EACCES, "").code == ErrorCode::permission);
  CHECK(system_error(EPERM, "").code == ErrorCode::permission);
  CHECK(system_error(ENOENT, "").code == ErrorCode::not_found);
  CHECK(system_error(EEXIST, "").code == ErrorCode::exists);
  CHECK(system_error(ECONNREFUSED, "").code == ErrorCode::unreachable);
  CHECK(system_error(EMFILE, "").code == ErrorCode::limit);
  CHECK(system_error(ETIMEDOUT, "").code == ErrorCode::timed_out);
  CHECK(system_error(EIO, "").code == ErrorCode::io);
  CHECK(system_error(EIO, "").message() == "Input/output error (5)");
  CHECK(Error{ErrorCode::invalid, 0, "no number"}.message() == "no number");
}

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::invalid, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  LOGD_TRY_ASSIGN(const int once, half(number));
  LOGD_TRY(half(once));
  return half(once);
}

}  // namespace

TEST_CASE("Result: LOGD_TRY hands the first error on", "[base]") {
  CHECK(quarter(8).value() == 2);
  CHECK(quarter(6).error().message() == "odd");
  CHECK(quarter(3).error().code == ErrorCode::invalid);
}
