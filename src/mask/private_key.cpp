// SPDX-License-Identifier: Apache-2.0
#include "mask/private_key.h"

#include <algorithm>
#include <optional>

#include "mask/ascii.h"
#include "mask/signs.h"
#include "mask/words.h"

namespace logd {
namespace {

constexpr std::size_t kMinRun = 16;    // of base64 that makes a text part of a key
constexpr std::size_t kMaxLabel = 32;  // "OPENSSH ", "RSA ", "ENCRYPTED "
constexpr std::size_t kMinDashes = 4;
constexpr std::size_t kMaxHeaders = 512;  // Proc-Type, DEK-Info, Version, ... before the base64
constexpr std::size_t npos = std::string_view::npos;

constexpr std::string_view kHeaders[] = {
    "proc-type:", "dek-info:",  "comment:",        "version:", "charset:",
    "hash:",      "messageid:", "key-derivation:", "argon2-",  "content-domain:"};

bool is_base64(char c) { return ascii::is_alnum(c) || c == '+' || c == '/' || c == '='; }

std::size_t dashes_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && end - at < 6 && text[end] == '-') ++end;
  return end - at;
}

// Behind "PRIVATE KEY-----" at `hit`, if "-----BEGIN" stands before it; npos if not.
std::size_t body_begin(const KeywordHit& hit) {
  const std::size_t from = hit.begin > kMaxLabel + 11 ? hit.begin - kMaxLabel - 11 : 0;
  const std::string_view before = hit.line.substr(from, hit.begin - from);
  const std::size_t begin = before.rfind("BEGIN ");
  if (begin == npos || begin < kMinDashes) return npos;
  const std::string_view label = before.substr(begin + 6);
  const auto is_of_label = [](char c) {
    return ascii::is_upper(c) || c == ' ' || ascii::is_digit(c);
  };
  if (!ascii::all_of(label, is_of_label)) return npos;
  if (before[begin - 1] != '-' && before[begin - 1] != ' ') return npos;
  std::size_t at = hit.end;
  if (hit.line.substr(at, 6) == " BLOCK") at += 6;
  if (at < hit.line.size() && hit.line[at] == ' ') ++at;  // SSH2: "---- BEGIN ... KEY ----"
  const std::size_t dashes = dashes_at(hit.line, at);
  return dashes < kMinDashes ? npos : at + dashes;
}

// "-----END", "---- END"
std::size_t end_marker(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find("END ", from); at != npos; at = text.find("END ", at + 4)) {
    std::size_t begin = at;
    if (begin > from && text[begin - 1] == ' ') --begin;
    const std::size_t behind = begin;
    while (begin > from && text[begin - 1] == '-' && behind - begin < 5) --begin;
    if (behind - begin >= kMinDashes) return begin;
  }
  return npos;
}

// Whether base64 comes within the first bytes, behind headers perhaps.
bool has_base64(std::string_view body) {
  std::size_t run = 0;
  const std::string_view start = body.substr(0, kMaxHeaders);
  for (std::size_t at = 0; at < start.size();) {
    const Sign sign = sign_at(start, at);
    run = sign.size == 1 && is_base64(sign.c) ? run + 1 : 0;
    if (run >= kMinRun) return true;
    at += sign.size;
  }
  return false;
}

// A body begins with a newline, blanks or base64 itself; prose behind a BEGIN line is none.
bool is_body(std::string_view body) {
  std::size_t at = 0;
  while (at < body.size()) {
    const Sign sign = sign_at(body, at);
    const bool is_gap = static_cast<unsigned char>(sign.c) <= ' ' || is_quote(sign.c) ||
                        sign.c == '+' || sign.c == ',' || sign.c == '\\' || sign.c == '|';
    if (!is_gap) break;
    at += sign.size;
  }
  return has_base64(body.substr(at));
}

struct Body {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_ended = false;
};

// The quote at which a body that is cut off ends as a string in an object: what follows are other
// fields. The end of the line if there is none.
std::size_t end_of_string(std::string_view line, std::size_t from) {
  const std::size_t limit = std::min(line.size(), from + kMaxKeyBytes);
  for (std::size_t at = from; at < limit;) {
    const Sign sign = sign_at(line, at);
    if (sign.c == '"') {
      const std::size_t next = skip_blanks(line, at + sign.size);
      const bool is_end = next >= line.size() || std::string_view(",}]").find(line[next]) != npos;
      if (is_end) return at;
    }
    at += sign.size;
  }
  return line.size();
}

std::optional<Body> armoured_body(const KeywordHit& hit) {
  const std::size_t begin = body_begin(hit);
  if (begin == npos) return std::nullopt;
  const std::string_view text = hit.line.substr(0, std::min(hit.line.size(), begin + kMaxKeyBytes));
  const std::size_t end = end_marker(text, begin);
  if (end == npos) return Body{begin, end_of_string(hit.line, begin), false};
  return Body{begin, end, true};
}

