// Writes logs into a FakeFileSystem for the tests of query/.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/fake_file_system.h"
#include "logd/names.h"
#include "query/log_reader.h"
#include "query/reverse_lines.h"
#include "store/archive_writer.h"
#include "store/segment_name.h"

namespace logd::tests {

inline constexpr std::string_view kLogDir = "/log";

// "2026-11-21T22:17:00.000000042": the time of tick 42.
inline std::string time_of(std::uint64_t tick) {
  return fmt::format("2026-11-21T22:17:{:02}.{:09}", tick / 1'000'000'000, tick % 1'000'000'000);
}

inline std::string record(std::uint64_t tick, Stream stream, char tag, std::string_view content) {
  return fmt::format("{}Z {} {} {}\n", time_of(tick), stream_name(stream), tag, content);
}
inline std::string out(std::uint64_t tick, std::string_view content) {
  return record(tick, Stream::out, 'F', content);
}
inline std::string err(std::uint64_t tick, std::string_view content) {
  return record(tick, Stream::err, 'F', content);
}
inline std::string out_piece(std::uint64_t tick, std::string_view content) {
  return record(tick, Stream::out, 'P', content);
}
inline std::string err_piece(std::uint64_t tick, std::string_view content) {
  return record(tick, Stream::err, 'P', content);
}
inline std::string event(std::uint64_t tick, std::string_view text) {
  return fmt::format("{}+00:00 stderr F {}\n", time_of(tick), text);
}

struct Logs {
  fakes::FakeFileSystem fs;
  std::vector<std::string> damage;
  std::vector<std::string> unreadable;
  std::vector<std::string> notices;
  Report report = [this](Trouble trouble, const std::string& message) {
    (trouble == Trouble::damage       ? damage
     : trouble == Trouble::unreadable ? unreadable
                                      : notices)
        .push_back(message);
  };

  Logs() { fs.make_directory(std::string(kLogDir)); }

  static std::string path(const std::string& log, std::uint64_t segment,
                          SegmentName::Form form = SegmentName::Form::plain) {
    const WallTime created{std::chrono::seconds(1'700'000'000)};
    return fmt::format("{}/{}/{}", kLogDir, log, SegmentName{segment, created, form}.str());
  }

  // Makes the segment, or adds to it in place, as logd does.
  void append(const std::string& log, std::uint64_t segment, std::string_view bytes) {
    const std::string name = path(log, segment);
    if (!fs.exists(name)) {
      fs.put(name, bytes);
      return;
    }
    const auto slash = name.rfind('/');
    auto directory = fs.open_directory(name.substr(0, slash)).value();
    auto file = directory->open_file(name.substr(slash + 1), OpenMode::read_write).value();
    (void)file->write_at(bytes, file->status()->bytes).value();
  }

  void cut(const std::string& log, std::uint64_t segment, std::uint64_t bytes) {
    const std::string name = path(log, segment);
    const auto slash = name.rfind('/');
    auto directory = fs.open_directory(name.substr(0, slash)).value();
    auto file = directory->open_file(name.substr(slash + 1), OpenMode::read_write).value();
    (void)file->truncate(bytes);
  }

  // Puts the archive in the segment's place, as logd does; returns its bytes.
  std::string archive(const std::string& log, std::uint64_t segment) {
    const std::string to = path(log, segment, SegmentName::Form::archive);
    fs.put(to, "");
    const auto slash = to.rfind('/');
    auto directory = fs.open_directory(to.substr(0, slash)).value();
    const auto plain = path(log, segment).substr(slash + 1);
    auto from = directory->open_file(plain, OpenMode::read).value();
    auto archive = directory->open_file(to.substr(slash + 1), OpenMode::read_write).value();
    (void)write_archive(*from, *archive, 1).value();
    remove(log, segment);
    return fs.contents(to);
  }

  // Bytes of files that were read since the calls were cleared.
  std::uint64_t bytes_read() const {
    std::uint64_t bytes = 0;
    for (const std::string& call : fs.calls()) {
      if (call.starts_with("read ")) bytes += std::stoull(call.substr(call.rfind('+') + 1));
    }
    return bytes;
  }

  void remove(const std::string& log, std::uint64_t segment) { fs.remove(path(log, segment)); }

  std::unique_ptr<Directory> open(const std::string& log) {
    return fs.open_directory(fmt::format("{}/{}", kLogDir, log)).value();
  }

  LogReader reader(const std::string& log, std::size_t block_bytes = 128) {
    return {*parse_log_name(log), open(log), block_bytes, report};
  }

  std::vector<ListedSegment> list(const std::string& log) {
    return list_segments(*open(log)).value();
  }
};

}  // namespace logd::tests
