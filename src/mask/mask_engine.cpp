// SPDX-License-Identifier: Apache-2.0
#include "mask/mask_engine.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <tuple>

#include "mask/ascii.h"
#include "mask/border.h"
#include "mask/private_key.h"

namespace logd {
namespace {

// What the looks at one line may cost, in bytes looked at: so much for each line, and so much for
// each of its bytes. A line would have to be made for it to exceed this.
constexpr std::size_t kBudgetOfLine = 64 * 1024;
constexpr std::size_t kBudgetOfByte = 32;

// One hit in so many is timed.
constexpr std::uint64_t kTimedHits = 64;

constexpr std::string_view kMaskBegin = "[masked:";
constexpr std::size_t kMaxMaskBytes = 160;

// The line around a position; positions only grow.
class LineCursor {
 public:
  explicit LineCursor(std::string_view text) : text_(text) {}

  // True if it is another line than before.
  bool move_to(std::size_t at) {
    if (at < end_ && has_line_) return false;
    const auto* const newline = static_cast<const char*>(memrchr(text_.data(), '\n', at));
    begin_ = newline == nullptr ? 0 : static_cast<std::size_t>(newline - text_.data()) + 1;
    end_ = std::min(text_.find('\n', at), text_.size());
    has_line_ = true;
    return true;
  }

  std::size_t begin() const { return begin_; }
  std::string_view line() const { return text_.substr(begin_, end_ - begin_); }

 private:
  std::string_view text_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool has_line_ = false;
};

}  // namespace

std::string_view id_of_own_slot(std::uint16_t slot) {
  switch (slot) {
    case kUnverifiedSlot:
      return "unverified";
    case kEnvironmentSlot:
      return "environment";
    case kUserLiteralSlot:
      return "literal";
    case kCutSlot:
      return "cut";
    default:
      return "";
  }
}

void join_edits(std::vector<Edit>& edits, std::span<const Severity> severities) {
  if (edits.size() < 2) return;
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return std::tuple(a.begin, a.end, a.slot) < std::tuple(b.begin, b.end, b.slot);
  });
  const auto severity = [&](std::uint16_t slot) {
    return slot < severities.size() ? severities[slot] : Severity::high;
  };
  // Whether `a` names the mask of both.
  const auto names = [&](const Edit& a, const Edit& b) {
    const std::uint32_t a_bytes = a.end - a.begin;
    const std::uint32_t b_bytes = b.end - b.begin;
    if (a_bytes != b_bytes) return a_bytes > b_bytes;
    if (severity(a.slot) != severity(b.slot)) return severity(a.slot) > severity(b.slot);
    return a.slot < b.slot;
  };
  std::size_t last = 0;
  Edit name = edits[0];
  for (std::size_t i = 1; i < edits.size(); ++i) {
    const Edit edit = edits[i];
    if (edit.begin >= edits[last].end) {
      edits[++last] = name = edit;
      continue;
    }
    if (names(edit, name)) name = edit;
    edits[last].end = std::max(edits[last].end, edit.end);
    edits[last].slot = name.slot;
  }
  edits.resize(last + 1);
}

MaskEngine::MaskEngine(const RuleSet& rules, std::vector<RuleInForce> in_force,
                       AllowedSecrets allowed)
    : rules_(rules), in_force_(std::move(in_force)), allowed_(std::move(allowed)) {
  LOGD_ASSERT(in_force_.size() < kFirstOwnSlot);
  literals_.push_back({std::string(kMaskBegin), {}, false});
  for (std::size_t slot = 0; slot < in_force_.size(); ++slot)
    add_rule(static_cast<std::uint16_t>(slot));
  for (const std::uint16_t slot : {kUnverifiedSlot, kEnvironmentSlot, kUserLiteralSlot, kCutSlot})
    ids_.insert(id_of_own_slot(slot));
  // Those that are not in force here may have masked the text before.
  for (const CompiledRule& rule : rules_.rules()) ids_.insert(rule.rule().id);
  std::vector<std::string> texts;
  for (const Literal& literal : literals_) texts.push_back(literal.text);
  finder_.emplace(texts);
}

