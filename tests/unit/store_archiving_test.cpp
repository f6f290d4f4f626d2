// Stops after every single step of archiving, of removing a segment, of both beside a flush, and of
// the recovery from that, as a kill and as a power cut, and reads the log.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <functional>
#include <sstream>

#include "fakes/fake_clock.h"
#include "fakes/fake_file_system.h"
#include "fakes/steps.h"
#include "logd/record.h"
#include "store/archiving.h"
#include "store/event.h"
#include "store/process_log.h"
#include "store/segment_list.h"

namespace logd {
namespace {

using Form = SegmentName::Form;
using fakes::StopHere;

enum class Stop { kill, power_cut };

SegmentName segment(std::uint64_t number) {
  return {number, fakes::FakeClock::kStart + std::chrono::seconds(number), Form::plain};
}

std::string path(const SegmentName& name) { return "/log/web/" + name.str(); }

// Two records.
std::string lines_of(std::uint64_t number) {
  return "2026-11-21T22:17:0" + std::to_string(number) + ".000000000Z stdout F one\n" +
         "2026-11-21T22:17:0" + std::to_string(number) + ".000000001Z stdout F two\n";
}

// A log with three closed segments and an active one, and something cut off the second.
struct Machine {
  fakes::FakeFileSystem fs;
  fakes::Steps steps;

  Machine() {
    for (std::uint64_t number = 1; number <= 4; ++number)
      fs.put(path(segment(number)), lines_of(number));
    fs.put(path(segment(2).with(Form::torn)), "torn");
    fs.put("/log/web/.owner", "0\n");
    fs.put_symlink("/log/web/current.log", segment(4).str());
    fs.on_step = steps.hook();
  }

  std::unique_ptr<Directory> open() { return fs.open_directory("/log/web").value(); }

  // Runs `work` until the step; false if it was stopped.
  bool run(std::size_t stop_at, const std::function<void(Directory&)>& work) {
    steps.restart();
    steps.stop_at(stop_at);
    try {
      const auto directory = open();
      work(*directory);
      steps.restart();
      return true;
    } catch (const StopHere&) {
      return false;
    }
  }

