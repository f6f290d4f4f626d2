// SPDX-License-Identifier: Apache-2.0
#include "ctl/ship_letters.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/posix_file_system.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/query_outcome.h"
#include "ctl/table.h"
#include "query/escape.h"
#include "query/output.h"
#include "ship/dead_letter.h"
#include "ship/ship_state.h"

namespace logd {
namespace {

using Json = nlohmann::ordered_json;

// Letters of one reason and status.
struct Group {
  std::uint64_t letters = 0;
  std::uint64_t records = 0;
  std::string first;  // when it was refused
  std::string last;
};
using Groups = std::map<std::pair<std::string, int>, Group>;

// A destination that has not begun yet has none.
Result<void> read(const Config& config, const std::string& destination,
                  const std::function<void(std::string_view)>& sink) {
  const auto directory =
      PosixFileSystem().open_directory(config.log_dir + "/" + kShipDirectory + "/" + destination);
  if (!directory && directory.error().code == ErrorCode::not_found) return {};
  if (!directory) return fail(directory.error());
  return read_dead_letters(**directory, Letters::all, sink);
}

int damage_status(std::uint64_t damaged) {
  if (damaged == 0) return kExitDone;
  complain(fmt::format("ship: {} of these lines are no dead letters", damaged));
  return kExitDamage;
}

std::string visible(std::string_view text) {
  std::string shown;
  append_visible(shown, text, Colours::strip);
  return shown;
}

std::string groups_table(const Groups& groups) {
  Table table({">RECORDS", ">STATUS", "FIRST REFUSED", "LAST REFUSED", "REASON"});
  for (const auto& [key, group] : groups)
    table.row({std::to_string(group.records), std::to_string(key.second), visible(group.first),
               visible(group.last), visible(key.first)});
  return table.str();
}

std::string groups_json(const std::string& destination, const Groups& groups) {
  Json list = Json::array();
  for (const auto& [key, group] : groups) {
    list.push_back({{"reason", key.first},
                    {"status", key.second},
                    {"letters", group.letters},
                    {"records", group.records},
                    {"first", group.first},
                    {"last", group.last}});
  }
  const Json json = {{"v", 1}, {"destination", destination}, {"reasons", std::move(list)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string letter_text(const ReadDeadLetter& read) {
  const DeadLetter& letter = read.letter;
  const std::string why = fmt::format("    refused {}: {} (status {})\n", visible(read.refused),
                                      visible(letter.reason), letter.status);
  if (letter.uid.empty())
    return fmt::format("{} records of {}\n{}", letter.records, visible(letter.message), why);
  const char mark = letter.stream == "stderr" ? '!' : '|';
  return fmt::format("{}Z {} {} {}\n{}", visible(letter.time), visible(letter.log), mark,
                     visible(letter.message), why);
}

}  // namespace

int list_letters(const Config& config, const std::string& destination, LettersAs as) {
  prepare_to_read();
  Groups groups;
  std::uint64_t damaged = 0;
  const auto done = read(config, destination, [&](std::string_view line) {
    const auto parsed = parse_dead_letter(line);
    if (!parsed) {
      ++damaged;
      return;
    }
    const DeadLetter& letter = parsed->letter;
    Group& group = groups[{letter.reason, letter.status}];
    ++group.letters;
    group.records += std::max<std::uint64_t>(letter.records, 1);
    if (group.first.empty()) group.first = parsed->refused;
    group.last = parsed->refused;
  });
  if (!done) return complain(done.error());
  Output output(STDOUT_FILENO);
  output.buffer() = as == LettersAs::json ? groups_json(destination, groups) : groups_table(groups);
  if (const auto printed = output.flush(); !printed) return cannot_print(printed.error());
  return damage_status(damaged);
}

int show_letters(const Config& config, const std::string& destination, LettersAs as) {
  prepare_to_read();
  Output output(STDOUT_FILENO);
  Result<void> printed;
  std::uint64_t damaged = 0;
  const auto done = read(config, destination, [&](std::string_view line) {
    const auto parsed = parse_dead_letter(line);
    if (!parsed) {
      ++damaged;
      return;
    }
    if (as == LettersAs::json)
      output.buffer().append(line).append("\n");
    else
      output.buffer() += letter_text(*parsed);
    if (output.is_full() && printed) printed = output.flush();
  });
  if (!done) return complain(done.error());
  if (printed) printed = output.flush();
  if (!printed) return cannot_print(printed.error());
  return damage_status(damaged);
}

}  // namespace logd
