// Reads the configuration and the rules of masking anew while logd runs, and exchanges both at
// once, or neither.
//
// What takes time, reading and compiling, is done by a worker of its own; the loop only exchanges
// what came of it. What each key needs to take effect is config_keys.h's business. Loop thread
// only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config_file.h"
#include "control/reloading.h"
#include "daemon/mask_setup.h"
#include "loop/worker.h"
#include "rules/masking.h"

namespace logd {

class Reloader final : public control::Reloading {
 public:
  // Called when the configuration has other values than before: all must go by them.
  using Follow = std::function<void()>;

  // `in_force` is what the daemon was started with, and `live` the copy that it goes by. References
  // must outlive this.
  Reloader(Worker& worker, FileSystem& file_system, ConfigSources sources, LoadedConfig in_force,
           Config& live, Masking& masking);
  ~Reloader() override;

  void set_follow(Follow follow) { follow_ = std::move(follow); }

  void reload(Done done) override;
  const ReloadStatus& status() const override { return status_; }

 private:
  struct Work;

  void start();
  void finish(Work& work);
  control::ReloadOutcome take(Work& work);
  void note(const control::ReloadOutcome& outcome);

  Worker& worker_;
  FileSystem& file_system_;
  ConfigSources sources_;
  LoadedConfig in_force_;
  Config& live_;
  Masking& masking_;
  Follow follow_ = [] {};
  std::string rule_texts_;     // of the user's files that are in force; empty: not known
  std::vector<Done> waiting_;  // for the next one
  std::vector<Done> answered_by_this_;
  bool is_working_ = false;
  ReloadStatus status_;
};

}  // namespace logd
