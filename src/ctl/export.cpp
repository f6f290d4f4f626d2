// Writes what is kept to a file: `logctl export`.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "base/file_io.h"
#include "base/unique_fd.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/query_options.h"

namespace logd {
namespace {

// The file that is written: another one, which takes its place when it is complete.
class ExportFile {
 public:
  // `path` may also be what cannot be replaced, such as a pipe. Errors: permission, io.
  static Result<ExportFile> open(const std::string& path) {
    ExportFile file;
    file.path_ = path;
    struct stat found {};
    const bool is_there = ::stat(path.c_str(), &found) == 0;
    if (is_there && !S_ISREG(found.st_mode)) {
      file.fd_.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    } else {
      file.temporary_ = path + ".XXXXXX";
      file.fd_.reset(::mkostemp(file.temporary_.data(), O_CLOEXEC));
    }
    if (!file.fd_) return fail(system_error(errno, "create " + path));
    return file;
  }

  int descriptor() const { return fd_.get(); }

  // Gives it its name. Errors: io, no_space.
  Result<void> finish() {
    if (temporary_.empty()) return {};
    if (::fsync(fd_.get()) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
      return fail(system_error(errno, "write " + path_));
    }
    return {};
  }

  void give_up() const {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

 private:
  std::string path_;
  std::string temporary_;  // empty: it is `path_` itself
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
    if (!query_.has_run()) {
      file->give_up();
      return status;
    }
    if (const auto finished = file->finish(); !finished) {
      file->give_up();
      return complain(finished.error());
    }
    return status;
  }

 private:
  QueryOptions query_{"export"};
  std::string path_;
};

}  // namespace

std::unique_ptr<Command> make_export_command() { return std::make_unique<ExportCommand>(); }

}  // namespace logd
