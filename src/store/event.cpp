// SPDX-License-Identifier: Apache-2.0
#include "store/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace logd {
namespace {

constexpr std::string_view kNoNewline = " ends without a newline";

std::string printable(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return clean;
}

// Takes `prefix` and the number behind it off `text`; leaves it as it is if they are not there.
template <typename Number>
std::optional<Number> take_number(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + prefix.size(), end, number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return number;
}

// The same with the number of a run and the colon behind it.
std::optional<std::uint64_t> take_run(std::string_view& text, std::string_view prefix) {
  const auto run = take_number<std::uint64_t>(text, prefix);
  if (!run || !text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  return run;
}

}  // namespace

std::string started_event(std::uint64_t run, std::int32_t pid, std::uint32_t uid,
                          std::string_view command) {
  return fmt::format("started run {}: pid {}, uid {}, {}", run, pid, uid, printable(command));
}

std::string exited_event(const RunEnd& end) {
  std::string text =
      fmt::format("exited run {}: pid {}, {} {}", end.run, end.pid,
                  end.signal != 0 ? "signal" : "code", end.signal != 0 ? end.signal : end.code);
  if (end.out_lacks_newline) text += ", " + no_newline_event(Stream::out);
  if (end.err_lacks_newline) text += ", " + no_newline_event(Stream::err);
  return text;
}

std::string exit_unknown_event(std::uint64_t run) {
  return fmt::format("exited run {}: status unknown, its shim was killed", run);
}

std::string no_newline_event(Stream stream) {
  return fmt::format("{}{}", stream_name(stream), kNoNewline);
}

namespace {

std::string dropped_text(Stream stream, std::uint64_t lines, std::uint64_t bytes,
                         std::string_view why) {
  return fmt::format("dropped {} lines, {} bytes on {}: {}", lines, bytes, stream_name(stream),
                     why);
}

}  // namespace

std::string dropped_event(Stream stream, std::uint64_t lines, std::uint64_t bytes,
                          DropReason reason) {
  return dropped_text(
      stream, lines, bytes,
      reason == DropReason::disk_full ? "the disk did not take them" : "over max_rate");
}

std::string dropped_event(Stream stream, std::uint64_t lines, std::uint64_t bytes) {
  return dropped_text(stream, lines, bytes, "nobody took them");
}

std::string flushed_event(std::uint32_t uid, std::int32_t pid, std::uint64_t records,
                          std::uint64_t bytes) {
  return fmt::format("flushed by uid {}: {} records, {} bytes (pid {})", uid, records, bytes, pid);
}

std::string rotated_event(std::uint32_t uid, std::int32_t pid) {
  return fmt::format("rotated by uid {} (pid {})", uid, pid);
}

std::string pruned_event(std::uint32_t uid, std::int32_t pid, std::uint64_t segments,
                         std::uint64_t bytes) {
  return fmt::format("pruned by uid {} (pid {}): {} segments, {} bytes", uid, pid, segments, bytes);
}

std::string recovered_event(std::uint64_t bytes) {
  return fmt::format("recovered: {} bytes of a torn record cut off", bytes);
}

std::string changed_by_hand_event(ChangedByHand change, std::uint64_t segment) {
  if (change == ChangedByHand::directory)
    return "the directory was deleted or moved by hand: goes on here";
  const std::string_view done = change == ChangedByHand::deleted     ? "deleted"
                                : change == ChangedByHand::truncated ? "truncated"
                                                                     : "written to";
  return fmt::format("segment {} was {} by hand: goes on here", segment, done);
}

std::string time_ahead_event(std::uint64_t seconds) {
  return fmt::format("time runs {} s ahead of the clock", seconds);
}

std::optional<StartedEvent> parse_started_event(std::string_view text) {
  const auto run = take_run(text, "started run ");
  if (!run) return std::nullopt;
  StartedEvent started;
  started.run = *run;
  started.pid = take_number<std::int32_t>(text, " pid ");
  started.uid = take_number<std::uint32_t>(text, ", uid ");
  if (started.uid && text.starts_with(", ")) started.command = text.substr(2);
  return started;
}

std::optional<ExitedEvent> parse_exited_event(std::string_view text) {
  const auto run = take_run(text, "exited run ");
  if (!run) return std::nullopt;
  ExitedEvent exited;
  exited.run = *run;
  exited.pid = take_number<std::int32_t>(text, " pid ");
  exited.code = take_number<std::int32_t>(text, ", code ");
  exited.signal = take_number<std::int32_t>(text, ", signal ");
  return exited;
}

std::optional<Stream> parse_no_newline_event(std::string_view text) {
  for (const Stream stream : {Stream::out, Stream::err}) {
    const std::string_view name = stream_name(stream);
    if (text.starts_with(name) && text.substr(name.size()) == kNoNewline) return stream;
  }
  return std::nullopt;
}

bool is_flushed_event(std::string_view text) { return text.starts_with("flushed by uid "); }

}  // namespace logd
