// Stops the daemon after every single step while it masks: what is stored is the masked text, once.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "capture_machine.h"
#include "logd/record.h"
#include "mask_world.h"

namespace logd {
namespace {

constexpr std::string_view kPassword = "Kx7-vQ2.mZp9Lw4T";

// 40 bytes of base64 a line: kMaxLine holds a line of a key.
std::vector<std::string> key_lines() {
  mask_testing::Dice dice(17);
  std::vector<std::string> lines;
  for (int i = 0; i < 6; ++i) {
    lines.push_back(
        dice.text(40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"));
  }
  return lines;
}

std::string key_part(std::size_t from, std::size_t to) {
  const std::vector<std::string> lines = key_lines();
  std::string text;
  for (std::size_t i = from; i < to; ++i) text += lines[i] + '\n';
  return text;
}

// What a reader makes of one stream, and what is wrong with the log.
struct Stored {
  std::string out;
  std::string err;
  std::string problem;
};

Stored read_all(const Machine& machine) {
  Stored stored;
  WallTime last{};
  for (const std::string& name : machine.fs.list("/log/web")) {
    const auto parsed = parse_segment_name(name);
    if (!parsed || parsed->form != SegmentName::Form::plain) continue;
    std::istringstream lines(machine.fs.contents("/log/web/" + name));
    for (std::string line; std::getline(lines, line);) {
      const auto record = parse_record(line);
      if (!record) {
        stored.problem = "not a record: " + line;
        continue;
      }
      if (record->time <= last) stored.problem = "time does not increase at: " + line;
      last = record->time;
      if (record->type == RecordType::event) continue;
      std::string& stream = record->stream == Stream::out ? stored.out : stored.err;
      stream += record->content;
      if (record->tag == RecordTag::full) stream += '\n';
    }
  }
  return stored;
}

// What each step of the writers adds; true for stdout.
using Writes = std::vector<std::pair<bool, std::string>>;

// Lines that fit into a record: each is masked by itself, but for the key.
Writes whole_lines() {
  const std::string password(kPassword);
  return {
      {true, "a line\nlogin password=" + password + "\nanother\n"},
      {false, "-----BEGIN PRIVATE KEY-----\n" + key_part(0, 2)},
      {true, "-----BEGIN PRIVATE KEY-----\n" + key_part(0, 3)},
      {false, key_part(2, 6) + "-----END PRIVATE KEY-----\nerr\n"},
      {true, key_part(3, 6) + "-----END PRIVATE KEY-----\nbehind the key\n"},
      {true, "{\"password\":\"" + password + "\"}\n\nword word\n"},
      {false, "card 4111 1111 1111 1111 paid\nurl http://me:" + password + "@db/\n"},
      {true, "clone ghp_7fK2mQ9xLw4TzB8vRn3YcD6hJp1SgX5aE0uZ\nlast\n"},
  };
}

// Lines that become pieces.
Writes long_lines() {
  const std::string password(kPassword);
  const std::string words = "some words that are harmless and short ";
  return {
      {true, words + words + "password=" + password + " " + words + "\n"},
      {false, words + "password=" + password + "\n" + words},
      {true, words + "then http://me:" + password + "@db/ and " + words + words + "\n"},
      {false, words + "{\"password\":\"" + password + "\"}\nend\n"},
      {true, "key -----BEGIN PRIVATE KEY-----\\n" + key_lines()[0] + "\\n" + key_lines()[1] +
                 "\\n" + key_lines()[2] + "\\n-----END PRIVATE KEY----- " + words + "\n"},
      {true, "the end\n"},
  };
}

class Script {
 public:
  Script(Machine& machine, Writes writes) : machine_(machine), writes_(std::move(writes)) {}

  // Goes on where it was interrupted.
  void go_on(Life& life) {
    life.drain();
    while (next_ < writes_.size() + 1) {
      const std::size_t now = next_++;
      if (now < writes_.size()) {
        const auto& [is_out, text] = writes_[now];
        is_out ? machine_.write_out(text) : machine_.write_err(text);
      } else {
        machine_.out.has_writer = machine_.err.has_writer = false;
      }
      life.drain();
      if (now == 3) std::ignore = life.log().rotate();
      if (now % 2 == 1) life.err().store_idle_part();
      life.drain();
    }
  }

 private:
  Machine& machine_;
  Writes writes_;
  std::size_t next_ = 0;
};

void live(Machine& machine, Script& script, const std::vector<int>& stops) {
  for (const int stop : stops) {
    machine.steps = 0;
    machine.stop_at = stop;
    try {
      Life life(machine);
      script.go_on(life);
      if (life.out().has_ended() && life.err().has_ended()) return;
    } catch (const StopHere&) {
      machine.fs.restart();
    }
  }
}

// Nothing of a secret; and of a key, nothing of any of its lines.
void check_hidden(const Stored& stored) {
  std::vector<std::string> secrets = key_lines();
  secrets.emplace_back(kPassword);
  secrets.emplace_back("4111 1111 1111 1111");
  secrets.emplace_back("ghp_7fK2mQ9xLw4TzB8vRn3YcD6hJp1SgX5aE0uZ");
  for (const std::string& secret : secrets) {
    for (std::size_t at = 0; at + 8 <= secret.size(); ++at) {
      const std::string part = secret.substr(at, 8);
      if (stored.out.find(part) == std::string::npos && stored.err.find(part) == std::string::npos)
        continue;
      INFO(stored.out << "---\n" << stored.err);
      FAIL("shows " << part);
    }
  }
}

}  // namespace

TEST_CASE("Crash: lines with secrets are stored masked, once, after every step",
          "[capture][crash][mask]") {
  mask_testing::World world = mask_testing::World::defaults();
  const auto stored_after = [&](const std::vector<int>& stops, int& steps) {
    Machine machine;
    machine.masker = world.masker();
    Script script(machine, whole_lines());
    live(machine, script, stops);
    steps = machine.steps;
    const Stored stored = read_all(machine);
    CHECK(stored.problem == "");
    if (stops.size() == 1) {
      CHECK(stored.out == world.masked(machine.out_written));
      CHECK(stored.err == world.masked(machine.err_written));
    }
    return stored;
  };
  int steps = 0;
  int ignored = 0;
  const Stored expected = stored_after({-1}, steps);
  check_hidden(expected);
  CHECK(steps > 100);
  for (int k = 1; k <= steps; ++k) {
    for (const int j : {-1, 3, 9, 17, 26, 38}) {
      const Stored stored = stored_after({k, j, -1}, ignored);
      INFO("stopped after step " << k << " and " << j);
      REQUIRE(stored.out == expected.out);
      REQUIRE(stored.err == expected.err);
    }
  }
}

TEST_CASE("Crash: pieces of long lines show no secret after any step", "[capture][crash][mask]") {
  mask_testing::World world = mask_testing::World::defaults();
  int steps = 1;
  for (int k = 0; k <= steps; ++k) {
    Machine machine;
    machine.masker = world.masker();
    Script script(machine, long_lines());
    live(machine, script, k == 0 ? std::vector<int>{-1} : std::vector<int>{k, -1});
    if (k == 0) steps = machine.steps;
    const Stored stored = read_all(machine);
    INFO("stopped after step " << k);
    CHECK(stored.problem == "");
    check_hidden(stored);
    const auto lines = [](std::string_view of) { return std::count(of.begin(), of.end(), '\n'); };
    CHECK(lines(stored.out) == lines(machine.out_written));
    CHECK(lines(stored.err) == lines(machine.err_written));
  }
}

}  // namespace logd