  void die(Stop stop) {
    steps.restart();
    if (stop == Stop::kill)
      fs.restart();
    else
      fs.crash();
  }
};

void archive(Directory& log, std::uint64_t number) {
  auto files = open_for_archiving(log, segment(number));
  if (!files) return;
  const auto made = make_archive(*files->plain, *files->archive, 6);
  if (made) std::ignore = publish_archive(log, segment(number), made->plain_bytes);
}

void recover(Directory& log) {
  const auto names = log.list();
  if (names) std::ignore = finish_archiving(log, *names, 4);
}

std::string read_segment(Machine& machine, const ListedSegment& listed) {
  const auto directory = machine.open();
  const auto opened = open_segment(*directory, listed).value();
  CHECK(opened.damage.empty());
  std::string bytes(opened.file->status().value().bytes, '\0');
  CHECK(opened.file->read_at(bytes.data(), bytes.size(), 0).value() == bytes.size());
  return bytes;
}

// Every segment of `wanted` once, whole; nothing else in the directory.
void check(Machine& machine, const std::vector<std::uint64_t>& wanted) {
  const auto names = machine.fs.list("/log/web");
  std::vector<std::uint64_t> numbers;
  for (const ListedSegment& listed : segments_among(names)) {
    numbers.push_back(listed.name.number);
    CHECK(read_segment(machine, listed) == lines_of(listed.name.number));
    const bool is_twice = listed.has_archive && listed.name.form == Form::plain;
    CHECK_FALSE(is_twice);
  }
  CHECK(numbers == wanted);
  std::size_t others = 0;
  for (const std::string& name : names) {
    const auto parsed = parse_segment_name(name);
    if (parsed && parsed->form == Form::archive_tmp) FAIL_CHECK(name);
    const bool is_orphan = parsed && parsed->form == Form::torn &&
                           std::count(wanted.begin(), wanted.end(), parsed->number) == 0;
    if (is_orphan) FAIL_CHECK(name);
    others += parsed ? 0 : 1;
  }
  CHECK(others == 2);  // .owner, current.log
}

// Stops `work` after each of its steps, then the recovery after each of its own.
void stop_everywhere(const std::function<void(Machine&)>& prepare,
                     const std::function<void(Directory&)>& work,
                     const std::function<void(Machine&)>& check_it, std::size_t least_steps) {
  for (const Stop stop : {Stop::kill, Stop::power_cut}) {
    bool is_whole = false;
    std::size_t k = 0;
    for (; !is_whole; ++k) {
      for (std::size_t j = 0;; ++j) {
        Machine machine;
        prepare(machine);
        is_whole = machine.run(k, work);
        machine.die(stop);
        const bool has_recovered = machine.run(j, recover);
        if (!has_recovered) {
          machine.die(stop);
          machine.run(fakes::Steps::kNever, recover);
        }
        INFO("stopped after step " << k << ", then after step " << j
                                   << (stop == Stop::kill ? "" : ", power cut"));
        check_it(machine);
        if (has_recovered) break;
      }
    }
    CHECK(k > least_steps);
  }
}

}  // namespace

TEST_CASE("Archiving: stopped after every step, every line is there once", "[store][crash]") {
  stop_everywhere([](Machine&) {}, [](Directory& log) { archive(log, 2); },
                  [](Machine& machine) {
                    check(machine, {1, 2, 3, 4});
                  },
                  10);
}

TEST_CASE("Archiving: a second attempt after any stop makes the archive", "[store][crash]") {
  for (std::size_t k = 0; k < 12; ++k) {
    Machine machine;
    machine.run(k, [](Directory& log) { archive(log, 2); });
    machine.die(Stop::kill);
    machine.run(fakes::Steps::kNever, [](Directory& log) {
      recover(log);
      archive(log, 2);
    });
    CHECK(machine.fs.exists(path(segment(2).with(Form::archive))));
    check(machine, {1, 2, 3, 4});
  }
}

TEST_CASE("Archiving: a removal goes all the way or leaves a segment", "[store][crash]") {
  const auto is_plain = [](Machine&) {};
  const auto is_archive = [](Machine& machine) {
    machine.run(fakes::Steps::kNever, [](Directory& log) { archive(log, 2); });
  };
  const auto is_both = [](Machine& machine) {
    machine.run(fakes::Steps::kNever, [](Directory& log) { archive(log, 2); });
    machine.fs.put(path(segment(2)), lines_of(2));
  };
  for (const auto& prepare :
       std::vector<std::function<void(Machine&)>>{is_plain, is_archive, is_both})
    stop_everywhere(
        prepare, [](Directory& log) { std::ignore = remove_segment_files(log, segment(2)); },
        [](Machine& machine) {
          const auto names = machine.fs.list("/log/web");
          const bool is_left = segments_among(names).size() == 4;
          check(machine, is_left ? std::vector<std::uint64_t>{1, 2, 3, 4}
                                 : std::vector<std::uint64_t>{1, 3, 4});
        },
        3);
}

TEST_CASE("Archiving: what fails in between leaves the plain segment", "[store]") {
  using fakes::Call;
  for (const Call call : {Call::open_file, Call::create_file, Call::read, Call::write,
                          Call::sync_data, Call::rename, Call::sync_directory, Call::remove})
    for (const int sys_errno : {ENOSPC, EIO}) {
      Machine machine;
      machine.run(fakes::Steps::kNever, [&](Directory& log) {
        machine.fs.fail_all(call, sys_errno);
        archive(log, 2);
        machine.fs.fail_all(call, 0);
        CHECK(machine.fs.exists(path(segment(2))));
        recover(log);
      });
      check(machine, {1, 2, 3, 4});
    }
}

// Somebody's editor, or a logd that goes on in a segment that looked closed.
TEST_CASE("Archiving: a segment that has grown meanwhile stays", "[store]") {
  Machine machine;
  const auto log = machine.open();
  auto files = open_for_archiving(*log, segment(2)).value();
  const auto made = make_archive(*files.plain, *files.archive, 6).value();
  machine.fs.put(path(segment(2)), lines_of(2) + "more\n");
  const auto published = publish_archive(*log, segment(2), made.plain_bytes);
  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::corrupt);
  CHECK(machine.fs.contents(path(segment(2))) == lines_of(2) + "more\n");
  CHECK_FALSE(machine.fs.exists(path(segment(2).with(Form::archive))));
}

