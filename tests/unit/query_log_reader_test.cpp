// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/log_reader.h"
#include "query_logs.h"

using namespace logd;
using namespace logd::tests;

namespace {

using Contents = std::vector<std::string>;

// Everything up to the end that there is now.
Contents read(LogReader& reader) {
  Contents contents;
  RecordView record;
  while (reader.next(record)) contents.emplace_back(record.content);
  return contents;
}

// The same, knowing that names may have changed.
Contents read_anew(LogReader& reader) {
  reader.note_new_names();
  return read(reader);
}

// A directory in which something happens each time it is listed.
class BusyDirectory final : public Directory {
 public:
  BusyDirectory(std::unique_ptr<Directory> real, std::function<void()> on_list)
      : real_(std::move(real)), on_list_(std::move(on_list)) {}

  Result<std::unique_ptr<File>> open_file(const std::string& name, OpenMode mode) override {
    return real_->open_file(name, mode);
  }
  Result<std::unique_ptr<Directory>> open_directory(const std::string& name,
                                                    Create create) override {
    return real_->open_directory(name, create);
  }
  Result<std::vector<std::string>> list() override {
    on_list_();
    return real_->list();
  }
  Result<FileStatus> status_of(const std::string& name) override { return real_->status_of(name); }
  Result<void> remove(const std::string& name) override { return real_->remove(name); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return real_->rename(from, to);
  }
  Result<void> rename_new(const std::string& from, const std::string& to) override {
    return real_->rename_new(from, to);
  }
  Result<void> replace(const std::string& from, const std::string& to) override {
    return real_->replace(from, to);
  }
  Result<void> make_symlink(const std::string& target, const std::string& name) override {
    return real_->make_symlink(target, name);
  }
  Result<void> sync() override { return real_->sync(); }
  Result<void> sync_file_system() override { return real_->sync_file_system(); }
  Result<FileStatus> status() override { return real_->status(); }
  Result<DiskSpace> space() override { return real_->space(); }
  Result<void> set_group(std::uint32_t gid) override { return real_->set_group(gid); }
  int descriptor() const override { return real_->descriptor(); }

 private:
  std::unique_ptr<Directory> real_;
  std::function<void()> on_list_;
};

}  // namespace

TEST_CASE("LogReader: reads all segments in the order of their numbers", "[query]") {
  Logs logs;
  logs.append("web", 9, out(1, "a") + err(2, "b"));
  logs.append("web", 10, out(3, "c"));
  logs.append("web", 11, "");
  logs.append("web", 12, out(4, "d") + "2026-torn");
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a", "b", "c", "d"});
  CHECK(reader.position() == Position{12, 0});
  CHECK(logs.damage.empty());
  CHECK(logs.notices.empty());
}

TEST_CASE("LogReader: starts and ends where it is told", "[query]") {
  Logs logs;
  const std::string first = out(1, "a") + out(2, "b");
  logs.append("web", 1, first + out(3, "c"));
  logs.append("web", 2, out(4, "d") + out(5, "e"));
  LogReader reader = logs.reader("web");
  reader.seek({1, out(1, "a").size()}, {2, out(4, "d").size()});
  CHECK(read(reader) == Contents{"b", "c", "d"});
  logs.append("web", 2, out(6, "f"));
  CHECK(read_anew(reader).empty());
  reader.seek({1, first.size()}, {1, first.size()});
  CHECK(read(reader).empty());
}

TEST_CASE("LogReader: goes on in the same segment, and in the next one", "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a"));
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a"});
  logs.append("web", 1, out(2, "b"));
  CHECK(read(reader) == Contents{"b"});
  logs.append("web", 1, out(3, "c"));
  logs.append("web", 2, out(4, "d"));
  logs.append("web", 3, out(5, "e"));
  CHECK(read_anew(reader) == Contents{"c", "d", "e"});
  CHECK(logs.notices.empty());
}

// The writer may finish a segment and go on in the next one just after the reader has found the
// end.
TEST_CASE("LogReader: what a segment got after its end was found is not skipped", "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a"));
  std::function<void()> on_list = [] {};
  LogReader reader(*parse_log_name("web"),
                   std::make_unique<BusyDirectory>(logs.open("web"), [&] { on_list(); }), 128,
                   logs.report);
  CHECK(read(reader) == Contents{"a"});
  on_list = [&] {
    logs.append("web", 1, out(2, "b"));
    logs.append("web", 2, out(3, "c"));
    on_list = [] {};
  };
  CHECK(read_anew(reader) == Contents{"b", "c"});
}

// A kill while a segment is being switched may leave N+1 empty and N live: recovery then removes
// N+1, and N grows on.
TEST_CASE("LogReader: does not move to an empty segment, which recovery may remove", "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a"));
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a"});
  logs.append("web", 2, "");
  CHECK(read_anew(reader).empty());
  logs.remove("web", 2);
  logs.append("web", 1, out(2, "b"));
  CHECK(read_anew(reader) == Contents{"b"});
  logs.append("web", 2, out(3, "c"));
  CHECK(read_anew(reader) == Contents{"c"});
}

