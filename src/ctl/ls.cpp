// Lists the files of each log and their sizes: `logctl ls`. Needs no daemon.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "base/size_text.h"
#include "ctl/chosen_logs.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/table.h"
#include "ctl/zone.h"
#include "query/segment_facts.h"
#include "store/segment_list.h"

namespace logd {
namespace {

using Form = SegmentName::Form;

struct ListedFile {
  SegmentName name;
  std::uint64_t bytes = 0;
  SegmentFacts facts;
};

// The files of one log that hold records or did, oldest first. What only has such a name is none.
Result<std::vector<ListedFile>> files_of(Directory& log) {
  LOGD_TRY_ASSIGN(const std::vector<std::string> names, list_names(log));
  std::vector<ListedFile> files;
  for (const std::string& name : names) {
    const auto parsed = parse_segment_name(name);
    if (!parsed) continue;
    const auto status = log.status_of(name);
    if (!status || !status->is_regular) continue;
    auto facts = facts_of(log, *parsed);  // what cannot be read is listed all the same
    files.push_back({*parsed, status->bytes, facts ? *facts : SegmentFacts()});
  }
  std::sort(files.begin(), files.end(), [](const ListedFile& a, const ListedFile& b) {
    if (a.name.number != b.name.number) return a.name.number < b.name.number;
    return a.name.form < b.name.form;
  });
  return files;
}

// The newest segment is the one that is written to, unless it is an archive already.
std::string state_of(const std::vector<ListedFile>& files, const ListedFile& file) {
  switch (file.name.form) {
    case Form::torn:
      return "torn";
    case Form::archive_tmp:
    case Form::rewrite_tmp:
      return "unfinished";
    case Form::archive:
      return "archive";
    case Form::plain:
      break;
  }
  for (auto newest = files.rbegin(); newest != files.rend(); ++newest) {
    if (newest->name.form == Form::archive) break;
    if (newest->name.form == Form::plain) return newest->name == file.name ? "active" : "closed";
  }
  return "closed";
}

std::string count_text(std::size_t files) {
  return std::to_string(files) + (files == 1 ? " file" : " files");
}

class LsCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.arguments("NAME", names_, "Processes, NAME@N for one instance, or globs");
  }

  int run(const Config& config) override {
    const auto listed = list(config);
    return listed ? kExitDone : complain(listed.error());
  }

 private:
  Result<void> list(const Config& config) {
    LOGD_TRY_ASSIGN(const Zone zone, choose_zone(config.timezone));
    TimeFormat times(zone);
    Table table({"PROCESS", "FILE", ">BYTES", ">SIZE", "STATE", "FIRST", "LAST"});
    std::uint64_t all_bytes = 0;
    std::size_t all_files = 0;
    LOGD_TRY(
        for_each_log(config, names_, [&](const LogName& log, Directory& directory) -> Result<void> {
          LOGD_TRY_ASSIGN(const std::vector<ListedFile> files, files_of(directory));
          std::uint64_t bytes = 0;
          for (const ListedFile& file : files) {
            const auto time = [&times](const std::optional<WallTime>& at) {
              return at ? times.date_time(*at) : std::string();
            };
            table.row({log.directory(), file.name.str(), std::to_string(file.bytes),
                       short_size_text(file.bytes), state_of(files, file),
                       time(file.facts.first_time), time(file.facts.last_time)});
            bytes += file.bytes;
          }
          add_total(table, log.directory(), files.size(), bytes);
          all_bytes += bytes;
          all_files += files.size();
          return {};
        }));
    add_total(table, "", all_files, all_bytes);
    std::fputs(table.str().c_str(), stdout);
    return {};
  }

  static void add_total(Table& table, std::string whose, std::size_t files, std::uint64_t bytes) {
    table.row({std::move(whose), count_text(files), std::to_string(bytes), short_size_text(bytes),
               "total", "", ""});
  }

  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Command> make_ls_command() { return std::make_unique<LsCommand>(); }

}  // namespace logd