TEST_CASE("Archiving: another file of the same number is no archive of a segment", "[store]") {
  Machine machine;
  SegmentName other = segment(2).with(Form::archive);
  other.created += std::chrono::hours(1);
  machine.fs.put(path(other), "of another directory");
  machine.run(fakes::Steps::kNever, recover);
  CHECK(machine.fs.exists(path(segment(2))));
  CHECK(machine.fs.exists(path(other)));
}

TEST_CASE("Archiving: what somebody else has finished since it was listed is finished", "[store]") {
  Machine machine;
  const auto log = machine.open();
  const SegmentName plain = segment(1);
  const SegmentName archive = plain.with(Form::archive);
  SECTION("the plain file is gone") {
    auto files = open_for_archiving(*log, plain).value();
    const auto made = make_archive(*files.plain, *files.archive, 6).value();
    REQUIRE(publish_archive(*log, plain, made.plain_bytes));
    CHECK(machine.fs.exists(path(archive)));
  }
  SECTION("both are gone") { REQUIRE(remove_segment_files(*log, plain)); }
  const auto before = machine.fs.list("/log/web");
  const auto finished = finish_archiving(*log, {plain.str(), archive.str()}, 4);
  REQUIRE(finished);
  CHECK(finished->removed.empty());
  CHECK(finished->set_aside.empty());
  CHECK(machine.fs.list("/log/web") == before);
}

TEST_CASE("Archiving: recovery leaves the active segment alone", "[store]") {
  Machine machine;
  machine.fs.put(path(segment(4).with(Form::archive)), "");
  machine.run(fakes::Steps::kNever, recover);
  CHECK(machine.fs.exists(path(segment(4))));
}

namespace {

// A log that is written, archived and flushed, as the daemon does it: what is to be archived when a
// flush begins is given up, and a predecessor's archiving is finished after its log is.
class FlushedLog {
 public:
  FlushedLog() {
    fs_.make_directory("/log/web");
    fs_.on_step = steps.hook();
    ledger_ = std::make_unique<Ledger>(image_);
    ledger_->set_step_hook(steps.hook());
    open();
    for (int i = 0; i < 3; ++i) {
      REQUIRE(log_->append_event("line " + std::to_string(i)));
      REQUIRE(log_->rotate());
    }
    archive_is_of_ = 1;
    std::ignore = archive_step(3);
    REQUIRE(log_->append_event("line 3"));
    archive_is_of_ = 2;
    steps.restart();
  }

  void open() {
    log_.reset();
    auto directory = fs_.open_directory("/log/web").value();
    const FileStatus status = directory->status().value();
    const LedgerOrigin origin{{7}, status.device, status.inode};
    auto opened = ProcessLog::open(std::move(directory), *ledger_, origin, clock_,
                                   {.max_segment_bytes = 1 << 20});
    REQUIRE(opened);
    log_ = std::move(*opened);
    const auto home = fs_.open_directory("/log/web").value();
    const auto names = home->list().value();
    REQUIRE(finish_archiving(*home, names, log_->segment_number()));
  }

  // Archiving of a closed segment, up to `steps_done` of its three steps.
  Result<void> archive_step(int steps_done) {
    const auto directory = fs_.open_directory("/log/web").value();
    SegmentName name;
    for (const std::string& entry : fs_.list("/log/web"))
      if (const auto parsed = parse_segment_name(entry);
          parsed && parsed->number == archive_is_of_ && parsed->form == Form::plain)
        name = *parsed;
    LOGD_TRY_ASSIGN(ArchiveFiles files, open_for_archiving(*directory, name));
    if (steps_done == 1) return {};
    LOGD_TRY_ASSIGN(const ArchiveMade made, make_archive(*files.plain, *files.archive, 6));
    if (steps_done == 2) return {};
    return publish_archive(*directory, name, made.plain_bytes);
  }

