// SPDX-License-Identifier: Apache-2.0
#include "mask/masker.h"

#include <algorithm>

#include "mask/ascii.h"
#include "mask/border.h"
#include "mask/open_end.h"

namespace logd {
namespace {

// A search takes so much at once: enough for the lanes of the finder, little enough for the cache.
constexpr std::size_t kSearchBytes = 64 * 1024;

// The rest of a secret whose mask stands in the record before; nothing is written for it.
constexpr std::uint16_t kSilentSlot = kFirstOwnSlot - 1;

// What a secret begins with that everybody may see: the keyword, where the rule's keyword is the
// beginning of the secret.
std::string_view public_prefix(const Rule& rule, std::string_view secret) {
  if (rule.kind != RuleKind::regex || rule.anchor != Anchor::keyword || rule.group != 0) return {};
  std::size_t longest = 0;
  for (const std::string& keyword : rule.keywords) {
    if (keyword.size() > longest && ascii::starts_with(secret, keyword)) longest = keyword.size();
  }
  return secret.substr(0, longest);
}

// Where a secret that is open at `from` ends: a key at its END, a string at its quote, all else
// with the token.
std::size_t open_secret_end(const MaskState& state, std::string_view line, std::size_t from) {
  if (state.is_key_text) return from + key_text_end(line.substr(from));
  if (state.string_end.is_string()) return state.string_end.find(line, from);
  return token_run_end(line, from);
}

std::uint32_t narrow(std::size_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

std::size_t Masker::settled_bytes(std::string_view text) const {
  if (!is_on()) return text.size();
  std::size_t settled = engine_->settled_bytes(text, memory_->scratch);
  if (literals_ != nullptr && !literals_->is_empty()) {
    const std::size_t longest = literals_->max_bytes();
    settled = std::min(settled, text.size() - std::min(text.size(), longest - 1));
  }
  return bytes_before_open_end(text.substr(0, settled));
}

// What is searched at once: whole lines up to a limit; of a line that is cut, the piece and what is
// known of the bytes behind it.
void MaskPass::search(Range line, LineEnd end) {
  std::size_t to = line.end;
  if (end == LineEnd::yes) {
    const std::size_t most = std::min(text_.size(), line.begin + kSearchBytes);
    const std::size_t newline = most > line.end ? text_.rfind('\n', most - 1) : line.end;
    if (newline != std::string_view::npos && newline > line.end) to = newline;
    searched_end_ = to;
  } else {
    const std::size_t most = std::min(text_.size(), line.end + kMaskLookAheadBytes);
    to = std::min(text_.find('\n', line.end), most);
    searched_end_ = line.end;
  }
  searched_begin_ = line.begin;
  next_edit_ = 0;
  const std::string_view part = text_.substr(line.begin, to - line.begin);
  MaskMemory& memory = *masker_.memory_;
  memory.edits.clear();
  masker_.engine_->find(part, memory.scratch, memory.edits);
  if (masker_.literals_ != nullptr && !masker_.literals_->is_empty()) {
    masker_.literals_->find(part, memory.hits, memory.edits);
    join_edits(memory.edits, masker_.engine_->severities());
  }
  for (Edit& edit : memory.edits) {
    edit.begin += narrow(line.begin);
    edit.end += narrow(line.begin);
  }
  has_keys_ = !memory.scratch.key_lines.empty();
}

bool MaskPass::begins_key_at(std::size_t begin) const {
  const std::vector<std::uint32_t>& lines = masker_.memory_->scratch.key_lines;
  return std::find(lines.begin(), lines.end(), narrow(begin - searched_begin_)) != lines.end();
}

MaskedLine MaskPass::mask_dirty(const RawLine& line, Range range, LineEnd end) {
  MaskMemory& memory = *masker_.memory_;
  const std::vector<Edit>& edits = memory.edits;
  memory.line_edits.clear();
  take_state(line, range, end);
  for (; next_edit_ < edits.size() && edits[next_edit_].begin < range.end; ++next_edit_) {
    Edit edit = edits[next_edit_];
    if (edit.end <= range.begin) continue;
    if (edit.begin < range.begin) {  // it comes from before a cut
      edit.begin = narrow(range.begin);
      edit.slot = kSilentSlot;
    }
    edit.end = std::min(edit.end, narrow(range.end));
    memory.line_edits.push_back(edit);
    if (edit.end != edits[next_edit_].end) break;  // it goes on behind a cut
  }
  if (end == LineEnd::no) {
    carry(range);
  } else if (has_keys_ && state_.kind != MaskState::Kind::key && begins_key_at(range.begin)) {
    state_.kind = MaskState::Kind::key;
    state_.key = {1, 0};
  }
  if (memory.line_edits.empty()) return Masker::masked(line.bytes, line.tag);
  join_edits(memory.line_edits, masker_.engine_->severities());
  write(line, range);
  is_dirty_ = true;
  return Masker::masked(memory.line, line.tag);
}

// Bytes of whole lines, newlines included, at `at` that are searched and need no mask. Searches if
// nothing of them is searched yet.
std::size_t MaskPass::clean_bytes_from(std::size_t at) {
  if (!state_.is_none()) return 0;
  if (at >= searched_end_) search({at, std::min(text_.find('\n', at), text_.size())}, LineEnd::yes);
  if (has_keys_) return 0;
  const std::vector<Edit>& edits = masker_.memory_->edits;
  if (next_edit_ == edits.size()) return std::min(searched_end_ + 1, text_.size()) - at;
  const std::size_t newline = text_.rfind('\n', edits[next_edit_].begin);
  return newline == std::string_view::npos || newline < at ? 0 : newline + 1 - at;
}

void MaskPass::mask_all(std::string& to) {
  for (std::size_t at = 0; at < text_.size();) {
    const std::size_t clean = masker_.is_on() ? clean_bytes_from(at) : 0;
    to += text_.substr(at, clean);
    at += clean;
    if (clean > 0) continue;
    const std::size_t end = std::min(text_.find('\n', at), text_.size());
    to += mask({text_.substr(at, end - at), RecordTag::full}).bytes();
    if (end < text_.size()) to += '\n';
    at = end + 1;
  }
}

// Adds what the state says of this line, and goes on with the state behind it.
void MaskPass::take_state(const RawLine& line, Range range, LineEnd end) {
  std::vector<Edit>& edits = masker_.memory_->line_edits;
  const auto add = [&](std::size_t begin, std::size_t stop, std::uint16_t slot) {
    if (stop > begin)
      edits.push_back({narrow(range.begin + begin), narrow(range.begin + stop), slot});
  };
  const std::size_t size = line.bytes.size();
  const MaskState before = state_;
  state_ = {};
  switch (before.kind) {
    case MaskState::Kind::none:
      return;
    case MaskState::Kind::range: {
      std::size_t stop = std::size_t{before.begin} + before.bytes;
      const bool is_beyond = stop > size;
      if (before.is_open && !is_beyond) stop = open_secret_end(before, line.bytes, stop);
      add(std::min<std::size_t>(before.begin, size), std::min(stop, size),
          before.is_named ? kSilentSlot : kCutSlot);
      if (is_beyond) {
        state_ = before;
        state_.is_named = before.is_named || before.begin < size;
        state_.begin = narrow(before.begin > size ? before.begin - size : 0);
        state_.bytes = narrow(stop - size - state_.begin);
      } else if (before.is_open && stop == size) {
        state_.kind = MaskState::Kind::run;
        state_.is_key_text = before.is_key_text;
        state_.string_end = before.string_end;
      }
      break;
    }
    case MaskState::Kind::run: {
      const std::size_t stop = open_secret_end(before, line.bytes, 0);
      add(0, stop, kSilentSlot);
      if (stop == size) state_ = before;
      break;
    }
    case MaskState::Kind::key: {
      if (masker_.engine_->key_slot() == kUnverifiedSlot) return;
      if (before.begins_key_on_line()) {
        state_ = before;
        break;
      }
      const KeyLine key = next_key_line(line.bytes, before.key);
      add(key.begin, key.end, masker_.engine_->key_slot());
      state_.key = key.next;
      if (key.next.is_inside()) state_.kind = MaskState::Kind::key;
      break;
    }
  }
  if (end == LineEnd::yes) state_ = state_.behind_line();
}

// What the next piece finds by itself, of the bytes behind the cut.
std::vector<Edit> MaskPass::found_behind(std::size_t cut, std::size_t stop) const {
  MaskEngine::Scratch scratch;  // that of the search under way is still needed
  std::vector<Edit> edits;
  masker_.engine_->find(text_.substr(cut, stop - cut), scratch, edits);
  return edits;
}

// A secret behind the cut whose keyword stands before it is left to the next piece. Of the same
// line, and near: the search may have been one of many lines.
void MaskPass::carry(Range range) {
  const std::vector<Edit>& edits = masker_.memory_->edits;
  const bool is_in_key = state_.kind == MaskState::Kind::key && !state_.begins_key_on_line();
  if (state_.kind == MaskState::Kind::run || is_in_key) return;
  const std::size_t stop =
      std::min({text_.find('\n', range.end), range.end + kMaskLookAheadBytes, text_.size()});
  const auto first = std::partition_point(edits.begin(), edits.end(),
                                          [&](const Edit& edit) { return edit.end <= range.end; });
  const auto behind =
      std::partition_point(first, edits.end(), [&](const Edit& edit) { return edit.begin < stop; });
  // Nothing is known of what follows, and a secret that ends here may go on.
  if (stop == range.end && first != edits.begin() && std::prev(first)->end == range.end) {
    state_ = {};
    state_.kind = MaskState::Kind::run;
    return open_with(*std::prev(first));
  }
  if (first == behind) return carry_key(range, stop);
  const std::vector<Edit> found = found_behind(range.end, stop);
  for (auto edit = first; edit != behind; ++edit) {
    const bool is_found = std::any_of(found.begin(), found.end(), [&](const Edit& other) {
      return other.begin + range.end <= edit->begin && other.end + range.end >= edit->end;
    });
    if (!is_found) carry(range, *edit);
  }
  if (state_.is_none()) carry_key(range, stop);
}

// Adds the part of `edit` behind the cut to the state.
void MaskPass::carry(Range range, const Edit& edit) {
  const bool was_none = state_.is_none();
  const std::size_t known_end = was_none ? 0 : std::size_t{state_.begin} + state_.bytes;
  const bool is_named = edit.begin < range.end;
  const std::size_t begin = is_named ? 0 : edit.begin - range.end;
  const std::size_t end = std::max<std::size_t>(known_end, edit.end - range.end);
  state_.kind = MaskState::Kind::range;
  state_.is_named = state_.is_named || is_named;
  state_.begin = was_none ? narrow(begin) : std::min(state_.begin, narrow(begin));
  state_.bytes = narrow(end - state_.begin);
  // Nobody has seen the end of it yet.
  if (edit.end == text_.size() || edit.end - range.end >= kMaskLookAheadBytes) {
    state_.is_open = true;
    open_with(edit);
  }
}

// What ends the secret whose beginning `edit` is.
void MaskPass::open_with(const Edit& edit) {
  state_.is_key_text = edit.slot < kFirstOwnSlot &&
                       masker_.engine_->rule_of(edit.slot).kind == RuleKind::private_key;
  state_.string_end = StringEnd::of_string_at(text_, edit.begin);
}

// A cut on the line on which a private key begins: the next piece does not know it for one, or the
// search that is still good for it has noted only where the line begins.
void MaskPass::carry_key(Range range, std::size_t stop) {
  if (!state_.is_none() || !has_keys_ || !begins_key_at(range.begin)) return;
  if (text_.find('\n', range.end) != std::string_view::npos) {
    state_.kind = MaskState::Kind::key;
    state_.key = {MaskState::kKeyBeginsOnLine, 0};
  } else if (!begins_key(text_.substr(range.end, stop - range.end))) {
    state_.kind = MaskState::Kind::run;
    state_.is_key_text = true;
  }
}

void MaskPass::write(const RawLine& line, Range range) {
  MaskMemory& memory = *masker_.memory_;
  std::string& to = memory.line;
  to.clear();
  std::size_t growth_left = kMaxMaskGrowthBytes;
  std::size_t at = 0;
  for (const Edit& edit : memory.line_edits) {
    const std::size_t begin = edit.begin - range.begin;
    const std::size_t end = edit.end - range.begin;
    to += line.bytes.substr(at, begin - at);
    write_mask(line.bytes, begin, end, edit.slot, growth_left);
    at = end;
  }
  to += line.bytes.substr(at);
}

void MaskPass::write_mask(std::string_view line, std::size_t begin, std::size_t end,
                          std::uint16_t slot, std::size_t& growth_left) {
  if (slot == kSilentSlot) return;
  MaskMemory& memory = *masker_.memory_;
  ++memory.masked;
  Redaction redaction;
  redaction.key = masker_.key_;
  if (slot >= kFirstOwnSlot) {
    redaction.rule_id = id_of_own_slot(slot);
  } else {
    const Rule& rule = masker_.engine_->rule_of(slot);
    redaction.rule_id = rule.id;
    redaction.category = rule.category;
    redaction.kind = rule.kind;
    redaction.style = masker_.engine_->rules_in_force()[slot].style;
    redaction.public_prefix = public_prefix(rule, line.substr(begin, end - begin));
  }
  const std::size_t before = memory.line.size();
  append_mask(redaction, line, begin, end, memory.line);
  const std::size_t secret_bytes = end - begin;
  const std::size_t written = memory.line.size() - before;
  const std::size_t growth = written - std::min(written, secret_bytes);
  if (growth > growth_left) {
    // Quotes would be needed where a bare JSON number was, and there is no room for them.
    const bool is_number =
        written > 0 && (memory.line[before] == '"' || memory.line[before] == '\\');
    memory.line.resize(before);
    if (is_number)
      memory.line += '0';
    else
      memory.line.append(std::min<std::size_t>(secret_bytes, 4), '*');
    return;
  }
  growth_left -= growth;
}

}  // namespace logd