void MaskEngine::add_rule(std::uint16_t slot) {
  const CompiledRule& rule = compiled(slot);
  severities_.push_back(rule.rule().severity);
  for (const std::string& keyword : rule.rule().keywords) add_literal(keyword, slot);
  const auto add_shape = [&](Shape shape) {
    slots_of_shape_[static_cast<std::size_t>(shape)].push_back(slot);
    shapes_ |= shape_bit(shape);
  };
  switch (rule.rule().kind) {
    case RuleKind::private_key:
      if (key_slot_ == kUnverifiedSlot) key_slot_ = slot;
      break;
    case RuleKind::card:
      add_shape(Shape::digit_run);
      add_shape(Shape::digit_groups);
      return;
    case RuleKind::iban:
      return add_shape(Shape::iban);
    case RuleKind::email:
      add_literal("%40", slot);
      return add_shape(Shape::at_sign);
    default:
      break;
  }
  if (!rule.rule().keywords.empty()) return;
  if (rule.looks_at_whole_lines()) {
    whole_line_slots_.push_back(slot);
  } else {
    add_shape(Shape::ssn);
  }
}

void MaskEngine::add_literal(std::string_view text, std::uint16_t slot) {
  auto known = std::find_if(literals_.begin(), literals_.end(),
                            [&](const Literal& literal) { return literal.text == text; });
  const bool is_row = text.find_first_not_of(text[0]) == std::string_view::npos;
  if (known == literals_.end()) known = literals_.insert(known, {std::string(text), {}, is_row});
  known->slots.push_back(slot);
}

// "[masked:ID]" or "[masked:ID:what is shown]".
bool MaskEngine::is_own_mask(std::string_view text) const {
  const std::string_view inside =
      text.substr(kMaskBegin.size(), text.size() - kMaskBegin.size() - 1);
  const std::size_t colon = inside.find(':');
  if (!ids_.contains(inside.substr(0, colon))) return false;
  // What we show is a hash, some digits or a prefix; anything else somebody else has written.
  constexpr std::size_t kMaxShown = 48;
  const std::string_view shown = colon == std::string_view::npos ? "" : inside.substr(colon + 1);
  return shown.size() <= kMaxShown &&
         shown.find_first_of("=&:;,/?#@'<>{}") == std::string_view::npos;
}

// One search: what it has found, and what it may still spend on the line that it is at.
class MaskEngine::Search {
 public:
  Search(const MaskEngine& engine, std::string_view text, Scratch& scratch,
         std::vector<Edit>& edits)
      : engine_(engine), text_(text), scratch_(scratch), edits_(edits) {}

  void look_at_literals() {
    note_masks();
    LineCursor cursor(text_);
    for (const LiteralFinder::Hit& hit : scratch_.literals) {
      for (const std::uint16_t index : engine_.finder_->literals_at(hit)) {
        const Literal& literal = engine_.literals_[index];
        const std::size_t known = std::min(literal.text.size(), LiteralFinder::kMaxDepth);
        const std::size_t begin = hit.last + 1 - known;
        if (index != 0 && is_whole(literal, begin, known) && !is_inside_row(literal, begin))
          look(cursor, begin, begin + literal.text.size(), literal.slots);
      }
    }
  }

  void look_at_shapes() {
    LineCursor cursor(text_);
    unverified_end_ = 0;
    for (const ShapeHit& hit : scratch_.shapes) {
      if (hit.shape == Shape::at_sign && is_inside_at_signs(hit.at)) continue;
      const std::vector<std::uint16_t>& slots =
          engine_.slots_of_shape_[static_cast<std::size_t>(hit.shape)];
      look(cursor, hit.at, hit.at + 1, slots);
    }
  }

