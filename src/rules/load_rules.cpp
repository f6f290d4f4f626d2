// SPDX-License-Identifier: Apache-2.0
#include "rules/load_rules.h"

#include <fmt/format.h>

#include <utility>

#include "rules/user_rules.h"

namespace logd {
namespace {

class Loader {
 public:
  Loader(const std::string& user_dir, const LastGoodRules& last_good, const RuleSetCheck& check)
      : user_dir_(user_dir),
        last_good_(last_good),
        check_(check),
        built_in_(built_in_library()),
        kept_(last_good.read()) {
    LOGD_ASSERT(built_in_.problems.empty());
    if (!kept_ && kept_.error().code != ErrorCode::not_found) {
      complain(fmt::format("the rules that last loaded well: {}", kept_.error().message()));
    }
  }

  LoadedRules load() {
    const bool is_kept = kept_ && !kept_->empty();
    UserRules user = read_user_rules(user_dir_);
    if (user.is_missing && is_kept) {
      user.problems.push_back({user_dir_,
                               {},
                               "is gone, and rules were read from it before; make an empty "
                               "directory if there shall be none",
                               {}});
    }
    if (!user.problems.empty()) {
      loaded_.problems.insert(loaded_.problems.end(), user.problems.begin(), user.problems.end());
    } else if (user.files.empty()) {
      use(built_in_, RuleSource::built_in);
      if (is_kept || !loaded_.problems.empty()) report(last_good_.forget());
      return std::move(loaded_);
    } else if (try_user(user.files, RuleSource::user)) {
      if (!kept_ || *kept_ != user.files) report(last_good_.keep(user.files));
      return std::move(loaded_);
    }
    loaded_.is_degraded = true;
    if (!is_kept || !try_user(*kept_, RuleSource::last_good)) use(built_in_, RuleSource::built_in);
    return std::move(loaded_);
  }

 private:
  void complain(std::string message) {
    loaded_.problems.push_back({user_dir_, {}, std::move(message), {}});
  }

  void report(const Result<void>& kept) {
    if (!kept) {
      complain(fmt::format("cannot be kept as what last loaded well: {}", kept.error().message()));
    }
  }

  void use(RuleLibrary library, RuleSource source) {
    loaded_.rules = std::move(library.rules);
    loaded_.packs = std::move(library.packs);
    loaded_.source = source;
  }

  bool try_user(const std::vector<RuleText>& files, RuleSource source) {
    RuleLibrary library = with_user_rules(built_in_, files);
    std::vector<RuleProblem> problems = std::move(library.problems);
    if (problems.empty() && check_) problems = check_(library.rules, library.packs);
    if (problems.empty()) {
      use(std::move(library), source);
      return true;
    }
    if (source == RuleSource::last_good) {
      complain(fmt::format("the rules that last loaded well do so no more: {}",
                           problems.front().text()));
    } else {
      loaded_.problems.insert(loaded_.problems.end(), problems.begin(), problems.end());
    }
    return false;
  }

  const std::string& user_dir_;
  const LastGoodRules& last_good_;
  const RuleSetCheck& check_;
  RuleLibrary built_in_;
  Result<std::vector<RuleText>> kept_;
  LoadedRules loaded_;
};

}  // namespace

LoadedRules load_rules(const std::string& user_dir, const LastGoodRules& last_good,
                       const RuleSetCheck& check) {
  return Loader(user_dir, last_good, check).load();
}

}  // namespace logd
