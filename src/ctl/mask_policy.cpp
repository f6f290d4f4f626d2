// SPDX-License-Identifier: Apache-2.0
#include "ctl/mask_policy.h"

#include <utility>

namespace logd {

Result<std::unique_ptr<MaskPolicy>> follow_policy(MaskRules& rules, const Config& config,
                                                  const MaskingConfig& masking) {
  Result<MaskPlan*> plan = rules.plan_for(masking);
  if (!plan) return fail(plan.error().code, "masking: " + plan.error().context);
  if (*plan == nullptr) return std::unique_ptr<MaskPolicy>();
  std::vector<std::string> literals;
  if (!masking.literals.empty()) {
    LOGD_TRY_ASSIGN(literals, read_literals(masking.literals));
  }
  Result<std::optional<MaskKey>> key = read_mask_key(config.mask_key, CreateKey::no);
  return std::make_unique<MaskPolicy>(**plan, key ? *key : std::optional<MaskKey>(), literals,
                                      masking.mode == MaskingMode::enforce);
}

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (comma != 0) names.emplace_back(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return names;
}

}  // namespace logd
