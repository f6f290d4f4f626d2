// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/accounts.h"
#include "base/diagnostics.h"

namespace logd {
namespace {

constexpr int kBacklog = 4096;
// What a killed logd was about to start has its descriptors until that is loaded.
constexpr auto kLongestCopy = std::chrono::seconds(2);
constexpr auto kBetweenLooks = std::chrono::milliseconds(5);

// Parents get the mode that the umask leaves; the directory itself exactly `mode`.
Result<void> make_directory(const std::string& path, mode_t mode) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return fail(system_error(error.value(), "make directory " + parent.string()));
  if (mkdir(path.c_str(), mode) == 0) {
    if (chmod(path.c_str(), mode) != 0) return fail(system_error(errno, "chmod " + path));
    return {};
  }
  if (errno != EEXIST) return fail(system_error(errno, "make directory " + path));
  return {};
}

// The process that holds a lock on this directory, as /proc/locks tells it; 0 if it does not, or if
// that process has gone and a copy of it is left.
long find_lock_holder(int directory) {
  struct stat status {};
  if (fstat(directory, &status) != 0) return 0;
  const std::string wanted =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, pid, file;
    words >> number >> kind >> mode >> access >> pid >> file;
    if (kind != "FLOCK" || file != wanted) continue;
    const long holder = std::strtol(pid.c_str(), nullptr, 10);
    const bool has_gone = kill(static_cast<pid_t>(holder), 0) != 0 && errno == ESRCH;
    return has_gone ? 0 : holder;
  }
  return 0;
}

Error held(const std::string& path, long holder) {
  const std::string who = holder > 0 ? fmt::format("by process {}", holder) : "by another process";
  return {ErrorCode::locked, 0,
          fmt::format("{} is held {}; a log directory has one logd: stop that one, or give "
                      "this one directories of its own",
                      path, who)};
}

Result<UniqueFd> open_locked(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail(system_error(errno, "open " + path));
  const auto end = std::chrono::steady_clock::now() + kLongestCopy;
  long holder = 0;
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(system_error(errno, "lock " + path));
    holder = find_lock_holder(fd.get());
    if (holder > 0 || std::chrono::steady_clock::now() >= end) return fail(held(path, holder));
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return fd;
}

}  // namespace

Result<UniqueFd> prepare_log_dir(const Config& config) {
  LOGD_TRY(make_directory(config.log_dir, 0755));
  return open_locked(config.log_dir);
}

Result<Directories> prepare_directories(const Config& config) {
  Directories made;
  LOGD_TRY_ASSIGN(made.log_dir, prepare_log_dir(config));
  LOGD_TRY(make_directory(config.run_dir, 0755));
  LOGD_TRY_ASSIGN(made.run_dir, open_locked(config.run_dir));
  LOGD_TRY(make_directory(config.run_dir + "/ledger", 0700));
  LOGD_TRY(make_directory(config.run_dir + "/fifo", 0755));
  made.ledgers =
      UniqueFd(open((config.run_dir + "/ledger").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!made.ledgers) return fail(system_error(errno, "open " + config.run_dir + "/ledger"));
  return made;
}

Result<UniqueFd> bind_socket(const Config& config, const std::string& name, unsigned mode) {
  const std::string path = config.run_dir + "/" + name;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::invalid,
                fmt::format("run_dir is too long for a socket: {} has more than {} bytes", path,
                            sizeof address.sun_path - 1));
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(system_error(errno, "socket"));
  unlink(path.c_str());
  const mode_t before = umask(0777 & ~mode);
  const int bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int failure = errno;
  umask(before);
  if (bound != 0) return fail(system_error(failure, "bind " + path));
  if (listen(fd.get(), kBacklog) != 0) return fail(system_error(errno, "listen on " + path));
  return fd;
}

Result<AdminSockets> bind_admin_sockets(const Config& config) {
  AdminSockets sockets;
  LOGD_TRY_ASSIGN(sockets.control, bind_socket(config, "control.sock", 0600));
  LOGD_TRY_ASSIGN(sockets.http, bind_socket(config, "http.sock", 0600));
  const auto gid = group_id(config.admin_group);
  for (const char* name : {"control.sock", "http.sock"}) {
    const std::string path = config.run_dir + "/" + name;
    const bool is_given = gid && lchown(path.c_str(), static_cast<uid_t>(-1), *gid) == 0;
    if (gid && !is_given && errno != EPERM)
      return fail(system_error(errno, "give " + path + " to its group"));
    if (!is_given) {
      log_warn(fmt::format(
          "admin_group: {} '{}': only root and uid {} may use control.sock and http.sock",
          gid ? "this user is not a member of" : "there is no group", config.admin_group,
          geteuid()));
      return sockets;
    }
    if (chmod(path.c_str(), 0660) != 0) return fail(system_error(errno, "chmod " + path));
  }
  sockets.admin_group = gid;
  return sockets;
}

}  // namespace logd
