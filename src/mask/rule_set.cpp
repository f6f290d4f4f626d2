// SPDX-License-Identifier: Apache-2.0
#include "mask/rule_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "mask/ascii.h"
#include "mask/border.h"
#include "mask/literal_finder.h"
#include "mask/private_key.h"
#include "mask/scanners.h"
#include "mask/shape_scanners.h"

namespace logd {
namespace {

// What a call costs besides the bytes it looks at.
constexpr std::size_t kCallCost = 256;
// Where the groups of a match are is a matter for one of RE2's slow engines.
constexpr std::size_t kMatchCost = 4096;
// Most keywords are no keys, which shows at once; a value is charged when it is found.
constexpr std::size_t kScanCost = 192;
// Many steps back are possible.
constexpr std::size_t kContextCost = 3072;
// Both sides of the '@' are read, and what is before them.
constexpr std::size_t kEmailCost = 200;

// True if each match of the expression begins with one of the keywords: they stand at its very
// beginning, alone or as alternatives.
bool begins_with_keyword(std::string_view expression, const std::vector<std::string>& keywords) {
  if (expression.starts_with("(?i)")) expression.remove_prefix(4);
  const auto begins = [&](std::string_view text) {
    return std::any_of(keywords.begin(), keywords.end(), [&](const std::string& keyword) {
      return text.size() > keyword.size() && ascii::starts_with(text, keyword) &&
             std::string_view("?*{|").find(text[keyword.size()]) == std::string_view::npos;
    });
  };
  if (alternatives(expression).size() > 1) return false;
  if (!expression.starts_with("(?:")) return begins(expression);
  const std::size_t close = expression.find_first_of("()", 3);
  if (close == std::string_view::npos || expression[close] != ')') return false;
  if (close + 1 < expression.size() &&
      std::string_view("?*{").find(expression[close + 1]) != std::string_view::npos)
    return false;
  std::string_view rest = expression.substr(3, close - 3);
  while (true) {
    const std::size_t bar = rest.find('|');
    // A sign behind it tells starts_with from equality.
    if (!begins(std::string(rest.substr(0, bar)) + ")")) return false;
    if (bar == std::string_view::npos) return true;
    rest.remove_prefix(bar + 1);
  }
}

bool contains_word(std::string_view text, std::string_view lower) {
  for (std::size_t at = 0; at + lower.size() <= text.size(); ++at) {
    if (ascii::starts_with(text.substr(at), lower)) return true;
  }
  return false;
}

// A match that fills its window may be longer than that: the rest of the run belongs to it.
void widen(std::string_view line, std::size_t match_end, Secret& secret) {
  if (secret.end == match_end) secret.end = token_run_end(line, match_end);
}

// Backslashes in front of a quote belong to the quote: without them JSON in JSON is none any more.
void leave_escape(std::string_view line, Secret& secret) {
  if (secret.end >= line.size() || (line[secret.end] != '"' && line[secret.end] != '\'')) return;
  while (secret.end > secret.begin + 1 && line[secret.end - 1] == '\\') --secret.end;
}

std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash ^ 0xff) * 0x100000001b3;
}

std::uint64_t hash_of(const Rule& rule) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  hash = mix(hash, rule.id);
  hash = mix(hash, rule.regex);
  for (const std::string& keyword : rule.keywords) hash = mix(hash, keyword);
  for (const std::string& validator : rule.validators) hash = mix(hash, validator);
  for (const std::string& word : rule.near) hash = mix(hash, word);
  for (const auto* list :
       {&rule.allow.exact, &rule.allow.prefix, &rule.allow.suffix, &rule.allow.regex}) {
    for (const std::string& text : *list) hash = mix(hash, text);
    hash = mix(hash, "");
  }
  return mix(hash, fmt::format("{} {} {} {} {} {} {} {} {}", static_cast<int>(rule.kind),
                               static_cast<int>(rule.anchor), rule.before_bytes, rule.window_bytes,
                               static_cast<int>(rule.boundary), rule.group, rule.near_bytes,
                               rule.min_bytes, static_cast<int>(rule.state)));
}

}  // namespace