  void flush(bool with_archives) {
    LedgerFlush order{
        .up_to = log_->segment_number(), .records = 4, .bytes = 99, .uid = 1, .pid = 2};
    if (with_archives) order.flags |= kFlushArchives;
    const auto plan = log_->plan_flush(with_archives).value();
    if (!log_->begin_flush(order)) return;
    if (!log_->store_flush_event()) return;
    if (!log_->append_event("after")) return;
    for (const SegmentName& name : plan.segments) std::ignore = log_->remove_segment(name);
    log_->end_flush();
  }

  void die(Stop stop) {
    steps.restart();
    if (stop == Stop::kill) {
      fs_.restart();
    } else {
      fs_.crash();
      image_ = LedgerImage{};
    }
    ledger_ = std::make_unique<Ledger>(image_);
  }

  // All events, oldest first.
  std::vector<std::string> read() {
    std::vector<std::string> found;
    const auto directory = fs_.open_directory("/log/web").value();
    for (const ListedSegment& listed : segments_among(fs_.list("/log/web"))) {
      const auto opened = open_segment(*directory, listed).value();
      std::string bytes(opened.file->status().value().bytes, '\0');
      std::ignore = opened.file->read_at(bytes.data(), bytes.size(), 0);
      std::istringstream lines(bytes);
      for (std::string line; std::getline(lines, line);)
        found.push_back(line.substr(kEventHeaderBytes));
    }
    return found;
  }

  bool has_rubbish() const {
    const auto names = fs_.list("/log/web");
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return name.ends_with(".log.gz.tmp"); });
  }

  void sync() { std::ignore = fs_.open_directory("/log/web").value()->sync_file_system(); }

  fakes::Steps steps;

 private:
  fakes::FakeFileSystem fs_;
  fakes::FakeClock clock_;
  LedgerImage image_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<ProcessLog> log_;
  std::uint64_t archive_is_of_ = 0;
};

}  // namespace

TEST_CASE("Archiving: beside a flush, stopped after every step of both", "[store][crash]") {
  using Lines = std::vector<std::string>;
  const std::string event = flushed_event(1, 2, 4, 99);
  for (const bool with_archives : {false, true})
    for (const int archived : {1, 2, 3})
      for (const Stop stop : {Stop::kill, Stop::power_cut}) {
        bool is_whole = false;
        std::size_t k = 0;
        for (; !is_whole; ++k) {
          FlushedLog log;
          log.sync();
          log.steps.restart();
          log.steps.stop_at(k);
          try {
            std::ignore = log.archive_step(archived);
            log.flush(with_archives);
            is_whole = true;
          } catch (const StopHere&) {
          }
          log.die(stop);
          log.open();
          INFO("stopped after step " << k << ", archived " << archived << ", archives go "
                                     << with_archives << ", power cut "
                                     << (stop == Stop::power_cut));
          CHECK_FALSE(log.has_rubbish());
          Lines lines = log.read();
          if (!lines.empty() && lines.back() == "after") lines.pop_back();
          if (stop == Stop::power_cut) {
            // Nothing of the flush is synced: what it deleted may be back, in order and once.
            std::erase(lines, event);
            Lines all{"line 0", "line 1", "line 2", "line 3"};
            CHECK(std::includes(all.begin(), all.end(), lines.begin(), lines.end()));
            continue;
          }
          const Lines nothing_flushed{"line 0", "line 1", "line 2", "line 3"};
          if (lines == nothing_flushed) continue;
          Lines flushed{event};
          if (!with_archives) flushed.insert(flushed.begin(), "line 0");
          if (!with_archives && archived == 3) flushed.insert(flushed.begin() + 1, "line 1");
          CHECK(lines == flushed);
        }
        CHECK(k > 20);
      }
}

}  // namespace logd
