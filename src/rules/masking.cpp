// SPDX-License-Identifier: Apache-2.0
#include "rules/masking.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/file_io.h"
#include "base/text_file.h"
#include "base/unique_fd.h"
#include "rules/policy.h"

namespace logd {
namespace {

constexpr std::size_t kMaxLiteralFileBytes = 1 << 20;

// What a plan depends on, spelled out: equal for equal plans only.
std::string plan_key(const std::vector<RuleInForce>& in_force, const AllowList& allow) {
  std::string key;
  for (const RuleInForce& rule : in_force) {
    key += fmt::format("{} {} {},", rule.rule, static_cast<int>(rule.state),
                       static_cast<int>(rule.style));
  }
  for (const auto* texts : {&allow.exact, &allow.prefix, &allow.suffix, &allow.regex}) {
    for (const std::string& text : *texts) key += fmt::format("{}:{},", text.size(), text);
    key += ';';
  }
  return key;
}

}  // namespace

Result<std::unique_ptr<MaskRules>> MaskRules::compile(std::vector<Rule> rules,
                                                      std::vector<RulePack> packs,
                                                      std::vector<RuleProblem>& problems) {
  std::vector<RulePlace> places;
  std::vector<std::string> ids;
  for (const Rule& rule : rules) {
    places.push_back(rule.place);
    ids.push_back(rule.id);
  }
  std::vector<RuleFault> faults;
  Result<RuleSet> set = RuleSet::compile(std::move(rules), faults);
  for (RuleFault& fault : faults) {
    const RulePlace& place = places[fault.rule];
    problems.push_back({place.file,
                        {place.line, place.column},
                        fmt::format("rule \"{}\": {}", ids[fault.rule], fault.message),
                        {}});
  }
  if (!set) return fail(std::move(set.error()));
  return std::unique_ptr<MaskRules>(new MaskRules(std::move(*set), std::move(packs)));
}

std::vector<Rule> MaskRules::plain_rules() const {
  std::vector<Rule> rules;
  for (const CompiledRule& rule : set_.rules()) rules.push_back(rule.rule());
  return rules;
}

Result<MaskPlan*> MaskRules::plan_for(const MaskingConfig& masking) {
  if (masking.mode == MaskingMode::off) return nullptr;
  const auto same = std::find_if(planned_.begin(), planned_.end(),
                                 [&](const auto& planned) { return planned.first == masking; });
  if (same != planned_.end()) return same->second;
  LOGD_TRY_ASSIGN(MaskPlan * plan, make_plan(masking));
  planned_.emplace_back(masking, plan);
  return plan;
}

Result<MaskPlan*> MaskRules::make_plan(const MaskingConfig& masking) {
  const std::vector<Rule> rules = plain_rules();
  const std::vector<std::string> wrong = check_policy(masking, rules, packs_);
  if (!wrong.empty()) return fail(ErrorCode::invalid, wrong.front());
  std::vector<RuleInForce> in_force;
  for (const SelectedRule& rule : select_rules(masking, rules, packs_))
    in_force.push_back({rule.index, rule.state, rule.style});
  std::string key = plan_key(in_force, masking.allow);
  const auto known = std::find_if(plans_.begin(), plans_.end(),
                                  [&](const PlanEntry& entry) { return entry.key == key; });
  if (known != plans_.end()) return known->plan.get();
  LOGD_TRY_ASSIGN(AllowedSecrets allowed, AllowedSecrets::compile(masking.allow));
  plans_.push_back(
      {std::move(key), std::unique_ptr<MaskPlan>(new MaskPlan{
                           MaskEngine(set_, std::move(in_force), std::move(allowed)), {}})});
  return plans_.back().plan.get();
}

std::vector<RuleCounters> MaskRules::counters() const {
  std::vector<RuleCounters> sums(set_.rules().size());
  for (const PlanEntry& entry : plans_) {
    const std::vector<RuleCounters>& counters = entry.plan->memory.scratch.counters;
    for (std::size_t slot = 0; slot < counters.size(); ++slot) {
      RuleCounters& sum = sums[entry.plan->engine.rules_in_force()[slot].rule];
      sum.hits += counters[slot].hits;
      sum.masked += counters[slot].masked;
      sum.rejected += counters[slot].rejected;
      sum.allowed += counters[slot].allowed;
      sum.nanoseconds += counters[slot].nanoseconds;
    }
  }
  return sums;
}

std::uint64_t MaskRules::searched_bytes() const {
  std::uint64_t sum = 0;
  for (const PlanEntry& entry : plans_) sum += entry.plan->memory.scratch.bytes;
  return sum;
}

std::uint64_t MaskRules::unverified() const {
  std::uint64_t sum = 0;
  for (const PlanEntry& entry : plans_) sum += entry.plan->memory.scratch.unverified;
  return sum;
}

void Masking::use(std::unique_ptr<MaskRules> rules, std::optional<MaskKey> key, Report report) {
  // The maskers use those before until all are set up.
  const std::unique_ptr<MaskRules> before = std::exchange(rules_, std::move(rules));
  key_ = key;
  report_ = std::move(report);
  for (auto& [name, process] : processes_) set_up(*process);
}

Masking::ForProcess Masking::masker_for(const std::string& process, const MaskingConfig& masking) {
  std::unique_ptr<Process>& known = processes_[process];
  if (!known || known->masking != masking) {
    if (!known) known = std::make_unique<Process>();
    known->masking = masking;
    set_up(*known);
  }
  return {known->masker, known->refused};
}

void Masking::set_policies(const Config& config) {
  for (auto& [name, process] : processes_) process->masking = config.of(name).masking;
}

void Masking::read_literals_again() {
  for (auto& [name, process] : processes_)
    if (!process->masking.literals.empty()) set_up(*process);
}

std::vector<std::string> Masking::refusals_by(MaskRules* rules, const Config& config) const {
  if (rules == nullptr) rules = rules_.get();
  std::vector<std::string> refusals;
  for (const auto& [name, process] : processes_) {
    // What is not captured anyway loses nothing.
    const MaskingConfig& masking = config.of(name).masking;
    if (masking.mode == MaskingMode::off || process->refused) continue;
    if (const Result<MaskPlan*> plan = rules->plan_for(masking); !plan)
      refusals.push_back(fmt::format("{}: masking: {}", name, plan.error().context));
    if (masking.literals.empty()) continue;
    if (const auto literals = read_literals(masking.literals); !literals)
      refusals.push_back(fmt::format("{}: masking: {}", name, literals.error().message()));
  }
  return refusals;
}

std::vector<std::string> Masking::refusals() const {
  std::vector<std::string> refusals;
  for (const auto& [name, process] : processes_) {
    if (process->refused)
      refusals.push_back(fmt::format("{}: not captured: masking: {}", name, *process->refused));
  }
  return refusals;
}

void Masking::add_environment(const std::string& process, const std::vector<std::string>& values) {
  const auto known = processes_.find(process);
  if (known == processes_.end() || !known->second->masking.env) return;
  std::vector<std::string>& secrets = known->second->environment;
  bool has_new = false;
  for (const std::string& value : values) {
    const std::optional<std::string_view> secret = secret_of_variable(value);
    if (!secret || std::find(secrets.begin(), secrets.end(), *secret) != secrets.end()) continue;
    // Those of the oldest run go first.
    if (secrets.size() >= kMaxLiterals) secrets.erase(secrets.begin());
    secrets.emplace_back(*secret);
    has_new = true;
  }
  if (has_new) set_up(*known->second);
}

void Masking::set_up(Process& process) {
  process.refused.reset();
  process.masker = Masker();
  if (!rules_ || process.masking.mode == MaskingMode::off) return;
  const Result<MaskPlan*> plan = rules_->plan_for(process.masking);
  if (!plan) {
    process.refused = plan.error().context;
    process.masker = Masker::that_hides_all();
    return;
  }
  if (!process.masking.literals.empty()) {
    Result<std::vector<std::string>> literals = read_literals(process.masking.literals);
    if (!literals) {
      process.refused = literals.error().message();
      process.masker = Masker::that_hides_all();
      return;
    }
    process.user_literals = std::move(*literals);
  }
  process.literals = std::make_unique<OwnLiterals>(process.environment, process.user_literals);
  const bool masks_literals = process.masking.mode == MaskingMode::enforce;
  process.masker = Masker((*plan)->engine, (*plan)->memory, key_ ? &*key_ : nullptr,
                          masks_literals ? process.literals.get() : nullptr);
}

std::string MessageMasker::mask(const std::string& message) {
  if (plan_ == nullptr) {
    RuleLibrary library = built_in_library();
    std::vector<RuleProblem> problems;
    auto rules = MaskRules::compile(std::move(library.rules), std::move(library.packs), problems);
    if (!rules) return "(what is wrong cannot be shown: there are no rules to mask it)";
    rules_ = std::move(*rules);
    const Result<MaskPlan*> plan = rules_->plan_for({});
    LOGD_ASSERT(plan && *plan != nullptr);
    plan_ = *plan;
  }
  const Masker masker(plan_->engine, plan_->memory, nullptr, nullptr);
  std::string masked;
  MaskPass(masker, message, {}).mask_all(masked);
  return masked;
}

std::string masked_message(const std::string& message) { return MessageMasker().mask(message); }

Result<std::vector<std::string>> read_literals(const std::string& path) {
  const UniqueFd file(
      retry_interrupted([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (!file) return fail(system_error(errno, fmt::format("literals: open {}", path)));
  LOGD_TRY_ASSIGN(const std::string text, read_text(file.get(), path, kMaxLiteralFileBytes));
  std::vector<std::string> literals;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line(text.data() + at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() >= kMinLiteralBytes) literals.emplace_back(line);
    at = end + 1;
  }
  if (literals.size() > kMaxLiterals) {
    return fail(ErrorCode::limit, fmt::format("literals: {}: {} texts; at most {} are possible",
                                              path, literals.size(), kMaxLiterals));
  }
  return literals;
}

Result<std::optional<MaskKey>> read_mask_key(const std::string& path, CreateKey create) {
  UniqueFd file(retry_interrupted(
      [&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); }));
  std::array<std::uint8_t, MaskKey::kBytes> bytes{};
  if (!file && errno == ENOENT) {
    if (create == CreateKey::no) return std::optional<MaskKey>();
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      return fail(system_error(errno, "mask key: getrandom"));
    // Under another name first, so that nobody ever finds half a key.
    const std::string fresh = path + ".tmp";
    unlink(fresh.c_str());
    file.reset(open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const bool is_written = file &&
                            write(file.get(), bytes.data(), bytes.size()) == MaskKey::kBytes &&
                            fsync(file.get()) == 0 && rename(fresh.c_str(), path.c_str()) == 0;
    if (!is_written) return fail(system_error(errno, fmt::format("mask key: make {}", path)));
    return std::optional(MaskKey(bytes));
  }
  if (!file) return fail(system_error(errno, fmt::format("mask key: open {}", path)));
  struct stat facts {};
  if (fstat(file.get(), &facts) != 0)
    return fail(system_error(errno, fmt::format("mask key: stat {}", path)));
  if ((facts.st_mode & 077) != 0) {
    return fail(ErrorCode::permission,
                fmt::format("mask key: others may read {}; chmod 0600 and make a new one", path));
  }
  const ssize_t size =
      retry_interrupted([&] { return read(file.get(), bytes.data(), bytes.size()); });
  if (size != MaskKey::kBytes || facts.st_size != MaskKey::kBytes) {
    return fail(ErrorCode::corrupt,
                fmt::format("mask key: {} does not hold {} bytes", path, MaskKey::kBytes));
  }
  return std::optional(MaskKey(bytes));
}

}  // namespace logd
