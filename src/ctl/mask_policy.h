// Masks as the configuration says for a process, in a command that works without the daemon.
//
// Values of the environment of processes, which only the daemon knows, are not among the secrets.
// One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/config.h"
#include "rules/masking.h"

namespace logd {

class MaskPolicy {
 public:
  MaskPolicy(MaskPlan& plan, std::optional<MaskKey> key, const std::vector<std::string>& literals,
             bool masks_literals)
      : plan_(plan),
        key_(key),
        literals_({}, literals),
        masker_(plan.engine, plan.memory, key_ ? &*key_ : nullptr,
                masks_literals ? &literals_ : nullptr) {}
  MaskPolicy(const MaskPolicy&) = delete;
  MaskPolicy& operator=(const MaskPolicy&) = delete;

  const MaskPlan& plan() const { return plan_; }
  const Masker& masker() const { return masker_; }

 private:
  MaskPlan& plan_;
  std::optional<MaskKey> key_;
  OwnLiterals literals_;
  Masker masker_;
};

// Null where the policy's mode is off. `rules` must outlive the policy. Without a key, what should
// be hashed gets a mask without a hash. Errors: invalid (it names what is not there), those of the
// file of literals.
Result<std::unique_ptr<MaskPolicy>> follow_policy(MaskRules& rules, const Config& config,
                                                  const MaskingConfig& masking);

// The names in "one,two".
std::vector<std::string> split_list(std::string_view list);

}  // namespace logd
