// logd-ship: forwards what logd has stored to the destinations of the configuration. Started by
// logd, see daemon/shipper.h; logctl starts it for a test of one destination. logd-ship(7).
//
// A program of its own, so that capture shares nothing with it: if it hangs, dies or is killed,
// logs go on, and it goes on where it was. Standard input, if it is a pipe, brings orders of logd,
// a line each, and its end is the end of this program.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "base/diagnostics.h"
#include "base/file_replacement.h"
#include "base/posix_file_system.h"
#include "base/system_clock.h"
#include "config/config_file.h"
#include "sinks/host_identity.h"
#include "sinks/ship_orders.h"
#include "sinks/ship_thread.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

constexpr int kUsage = 2;
constexpr int kNice = 10;  // behind everything that serves somebody
constexpr auto kStatusInterval = 1s;
constexpr auto kLockRetry = 100ms;

// What it reads is masked, but the files of credentials are not.
void protect_process() {
  prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  umask(0027);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void step_back() {
  setpriority(PRIO_PROCESS, 0, kNice);
  // Best effort, the last of eight (ioprio_set(2)); what the disk has for others comes first.
  constexpr int kThisProcess = 1;
  constexpr int kBestEffortLast = (2 << 13) | 7;
  std::ignore = syscall(SYS_ioprio_set, kThisProcess, 0, kBestEffortLast);
}

class Program {
 public:
  explicit Program(const Config& config) : config_(config) {}

  int run() {
    if (!begin()) return 1;
    while (!is_stopping_) wait();
    for (auto& [name, thread] : threads_) thread->stop_soon();
    threads_.clear();
    return 0;
  }

 private:
  bool begin() {
    struct stat input {};
    has_orders_ = fstat(STDIN_FILENO, &input) == 0 && S_ISFIFO(input.st_mode);
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    changed_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!signals_ || !changed_) return refuse(system_error(errno, "start"));
    auto log_dir = file_system_.open_directory(config_.log_dir);
    if (!log_dir) return refuse(log_dir.error());
    auto ships = (*log_dir)->open_directory(kShipDirectory, Create::yes);
    if (!ships) return refuse(ships.error());
    ships_ = std::move(*ships);
    if (!lock()) return false;
    const auto host = host_identity(*ships_, config_.host_id);
    if (!host) return refuse(host.error());
    for (const auto& [name, ship] : config_.ships) start(name, ship, *host);
    return true;
  }

  static bool refuse(const Error& error) {
    log_error(error.message());
    return false;
  }

  // Two of them would send everything twice. One that was left behind by a logd that was killed
  // ends by itself.
  bool lock() {
    bool was_told = false;
    while (flock(ships_->descriptor(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return refuse(system_error(errno, "lock .ship"));
      if (!std::exchange(was_told, true)) log_info("waits for another logd-ship to end");
      pollfd one{signals_.get(), POLLIN, 0};
      if (::poll(&one, 1, static_cast<int>(kLockRetry / 1ms)) > 0) return false;
    }
    return true;
  }

  void start(const std::string& name, const ShipConfig& ship, const HostIdentity& host) {
    ShipThread::Setup setup{name, ship, host, config_.log_dir, name, {}};
    setup.compresses = [this](const std::string& process) { return config_.of(process).compress; };
    auto thread = ShipThread::start(std::move(setup), [this] {
      if (has_changed_.exchange(true)) return;
      const std::uint64_t one = 1;
      std::ignore = write(changed_.get(), &one, sizeof one);
    });
    if (thread) {
      threads_.emplace(name, std::move(*thread));
    } else {
      log_error(fmt::format("{}: {}", name, thread.error().message()));
      DestinationStatus& failed = failed_[name];
      failed.type = ship.type;
      failed.state = "hold";
      failed.reason = thread.error().message();
    }
    has_changed_ = true;
    write_status();
  }

  void wait() {
    const MonoTime now = clock_.mono_now();
    const bool is_due = has_changed_ && now - last_status_ >= kStatusInterval;
    if (is_due) write_status();
    int longest = -1;
    if (has_changed_) longest = static_cast<int>((last_status_ + kStatusInterval - now) / 1ms) + 1;
    pollfd fds[] = {{signals_.get(), POLLIN, 0},
                    {has_orders_ ? STDIN_FILENO : -1, POLLIN, 0},
                    {changed_.get(), POLLIN, 0}};
    ::poll(fds, std::size(fds), std::max(longest, -1));
    std::uint64_t count = 0;
    if (fds[2].revents != 0) std::ignore = read(changed_.get(), &count, sizeof count);
    if (fds[1].revents != 0) take_orders();
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo != SIGHUP) {
        is_stopping_ = true;
        continue;
      }
      for (auto& [name, thread] : threads_) thread->ask([](ShipLoop& loop) { loop.try_now(); });
    }
  }

  void take_orders() {
    char buffer[4096];
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
      is_stopping_ = true;
      return;
    }
    orders_.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end = orders_.find('\n'); end != std::string::npos; end = orders_.find('\n')) {
      const auto order = parse_ship_order(std::string_view(orders_).substr(0, end));
      orders_.erase(0, end + 1);
      if (!order) {
        log_error("an order of logd: " + order.error().message());
        continue;
      }
      const auto thread = threads_.find(order->destination);
      if (thread != threads_.end())
        thread->second->ask([order = *order](ShipLoop& loop) { carry_out(order, loop); });
    }
  }

  void write_status() {
    last_status_ = clock_.mono_now();
    has_changed_ = false;
    ShipStatus status = failed_;
    for (const auto& [name, thread] : threads_) status[name] = thread->status();
    const auto write = [&]() -> Result<void> {
      LOGD_TRY_ASSIGN(auto file, FileReplacement::begin(config_.run_dir + "/" + kShipStatusFile));
      LOGD_TRY(file.write(ship_status_text(status, clock_.wall_now())));
      fchmod(file.descriptor(), 0640);
      return file.finish();
    };
    if (const auto written = write(); !written && !std::exchange(told_status_error_, true))
      log_warn("status: " + written.error().message());
  }

  const Config& config_;
  PosixFileSystem file_system_;
  SystemClock clock_;
  std::unique_ptr<Directory> ships_;  // locked as long as this program runs
  UniqueFd signals_;
  UniqueFd changed_;
  std::atomic<bool> has_changed_{false};
  MonoTime last_status_{};
  bool told_status_error_ = false;
  bool has_orders_ = false;
  bool is_stopping_ = false;
  std::string orders_;  // the begin of a line
  ShipStatus failed_;   // destinations that cannot be started
  std::map<std::string, std::unique_ptr<ShipThread>> threads_;
};

}  // namespace
}  // namespace logd

int main(int argc, char** argv) {
  CLI::App app("logd-ship forwards what logd has stored; logd starts it.", "logd-ship");
  logd::ConfigSources sources;
  sources.daemon = true;
  std::string test;
  app.add_option("--config", sources.config, "Configuration file");
  app.add_option("--log-dir", sources.log_dir, "Directory of the logs");
  app.add_option("--run-dir", sources.run_dir, "Directory of sockets and ledgers");
  app.add_option("--test", test, "Send one record to this destination, say what came of it, exit");
  app.set_version_flag("--version", "logd-ship " LOGD_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : logd::kUsage;
  }
  logd::set_up_diagnostics("logd-ship");
  logd::protect_process();
  const auto loaded = logd::load_config(sources);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().message().c_str());
    return logd::kUsage;
  }
  if (!test.empty()) return logd::test_destination(loaded->config, test);
  logd::step_back();
  return logd::Program(loaded->config).run();
}