Result<AllowedSecrets> AllowedSecrets::compile(const AllowList& list) {
  AllowedSecrets allowed;
  allowed.list_ = list;
  for (const std::string& expression : list.regex) {
    Result<Regex> regex = Regex::compile(expression);
    if (!regex) return fail(ErrorCode::invalid, fmt::format("allow: {}", regex.error().context));
    allowed.regexes_.push_back(std::move(*regex));
  }
  return allowed;
}

bool AllowedSecrets::has(std::string_view secret) const {
  return std::any_of(list_.exact.begin(), list_.exact.end(),
                     [&](const std::string& text) { return secret == text; }) ||
         std::any_of(list_.prefix.begin(), list_.prefix.end(),
                     [&](const std::string& text) { return secret.starts_with(text); }) ||
         std::any_of(list_.suffix.begin(), list_.suffix.end(),
                     [&](const std::string& text) { return secret.ends_with(text); }) ||
         std::any_of(regexes_.begin(), regexes_.end(),
                     [&](const Regex& regex) { return regex.is_in(secret); });
}

Result<CompiledRule> CompiledRule::compile(Rule rule) {
  CompiledRule compiled(std::move(rule));
  const Rule& source = compiled.rule_;
  if (source.kind == RuleKind::regex) LOGD_TRY(compiled.compile_regex());
  compiled.scanner_ = scanner_of(source.kind);
  for (const std::string& spelling : source.validators) {
    LOGD_TRY_ASSIGN(const Validator validator, Validator::parse(spelling));
    compiled.validators_.push_back(validator);
    if (spelling != "not_word") compiled.validators_of_quoted_.push_back(validator);
  }
  LOGD_TRY_ASSIGN(compiled.allowed_, AllowedSecrets::compile(source.allow));
  return compiled;
}

Result<void> CompiledRule::compile_regex() {
  pattern_ = TokenPattern::parse(rule_.regex, rule_.group);
  const bool begins = begins_with_keyword(rule_.regex, rule_.keywords);
  is_anchored_ = rule_.anchor == Anchor::keyword || (begins && rule_.before_bytes == 0);
  const bool has_gate = rule_.keywords.empty() && rule_.regex == kSsnExpression;
  if (pattern_ && (is_anchored_ || has_gate)) return {};
  pattern_.reset();
  // Its names are the keywords: a match begins at one, or the rule's examples fail.
  if (rule_.before_bytes == 0) context_ = ContextPattern::parse(rule_.regex, rule_.group);
  if (context_) return {};
  LOGD_TRY_ASSIGN(Regex regex, Regex::compile(rule_.regex));
  if (rule_.group > regex.groups() || rule_.group < 0) {
    return fail(ErrorCode::invalid, fmt::format("group = {}: the expression has {} groups",
                                                rule_.group, regex.groups()));
  }
  regex_ = std::move(regex);
  return {};
}

bool CompiledRule::looks_at_whole_lines() const {
  return rule_.keywords.empty() && rule_.kind == RuleKind::regex && !pattern_;
}

std::size_t CompiledRule::cost_bytes(const KeywordHit& hit) const {
  if (pattern_) return 16;
  const bool is_shape =
      rule_.kind == RuleKind::card || rule_.kind == RuleKind::iban || rule_.kind == RuleKind::email;
  if (is_shape) return rule_.kind == RuleKind::email ? kEmailCost : 24;
  if (looks_at_whole_lines()) return kCallCost + hit.line.size();
  // Turned down at once, as nearly every hit in a run of one letter.
  if (is_anchored_ && !is_border_before(hit.line, hit.begin, rule_.boundary)) return 16;
  if (context_) return kContextCost;
  if (rule_.kind == RuleKind::private_key) return kCallCost + kMaxKeyBytes;
  if (rule_.kind == RuleKind::cookie) return kCallCost + 4 * kMaxWindowBytes;
  if (is_scanned()) return kScanCost;
  return kCallCost + rule_.before_bytes + rule_.window_bytes;
}

