// Lists the files of each log and their sizes: `logctl ls`. Needs no daemon.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "base/posix_file_system.h"
#include "base/size_text.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/table.h"
#include "query/log_choice.h"
#include "store/segment_name.h"

namespace logd {
namespace {

using Form = SegmentName::Form;

struct ListedFile {
  SegmentName name;
  std::uint64_t bytes = 0;
};

// The files of one log that hold records or did, oldest first.
Result<std::vector<ListedFile>> files_of(Directory& log) {
  LOGD_TRY_ASSIGN(const std::vector<std::string> names, log.list());
  std::vector<ListedFile> files;
  for (const std::string& name : names) {
    const auto parsed = parse_segment_name(name);
    if (!parsed) continue;
    const auto status = log.status_of(name);
    if (status) files.push_back({*parsed, status->bytes});
  }
  std::sort(files.begin(), files.end(), [](const ListedFile& a, const ListedFile& b) {
    if (a.name.number != b.name.number) return a.name.number < b.name.number;
    return a.name.form < b.name.form;
  });
  return files;
}

// The newest segment is the one that is written to.
std::string state_of(const std::vector<ListedFile>& files, const ListedFile& file) {
  if (file.name.form == Form::torn) return "torn";
  if (file.name.form == Form::archive_tmp) return "left over";
  for (auto newest = files.rbegin(); newest != files.rend(); ++newest) {
    if (newest->name.form != Form::plain) continue;
    return newest->name == file.name ? "active" : "";
  }
  return "";
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
    PosixFileSystem fs;
    LOGD_TRY_ASSIGN(const auto log_dir, fs.open_directory(config.log_dir));
    LOGD_TRY_ASSIGN(const std::vector<LogName> logs, list_logs(*log_dir));
    const LogChoice choice(names_);
    LOGD_TRY(choice.check(logs, LogChoice::MayCome::no));

    Table table({"PROCESS", "FILE", ">BYTES", ">SIZE", "STATE"});
    std::uint64_t all_bytes = 0;
    std::size_t all_files = 0;
    for (const LogName& log : logs) {
      if (!choice.includes(log)) continue;
      auto files = files_in(*log_dir, log);
      if (!files) {
        if (choice.is_named(log)) return fail(std::move(files.error()));
        complain("left out: " + files.error().message());
        continue;
      }
      std::uint64_t bytes = 0;
      for (const ListedFile& file : *files) {
        add(table, log, file.name.str(), file.bytes, state_of(*files, file));
        bytes += file.bytes;
      }
      add(table, log, count_text(files->size()), bytes, "total");
      all_bytes += bytes;
      all_files += files->size();
    }
    table.row({"", count_text(all_files), std::to_string(all_bytes), short_size_text(all_bytes),
               "total"});
    std::fputs(table.str().c_str(), stdout);
    return {};
  }

  static Result<std::vector<ListedFile>> files_in(Directory& log_dir, const LogName& log) {
    LOGD_TRY_ASSIGN(const auto directory, log_dir.open_directory(log.directory(), Create::no));
    return files_of(*directory);
  }

  static void add(Table& table, const LogName& log, std::string what, std::uint64_t bytes,
                  std::string state) {
    table.row({log.directory(), std::move(what), std::to_string(bytes), short_size_text(bytes),
               std::move(state)});
  }

  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Command> make_ls_command() { return std::make_unique<LsCommand>(); }

}  // namespace logd