// "Private-Lines: 14\n...Private-MAC: ..."
std::optional<Body> putty_body(const KeywordHit& hit) {
  std::size_t at = hit.end;
  if (at < hit.line.size() && hit.line[at] == ':') ++at;
  at = skip_blanks(hit.line, at);
  const std::size_t digits = at;
  while (at < hit.line.size() && at - digits < 4 && ascii::is_digit(hit.line[at])) ++at;
  if (at == digits) return std::nullopt;
  const std::string_view text = hit.line.substr(0, std::min(hit.line.size(), at + kMaxKeyBytes));
  const std::size_t end = text.find("Private-MAC", at);
  if (end == npos) return Body{at, hit.line.size(), false};
  return Body{at, end, true};
}

std::optional<Body> body_of(const KeywordHit& hit) {
  const std::string_view keyword = hit.line.substr(hit.begin, hit.end - hit.begin);
  return ascii::starts_with(keyword, "private-") ? putty_body(hit) : armoured_body(hit);
}

bool is_header(std::string_view text) {
  return std::any_of(std::begin(kHeaders), std::end(kHeaders), [&](std::string_view header) {
    return ascii::starts_with(text.substr(0, header.size()), header);
  });
}

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
};

// The line without blanks, carriage return, quotes, commas and closing brackets at its end, nor an
// escaped newline.
std::size_t trimmed_end(std::string_view line) {
  std::size_t end = line.size();
  while (end > 0) {
    if (end >= 2 && line[end - 2] == '\\' && (line[end - 1] == 'n' || line[end - 1] == 'r')) {
      end -= 2;
    } else if (std::string_view(" \t\r\"',\\}])").find(line[end - 1]) != npos) {
      --end;
    } else {
      break;
    }
  }
  return end;
}

// The base64 that ends the line.
Range last_run(std::string_view line) {
  Range run{0, trimmed_end(line)};
  run.begin = run.end;
  while (run.begin > 0 && is_base64(line[run.begin - 1])) --run.begin;
  return run;
}

// Where a string ends that begins before `at`, with an escaped newline before its quote perhaps:
// the rest of the line is other fields of an object. npos if none ends there.
std::size_t string_end(std::string_view line, std::size_t at) {
  while (at < line.size()) {
    const Sign sign = sign_at(line, at);
    if (is_quote(sign.c)) return at;
    if (sign.c != '\n' && sign.c != '\r') return npos;
    at += sign.size;
  }
  return npos;
}

// The base64 that is a whole string among other fields: {"log":"MIIE...\n","stream":"stdout"}.
Range string_run(std::string_view line) {
  Range longest;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && is_base64(line[end])) ++end;
    const Range run{at, end};
    const bool is_string = run.size() >= kMinRun && run.size() > longest.size() && at > 0 &&
                           line.find_last_of("\"' ", at - 1) == at - 1 &&
                           string_end(line, end) != npos;
    if (is_string && !is_word(line.substr(at, run.size()))) longest = run;
    at = end + 1;
  }
  return longest;
}

// The text that an object has left of an empty line: {"msg":"","n":3}.
bool is_empty_text(std::string_view line) {
  for (const std::string_view field : {"\"msg\":\"", "\"message\":\"", "\"log\":\""}) {
    const std::size_t at = line.find(field);
    if (at != npos && string_end(line, at + field.size()) != npos) return true;
  }
  return false;
}

// An empty line behind a logger's prefix.
bool is_prefix(std::string_view line, std::size_t end) {
  const std::string_view text = line.substr(0, end);
  return std::string_view(":|]>").find(line[end - 1]) != npos || text.ends_with("stdout F") ||
         text.ends_with("stderr F") || is_empty_text(line);
}

// A header of a key behind a prefix; those with common names count near the key's begin only.
std::size_t header_at(std::string_view text, PrivateKeyState state) {
  constexpr std::string_view kRare[] = {"Proc-Type: ", "DEK-Info: "};
  constexpr std::string_view kCommon[] = {"Version: ", "Comment: ", "Charset: ", "Hash: "};
  for (const std::string_view header : kRare) {
    if (const std::size_t at = text.find(header); at != npos) return at;
  }
  if (state.lines > 4 || state.bytes > kMaxHeaders) return npos;
  for (const std::string_view header : kCommon) {
    if (const std::size_t at = text.find(header); at != npos) return at;
  }
  return npos;
}

// Letters of both cases and digits, which a row of base64 hardly lacks, and no path.
bool is_mixed(std::string_view text) {
  return ascii::count_of(text, ascii::is_upper) != 0 &&
         ascii::count_of(text, ascii::is_lower) != 0 &&
         ascii::count_of(text, ascii::is_digit) != 0 &&
         ascii::count_of(text, [](char c) { return c == '/'; }) <= 1 + text.size() / 16;
}

