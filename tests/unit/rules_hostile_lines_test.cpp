// Lines that somebody made to cost time.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <set>

#include "mask_world.h"

namespace logd {
namespace {

using mask_testing::World;

struct HostileKind {
  std::string name;
  std::string unit;  // repeated
};

std::string keywords_mixed(const RuleSet& set) {
  std::set<std::string> keywords;
  for (const CompiledRule& rule : set.rules())
    keywords.insert(rule.rule().keywords.begin(), rule.rule().keywords.end());
  std::string all;
  for (const std::string& keyword : keywords) all += keyword + (all.size() % 3 == 0 ? "=" : " ");
  return all;
}

std::vector<HostileKind> kinds(const RuleSet& set) {
  const std::string mixed = keywords_mixed(set);
  std::string tight;
  for (const char c : mixed) {
    if (c != ' ') tight += c;
  }
  return {
      {"digits", "1234567890"},
      {"digits in fours", "4111 "},
      {"digits in fours, dashes", "4111-"},
      {"card numbers", "4111111111111111 "},
      {"JSON array of cards", "[4111111111111111,4111111111111111,"},
      {"JSON array of cards, spaced", "[4111111111111111 , "},
      {"card numbers in groups", "4111 1111 1111 1111, "},
      {"eyJ", "eyJ"},
      {"eyJ and dots", "eyJhbGciOi."},
      {"JWT heads", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."},
      {"at signs", "@"},
      {"a@", "a@"},
      {"a@b.", "a@b."},
      {"%40", "%40"},
      {"BEGIN", "-----BEGIN "},
      {"BEGIN key", "-----BEGIN PRIVATE KEY-----"},
      {"BEGIN key, base64", "-----BEGIN PRIVATE KEY-----MIIEvgIBADANBgkqhkiG9w0B"},
      {"PRIVATE KEY", "PRIVATE KEY "},
      {"quotes", "\""},
      {"escaped quotes", "\\\""},
      {"backslashes", "\\"},
      {"masks begun", "[masked:"},
      {"masks", "[masked:jwt]"},
      {"brackets", "[{("},
      {"braces", "${{"},
      {"password=", "password="},
      {"password=x", "password=x "},
      {"password: ", "password: "},
      {"password=\"", "password=\""},
      {"password=\\\"", "password=\\\""},
      {"\"password\":\"", "\"password\":\""},
      {"password", "password"},
      {"password ", "password "},
      {"pwd", "pwd"},
      {"token=", "token="},
      {"token ", "token "},
      {"key:", "key:"},
      {"secret_", "secret_"},
      {"secret.secret", "secret.secret="},
      {"name and value", R"({"name":"PASSWORD","value":)"},
      {"name", R"("name":")"},
      {"://", "://"},
      {"://a:", "http://a:"},
      {"://a:b@", "x://a:b@"},
      {"cookie", "cookie: "},
      {"cookie values", "cookie: a=b;"},
      {"cookie names", "Cookie: sessionid="},
      {"authorization", "authorization: "},
      {"bearer", "bearer "},
      {"basic", "basic "},
      {"IBAN heads", "DE89"},
      {"IBAN heads, apart", "DE89 "},
      {"dashed numbers", "123-45-6789 "},
      {"a", "a"},
      {"A", "A"},
      {"zero bytes", std::string("\0", 1)},
      {"high bytes", "\xff"},
      {"spaces", " "},
      {"=", "="},
      {"colours", "\x1b[1mpassword\x1b[0m="},
      {"percent codes", "%70%61password%3D"},
      {"all keywords", mixed},
      {"all keywords, tight", tight},
      {"--password ", "--password "},
      {"curl -u", "curl -u a:b "},
  };
}

std::string repeated(const std::string& unit, std::size_t bytes) {
  std::string line;
  while (line.size() < bytes) line += unit;
  line.resize(bytes);
  return line;
}

struct Run {
  double seconds = 0;
  std::size_t masked_bytes = 0;
  std::uint64_t unverified = 0;
};

// Of the processor by this thread: what others do with it does not count.
double used_seconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// The best of some tries, so that a busy machine does not count.
Run run(World& world, const std::string& line, int tries) {
  Run best{1e9, 0, 0};
  for (int i = 0; i < tries; ++i) {
    const std::uint64_t unverified = world.plan().memory.scratch.unverified;
    const double before = used_seconds();
    MaskPass pass(world.masker(), line, {});
    const std::size_t bytes = pass.mask({line, RecordTag::full}).bytes().size();
    const double spent = used_seconds() - before;
    if (spent < best.seconds)
      best = {spent, bytes, world.plan().memory.scratch.unverified - unverified};
  }
  return best;
}

constexpr std::size_t kLine = 64 * 1024;

void check_growth(World& world, const std::string& name, const std::string& line) {
  const Run result = run(world, line, 1);
  INFO(name);
  CHECK(result.masked_bytes <= line.size() + kMaxMaskGrowthBytes);
  CHECK(result.seconds < 5);
}

// Each keyword of the rules, alone and with what often follows.
std::vector<HostileKind> keyword_kinds(const RuleSet& set) {
  std::set<std::string> keywords;
  for (const CompiledRule& rule : set.rules())
    keywords.insert(rule.rule().keywords.begin(), rule.rule().keywords.end());
  std::vector<HostileKind> all;
  for (const std::string& keyword : keywords) {
    for (const char* behind : {"", "="}) all.push_back({keyword + behind, keyword + behind});
  }
  return all;
}

}  // namespace

TEST_CASE("Hostile lines: no mask lets a line grow beyond the limit", "[mask]") {
  World world = World::all();
  for (const HostileKind& kind : kinds(world.set()))
    check_growth(world, kind.name, repeated(kind.unit, kLine));
  for (const HostileKind& kind : keyword_kinds(world.set()))
    check_growth(world, kind.name, repeated(kind.unit, 2048));
}

// Where the run is longer than the window a secret goes on to its end, from each keyword in it,
// whether a validator turns it down or not.
TEST_CASE("Hostile lines: a run full of the beginnings of values takes linear time", "[mask]") {
  World world = World::all();
  for (const char* unit : {"$1$", "$6$", "$apr1$", "$1$$5$$6$", "_key:", "-key=", "_key:="}) {
    const Run result = run(world, repeated(unit, 4 * kLine), 1);
    INFO(unit << ": " << result.seconds << " s");
    CHECK(result.seconds < 1);
  }
}

TEST_CASE("Hostile lines: a line that gave up is read once, whatever stands before its quotes",
          "[mask]") {
  World world = World::all();
  const Run result = run(world, repeated("xoxb-", kLine) + std::string(kLine, '\\') + '"', 1);
  INFO(result.seconds << " s");
  CHECK(result.seconds < 1);
}

TEST_CASE("Hostile lines: what of an unfinished line is settled is known in bounded time",
          "[mask]") {
  World world = World::all();
  for (const char* unit : {"key=", "password=", "http://a:b", "Cookie: a=b; "}) {
    const std::string line = repeated(unit, 4 * kLine);
    const double begin = used_seconds();
    CHECK(world.masker().settled_bytes(line) <= line.size());
    const double spent = used_seconds() - begin;
    INFO(unit << ": " << spent << " s");
    CHECK(spent < 2);
  }
}

TEST_CASE("Masking: a key that is the value of another key is masked to its end", "[mask]") {
  World world = World::defaults();
  for (const std::string before :
       {"PRIVATE_KEY=\"", "\"private_key\": \"", "secret='", "token=\""}) {
    const std::string masked =
        world.masked(before + "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7Qx9Zk3v8Yb2Lw\n" +
                     "Kx7Q2mZp9Lw4TqR8vN3bY6cH1dF5gJ\n-----END RSA PRIVATE KEY-----\n");
    INFO(before << ": " << masked);
    CHECK(masked.find("MIIEpAIB") == std::string::npos);
    CHECK(masked.find("Kx7Q2mZp") == std::string::npos);
  }
  CHECK(world.masked("password: token: hunTer2Xq9").find("hunTer2") == std::string::npos);
}

TEST_CASE("Masking: a key that begins behind what is masked unseen is masked", "[mask]") {
  World world = World::defaults();
  const std::string masked =
      world.masked(repeated("xoxb-", kLine) + " -----BEGIN RSA PRIVATE KEY-----\n" +
                   "MIIEpAIBAAKCAQEA7Qx9Zk3v8Yb2Lw\n-----END RSA PRIVATE KEY-----\n");
  CHECK(masked.find("MIIEpAIB") == std::string::npos);
}

TEST_CASE("Hostile lines: what is beyond the budget is masked unseen, and counted", "[mask]") {
  World world = World::all();
  const std::string line = repeated(keywords_mixed(world.set()), 4 * kLine);
  std::string secret = line;
  secret.replace(secret.size() - 30, 30, " password=Kx7-vQ2.mZp9Lw4T end");
  const std::string masked = world.masked(secret);
  CHECK(masked.find("Kx7-vQ2.mZp9Lw4T") == std::string::npos);
  for (const HostileKind& kind : kinds(world.set())) run(world, repeated(kind.unit, kLine), 1);
  CHECK(world.plan().memory.scratch.unverified > 0);
}

// Prints a table. For an optimised build and a machine that has nothing else to do.
TEST_CASE("Hostile lines: time is linear, and not too long", "[mask][.][full]") {
  World world = World::all();
  std::ostream& table = std::cout;  // at once: it takes a while
  std::size_t slow = 0;
  std::size_t bent = 0;
  const auto look = [&](const HostileKind& kind, bool is_told) {
    const Run small = run(world, repeated(kind.unit, kLine), 2);
    const Run large = run(world, repeated(kind.unit, 4 * kLine), 1);
    const double speed = static_cast<double>(4 * kLine) / large.seconds / 1e6;
    const double small_speed = static_cast<double>(kLine) / small.seconds / 1e6;
    const double ratio = large.seconds / small.seconds;
    const bool is_slow = std::min(speed, small_speed) < 5;
    // What is fast says nothing about the form of the curve: the cache is part of it.
    const bool is_bent = ratio > 6 && speed < 10;
    slow += is_slow ? 1 : 0;
    bent += is_bent ? 1 : 0;
    if (!is_told && !is_slow && !is_bent) return;
    table << std::left << std::setw(34) << kind.name << std::right << std::fixed
          << std::setprecision(1) << std::setw(9) << small_speed << std::setw(9) << speed
          << std::setw(7) << ratio << std::setw(9) << small.unverified << std::setw(9)
          << large.unverified << std::setw(9) << large.masked_bytes << (is_slow ? "  slow" : "")
          << (is_bent ? "  not linear" : "") << std::endl;
  };
  table << "kind, MB/s at 64 KiB, at 256 KiB, ratio of times, unverified of both, masked bytes\n";
  for (const HostileKind& kind : kinds(world.set())) look(kind, true);
  table << "keywords that are slow:\n";
  for (const HostileKind& kind : keyword_kinds(world.set())) {
    if (run(world, repeated(kind.unit, 8192), 1).seconds > 0.0008) look(kind, false);
  }
  CHECK_NOFAIL(slow == 0);
  CHECK(bent == 0);
}

}  // namespace logd