  void look_at_lines() {
    LineCursor cursor(text_);
    unverified_end_ = 0;
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      if (end > at) look(cursor, at, end, engine_.whole_line_slots_);
      at = end + 1;
    }
  }

 private:
  // A row of one character is a keyword at each of its places; the first one and the last one lead
  // to all that there is.
  bool is_inside_row(const Literal& literal, std::size_t begin) const {
    const std::size_t end = begin + literal.text.size();
    return literal.is_row && begin > 0 && end < text_.size() && text_[begin - 1] == text_[begin] &&
           text_[end] == text_[begin];
  }

  bool is_inside_at_signs(std::size_t at) const {
    return at > 0 && at + 1 < text_.size() && text_[at - 1] == '@' && text_[at + 1] == '@';
  }

  bool is_whole(const Literal& literal, std::size_t begin, std::size_t known) const {
    return known == literal.text.size() ||
           ascii::starts_with(text_.substr(begin + known),
                              std::string_view(literal.text).substr(known));
  }

  // All of them first: a keyword may lead to a place in a mask behind it.
  void note_masks() {
    for (const LiteralFinder::Hit& hit : scratch_.literals) {
      if (engine_.finder_->literals_at(hit)[0] == 0) note_mask(hit.last + 1 - kMaskBegin.size());
    }
  }

  // A mask that the text holds already is no secret, nor is anything in it.
  void note_mask(std::size_t begin) {
    const std::string_view rest = text_.substr(begin, kMaxMaskBytes);
    const std::size_t close = rest.find_first_of("]\n \"\\");
    if (close == std::string_view::npos || rest[close] != ']') return;
    if (!engine_.is_own_mask(rest.substr(0, close + 1))) return;
    scratch_.masks.push_back(
        {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + close + 1), 0});
  }

  bool is_in_mask(std::size_t begin, std::size_t end) const {
    const auto behind = std::partition_point(scratch_.masks.begin(), scratch_.masks.end(),
                                             [&](const Edit& mask) { return mask.begin <= begin; });
    return behind != scratch_.masks.begin() && end <= std::prev(behind)->end;
  }

  void look(LineCursor& cursor, std::size_t begin, std::size_t end,
            const std::vector<std::uint16_t>& slots) {
    if (begin < unverified_end_ || is_in_mask(begin, end)) return;
    if (cursor.move_to(begin)) budget_bytes_ = kBudgetOfLine + cursor.line().size() * kBudgetOfByte;
    const KeywordHit hit{cursor.line(), begin - cursor.begin(), end - cursor.begin()};
    for (const std::uint16_t slot : slots) {
      const std::size_t cost = engine_.compiled(slot).cost_bytes(hit);
      if (cost > budget_bytes_) {
        // Where rules only report, nothing is masked.
        if (engine_.in_force_[slot].state == RuleState::report) continue;
        return give_up(cursor, hit);
      }
      budget_bytes_ -= cost;
      look(cursor, hit, slot);
    }
  }

  void look(const LineCursor& cursor, const KeywordHit& hit, std::uint16_t slot) {
    // What stands in a value is part of it, and a line full of keywords would be read over and
    // over.
    const bool is_scanned = engine_.compiled(slot).is_scanned();
    const bool is_key = engine_.compiled(slot).rule().kind == RuleKind::private_key;
    // The key itself may be a value: PRIVATE_KEY="-----BEGIN ...
    if (is_key && engine_.in_force_[slot].state == RuleState::on) note_key_line(cursor, hit.line);
    if (is_scanned && is_in_value(cursor.begin() + hit.begin, cursor.begin() + hit.end)) return;
    if (is_in_wide(slot, cursor.begin() + hit.begin)) return;
    RuleCounters& counters = scratch_.counters[slot];
    const std::uint64_t spent_bytes = counters.spent_bytes;
    Secrets secrets;
    if (counters.hits % kTimedHits != 0) [[likely]] {
      engine_.compiled(slot).find(hit, secrets, counters);
    } else {
      const auto before = std::chrono::steady_clock::now();
      engine_.compiled(slot).find(hit, secrets, counters);
      const auto spent = std::chrono::steady_clock::now() - before;
      counters.nanoseconds +=
          kTimedHits * static_cast<std::uint64_t>(std::chrono::nanoseconds(spent).count());
    }
    // A value that goes on and on is read by each keyword in it that leads to it.
    budget_bytes_ -= std::min<std::size_t>(budget_bytes_, counters.spent_bytes - spent_bytes);
    bool is_masked = false;
    for (const Secret& secret : secrets) is_masked = add(cursor, secret, slot) || is_masked;
    if (is_masked) note_wide(cursor, secrets.back(), slot);
    if (is_scanned && is_masked) value_end_ = cursor.begin() + secrets.back().end;
  }

  // A keyword in the last value that a scanner found, unless it is the value's end and so names
  // another one: "password: token: x".
  bool is_in_value(std::size_t begin, std::size_t end) const {
    return begin < value_end_ &&
           text_.substr(end, std::max(value_end_, end) - end).find_first_not_of("\\\"' :=") !=
               std::string_view::npos;
  }

  // A secret beyond its window goes up to the end of its run, whose further keywords of the rule
  // would each go there again.
  void note_wide(const LineCursor& cursor, const Secret& secret, std::uint16_t slot) {
    if (secret.end - secret.begin <= engine_.rule_of(slot).window_bytes) return;
    for (Edit& known : wide_) {
      if (known.slot != slot) continue;
      known.end = static_cast<std::uint32_t>(cursor.begin() + secret.end);
      return;
    }
    wide_.push_back({0, static_cast<std::uint32_t>(cursor.begin() + secret.end), slot});
  }

  bool is_in_wide(std::uint16_t slot, std::size_t begin) const {
    return std::any_of(wide_.begin(), wide_.end(),
                       [&](const Edit& known) { return known.slot == slot && begin < known.end; });
  }

  // Once for each line, however often the keyword stands on it.
  void note_key_line(const LineCursor& cursor, std::string_view line) {
    if (cursor.begin() < key_line_end_) return;
    key_line_end_ = cursor.begin() + line.size() + 1;
    if (begins_key(line)) scratch_.key_lines.push_back(static_cast<std::uint32_t>(cursor.begin()));
  }

  // False where it stays: what stands in it is then still to be looked at by others.
  bool add(const LineCursor& cursor, const Secret& secret, std::uint16_t slot) {
    const std::size_t begin = cursor.begin() + secret.begin;
    const std::size_t end = cursor.begin() + secret.end;
    if (is_in_mask(begin, end)) return true;
    if (engine_.allowed_.has(text_.substr(begin, end - begin))) {
      ++scratch_.counters[slot].allowed;
      return false;
    }
    if (engine_.in_force_[slot].state == RuleState::report) return false;
    edits_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), slot});
    return true;
  }

  // A string with a colon behind it names what follows.
  static bool is_json_key(std::string_view line, std::size_t begin, std::size_t end) {
    if (begin == 0 || line[begin - 1] != '"' || end >= line.size()) return false;
    const std::size_t behind = line.find_first_not_of("\\\" ", end);
    return behind != std::string_view::npos && behind > end && line[behind] == ':';
  }

  // Fails closed: what nobody has looked at is masked up to the end of the line, but for quotes,
  // brackets and commas, so that a JSON document stays one.
  void give_up(const LineCursor& cursor, const KeywordHit& hit) {
    const std::string_view line = hit.line;
    unverified_end_ = cursor.begin() + line.size();
    ++scratch_.unverified;
    if (engine_.key_slot_ != kUnverifiedSlot) note_key_line(cursor, line);
    std::size_t last_end = std::string_view::npos;
    for (std::size_t at = token_run_at(line, hit.begin).begin; at < line.size();) {
      const std::size_t end = token_run_end(line, at);
      const bool is_sign = line[at] == ':' || line[at] == '=';
      if (end == at || (is_sign && at > 0 && line[at - 1] == '"')) {
        // Those in front of a quote at once, since each of them would look for it again.
        const bool is_backslash = line[at] == '\\';
        at = is_backslash ? std::min(line.find_first_not_of('\\', at), line.size()) : at + 1;
        continue;
      }
      // Two bytes are no secret, nor is the name of a member of an object.
      if (end - at <= 2 || is_json_key(line, at, end)) {
        at = end;
        last_end = std::string_view::npos;
        continue;
      }
      const bool goes_on =
          last_end != std::string_view::npos && line.find_first_not_of(" \t", last_end) == at;
      if (goes_on)
        edits_.back().end = static_cast<std::uint32_t>(cursor.begin() + end);
      else
        edits_.push_back({static_cast<std::uint32_t>(cursor.begin() + at),
                          static_cast<std::uint32_t>(cursor.begin() + end), kUnverifiedSlot});
      last_end = at = end;
    }
  }

  const MaskEngine& engine_;
  std::string_view text_;
  Scratch& scratch_;
  std::vector<Edit>& edits_;
  std::size_t budget_bytes_ = 0;
  std::size_t unverified_end_ = 0;
  std::vector<Edit> wide_;        // by slot, the last secret that went beyond its window
  std::size_t key_line_end_ = 0;  // of the last line that was looked at for the begin of a key
  std::size_t value_end_ = 0;     // of the last secret that a scanner found
};