void CompiledRule::find(const KeywordHit& hit, Secrets& secrets, RuleCounters& counters) const {
  ++counters.hits;
  if (pattern_) {
    find_token(hit, secrets, counters);
  } else if (context_) {
    find_context(hit, secrets, counters);
  } else if (regex_) {
    find_regex(hit, secrets, counters);
  } else {
    find_by_code(hit, secrets, counters);
  }
}

void CompiledRule::find_token(const KeywordHit& hit, Secrets& secrets,
                              RuleCounters& counters) const {
  const std::string_view window = hit.line.substr(hit.begin, rule_.window_bytes);
  if (window.size() < pattern_->min_bytes()) return;
  std::size_t looked = 0;
  const std::optional<TokenPattern::Match> match = pattern_->match(window, looked);
  counters.spent_bytes += looked;
  if (!match || !is_border_before(hit.line, hit.begin, rule_.boundary)) return;
  Secret secret{hit.begin + match->secret_begin, hit.begin + match->secret_end};
  if (match->end == window.size()) widen(hit.line, hit.begin + match->end, secret);
  check(hit.line, hit.begin, secret, secrets, counters);
}

void CompiledRule::find_context(const KeywordHit& hit, Secrets& secrets,
                                RuleCounters& counters) const {
  if (!is_border_before(hit.line, hit.begin, rule_.boundary)) return;
  const std::size_t to = std::min<std::size_t>(hit.line.size(), hit.begin + rule_.window_bytes);
  std::optional<Secret> secret = context_->match(hit.line, hit.begin, to);
  if (!secret) return;
  if (secret->end == to) widen(hit.line, to, *secret);
  check(hit.line, hit.begin, *secret, secrets, counters);
}

void CompiledRule::find_regex(const KeywordHit& hit, Secrets& secrets,
                              RuleCounters& counters) const {
  if (is_anchored_ && !is_border_before(hit.line, hit.begin, rule_.boundary)) return;
  const bool is_whole_line = rule_.keywords.empty();
  std::size_t from =
      is_whole_line ? 0 : hit.begin - std::min<std::size_t>(hit.begin, rule_.before_bytes);
  const std::size_t to =
      is_whole_line ? hit.line.size()
                    : std::min<std::size_t>(hit.line.size(), hit.begin + rule_.window_bytes);
  const Regex::At at = is_anchored_ ? Regex::At::start : Regex::At::anywhere;
  while (from < to) {
    const std::optional<Regex::Match> match = regex_->find(hit.line, from, to, at, rule_.group);
    if (!match) return;
    counters.spent_bytes += kMatchCost;
    const std::size_t found = secrets.size();
    if (match->group_end > match->group_begin &&
        is_border_before(hit.line, match->begin, rule_.boundary)) {
      Secret secret{match->group_begin, match->group_end};
      if (match->end == to) widen(hit.line, to, secret);
      check(hit.line, match->begin, secret, secrets, counters);
    }
    if (is_anchored_) return;
    // Behind the secret, since the match may have taken the byte that the next one begins with; and
    // behind all of what was turned down, whose tail may look like a whole.
    const std::size_t next = secrets.size() > found ? match->group_end : match->end;
    from = std::max(next, from + 1);
  }
}

void CompiledRule::find_by_code(const KeywordHit& hit, Secrets& secrets,
                                RuleCounters& counters) const {
  std::optional<Secret> one;
  switch (rule_.kind) {
    case RuleKind::card:
      one = card_at(hit.line, hit.begin);
      break;
    case RuleKind::iban:
      one = iban_at(hit.line, hit.begin);
      break;
    case RuleKind::email:
      one = email_at(hit.line, hit.begin, hit.end - hit.begin);
      break;
    default: {
      // A scanner judges what it reads, so it must not read a line that goes on and on; a value
      // that reaches the end of what it sees goes up to the end of the line.
      const bool is_key = rule_.kind == RuleKind::private_key;
      const std::size_t seen = is_key ? hit.line.size() : hit.end + 2 * kMaxWindowBytes;
      const std::string_view part = hit.line.substr(0, seen);
      Secrets found;
      if (scanner_ != nullptr) scanner_({part, hit.begin, hit.end}, found);
      counters.spent_bytes += found.read_bytes();
      for (Secret secret : found) {
        if (secret.end == part.size()) secret.end = hit.line.size();
        check(hit.line, hit.begin, secret, secrets, counters);
      }
      return;
    }
  }
  if (one) check(hit.line, one->begin, *one, secrets, counters);
}

