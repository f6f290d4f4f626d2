// Opens logs by name, once each.
//
// Recovers every log at the start, keeps those open that something writes into, and closes them
// when nothing has for a while. Syncs what was written, by the policy of each process. Who may
// write is name_owners.h's business. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "capture/name_owners.h"
#include "capture/rate_limit.h"
#include "logd/clock.h"
#include "logd/config.h"
#include "logd/file_system.h"
#include "logd/names.h"
#include "loop/event_loop.h"
#include "loop/worker.h"
#include "store/ledger_file.h"
#include "store/process_log.h"

namespace logd {

class Feed;

inline constexpr auto kTimeAheadIsTrouble = std::chrono::seconds(60);

// Why a segment was closed, apart from what happens to it from outside.
enum class RotationReason : std::uint8_t { size, time, demand };
inline constexpr std::size_t kRotationReasons = 3;

// Of one stream of a log.
struct StreamCounters {
  std::uint64_t lines = 0;  // stored
  std::uint64_t bytes = 0;  // taken from the pipe
  std::array<std::uint64_t, kDropReasons> dropped_lines{};
};

// Of one log since logd started, however often it was closed and opened meanwhile.
struct LogCounters {
  std::array<StreamCounters, 2> streams;  // by Stream
  std::uint64_t masked = 0;               // secrets
  std::uint64_t cut_pieces = 0;  // of lines longer than max_line, where each is stored as a line
  std::uint64_t dropped_by_shim = 0;  // lines; as far as events tell it
  std::uint64_t written_bytes = 0;    // of records, events included
  std::array<std::uint64_t, kRotationReasons> rotations{};
  std::uint64_t full_disk_errors = 0;  // attempts to store that failed
  std::uint64_t other_write_errors = 0;
  std::uint64_t runs = 0;  // begun
  // How long we did not take from a pipe that was full, see capture_loop.h.
  Nanoseconds writer_blocked{};
  std::optional<MonoTime> last_drop;

  StreamCounters& of(Stream stream) { return streams[static_cast<std::size_t>(stream)]; }
  std::uint64_t lines() const { return streams[0].lines + streams[1].lines; }
  std::uint64_t bytes() const { return streams[0].bytes + streams[1].bytes; }
  std::uint64_t dropped_lines(DropReason reason) const {
    const auto at = static_cast<std::size_t>(reason);
    return streams[0].dropped_lines[at] + streams[1].dropped_lines[at];
  }
};

struct OpenLog {
  LogName name;
  const ProcessConfig* config = nullptr;
  std::unique_ptr<LedgerFile> ledger_file;
  std::unique_ptr<ProcessLog> log;
  std::vector<Feed*> feeds;         // the streams that write into it now
  std::uint64_t runs = 0;           // attached now
  LogCounters* counters = nullptr;  // the table's
  bool is_dirty = false;            // written since the last sync
  bool has_new_name = false;        // a segment was begun since the last sync
  bool is_link_old = false;         // ... since current.log was pointed at one
  bool is_syncing = false;          // a sync is under way
  bool is_flushing = false;         // nothing may be appended
  bool has_flush = false;           // a flush is under way, be it only that files are being deleted
  bool time_is_ahead = false;       // an event says so
  bool is_astray = false;           // its directory has left its place, and there is no other yet
  MonoTime next_look{};             // when look_after() does something again
  bool is_look_due = false;         // something was stored since the last look
  std::string trouble;              // why it does not take records now; empty: it does
  ErrorCode trouble_code{};         // ... for code to branch on
  MonoTime trouble_since{};
  MonoTime next_try{};              // while it is dropping: when to try to store again
  bool is_dropping = false;         // lines are dropped until it takes records again
  std::unique_ptr<RateLimit> rate;  // null: none
};

// Who keeps logs within their limits, and must know what becomes of their segments.
class LogListener {
 public:
  virtual ~LogListener() = default;
  // They take no more records; oldest first.
  virtual void segments_left(OpenLog& log, const std::vector<LeftSegment>& segments) = 0;
  virtual void looked_after(OpenLog& log) = 0;  // at most once a second while it is written
  // Segments are about to be deleted, and have been.
  virtual void flush_begins(OpenLog& log) = 0;
  virtual void flush_ended(OpenLog& log) = 0;
  // Somebody else has deleted, cut or moved something of it: all has to be looked at anew.
  virtual void changed_by_hand(OpenLog& log) = 0;
  virtual void log_dir_replaced() = 0;    // ... and any log
  virtual void closes(OpenLog& log) = 0;  // nobody has written for a while
};

class LogTable {
 public:
  struct Ports {
    EventLoop& loop;
    FileSystem& file_system;
    const Clock& clock;
    Worker& files;
    // Makes log_dir anew where it was deleted or moved away, for us alone. Errors: locked,
    // permission, io.
    std::function<Result<void>()> renew_log_dir;
  };

  // Opens log_dir and `<run_dir>/ledger`, and recovers every log there. What cannot be recovered is
  // reported and left for the next attempt. `config` must outlive the table. Errors: not_found,
  // permission, io.
  static Result<std::unique_ptr<LogTable>> create(Ports ports, const Config& config,
                                                  int ledger_directory);

  // Told from now on; null: nobody. Must outlive the table, or leave before.
  void set_listener(LogListener* listener) { listener_ = listener; }
  LogListener* listener() const { return listener_; }