void MaskEngine::find(std::string_view text, Scratch& scratch, std::vector<Edit>& edits) const {
  scratch.counters.resize(in_force_.size());
  scratch.bytes += text.size();
  scratch.literals.clear();
  scratch.shapes.clear();
  scratch.masks.clear();
  scratch.key_lines.clear();
  std::vector<Edit> found;
  Search search(*this, text, scratch, found);
  finder_->find(text, scratch.literals);
  if (!scratch.literals.empty()) search.look_at_literals();
  if (shapes_ != 0) {
    find_shapes(text, shapes_, scratch.shapes);
    if (!scratch.shapes.empty()) search.look_at_shapes();
  }
  if (!whole_line_slots_.empty()) search.look_at_lines();
  join_edits(found, severities_);
  edits.insert(edits.end(), found.begin(), found.end());
}

// Whether more bytes of the line could make a difference to what the rule finds at the hit; takes
// what that costs off the budget.
bool MaskEngine::may_go_on(const KeywordHit& hit, std::uint16_t slot,
                           std::size_t& budget_bytes) const {
  const CompiledRule& rule = compiled(slot);
  const std::size_t size = hit.line.size();
  if (hit.begin + rule.rule().window_bytes > size) return true;
  if (rule.rule().kind == RuleKind::regex) return false;
  // A scanner may read as far as it sees, and here no value tells the next one to stay out of it.
  const std::size_t seen = std::min(size - hit.begin, 2 * kMaxWindowBytes);
  if (seen > budget_bytes) return true;
  budget_bytes -= seen;
  Secrets secrets;
  RuleCounters counters;
  rule.find(hit, secrets, counters);
  return std::any_of(secrets.begin(), secrets.end(),
                     [&](const Secret& secret) { return secret.end + 1 >= size; });
}

