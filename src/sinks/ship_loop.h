// Forwards to one destination: notices what is new, makes batches of it, sends them, does what the
// answers say, and remembers how far it got.
//
// Everything that can be waited for is waited for in one place, so that the loop costs nothing when
// there is nothing to do. Guarantees: logd-ship(7). One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "logd/clock.h"
#include "logd/config.h"
#include "logd/file_system.h"
#include "query/log_choice.h"
#include "query/log_watch.h"
#include "ship/ship_state.h"
#include "ship/ship_status.h"
#include "sinks/batch_builder.h"
#include "sinks/dead_letters.h"
#include "sinks/letter_replay.h"
#include "sinks/replay.h"
#include "sinks/send_gate.h"
#include "sinks/transport.h"

namespace logd {

class ShipLoop {
 public:
  struct World {
    FileSystem& file_system;
    Clock& clock;
    Transport& transport;
    CompressesProcess compresses = [](const std::string&) { return true; };
  };
  // `directory` is where the destination keeps its state; the rest must outlive the loop.
  ShipLoop(const World& world, std::string name, const ShipConfig& config, const HostIdentity& host,
           std::string log_dir, std::unique_ptr<Directory> directory);
  ~ShipLoop();

  // Errors: permission, io (log_dir).
  Result<void> open();

  // Does what is to be done now, and waits until there is more to do, `wake_fd` is readable, or
  // `longest` is over.
  void turn(int wake_fd, std::chrono::milliseconds longest);

  // From now on nothing more is sent; true once nothing is under way.
  bool wind_up();
  // What was done is remembered. Call last.
  void save();

  // Sends again what was acknowledged since then, or what is not settled, whichever is more.
  void rewind(const LogChoice& logs, WallTime since);
  // Sends once more what is kept of these logs, from `since` to before `until`, beside what is new.
  // Segments go from `since` on, and what the receiver has of them stays as it is.
  void replay(const LogChoice& logs, WallTime since, WallTime until);
  // Does not wait out a back-off or a hold: something was changed.
  void try_now();
  // Errors: permission, io.
  Result<void> drop_dead_letters();
  // Sends them once more; what is taken is one no longer. Errors: no_space, permission, io.
  Result<void> replay_dead_letters() { return letters_.begin(); }

  DestinationStatus status() const;

 private:
  struct Lane {
    std::optional<BatchWork> work;
    std::optional<Piece> probe;  // of another record: tells whether only the first piece is refused
    HttpRequest request;
    bool is_sending = false;
    bool is_probing = false;
    bool was_idle_connection = false;  // there was one to take when it was sent
    std::optional<DeadLetter> letter;  // that is taken up again: all that the work is of
  };
  enum class Stored : std::uint8_t { no, yes };
  enum class Break : std::uint8_t { none, soft, behind, hard };

  void load_state();
  void resume_intended();
  void look_for_logs();
  void add_source(const LogName& log, bool is_first_look);
  void watch(ShipSource& source, std::size_t index);
  void take_news(MonoTime now);
  void note_news(ShipSource& source);
  void settle(MonoTime now);
  void look_at_credentials(MonoTime now);

  void fill_lanes(MonoTime now);
  bool plan(Lane& lane, MonoTime now);
  bool plan_replay(Lane& lane, std::uint64_t most_records);
  bool plan_letter(Lane& lane);
  void give_back(Lane& lane);
  bool bury_again(const Lane& lane, const Verdict& verdict, const HttpAnswer& answer);
  static bool is_replay(const Lane& lane) { return lane.work && lane.work->batch.number == 0; }
  void send(Lane& lane);
  bool prepare(Lane& lane, Piece& piece);
  bool set_aside(Lane& lane, const Error& error);
  std::uint64_t tokens(MonoTime now);

  void handle(Lane& lane, const HttpAnswer& answer);
  void follow(Lane& lane, const Verdict& verdict, const HttpAnswer& answer);
  void handle_success(Lane& lane, const Verdict& verdict, const HttpAnswer& answer);
  void note_success(MonoTime now);
  void accuse_others(const Lane& lane);
  void handle_failure(Lane& lane, const Verdict& verdict, const HttpAnswer& answer);
  void handle_refusal(Lane& lane, const Verdict& verdict, const HttpAnswer& answer);
  void shrink(Lane& lane, const Verdict& verdict, const HttpAnswer& answer);
  void suspect(Lane& lane, const Verdict& verdict, const HttpAnswer& answer);
  void convict(Lane& lane, const Verdict& verdict, const HttpAnswer& answer);
  void split_first(Lane& lane, std::uint64_t first_records);
  std::optional<Piece> other_record(const Lane& lane);
  bool bury(Lane& lane, const Verdict& verdict, const HttpAnswer& answer);
  bool add_letters(const std::vector<DeadLetter>& letters);
  void finish_piece(Lane& lane, Stored stored);
  void acknowledge(Lane& lane);
  void note_connection(const Lane& lane, const HttpAnswer& answer);
  void count_answer(const Verdict& verdict, const HttpAnswer& answer);
  void untell(const IntendedBatch& batch);
  void forget_intended(std::uint64_t number);
  void drop_works();
  bool rewind_to_settled();
  void note_loss(const std::string& log, const Loss& loss);
  void take_counts();

  bool has_more() const;
  bool has_unsent() const;
  std::optional<MonoTime> next_time(MonoTime now) const;
  std::optional<MonoTime> next_request(MonoTime now) const;
  void measure_backlog(MonoTime now);
  void limit_backlog(std::uint64_t behind);
  bool give_up_oldest();
  void note_change() { is_dirty_ = true; }

  World world_;
  std::string name_;
  const ShipConfig config_;
  HostIdentity host_;
  std::string log_dir_path_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<Directory> log_dir_;
  LogChoice choice_;
  Report report_;
  BatchBuilder::Sources sources_;
  std::unique_ptr<BatchBuilder> builder_;
  DeadLetters dead_;
  Replay replay_;
  LetterReplay letters_;
  LogWatch watch_;
  std::vector<ShipSource*> watched_;  // by their number in watch_
  std::vector<Lane> lanes_;
  std::size_t next_lane_ = 0;  // which has the first turn
  SendGate gate_;
  ShipState state_;
  bool has_state_ = false;  // there was a state file
  bool is_dirty_ = false;   // the state on disk is older
  bool is_winding_up_ = false;
  Break break_ = Break::none;
  std::optional<MonoTime> last_rewind_;
  std::optional<MonoTime> last_success_;
  std::uint64_t refused_in_row_ = 0;  // records, and none was taken in between
  std::size_t connections_ = 0;       // that should be open
  std::optional<MonoTime> news_due_;  // when what is new is looked at
  MonoTime last_look_everywhere_{};
  MonoTime last_save_{};
  MonoTime last_credentials_{};    // when their files were looked at
  std::uint64_t counted_cut_ = 0;  // of the builder's, in the totals
  std::uint64_t counted_lost_segments_ = 0;
  MonoTime last_measure_{};
  double tokens_ = 0;
  MonoTime last_tokens_{};
  DestinationStatus status_;
};

}  // namespace logd
