// Lines that are dropped: which, how they are counted, and that no kill changes that.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdio>
#include <sstream>
#include <vector>

#include "capture/line_dropper.h"
#include "capture_machine.h"
#include "logd/record.h"
#include "store/event.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

// What stands in a log whose stdout wrote "line 0", "line 1", ...: with what the events between
// count, every number is there.
struct Account {
  std::uint64_t next = 0;   // the line that has to come
  std::uint64_t bytes = 0;  // stored and dropped
  int events = 0;
  std::string problem;
};

void take_line(Account& account, const std::string& line) {
  unsigned long number = ~0ul;
  std::sscanf(line.c_str(), "line %lu", &number);
  if (number != account.next)
    account.problem = "line " + std::to_string(account.next) + " is not there, but: " + line;
  account.next = number + 1;
  account.bytes += line.size() + 1;
}

void take_event(Account& account, const std::string& text) {
  unsigned long lines = 0;
  unsigned long bytes = 0;
  char why[64] = "";
  ++account.events;
  if (std::sscanf(text.c_str(), "dropped %lu lines, %lu bytes on stdout: %63[a-z _]", &lines,
                  &bytes, why) != 3)
    account.problem = "another event: " + text;
  account.next += lines;
  account.bytes += bytes;
}

Account read_account(const Machine& machine) {
  Account account;
  std::string line;
  for (const std::string& name : machine.fs.list("/log/web")) {
    const auto parsed = parse_segment_name(name);
    if (!parsed || parsed->form != SegmentName::Form::plain) continue;
    std::istringstream records(machine.fs.contents("/log/web/" + name));
    for (std::string text; std::getline(records, text);) {
      const auto record = parse_record(text);
      if (!record) {
        account.problem = "not a record: " + text;
      } else if (record->type == RecordType::event) {
        if (!line.empty()) account.problem = "an event in the middle of a line";
        take_event(account, std::string(record->content));
      } else {
        line += record->content;
        if (record->tag == RecordTag::partial) continue;
        take_line(account, line);
        line.clear();
      }
    }
  }
  return account;
}

// A writer of numbered lines, one in seven of them longer than max_line.
class Writer {
 public:
  explicit Writer(Machine& machine) : machine_(machine) {}

  void write(int lines) {
    for (int i = 0; i < lines; ++i, ++written_) machine_.write_out(line(written_));
  }
  // The line may be cut anywhere.
  void write_front() { machine_.write_out(line(written_).substr(0, 90)); }
  void write_back() { machine_.write_out(line(written_++).substr(90)); }

  std::uint64_t written() const { return written_; }

 private:
  static std::string line(std::uint64_t number) {
    std::string text = "line " + std::to_string(number) + " ";
    text.append(number % 7 == 6 ? 100 + number : number * 5 % 23, 'x');
    return text + '\n';
  }

  Machine& machine_;
  std::uint64_t written_ = 0;
};

// The disk fills up in the middle of a batch, lines are dropped, it has room again, twice.
class FullDisk {
 public:
  explicit FullDisk(Machine& machine) : machine_(machine), writer_(machine) {}

  void go_on(Life& life) {
    if (is_full_) drop(life);
    if (!is_full_) life.drain();
    while (next_ < kSteps) take(next_++, life);
  }

  std::uint64_t written() const { return writer_.written(); }

 private:
  static constexpr int kSteps = 10;

  void take(int step, Life& life) {
    switch (step) {
      case 0:
        writer_.write(5);
        life.drain();
        break;
      case 1:  // line 6 is long: a piece of it may be in
        writer_.write(4);
        machine_.fs.fail_next_write({.sys_errno = ENOSPC, .after_bytes = 130});
        is_full_ = true;
        break;
      case 2:
        machine_.fs.fail_all(fakes::Call::write, ENOSPC);
        machine_.fs.fail_all(fakes::Call::create_file, ENOSPC);
        drop(life);
        break;
      case 3:
        writer_.write(4);
        drop(life);
        break;
      case 4:  // line 13 is long; its end comes when there is room again
        writer_.write_front();
        drop(life);
        break;
      case 5:
        fill(0, false);
        life.drain();
        break;
      case 6:
        writer_.write_back();
        writer_.write(4);
        life.drain();
        break;
      case 7:
        fill(ENOSPC, true);
        writer_.write(12);
        drop(life);
        break;
      case 8:
        machine_.out.has_writer = false;
        machine_.err.has_writer = false;
        drop(life);
        break;
      default:
        fill(0, false);
        life.drain();
        break;
    }
  }

  void fill(int sys_errno, bool is_full) {
    machine_.fs.fail_all(fakes::Call::write, sys_errno);
    machine_.fs.fail_all(fakes::Call::create_file, sys_errno);
    is_full_ = is_full;
  }

  // As the loop does: an attempt, then nothing but dropping.
  static void drop(Life& life) {
    std::uint64_t taken = 0;
    std::ignore = life.out().turn(taken);
    for (int i = 0; i < 100; ++i)
      if (life.out().drop_turn(taken) != Source::Outcome::more) return;
    FAIL("dropping does not end");
  }

