// Tells webhooks and commands of alerts, each attempt in a process of its own.
//
// A webhook is called by logd-webhook, so that neither libcurl nor what it waits for is in the
// daemon. A process that does not end in time is killed; one that ends with kTryAgain is started
// again, a few times, later. A few run at a time, one of each alert, and a limited number waits:
// who has an alert never does, and a webhook that does not answer is no other's trouble. Processes
// get the alert as standard input, and their first line of standard error is why they failed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "alert/alert.h"
#include "alert/alert_counts.h"
#include "alert/fed_program.h"
#include "base/unique_fd.h"
#include "logd/result.h"
#include "rules/masking.h"

namespace logd {

class AlertSender {
 public:
  // `counts` must outlive it. Errors: io.
  static Result<std::unique_ptr<AlertSender>> start(AlertCounts& counts);

  // Waits a moment for what is under way; what still waits then is not told.
  ~AlertSender();

  // Whether one more of that name may wait; counts it as fired, and as dropped if not. Any thread;
  // never blocks.
  [[nodiscard]] bool take_place(const std::string& name, const AlertConfig& config);
  // One that has a place. Any thread; never blocks.
  void send(Alert alert);

  // Of one name, those under way included; one of them runs at a time.
  static constexpr std::size_t kMaxWaiting = 32;
  // Returns once all are told or have failed. Any thread.
  void wait_until_told();

  static constexpr std::size_t kMaxRunning = 64;
  // EX_TEMPFAIL of sysexits.h: another attempt may help.
  static constexpr int kTryAgain = 75;

 private:
  // One webhook or command of one alert.
  struct Delivery {
    std::string alert;
    FedProgram::Start start;
    Nanoseconds timeout{};
    bool is_webhook = false;
    int attempts = 0;
    MonoTime due{};
  };
  struct Attempt {
    Delivery delivery;
    FedProgram program;
  };

  AlertSender(AlertCounts& counts, UniqueFd wake_up);
  void wake();
  void work();
  void take_queue();
  void start_due(std::optional<MonoTime> end);
  void wait(MonoTime until);
  void finish_ended();
  bool try_again(Delivery& delivery);
  static std::string way_of(const Delivery& delivery);
  void finish(Delivery delivery, const FedProgram::End& end);
  void fail_for_good(const Delivery& delivery, const std::string& why);
  void forget(const Delivery& delivery);
  bool is_running(const std::string& alert) const;
  void give_up();

  AlertCounts& counts_;
  std::string host_;
  UniqueFd wake_up_;  // eventfd
  std::mutex mutex_;
  std::condition_variable has_told_;
  std::deque<Alert> queue_;                        // guarded by mutex_
  std::map<std::string, std::size_t> deliveries_;  // that have not ended; guarded by mutex_
  bool is_stopping_ = false;                       // guarded by mutex_
  // Of the thread.
  std::vector<Delivery> waiting_;
  std::vector<pid_t> left_;  // could not be killed
  MessageMasker masker_;
  std::vector<std::unique_ptr<Attempt>> running_;  // at most kMaxRunning
  std::thread thread_;
};

}  // namespace logd
