// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "query/backward_log.h"
#include "query_logs.h"
#include "store/archive_reader.h"
#include "store/inflate_pool.h"
#include "store/record_view.h"

using namespace logd;
using namespace logd::tests;

namespace {

using Contents = std::vector<std::string>;

// A segment of several members; each has one record of stderr but the third one.
std::string several_members() {
  std::string bytes;
  for (std::uint64_t tick = 1; bytes.size() < 5 * kMemberTargetBytes; ++tick) {
    const std::uint64_t member = bytes.size() / kMemberTargetBytes;
    const bool is_err = member != 2 && tick % 2500 == 0;
    // Not the same over and over, or it would be too small to damage.
    std::string content = std::to_string(tick * 2654435761 % 1'000'003);
    content.resize(300, static_cast<char>('a' + tick % 26));
    bytes += is_err ? err(tick, content) : out(tick, content);
  }
  return bytes;
}

Contents records_of(std::string_view bytes) {
  Contents records;
  while (!bytes.empty()) records.emplace_back(take_first_record(bytes));
  return records;
}

Contents forward(LogReader& reader) {
  Contents records;
  RecordView record;
  while (reader.next(record)) records.emplace_back(record.bytes);
  return records;
}

Contents backward(Logs& logs, InflatePool* pool = nullptr) {
  const auto directory = logs.open("web");
  BackwardLog log(*directory, logs.list("web"), 1000);
  log.set_pool(pool);
  log.tell(DamageReport(*parse_log_name("web"), logs.report));
  Contents records;
  BackwardLog::Block block;
  while (log.previous(block)) {
    while (!block.records.empty()) {
      RecordView record;
      if (look_at_record(take_last_record(block.records), record)) {
        records.emplace_back(record.bytes);
      }
    }
  }
  return {records.rbegin(), records.rend()};
}

}  // namespace

TEST_CASE("An archive is read as its segment was, both ways", "[query]") {
  Logs logs;
  logs.append("web", 1, several_members());
  logs.append("web", 2, out(1'000'000, "last"));
  const Contents records = records_of(several_members() + out(1'000'000, "last"));
  logs.archive("web", 1);
  LogReader reader = logs.reader("web");
  CHECK(forward(reader) == records);
  CHECK(backward(logs) == records);
  CHECK(logs.damage.empty());
}

TEST_CASE("A damaged member costs only itself, and is told once, both ways", "[query]") {
  Logs logs;
  logs.append("web", 1, several_members());
  std::string bytes = logs.archive("web", 1);
  const std::string path = Logs::path("web", 1, SegmentName::Form::archive);
  std::vector<ArchiveMember> members;
  {
    const auto file =
        logs.open("web")->open_file(path.substr(path.rfind('/') + 1), OpenMode::read).value();
    members = ArchiveReader::open(*file).value().members();
  }
  REQUIRE(members.size() >= 5);
  const auto lost = members[GENERATE(0u, 1u, 4u)];
  bytes[lost.offset + lost.bytes / 2] = static_cast<char>(bytes[lost.offset + lost.bytes / 2] ^ 1);
  logs.fs.put(path, bytes);
  std::string kept = several_members();
  kept.erase(lost.uncompressed_offset, lost.uncompressed_bytes);

  LogReader reader = logs.reader("web");
  CHECK(forward(reader) == records_of(kept));
  REQUIRE(logs.damage.size() == 1);
  CHECK(logs.damage[0].starts_with("web: segment 1: damaged archive: "));
  CHECK(backward(logs) == records_of(kept));
  CHECK(logs.damage.size() == 2);
}

TEST_CASE("Of a truncated archive what is whole is read", "[query]") {
  Logs logs;
  logs.append("web", 1, several_members());
  std::string bytes = logs.archive("web", 1);
  bytes.resize(bytes.size() / 2);
  logs.fs.put(Logs::path("web", 1, SegmentName::Form::archive), bytes);
  const Contents records = records_of(several_members());
  LogReader reader = logs.reader("web");
  const Contents got = forward(reader);
  REQUIRE(got.size() > records.size() / 5);
  CHECK(std::equal(got.begin(), got.end(), records.begin()));
  CHECK(backward(logs) == got);
  CHECK(!logs.damage.empty());
}

TEST_CASE("Members that hold nothing wanted are not read", "[query]") {
  Logs logs;
  logs.append("web", 1, several_members());
  const std::uint64_t size = logs.archive("web", 1).size();
  SECTION("stderr: one member has none") {
    LogReader reader = logs.reader("web");
    reader.set_wanted({false, true, true});
    logs.fs.clear_calls();
    std::size_t errors = 0;
    for (const std::string& record : forward(reader)) errors += record.find("stderr") < 50;
    CHECK(errors > 2);
    CHECK(logs.bytes_read() < size - size / 7);
  }
  SECTION("a part from one record on") {
    LogReader reader = logs.reader("web", 1000);
    reader.seek({1, several_members().rfind('\n', kMemberTargetBytes * 4) + 1}, kNoLimit);
    logs.fs.clear_calls();
    CHECK(forward(reader).size() > 100);
    CHECK(logs.bytes_read() < size / 2);
  }
}

TEST_CASE("Members that are inflated ahead are the same, within any limit", "[query]") {
  Logs logs;
  logs.append("web", 1, several_members());
  std::string bytes = logs.archive("web", 1);
  const bool is_damaged = GENERATE(false, true);
  std::string kept = several_members();
  if (is_damaged) {
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    logs.fs.put(Logs::path("web", 1, SegmentName::Form::archive), bytes);
    LogReader reader = logs.reader("web");
    kept.clear();
    for (const std::string& record : forward(reader)) kept += record + "\n";
    logs.damage.clear();
  }
  for (const std::uint64_t limit : {InflatePool::kMaxBytes, 4_MiB, 2_MiB, 100_KiB}) {
    for (const unsigned threads : {1u, 3u}) {
      CAPTURE(limit, threads, is_damaged);
      InflatePool pool(threads, limit);
      LogReader reader = logs.reader("web", 64 * 1024);
      reader.set_pool(pool);
      CHECK(forward(reader) == records_of(kept));
      CHECK(backward(logs, &pool) == records_of(kept));
      // It may be left while members are under way.
      LogReader other = logs.reader("web", 64 * 1024);
      other.set_pool(pool);
      RecordView record;
      for (int i = 0; i < 6000; ++i) REQUIRE(other.next(record));
    }
  }
  CHECK(logs.damage.empty() == !is_damaged);
}

TEST_CASE("InflatePool: what is under way and what is kept has a limit", "[store]") {
  InflatePool pool(2, 4 * kMemberTargetBytes);
  CHECK(pool.keep(4 * kMemberTargetBytes));
  CHECK_FALSE(pool.keep(1));
  pool.give_back(1);
  CHECK(pool.keep(1));
  ArchiveMember member;
  member.bytes = 100;
  member.uncompressed_bytes = kMemberTargetBytes - 100;
  const std::string rubbish(100, 'x');
  auto job = pool.begin(member, rubbish);
  REQUIRE(job != nullptr);
  CHECK(pool.begin(member, rubbish) == nullptr);
  CHECK(pool.take(job).error().code == ErrorCode::corrupt);
  job.reset();
  // Its thread lets go of it a moment later.
  while ((job = pool.begin(member, rubbish)) == nullptr) std::this_thread::yield();
  CHECK(pool.take(job).error().code == ErrorCode::corrupt);
}
