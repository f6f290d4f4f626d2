// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <catch2/catch.hpp>
#include <string>

#include "fakes/fake_file_system.h"
#include "store/segment_list.h"

using namespace logd;
using Form = SegmentName::Form;

namespace {

// An ordinary gzip file of one member.
std::string gzipped(std::string_view bytes) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string compressed(::deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  compressed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return compressed;
}

std::string contents_of(File& file) {
  std::string contents(file.status()->bytes, '\0');
  REQUIRE(file.read_at(contents.data(), contents.size(), 0).value() == contents.size());
  return contents;
}

constexpr auto kOne = "0000000001-20261121T221700Z.log";
constexpr auto kOneArchive = "0000000001-20261121T221700Z.log.gz";

struct Log {
  fakes::FakeFileSystem fs;
  std::unique_ptr<Directory> directory;

  Log() {
    fs.make_directory("/log");
    directory = fs.open_directory("/log").value();
  }
  ListedSegment listed(std::size_t index = 0) { return list_segments(*directory).value()[index]; }
  OpenedSegment open(const ListedSegment& segment) {
    return open_segment(*directory, segment).value();
  }
};

}  // namespace

TEST_CASE("segments_among: order is by number, and a segment that is there twice is one",
          "[store]") {
  const auto segments = segments_among({
      "0000000010-20261121T221700Z.log",
      "0000000002-20261121T231700Z.log.gz",
      "0000000002-20261121T231700Z.log",
      "0000000001-20271121T221700Z.log.gz",
      "0000000003-20261121T231700Z.log.gz.tmp",
      "0000000002-20261121T231700Z.log.torn",
      "current.log",
      ".owner",
      "notes.txt",
  });
  REQUIRE(segments.size() == 3);
  CHECK(segments[0].name.number == 1);
  CHECK(segments[0].name.form == Form::archive);
  CHECK(segments[1].name.number == 2);
  CHECK(segments[1].name.form == Form::plain);
  CHECK(segments[1].has_archive);
  CHECK(segments[2].name.number == 10);
  CHECK_FALSE(segments[2].has_archive);
}

TEST_CASE("open_segment: an archive reads like the segment it was made from", "[store]") {
  Log log;
  std::string contents;
  for (int i = 0; i < 50000; ++i) contents += "record " + std::to_string(i) + "\n";
  // Many members, as our own archives have.
  log.fs.put("/log/" + std::string(kOneArchive),
             gzipped(contents.substr(0, 1000)) + gzipped("") + gzipped(contents.substr(1000)));
  const OpenedSegment opened = log.open(log.listed());
  CHECK(opened.is_archive);
  CHECK(opened.damage.empty());
  CHECK((contents_of(*opened.file) == contents));
}

TEST_CASE("open_segment: follows a segment that became an archive since it was listed", "[store]") {
  Log log;
  log.fs.put("/log/" + std::string(kOne), "plain\n");
  const ListedSegment listed = log.listed();
  CHECK(contents_of(*log.open(listed).file) == "plain\n");
  log.fs.remove("/log/" + std::string(kOne));
  log.fs.put("/log/" + std::string(kOneArchive), gzipped("plain\n"));
  CHECK(contents_of(*log.open(listed).file) == "plain\n");
  log.fs.remove("/log/" + std::string(kOneArchive));
  CHECK(open_segment(*log.directory, listed).error().code == ErrorCode::not_found);
}

TEST_CASE("open_segment: of a damaged archive what can be read is there", "[store]") {
  Log log;
  const std::string path = "/log/" + std::string(kOneArchive);
  const std::string whole = gzipped("one\ntwo\n");
  SECTION("cut short between members") {
    log.fs.put(path, whole + whole.substr(0, 12));
    const OpenedSegment opened = log.open(log.listed());
    CHECK_FALSE(opened.damage.empty());
    // The readers leave out what has no newline.
    CHECK(contents_of(*opened.file).starts_with("one\ntwo\n"));
  }
  SECTION("rubbish behind it") {
    log.fs.put(path, whole + "rubbish");
    const OpenedSegment opened = log.open(log.listed());
    CHECK_FALSE(opened.damage.empty());
    CHECK(contents_of(*opened.file) == "one\ntwo\n");
  }
  SECTION("a wrong checksum") {
    std::string wrong = whole;
    wrong[wrong.size() - 5] = static_cast<char>(wrong[wrong.size() - 5] ^ 1);
    log.fs.put(path, wrong);
    CHECK_FALSE(log.open(log.listed()).damage.empty());
  }
  SECTION("empty") {
    log.fs.put(path, "");
    const OpenedSegment opened = log.open(log.listed());
    CHECK_FALSE(opened.damage.empty());
    CHECK(contents_of(*opened.file).empty());
  }
}

namespace {

// Shows neither name of the segment that is archived while it lists for the first time, and not all
// of those that are begun while it lists for the second.
class BusyDirectory final : public Directory {
 public:
  Result<std::vector<std::string>> list() override {
    const std::string other = "0000000002-20261121T221700Z.log";
    const std::string archive = "0000000001-20261121T221700Z.log.gz";
    const std::string newer = "0000000004-20261121T221701Z.log";  // 3 was begun meanwhile, too
    return listings_++ == 0 ? std::vector<std::string>{other}
                            : std::vector<std::string>{other, archive, newer};
  }
  Result<std::unique_ptr<File>> open_file(const std::string&, OpenMode) override { return none(); }
  Result<std::unique_ptr<Directory>> open_directory(const std::string&, Create) override {
    return none();
  }
  Result<FileStatus> status_of(const std::string&) override { return none(); }
  Result<void> remove(const std::string&) override { return none(); }
  Result<void> rename(const std::string&, const std::string&) override { return none(); }
  Result<void> rename_new(const std::string&, const std::string&) override { return none(); }
  Result<void> replace(const std::string&, const std::string&) override { return none(); }
  Result<void> make_symlink(const std::string&, const std::string&) override { return none(); }
  Result<DiskSpace> space() override { return none(); }
  Result<void> sync() override { return none(); }
  Result<void> sync_file_system() override { return none(); }
  Result<FileStatus> status() override { return none(); }
  Result<void> set_group(std::uint32_t) override { return none(); }
  int descriptor() const override { return -1; }

 private:
  static Unexpected none() { return fail(ErrorCode::not_found, "not here"); }
  int listings_ = 0;
};

}  // namespace

TEST_CASE("Segment list: nothing is missed, whatever happens meanwhile", "[store]") {
  BusyDirectory directory;
  const auto segments = list_segments(directory).value();
  REQUIRE(segments.size() == 2);
  CHECK(segments[0].name.number == 1);
  CHECK(segments[1].name.number == 2);
}