  // The open log of `name`, made if need be. Errors: permission, no_space, io.
  Result<OpenLog*> open(const LogName& name);

  // The open log of that name, if it is open.
  OpenLog* find(const std::string& directory_name);

  // Lets `uid` write under this process name, and makes it the owner if nobody is. Errors:
  // permission (another uid owns the name), limit, no_space, io.
  Result<void> admit(const LogName& name, std::uint32_t uid);

  // The directory of a log, which gives its group to what is made in it. Errors: not_found,
  // permission, io.
  Result<std::unique_ptr<Directory>> open_directory(const LogName& name, Create create);

  // A closed segment is about to be deleted: its file is not held for a sync any more.
  void forget_closed(const LogName& name, std::uint64_t number);

  // Number of the active segment, also of a log that is closed by now; nothing if it could not be
  // recovered, or has never been open.
  std::optional<std::uint64_t> active_number(const LogName& name) const;

  // Names of all logs in log_dir, sorted.
  Result<std::vector<LogName>> list() const;

  // Sees to what may have happened outside, before something is stored: the directory may have been
  // moved, the clock set back. At most once a second, nothing but a comparison otherwise; then a
  // look follows when the second is over.
  void look_after(OpenLog& log);

  // Tells the listener of segments that were closed, and of what somebody else did to the log; has
  // current.log pointed at a new one.
  void tell_closed(OpenLog& log);
  // The log was rotated for a reason that the append itself does not know.
  static void count_rotation(OpenLog& log, RotationReason reason) {
    ++log.counters->rotations[static_cast<std::size_t>(reason)];
  }
  // Something was stored: a sync is due by the policy of the process.
  void mark_written(OpenLog& log);
  // Syncs all that is stored, whatever the policy and in whichever log. `done` gets a failure, also
  // one of an earlier sync that nobody has been told yet.
  void sync_all(const std::function<void(std::optional<Error>)>& done);
  // Syncs what has been written, on this thread; for the end.
  void sync_before_exit();

  // After the last stream of a log has gone.
  void release(OpenLog& log);

  const std::map<std::string, std::unique_ptr<OpenLog>>& open_logs() const { return logs_; }
  const LogCounters& counters(const LogName& name) { return counters_[name.directory()]; }
  // By directory, also of logs that are closed or gone.
  const std::map<std::string, LogCounters>& all_counters() const { return counters_; }
  const Config& config() const { return config_; }
  EventLoop& loop() { return ports_.loop; }
  Worker& files() { return ports_.files; }
  Directory& log_dir() { return *log_dir_; }
  // Open, without a stream; they are closed some seconds later.
  std::size_t idle_logs() const;
  std::uint64_t sync_failures() const { return sync_failures_; }
  std::optional<MonoTime> last_sync_failure() const { return last_sync_failure_; }

  // Opens the directory of a log anew after someone has deleted or moved it.
  Result<void> reopen_directory(OpenLog& log);

 private:
  struct ClosedFile {
    std::string log;
    std::uint64_t number = 0;
    std::shared_ptr<File> file;
  };

  LogTable(Ports ports, const Config& config, int ledger_directory);
  Result<std::unique_ptr<OpenLog>> open_unlisted(const LogName& name, Create create);
  Result<LedgerOrigin> origin_of(Directory& directory) const;
  void recover_all();
  Result<void> store_owner(const LogName& name, std::uint32_t uid);
  void submit_link(OpenLog& log);
  void submit_sync(OpenLog& log);
  void submit_sync_of_many(const std::vector<OpenLog*>& logs);
  void hold_closed(OpenLog& log, const std::vector<LeftSegment>& segments);
  bool has_closed(const OpenLog& log) const;
  void submit_sync_of_closed();
  void sync_has_failed(const std::string& what, const Error& error);
  void sync_due();
  void look(OpenLog& log);
  void look_due();
  void follow_directory(OpenLog& log);
  void follow_log_dir();
  Result<void> enter_log_dir();
  void check_time_ahead(OpenLog& log);
  void close_idle();

  Ports ports_;
  const Config& config_;
  int ledger_directory_;
  std::array<std::uint8_t, 16> boot_id_{};
  std::unique_ptr<Directory> log_dir_;
  std::shared_ptr<Directory> synced_dir_;  // log_dir too, for the worker alone
  std::map<std::string, std::unique_ptr<OpenLog>> logs_;
  std::map<std::string, LogCounters> counters_;
  std::set<std::string> without_group_;  // processes whose group cannot be given, and was told
  std::map<std::string, std::uint64_t> active_numbers_;  // of logs that are closed
  std::vector<ClosedFile> closed_;                       // segments that are to be synced
  std::vector<ClosedFile> syncing_;                      // ... whose sync is under way
  std::set<std::string> closed_unheld_;  // logs with more of them than can be held open
  LogListener* listener_ = nullptr;
  NameOwners owners_;
  std::uint64_t sync_failures_ = 0;
  std::optional<MonoTime> last_sync_failure_;
  MonoTime next_log_dir_look_{};
  bool is_log_dir_astray_ = false;  // there is none at its path, and none can be made
  std::optional<Error> untold_failure_;
  Timer sync_timer_;
  Timer look_timer_;
  Timer idle_timer_;
};

}  // namespace logd