// Where a part of a keyword, with a border in it, ends the text: "docker ", and "login" is to come.
std::size_t MaskEngine::bytes_before_begun_keyword(std::string_view text) const {
  std::size_t most = 0;
  for (const Literal& literal : literals_) {
    const std::size_t border = literal.text.find_first_of(" \t\"'<>()[]{},;|");
    if (border == std::string::npos) continue;
    for (std::size_t size = std::min(literal.text.size() - 1, text.size()); size > border; --size) {
      const std::string_view begun = std::string_view(literal.text).substr(0, size);
      // A blank alone begins nothing.
      if (begun.find_first_not_of(" \t\"'") == std::string_view::npos) break;
      if (ascii::ends_with(text, begun)) {
        most = std::max(most, size);
        break;
      }
    }
  }
  return text.size() - most;
}

// A word that a rule wants near its match, and the match is to come.
std::size_t MaskEngine::bytes_before_near_word(std::string_view text) const {
  std::size_t settled = text.size();
  for (std::size_t slot = 0; slot < in_force_.size(); ++slot) {
    const Rule& rule = compiled(static_cast<std::uint16_t>(slot)).rule();
    const std::size_t from = text.size() - std::min<std::size_t>(text.size(), rule.near_bytes);
    for (const std::string& word : rule.near) {
      for (std::size_t at = from; at + word.size() <= text.size() && at < settled; ++at) {
        if (ascii::starts_with(text.substr(at), word)) settled = at;
      }
    }
  }
  return settled;
}

std::size_t MaskEngine::settled_bytes(std::string_view text, Scratch& scratch) const {
  scratch.literals.clear();
  finder_->find(text, scratch.literals);
  std::size_t settled = std::min(bytes_before_begun_keyword(text), bytes_before_near_word(text));
  std::size_t budget_bytes = kBudgetOfLine + text.size() * kBudgetOfByte;
  for (const LiteralFinder::Hit& hit : scratch.literals) {
    for (const std::uint16_t index : finder_->literals_at(hit)) {
      const Literal& literal = literals_[index];
      const std::size_t begin =
          hit.last + 1 - std::min(literal.text.size(), LiteralFinder::kMaxDepth);
      if (begin >= settled) continue;
      const std::size_t end = std::min(begin + literal.text.size(), text.size());
      if (std::any_of(literal.slots.begin(), literal.slots.end(), [&](std::uint16_t slot) {
            const KeywordHit place{text, begin, end};
            const std::size_t cost = compiled(slot).cost_bytes(place);
            if (cost > budget_bytes) return true;
            budget_bytes -= cost;
            return may_go_on(place, slot, budget_bytes);
          })) {
        settled = begin;
      }
    }
  }
  return settled;
}

}  // namespace logd