// The run that ends the line.
bool is_key_shaped(std::string_view line, Range run, PrivateKeyState state) {
  const std::string_view text = line.substr(run.begin, run.size());
  const bool is_whole = line.substr(0, run.begin).find_first_not_of(" \t\"'") == npos;
  const bool has_body = state.bytes >= 2 * kMinRun;
  if (run.size() < kMinRun) {
    // The last line of a key may be short; a log line of one word looks otherwise, as a rule.
    const bool is_odd = text.find_first_of("+/=0123456789") != npos;
    const bool is_cased =
        ascii::count_of(text, ascii::is_upper) != 0 && ascii::count_of(text, ascii::is_lower) != 0;
    return run.size() != 0 && is_whole && has_body && (is_odd || (is_cased && run.size() % 4 == 0));
  }
  if (!has_body && !is_mixed(text)) return false;
  return is_whole || !is_word(text);
}

// Behind a colour that ends in the run: "\x1b[1;31mMIIE".
std::size_t behind_colour(std::string_view line, Range run) {
  std::size_t at = run.begin;
  while (at > 0 && run.begin - at < 8 && (ascii::is_digit(line[at - 1]) || line[at - 1] == ';'))
    --at;
  if (at < 2 || line[at - 1] != '[' || line[at - 2] != '\x1b') return run.begin;
  std::size_t end = run.begin;
  while (end < run.end && ascii::is_digit(line[end])) ++end;
  return end < run.end && line[end] == 'm' ? end + 1 : run.begin;
}

// The longest base64 with something else behind it: a colour, the place in a source, a frame.
Range inner_run(std::string_view line) {
  Range longest;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && is_base64(line[end])) ++end;
    if (end - at >= kMinRun) {
      const Range run{behind_colour(line, {at, end}), end};
      const std::string_view text = line.substr(run.begin, run.size());
      if (run.size() >= kMinRun && run.size() > longest.size() && is_mixed(text) && !is_word(text))
        longest = run;
    }
    at = end + 1;
  }
  return longest;
}

// A line of somebody else between those of the body; the more of them, the sooner it ends.
PrivateKeyState behind_foreign_line(PrivateKeyState state) {
  const int lines = state.bytes >= 2 * kMinRun ? 2 : 8;
  if (state.lines + lines > kMaxKeyLines) return {};
  return {static_cast<std::uint8_t>(state.lines + lines), state.bytes};
}

PrivateKeyState grown(PrivateKeyState state, std::size_t bytes) {
  const bool is_full = state.lines >= kMaxKeyLines || state.bytes + bytes > kMaxKeyBytes;
  if (is_full) return {};
  return {static_cast<std::uint8_t>(state.lines + 1),
          static_cast<std::uint16_t>(state.bytes + bytes)};
}

// The last ones on the line are enough, since a key that an earlier one begins ends before them.
bool begins_at(std::string_view line, std::string_view keyword) {
  constexpr int kMostLooks = 4;
  std::size_t at = line.rfind(keyword);
  for (int looks = 0; at != npos && looks < kMostLooks; ++looks) {
    // Whatever stands behind it: a colour, the place in a source, a remark.
    const std::optional<Body> body = body_of({line, at, at + keyword.size()});
    if (body && !body->is_ended) return true;
    at = at == 0 ? npos : line.rfind(keyword, at - 1);
  }
  return false;
}

}  // namespace

void scan_private_key(const KeywordHit& hit, Secrets& secrets) noexcept {
  const std::optional<Body> body = body_of(hit);
  if (!body || body->begin >= body->end) return;
  if (!is_body(hit.line.substr(body->begin, body->end - body->begin))) return;
  secrets.add({body->begin, body->end, true});
}

bool begins_key(std::string_view line) noexcept {
  return begins_at(line, "PRIVATE KEY") || begins_at(line, "Private-Lines");
}

std::size_t key_text_end(std::string_view line) noexcept {
  return std::min({end_marker(line, 0), line.find("Private-MAC"), line.size()});
}

KeyLine next_key_line(std::string_view line, PrivateKeyState state) noexcept {
  const std::size_t end = trimmed_end(line);
  const std::size_t marker = std::min(end_marker(line, 0), line.find("Private-MAC"));
  if (marker != npos) {
    // A last piece of the key may stand before it.
    const Range run = last_run(line.substr(0, marker));
    const bool is_part = run.size() >= kMinRun && is_key_shaped(line, run, state);
    return is_part ? KeyLine{run.begin, run.end, {}} : KeyLine{};
  }
  const std::size_t first = std::min(line.find_first_not_of(" \t\"'"), end);
  if (first == end) return {0, 0, grown(state, 1)};
  if (is_header(line.substr(first))) return {first, end, grown(state, end - first)};
  const Range run = last_run(line);
  if (is_key_shaped(line, run, state)) return {run.begin, run.end, grown(state, run.size())};
  const Range whole = string_run(line);
  if (whole.size() != 0) return {whole.begin, whole.end, grown(state, whole.size())};
  if (const std::size_t at = header_at(line.substr(0, end), state); at != npos) {
    return {at, end, grown(state, end - at)};
  }
  const Range inner = inner_run(line);
  if (inner.size() != 0) return {inner.begin, inner.end, grown(state, inner.size())};
  return {0, 0, is_prefix(line, end) ? grown(state, 1) : behind_foreign_line(state)};
}

}  // namespace logd