  Machine& machine_;
  Writer writer_;
  bool is_full_ = false;
  int next_ = 0;
};

// A burst, a gap, and the next burst.
class FastWriter {
 public:
  explicit FastWriter(Machine& machine) : machine_(machine), writer_(machine) {
    machine.max_rate = 4;
  }

  void go_on(Life& life) {
    life.drain();
    while (next_ < kSteps) {
      writer_.write(next_ == 2 ? 1 : 9);
      if (++next_ == kSteps) machine_.out.has_writer = machine_.err.has_writer = false;
      life.drain();
      if (next_ % 2 == 0) machine_.clock.advance(1500ms);
      life.drain();
    }
  }

  std::uint64_t written() const { return writer_.written(); }

 private:
  static constexpr int kSteps = 6;

  Machine& machine_;
  Writer writer_;
  int next_ = 0;
};

// Lives until all is told, dying where `stops` says.
template <typename Script>
void live(Machine& machine, Script& script, const std::vector<int>& stops) {
  for (const int stop : stops) {
    machine.steps = 0;
    machine.stop_at = stop;
    try {
      Life life(machine);
      script.go_on(life);
      if (life.out().has_ended()) return;
    } catch (const StopHere&) {
      machine.fs.restart();
    }
  }
}

template <typename Script>
int check_after(const std::vector<int>& stops) {
  Machine machine;
  machine.segment_bytes = 300;
  Script script(machine);
  live(machine, script, stops);
  const Account account = read_account(machine);
  CHECK(account.problem == "");
  CHECK(account.next == script.written());
  CHECK(account.bytes == machine.out_written.size());
  CHECK(account.events >= 2);
  CHECK(account.events <= 4);
  return machine.steps;
}

template <typename Script>
void check_every_step() {
  const int steps = check_after<Script>({-1});
  CHECK(steps > 100);
  for (int k = 1; k <= steps; ++k) {
    INFO("stopped after step " << k << " of " << steps);
    check_after<Script>({k, -1});
  }
  for (int k = 1; k <= steps; k += 3) {
    for (int j = 1; j <= 40; j += 3) {
      INFO("stopped after step " << k << ", then after step " << j);
      check_after<Script>({k, j, -1});
    }
  }
}

LineDrop drop_of(std::string_view bytes, bool is_mid_line = false, bool drops_line = false,
                 EndOfInput end = EndOfInput::no) {
  DropInput input;
  input.bytes = bytes;
  input.max_line_bytes = 10;
  input.is_mid_line = is_mid_line;
  input.drops_line = drops_line;
  input.end = end;
  return drop_lines(input);
}

}  // namespace

TEST_CASE("Drop: whole lines go, what may still be stored whole stays", "[capture]") {
  LineDrop drop = drop_of("one\ntwo\nthr");
  CHECK(drop.consumed == 8);
  CHECK(drop.lines == 2);
  CHECK(drop.bytes == 8);
  CHECK_FALSE(drop.drops_line);

  drop = drop_of("thr");
  CHECK(drop.consumed == 0);

  drop = drop_of("one\ntoo long to be whole");
  CHECK(drop.consumed == 24);
  CHECK(drop.lines == 2);
  CHECK(drop.drops_line);

  drop = drop_of(" and its end\nnext\n", false, true);
  CHECK(drop.consumed == 18);
  CHECK(drop.lines == 1);
  CHECK(drop.bytes == 18);
  CHECK_FALSE(drop.drops_line);

  drop = drop_of("end of pieces\nnext\n", true);
  CHECK(drop.consumed == 19);
  CHECK(drop.lines == 1);
  CHECK(drop.bytes == 18);  // the newline that closes the pieces is stored

  drop = drop_of("one\ntwo", false, false, EndOfInput::yes);
  CHECK(drop.consumed == 7);
  CHECK(drop.lines == 2);
}

TEST_CASE("Drop: on a full disk, every line is stored or counted, after a kill at any step",
          "[capture][crash]") {
  check_every_step<FullDisk>();
}

TEST_CASE("Drop: over max_rate, every line is stored or counted, after a kill at any step",
          "[capture][crash]") {
  check_every_step<FastWriter>();
}

TEST_CASE("RateLimit: a second's worth at once, then a gap until there is as much again",
          "[capture]") {
  fakes::FakeClock clock;
  RateLimit rate(clock, 100);
  CHECK(rate.lines_left() == 100);
  rate.take(60);
  CHECK(rate.lines_left() == 40);
  clock.advance(300ms);
  CHECK(rate.lines_left() == 70);
  rate.take(70);
  CHECK(rate.lines_left() == 0);
  SECTION("without a gap lines come back one by one") {
    clock.advance(55ms);
    CHECK(rate.lines_left() == 5);
  }
  SECTION("a gap ends when the bucket is full") {
    rate.begin_gap();
    clock.advance(900ms);
    CHECK(rate.lines_left() == 0);
    clock.advance(100ms);
    CHECK(rate.lines_left() == 100);
    clock.advance(1h);
    CHECK(rate.lines_left() == 100);
  }
}

}  // namespace logd
