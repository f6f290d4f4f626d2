// SPDX-License-Identifier: Apache-2.0
#include "daemon/reloader.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <optional>
#include <utility>

#include "base/diagnostics.h"
#include "daemon/check_config.h"
#include "daemon/supervisor.h"
#include "rules/config_check.h"
#include "rules/user_rules.h"

namespace logd {
namespace {

// systemd waits for READY=1 after this, and matches it with its own clock.
void tell_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t microseconds =
      static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
  tell_supervisor(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds));
}

// Whether the rules must be compiled anew for what masking is to do.
bool masks_otherwise(const Config& before, const Config& after) {
  if (before.rules_dir != after.rules_dir || before.mask_key != after.mask_key ||
      before.defaults.masking != after.defaults.masking)
    return true;
  const auto has_other = [](const Config& left, const Config& right) {
    for (const auto& [name, process] : left.processes)
      if (process.masking != right.of(name).masking) return true;
    return false;
  };
  return has_other(before, after) || has_other(after, before);
}

}  // namespace

// What the worker is given and brings back.
struct Reloader::Work {
  ConfigSources sources;
  Config before;
  std::string rule_texts;
  std::string problems;
  LoadedConfig loaded;
  std::optional<MadeRules> rules;     // nothing: those in force stay right
  std::vector<std::string> troubles;  // of masking

  void run(FileSystem& file_system) {
    auto checked = check_config_files(sources);
    if (!checked) return fail_with(checked.error().message());
    if (!checked->is_good) return fail_with(check_report(*checked, CheckFormat::text));
    loaded = std::move(checked->loaded);
    const UserRules user = read_user_rules(loaded.config.rules_dir);
    const std::string texts = encode_rule_texts(user.files);
    const bool are_same = user.problems.empty() && texts == rule_texts;
    // A log_dir that needs a restart is not in force, nor is what lies in it.
    if (!loaded.origins.contains({"", "mask_key"}))
      loaded.config.mask_key = default_mask_key(before.log_dir);
    Config next = before;
    take_over(next, loaded.config);
    if (are_same && !masks_otherwise(before, next)) return;
    rule_texts = texts;
    rules = make_rules(next, file_system);
    troubles = rules->report.troubles;
    if (!troubles.empty()) return;
    for (const ConfigProblem& problem : plan_policies(loaded, *rules->rules))
      troubles.push_back(masked_message(problem.text()));
  }

  void fail_with(const std::string& message) {
    problems = masked_message(message);
    if (problems.ends_with('\n')) problems.pop_back();
  }
};

Reloader::Reloader(Worker& worker, FileSystem& file_system, ConfigSources sources,
                   LoadedConfig in_force, Config& live, Masking& masking)
    : worker_(worker),
      file_system_(file_system),
      sources_(std::move(sources)),
      in_force_(std::move(in_force)),
      live_(live),
      masking_(masking) {}

Reloader::~Reloader() = default;

void Reloader::reload(Done done) {
  waiting_.push_back(std::move(done));
  if (!is_working_) start();
}

void Reloader::start() {
  tell_reloading();
  is_working_ = true;
  answered_by_this_ = std::exchange(waiting_, {});
  auto work = std::make_shared<Work>();
  work->sources = sources_;
  work->before = live_;
  work->rule_texts = rule_texts_;
  Worker::Job job;
  job.run = [work, &file_system = file_system_] { work->run(file_system); };
  job.done = [work, this] { finish(*work); };
  if (worker_.submit(std::move(job))) return;
  work->problems = "too many jobs wait";
  finish(*work);
}

void Reloader::finish(Work& work) {
  const control::ReloadOutcome outcome = take(work);
  note(outcome);
  tell_supervisor("READY=1");
  is_working_ = false;
  for (const Done& done : std::exchange(answered_by_this_, {})) done(outcome);
  if (!waiting_.empty() && !is_working_) start();
}

// All of it, or nothing.
control::ReloadOutcome Reloader::take(Work& work) {
  control::ReloadOutcome outcome{std::move(work.problems), {}};
  if (!outcome.problems.empty()) return outcome;
  const Config& next = work.loaded.config;
  std::vector<std::string>& troubles = work.troubles;
  MaskRules* const rules = work.rules ? work.rules->rules.get() : nullptr;
  if (troubles.empty()) troubles = masking_.refusals_by(rules, next);
  if (!troubles.empty()) {
    for (const std::string& trouble : troubles) {
      log_error("masking: " + trouble);
      outcome.problems += trouble + "\n";
    }
    log_error("masking: the rules before stay in force");
    outcome.problems += "the rules of masking before stay in force";
    masking_.set_troubles(std::move(troubles));
    rule_texts_.clear();  // so that the next one compiles, and takes the troubles away
    return outcome;
  }
  outcome.changes = config_changes(in_force_, work.loaded);
  if (work.rules) {
    log_info(fmt::format("masking: {} rules in force", rules->set().rules().size()));
    masking_.set_policies(next);
    masking_.use(std::move(work.rules->rules), work.rules->key, std::move(work.rules->report));
    rule_texts_ = std::move(work.rule_texts);
  } else {
    masking_.read_literals_again();
  }
  take_over(live_, next);
  in_force_ = std::move(work.loaded);
  in_force_.config = live_;  // what needs a restart is told until there is one
  follow_();                 // always: what pointed into the settings points into those of before
  return outcome;
}

void Reloader::note(const control::ReloadOutcome& outcome) {
  status_.last_failed = !outcome.problems.empty();
  if (status_.last_failed) {
    ++status_.failed;
    log_error("reload: nothing has changed: " + outcome.problems);
    return;
  }
  ++status_.succeeded;
  status_.last_success_s =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  log_info(fmt::format("reload: {} {}", outcome.changes.size(),
                       outcome.changes.size() == 1 ? "change" : "changes"));
  for (const ConfigChange& change : outcome.changes) log_info("reload: " + change.text());
}

}  // namespace logd
