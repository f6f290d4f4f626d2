// Takes over the settings of another program: `logctl import pm2`.
// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file_replacement.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/import_pm2_apps.h"
#include "ctl/import_pm2_files.h"
#include "ctl/imported_config.h"

namespace logd {
namespace {

class ImportCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.required_argument("pm2", program_, "Whose settings");
    options.arguments("FILE", files_, "Its ecosystem file or dump; else it is looked for");
    options.text("-o,--output", path_, "FILE", "Where to; else standard output");
    options.flag("--force", force_, "Overwrites FILE");
  }

  int run(const Config&) override {
    if (program_ != "pm2") {
      complain("import: from pm2 only, not from '" + program_ + "'");
      return kExitUsage;
    }
    if (files_.size() > 1) {
      complain("import: one file at a time");
      return kExitUsage;
    }
    const auto made = make();
    if (!made) {
      complain("import: " + made.error().message());
      // The code for no such process is not for a file that is not there.
      return made.error().code == ErrorCode::not_found ? kExitFailed
                                                       : exit_status_of(made.error().code);
    }
    for (const std::string& note : imported_.notes()) complain("import: " + note);
    return write(*made);
  }

 private:
  Result<std::string> make() {
    LOGD_TRY_ASSIGN(const std::string path,
                    files_.empty() ? find_pm2_apps() : Result<std::string>(files_.front()));
    LOGD_TRY_ASSIGN(const Pm2File apps, read_pm2_apps(path));
    LOGD_TRY_ASSIGN(const Pm2File modules, read_pm2_modules());
    std::string sources = apps.path;
    if (!modules.json.empty()) {
      LOGD_TRY_ASSIGN(const Pm2Rotation rotation, read_pm2_rotation(modules.json, modules.path));
      import_pm2_rotation(rotation, imported_);
      sources += " and " + modules.path;
    }
    LOGD_TRY(import_pm2_apps(apps.json, apps.path, imported_));
    return imported_.text(sources);
  }

  int write(const std::string& text) const {
    if (path_.empty() || path_ == "-") {
      std::fputs(text.c_str(), stdout);
      return kExitDone;
    }
    std::error_code error;
    if (!force_ && std::filesystem::exists(std::filesystem::symlink_status(path_, error))) {
      complain("import: " + path_ + " is there already; --force overwrites it");
      return kExitUsage;
    }
    auto file = FileReplacement::begin(path_);
    if (!file) return complain(file.error());
    // logd is another user, and must be able to read it.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::fchmod(file->descriptor(), 0666 & ~mask);
    if (const auto written = file->write(text); !written) return complain(written.error());
    if (const auto finished = file->finish(); !finished) return complain(finished.error());
    return kExitDone;
  }

  std::string program_;
  std::vector<std::string> files_;
  std::string path_;
  bool force_ = false;
  ImportedConfig imported_;
};

}  // namespace

std::unique_ptr<Command> make_import_command() { return std::make_unique<ImportCommand>(); }

}  // namespace logd
