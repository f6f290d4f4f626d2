// Makes, compares, checks and reads archives, for the tests and the benchmark of the store.
//
//   archive_tool write LEVEL SEGMENT ARCHIVE [--compare]   --compare: as the archiver does
//   archive_tool compare SEGMENT ARCHIVE                   exit 1 if they differ
//   archive_tool check ARCHIVE                             exit 1 if anything is damaged
//   archive_tool cat ARCHIVE                               as readers see it; exit 1 if damaged
//   archive_tool members ARCHIVE                           offset, size, uncompressed, counts
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/posix_file_system.h"
#include "store/archive_file.h"
#include "store/archive_reader.h"
#include "store/archive_verify.h"
#include "store/archive_writer.h"

using namespace logd;

namespace {

[[noreturn]] void end_with(int status, const std::string& message) {
  fmt::print(stderr, "archive_tool: {}\n", message);
  std::exit(status);
}

template <typename T>
T value_of(Result<T> result) {
  if (!result)
    end_with(result.error().code == ErrorCode::corrupt ? 1 : 2, result.error().message());
  return std::move(*result);
}

std::unique_ptr<File> open(const std::string& path, OpenMode mode) {
  const std::size_t slash = path.rfind('/');
  PosixFileSystem system;
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const auto directory = value_of(system.open_directory(folder));
  return value_of(directory->open_file(path.substr(slash + 1), mode));
}

int compare(File& archive, File& segment) {
  if (const auto same = compare_archive(archive, segment); !same) {
    end_with(1, same.error().message());
  }
  return 0;
}

int write(const std::vector<std::string>& args) {
  const auto segment = open(args[2], OpenMode::read);
  std::remove(args[3].c_str());
  const auto archive = open(args[3], OpenMode::create_new);
  const ArchiveStats stats =
      value_of(write_archive(*segment, *archive, std::atoi(args[1].c_str())));
  if (args.size() > 4) compare(*archive, *segment);
  fmt::print("{} {} {} {} {} {}\n", stats.bytes_in, stats.bytes_out, stats.members,
             stats.records.out_records, stats.records.err_records, stats.records.events);
  return 0;
}

int check(const std::string& path) {
  const auto archive = open(path, OpenMode::read);
  const ArchiveCheck found = value_of(check_archive(*archive));
  fmt::print("members {} bytes {} records {} table {} foreign {}\n", found.members,
             found.uncompressed_bytes, found.records.records(), found.has_table, found.is_foreign);
  for (const ArchiveDamage& damage : found.damage) {
    fmt::print("damage {} {} {}\n", damage.offset, damage.bytes, damage.reason);
  }
  return found.damage.empty() ? 0 : 1;
}

int cat(const std::string& path) {
  const auto archive = open(path, OpenMode::read);
  const InflatedArchive inflated = value_of(inflate_archive(*archive));
  std::vector<char> bytes(64 * 1024);
  for (std::uint64_t at = 0;;) {
    const std::size_t got = value_of(inflated.file->read_at(bytes.data(), bytes.size(), at));
    if (got == 0) break;
    std::fwrite(bytes.data(), 1, got, stdout);
    at += got;
  }
  if (!inflated.damage.empty()) end_with(1, inflated.damage);
  return 0;
}

int members(const std::string& path) {
  const auto archive = open(path, OpenMode::read);
  const ArchiveReader reader = value_of(ArchiveReader::open(*archive));
  for (const ArchiveMember& member : reader.members()) {
    const RecordSummary& summary = member.summary;
    fmt::print("{} {} {} {} {} {} {} {} {}\n", member.offset, member.bytes,
               member.uncompressed_offset, member.uncompressed_bytes,
               summary.first_time.time_since_epoch().count(),
               summary.last_time.time_since_epoch().count(), summary.out_records,
               summary.err_records, summary.events);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const std::string verb = args.empty() ? "" : args[0];
  if (verb == "write" && args.size() >= 4) return write(args);
  if (verb == "compare" && args.size() == 3) {
    return compare(*open(args[2], OpenMode::read), *open(args[1], OpenMode::read));
  }
  if (verb == "check" && args.size() == 2) return check(args[1]);
  if (verb == "cat" && args.size() == 2) return cat(args[1]);
  if (verb == "members" && args.size() == 2) return members(args[1]);
  std::fputs("usage: archive_tool write|compare|check|cat|members ...\n", stderr);
  return 2;
}