TEST_CASE("LogReader: a torn first record of the next segment does not make it the next one",
          "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a"));
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a"});
  logs.append("web", 2, "2026-11-21T22:1");
  CHECK(read_anew(reader).empty());
  logs.append("web", 1, out(2, "b"));
  CHECK(read_anew(reader) == Contents{"b"});
}

TEST_CASE("LogReader: a torn record that recovery cut off is not read with what replaced it",
          "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a") + "2026-11-21T22:17:00.000000002Z stdout F tor");
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a"});
  logs.cut("web", 1, out(1, "a").size());
  CHECK(read_anew(reader).empty());
  logs.append("web", 1, out(5, "b"));
  CHECK(read(reader) == Contents{"b"});
  CHECK(logs.damage.empty());
}

TEST_CASE("LogReader: a segment deleted while it is open is read to its end", "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a"));
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a"});
  logs.append("web", 1, out(2, "b"));
  logs.remove("web", 1);
  logs.append("web", 2, out(3, "c"));
  CHECK(read_anew(reader) == Contents{"b", "c"});
  CHECK(logs.notices.empty());
}

TEST_CASE("LogReader: even an empty first segment is held open", "[query]") {
  Logs logs;
  logs.append("web", 1, "");
  LogReader reader = logs.reader("web");
  CHECK(read(reader).empty());
  logs.append("web", 1, out(1, "a"));
  logs.remove("web", 1);
  logs.append("web", 2, "");
  CHECK(read_anew(reader) == Contents{"a"});
}

TEST_CASE("LogReader: says which segments were deleted before it came to them", "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a"));
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a"});
  logs.append("web", 4, out(2, "b"));
  CHECK(read_anew(reader) == Contents{"b"});
  CHECK(logs.notices == Contents{"web: segments 2 to 3 were deleted before they were read"});
}

TEST_CASE("LogReader: a segment deleted since it was listed is left out", "[query]") {
  Logs logs;
  for (std::uint64_t i = 1; i <= 3; ++i) logs.append("web", i, out(i, std::to_string(i)));
  LogReader reader = logs.reader("web");
  RecordView record;
  REQUIRE(reader.next(record));
  logs.remove("web", 2);
  CHECK(read(reader) == Contents{"3"});
  CHECK(logs.notices == Contents{"web: segment 2 was deleted before it was read"});
}

TEST_CASE("LogReader: what is not a record is left out and reported once a segment", "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a") + "by hand\n\n" + out(2, "b") + "again\n");
  logs.append("web", 2, "2026-11-21T22:17:00.000000003Z stdmid F x\n" + out(3, "c"));
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a", "b", "c"});
  REQUIRE(logs.damage.size() == 2);
  CHECK(logs.damage[0] == "web: segment 1: what stands at byte 42 is not a record and is left out");
}

TEST_CASE("LogReader: a segment that may not be read is reported once, and the next one read",
          "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a"));
  logs.append("web", 2, out(2, "b"));
  logs.append("web", 3, out(3, "c"));
  logs.append("web", 4, out(4, "d"));
  logs.fs.deny(Logs::path("web", 2));
  logs.fs.deny(Logs::path("web", 4));
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a", "c"});
  CHECK(logs.unreadable.size() == 2);
  reader.note_new_names();
  CHECK(read(reader).empty());
  CHECK(logs.unreadable.size() == 2);
  CHECK(logs.damage.empty());
  CHECK(logs.notices.empty());
}

TEST_CASE("LogReader: a read that fails for a while loses nothing", "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a"));
  LogReader reader = logs.reader("web");
  CHECK(read(reader) == Contents{"a"});
  logs.append("web", 1, out(2, "b"));
  logs.fs.fail_all(fakes::Call::read, EIO);
  CHECK(read(reader).empty());
  CHECK(read(reader).empty());
  CHECK(logs.damage.size() == 1);
  logs.fs.fail_all(fakes::Call::read, 0);
  CHECK(read(reader) == Contents{"b"});
}

TEST_CASE("LogReader: segments that are missing between others are damage, but for a flush",
          "[query]") {
  Logs logs;
  logs.append("web", 3, out(1, "a"));
  logs.append("web", 6, out(2, "b"));
  logs.append("web", 7, "");
  logs.append("web", 9, event(3, "flushed by uid 0: 3 records, 4 bytes (pid 1)") + out(4, "c"));
  LogReader reader = logs.reader("web");
  CHECK(read(reader).size() == 4);
  CHECK(logs.damage == Contents{"web: segments 4 to 5 are missing"});
  const auto directory = logs.open("web");
  BackwardLog backward(*directory, logs.list("web"), 128);
  backward.tell(DamageReport(*parse_log_name("web"), logs.report));
  BackwardLog::Block block;
  while (backward.previous(block)) CHECK(!block.records.empty());
  CHECK(logs.damage.size() == 2);
}
