// Writes what is kept to a file: `logctl export`.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "base/file_replacement.h"
#include "base/unique_fd.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/query_options.h"

namespace logd {
namespace {

// What is written: a file that takes the place of the one with that name when it is complete, or
// what cannot be replaced, such as a pipe.
class ExportFile {
 public:
  // Errors: not_found, permission, io.
  static Result<ExportFile> open(const std::string& path) {
    ExportFile file;
    struct stat found {};
    const bool is_there = ::stat(path.c_str(), &found) == 0;
    if (!is_there || S_ISREG(found.st_mode)) {
      LOGD_TRY_ASSIGN(FileReplacement replacement, FileReplacement::begin(path));
      file.replacement_.emplace(std::move(replacement));
      return file;
    }
    file.fd_.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.fd_) return fail(system_error(errno, "create " + path));
    return file;
  }

  int descriptor() const { return replacement_ ? replacement_->descriptor() : fd_.get(); }

  // Errors: io, no_space.
  Result<void> finish() { return replacement_ ? replacement_->finish() : Result<void>(); }

 private:
  std::optional<FileReplacement> replacement_;
  UniqueFd fd_;
};

class ExportCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.text("-o,--output", path_, "FILE", "Where to, or - for standard output");
    query_.declare_selection(options);
    query_.declare_grep(options);
    query_.declare_range(options);
    query_.set_format("iso");
    query_.declare_look(options, "--format");
  }

  int run(const Config& config) override {
    if (path_.empty()) {
      complain("export: -o FILE is missing");
      return kExitUsage;
    }
    if (path_ == "-") return query_.run(config, STDOUT_FILENO);
    auto file = ExportFile::open(path_);
    if (!file) {
      complain(file.error());
      // The code for no such process is not for a directory that is not there.
      return file.error().code == ErrorCode::permission ? kExitPermission : kExitFailed;
    }
    const int status = query_.run(config, file->descriptor());
    // What could be read is worth having, and so is knowing that there was nothing.
    if (!query_.has_run()) return status;
    if (const auto finished = file->finish(); !finished) return complain(finished.error());
    return status;
  }

 private:
  QueryOptions query_{"export"};
  std::string path_;
};

}  // namespace

std::unique_ptr<Command> make_export_command() { return std::make_unique<ExportCommand>(); }

}  // namespace logd
