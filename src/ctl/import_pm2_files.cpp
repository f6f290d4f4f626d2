// SPDX-License-Identifier: Apache-2.0
#include "ctl/import_pm2_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/file_io.h"
#include "base/text_file.h"
#include "base/unique_fd.h"
#include "ctl/import_pm2_apps.h"

namespace logd {
namespace {

constexpr std::size_t kMaxBytes = 16u << 20;
constexpr int kAnswer = 3;  // descriptor on which node tells what the file holds

// In the order in which they are looked for.
constexpr const char* kEcosystemFiles[] = {
    "ecosystem.config.js", "ecosystem.config.cjs", "ecosystem.config.mjs", "ecosystem.config.json",
    "ecosystem.json",      "pm2.config.js",        "process.json"};

// Prints what the file exports as JSON. A .json that is none is JavaScript's idea of an object, as
// PM2 reads it. What the file itself prints goes to standard error.
constexpr const char* kReadByNode = R"(
const fs = require('fs'), path = require('path'), url = require('url'), vm = require('vm');
const file = path.resolve(process.argv[1]);
const answer = (found) => {
  fs.writeFileSync(3, JSON.stringify(found && found.default ? found.default : found));
  process.exit(0);
};
const give_up = (error) => {
  console.error(String(error && error.message || error));
  process.exit(1);
};
if (file.endsWith('.json')) {
  try { answer(vm.runInNewContext('(' + fs.readFileSync(file, 'utf8') + '\n)')); }
  catch (error) { give_up(error); }
} else {
  import(url.pathToFileURL(file)).then(answer, give_up);
}
)";

std::string pm2_home() {
  if (const char* const home = std::getenv("PM2_HOME"); home != nullptr && *home != '\0') {
    return home;
  }
  const char* const home = std::getenv("HOME");
  return std::string(home == nullptr ? "" : home) + "/.pm2";
}

// `only_files` says no to FIFOs and the like, which would block: nobody named this one.
enum class Kind { any, only_files };

Result<std::string> read_file(const std::string& path, Kind kind) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (kind == Kind::any ? 0 : O_NONBLOCK);
  const UniqueFd fd(::open(path.c_str(), flags));
  if (!fd) return fail(system_error(errno, "open " + path));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(system_error(errno, path));
  if (kind == Kind::only_files && !S_ISREG(status.st_mode))
    return fail(ErrorCode::invalid, path + ": is not a regular file");
  return read_text(fd.get(), path, kMaxBytes);
}

// Starts node with its answer going to `to`; 0 if there is no node.
pid_t start_node(const std::string& path, int to) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, to, kAnswer);
  const std::array<const char*, 5> arguments = {"node", "-e", kReadByNode, path.c_str(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, "node", &actions, nullptr,
                                   const_cast<char* const*>(arguments.data()), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : 0;
}

// What the file is to JavaScript, as JSON.
Result<std::string> evaluate(const std::string& path) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(system_error(errno, "pipe"));
  UniqueFd answer(ends[0]);
  UniqueFd to(ends[1]);
  const pid_t node = start_node(path, to.get());
  if (node == 0) {
    return fail(ErrorCode::invalid,
                path +
                    " is a program, and there is no node to run it: give the dump instead, "
                    "which pm2 save makes");
  }
  to.reset();
  auto json = read_text(answer.get(), path, kMaxBytes);
  answer.reset();  // a node that has more to tell than we read ends, too
  int status = 0;
  retry_interrupted([&] { return ::waitpid(node, &status, 0); });
  if (!json) return json;
  if (status == 0 && is_json(*json)) return json;
  return fail(ErrorCode::invalid, path + ": node could not read it as an ecosystem file");
}

}  // namespace

Result<std::string> find_pm2_apps() {
  std::error_code error;
  for (const char* const name : kEcosystemFiles) {
    if (std::filesystem::exists(name, error)) return std::string(name);
  }
  std::string dump = pm2_home() + "/dump.pm2";
  if (std::filesystem::exists(dump, error)) return dump;
  return fail(ErrorCode::not_found,
              fmt::format("there is no ecosystem file here, and no {}; which file is it? "
                          "logctl import pm2 FILE",
                          dump));
}

Result<Pm2File> read_pm2_apps(const std::string& path) {
  LOGD_TRY_ASSIGN(std::string text, read_file(path, Kind::any));
  if (path.ends_with(".yaml") || path.ends_with(".yml")) {
    return fail(ErrorCode::invalid,
                path + ": YAML is not read; give the dump instead, which pm2 save makes");
  }
  if (!is_json(text)) {
    LOGD_TRY_ASSIGN(text, evaluate(path));
  }
  return Pm2File{path, std::move(text)};
}

Result<Pm2File> read_pm2_modules() {
  Pm2File file{pm2_home() + "/module_conf.json", ""};
  auto text = read_file(file.path, Kind::only_files);
  if (text) {
    file.json = std::move(*text);
  } else if (text.error().code != ErrorCode::not_found) {
    return fail(std::move(text.error()));
  }
  return file;
}

}  // namespace logd