// Borders in front are the finders' business, since only they know where the match begins.
void CompiledRule::check(std::string_view line, std::size_t match_begin, Secret secret,
                         Secrets& secrets, RuleCounters& counters) const {
  const bool is_regex = rule_.kind == RuleKind::regex;
  if (is_regex) leave_escape(line, secret);
  counters.spent_bytes += secret.end - secret.begin;
  if (is_regex && !is_border_behind(line, secret.end, rule_.boundary)) return;
  const std::string_view text = line.substr(secret.begin, secret.end - secret.begin);
  if (text.size() < rule_.min_bytes || !has_word_near(line, match_begin)) return;
  if (!passes(text, secret.is_quoted)) {
    ++counters.rejected;
  } else if (allowed_.has(text)) {
    ++counters.allowed;
  } else {
    ++counters.masked;
    if (!secrets.add(secret)) secrets.back().end = std::max(secrets.back().end, secret.end);
  }
}

bool CompiledRule::passes(std::string_view text, bool is_quoted) const {
  const std::vector<Validator>& validators = is_quoted ? validators_of_quoted_ : validators_;
  return std::all_of(validators.begin(), validators.end(),
                     [&](const Validator& validator) { return validator.accepts(text); });
}

bool CompiledRule::has_word_near(std::string_view line, std::size_t match_begin) const {
  if (rule_.near.empty()) return true;
  const std::size_t from = match_begin - std::min<std::size_t>(match_begin, rule_.near_bytes);
  const std::string_view before = line.substr(from, match_begin - from);
  return std::any_of(rule_.near.begin(), rule_.near.end(),
                     [&](const std::string& word) { return contains_word(before, word); });
}

Result<RuleSet> RuleSet::compile(std::vector<Rule> rules, std::vector<RuleFault>& faults) {
  RuleSet set;
  set.hash_ = 0xcbf29ce484222325;
  std::unordered_set<std::string> keywords;
  std::size_t keyword_bytes = LiteralFinder::kMaxDepth;  // of a mask of ours, which is found too
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const std::string& keyword : rules[i].keywords) {
      const std::string known = keyword.substr(0, LiteralFinder::kMaxDepth);
      if (keywords.insert(known).second) keyword_bytes += known.size();
    }
    if (keyword_bytes > LiteralFinder::kMaxBytes) {
      faults.push_back(
          {i, fmt::format("keywords: those of all rules up to this one take {} bytes, "
                          "each cut to {}; at most {} are possible",
                          keyword_bytes, LiteralFinder::kMaxDepth, LiteralFinder::kMaxBytes)});
      break;
    }
    set.hash_ = (set.hash_ ^ hash_of(rules[i])) * 0x100000001b3;
    Result<CompiledRule> compiled = CompiledRule::compile(std::move(rules[i]));
    if (compiled) {
      set.rules_.push_back(std::move(*compiled));
    } else {
      faults.push_back({i, compiled.error().context});
    }
  }
  if (!faults.empty())
    return fail(ErrorCode::invalid, fmt::format("{} rules cannot be compiled", faults.size()));
  return set;
}

std::optional<std::size_t> RuleSet::find(std::string_view id) const {
  const auto found = std::find_if(rules_.begin(), rules_.end(),
                                  [&](const CompiledRule& rule) { return rule.rule().id == id; });
  if (found == rules_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - rules_.begin());
}

}  // namespace logd
