// SPDX-License-Identifier: Apache-2.0
#include "mask/own_literals.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "mask/ascii.h"
#include "mask/placeholder.h"
#include "mask/text_checks.h"
#include "mask/words.h"

namespace logd {
namespace {

// The literals themselves always fit; of their other forms, most have few.
constexpr std::size_t kMaxForms = LiteralFinder::kMaxBytes / LiteralFinder::kMaxDepth;
static_assert(2 * kMaxLiterals <= kMaxForms);

constexpr std::string_view kLowerHex = "0123456789abcdef";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";

// A token in a URL without a password: alone before the host, as in https://token@host, or at its
// very end, as in the address of a hook.
std::optional<std::string_view> token_in_url(std::string_view value) {
  constexpr std::size_t kMinTokenBytes = 16;
  std::string_view rest = value.substr(value.find("://") + 3);
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  if (at != std::string_view::npos) return rest.substr(0, at);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t last = rest.find_last_of("/?&=#");
  if (last == std::string_view::npos) return std::nullopt;
  const std::string_view token = rest.substr(last + 1);
  const bool is_token = token.size() >= kMinTokenBytes && character_kinds(token) >= 2;
  return is_token ? std::optional(token) : std::nullopt;
}

// The secret in Server=db;Password=secret;... and in user:password@tcp(host)/db; nothing where
// there is none.
std::optional<std::string_view> secret_in_connection_string(std::string_view value) {
  for (const std::string_view transport : {"@tcp(", "@unix("}) {
    const std::size_t at = value.find(transport);
    const std::size_t colon = value.find(':');
    if (at != std::string_view::npos && colon < at) return value.substr(colon + 1, at - colon - 1);
  }
  const char* separators = value.find(';') != std::string_view::npos ? ";" : ", ";
  if (value.find_first_of(separators) == std::string_view::npos) return std::nullopt;
  while (!value.empty()) {
    const std::string_view field = value.substr(0, value.find_first_of(separators));
    const std::size_t equals = field.find('=');
    if (equals != std::string_view::npos && is_secret_name(field.substr(0, equals)))
      return field.substr(equals + 1);
    value.remove_prefix(std::min(field.size() + 1, value.size()));
  }
  return std::nullopt;
}

bool is_fit(std::string_view secret) {
  if (secret.size() < kMinLiteralBytes || secret.size() > kMaxLiteralBytes) return false;
  if (secret.find('\n') != std::string_view::npos) return false;
  if (ascii::all_of(secret, ascii::is_digit) && secret.size() < 12) return false;
  return !is_placeholder(secret) && !is_path(secret) &&
         !(is_word(secret) && ascii::all_of(secret, [](char c) {
             return ascii::is_letter(c) || c == '_' || c == '-' || c == '.';
           }));
}

enum class JsonStyle { plain, with_slashes, for_html, ascii };

void append_unit(std::string& form, unsigned unit) {
  form += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) form += kLowerHex[unit >> shift & 15];
}

// The character at the beginning of `text`, and its bytes; 0 if it is no UTF-8.
std::pair<unsigned, std::size_t> character_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const std::size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : byte(0) >= 0xc2 ? 2 : 0;
  if (size == 0 || text.size() < size) return {0, 0};
  unsigned character = byte(0) & (0xffU >> (size + 1));
  for (std::size_t at = 1; at < size; ++at) {
    if ((byte(at) & 0xc0) != 0x80) return {0, 0};
    character = character << 6 | (byte(at) & 0x3f);
  }
  return {character, size};
}

// Plain: as RFC 8259 wants it. With slashes: as PHP writes it. For HTML: as Go writes it. ASCII: as
// Python writes it.
std::string as_json(std::string_view text, JsonStyle style) {
  constexpr std::string_view kControls = "\b\f\n\r\t";
  std::string form;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_html = c == '<' || c == '>' || c == '&';
    if (const std::size_t control = kControls.find(c); control != std::string_view::npos) {
      form += {'\\', "bfnrt"[control]};
    } else if (c == '"' || c == '\\' || (c == '/' && style == JsonStyle::with_slashes)) {
      form += {'\\', c};
    } else if (static_cast<unsigned char>(c) < ' ' || (is_html && style == JsonStyle::for_html)) {
      append_unit(form, static_cast<unsigned char>(c));
    } else if (const auto [character, size] = character_of(text.substr(at));
               size != 0 && style == JsonStyle::ascii) {
      const bool is_pair = character > 0xffff;
      if (is_pair) append_unit(form, 0xd800 + ((character - 0x10000) >> 10));
      append_unit(form, is_pair ? 0xdc00 + (character & 0x3ff) : character);
      at += size - 1;
    } else {
      form += c;
    }
  }
  return form;
}

// Whole: what is not unreserved is a code. Form: a blank is a plus sign. Path: slashes stay.
enum class PercentStyle { whole, form, path };

// RFC 3986, section 2.
std::string as_percent(std::string_view text, std::string_view hex, PercentStyle style) {
  std::string form;
  for (const char c : text) {
    if (ascii::is_alnum(c) || std::string_view("-._~").find(c) != std::string_view::npos ||
        (c == '/' && style == PercentStyle::path)) {
      form += c;
    } else if (c == ' ' && style == PercentStyle::form) {
      form += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      form += {'%', hex[byte >> 4], hex[byte & 15]};
    }
  }
  return form;
}

std::string from_percent(std::string_view text) {
  const auto digit = [](char c) {
    return static_cast<unsigned>(ascii::is_digit(c) ? c - '0' : ascii::to_lower(c) - 'a' + 10);
  };
  std::string form;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_code = text[i] == '%' && i + 2 < text.size() && ascii::is_hex(text[i + 1]) &&
                         ascii::is_hex(text[i + 2]);
    if (!is_code) {
      form += text[i];
      continue;
    }
    form += static_cast<char>(digit(text[i + 1]) << 4 | digit(text[i + 2]));
    i += 2;
  }
  return form;
}

std::string as_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string form;
  // The last, incomplete group is left out: its digits depend on what follows.
  for (std::size_t at = 0; at + 3 <= text.size(); at += 3) {
    unsigned bits = 0;
    for (const char c : text.substr(at, 3)) bits = bits << 8 | static_cast<unsigned char>(c);
    for (int shift = 18; shift >= 0; shift -= 6) form += kDigits[bits >> shift & 63];
  }
  return form;
}

// RFC 4648, section 5.
std::string as_base64url(std::string_view text) {
  std::string form = as_base64(text);
  std::replace(form.begin(), form.end(), '+', '-');
  std::replace(form.begin(), form.end(), '/', '_');
  return form;
}

std::string folded(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii::to_lower(c);
  return lower;
}

// How logs write a secret, besides as it is.
std::vector<std::string> forms_of(std::string_view secret) {
  std::vector<std::string> forms;
  constexpr std::size_t kMinEncoded = 12;
  for (const JsonStyle style :
       {JsonStyle::plain, JsonStyle::with_slashes, JsonStyle::for_html, JsonStyle::ascii}) {
    const std::string form = as_json(secret, style);
    forms.push_back(as_json(form, style));  // JSON in JSON
    forms.push_back(form);
  }
  for (const std::string_view hex : {kUpperHex, kLowerHex}) {
    for (const PercentStyle style : {PercentStyle::whole, PercentStyle::form, PercentStyle::path})
      forms.push_back(as_percent(secret, hex, style));
  }
  forms.push_back(from_percent(secret));  // of a URL, where it must be written so
  // What stands before the secret decides at which of its bytes a group of three begins.
  for (std::size_t skipped = 0; skipped < 3 && secret.size() >= kMinEncoded; ++skipped) {
    forms.push_back(as_base64(secret.substr(skipped)));
    forms.push_back(as_base64url(secret.substr(skipped)));
  }
  return forms;
}

}  // namespace

std::optional<std::string_view> secret_of_variable(std::string_view value) {
  const bool is_url = value.find("://") != std::string_view::npos;
  std::optional<std::string_view> secret;
  if (is_url) {
    secret = password_in_url(value);
    if (!secret) secret = token_in_url(value);
  } else {
    secret = secret_in_connection_string(value);
    // A password may read like one by chance.
    if (!secret || !is_fit(*secret)) secret = value;
  }
  return secret && is_fit(*secret) ? secret : std::nullopt;
}

OwnLiterals::OwnLiterals(std::span<const std::string> environment,
                         std::span<const std::string> user) {
  std::unordered_set<std::string> known;
  const auto add = [&](std::string text, std::uint16_t slot) {
    // Searches go line by line: no line holds a newline.
    if (text.find('\n') != std::string::npos) return;
    if (text.size() < kMinLiteralBytes || literals_.size() >= kMaxForms) return;
    if (!known.insert(text).second) return;
    max_bytes_ = std::max(max_bytes_, text.size());
    literals_.push_back({std::move(text), slot});
  };
  const auto each = [&](auto take) {
    const auto all = [&](std::span<const std::string> secrets, std::uint16_t slot) {
      for (const std::string& secret : secrets.first(std::min(secrets.size(), kMaxLiterals))) {
        if (secret.size() >= kMinLiteralBytes && secret.size() <= kMaxLiteralBytes)
          take(secret, slot);
      }
    };
    all(user, kUserLiteralSlot);
    all(environment, kEnvironmentSlot);
  };
  // All of them as they are, before the forms of any take the room.
  each(add);
  each([&](const std::string& secret, std::uint16_t slot) {
    for (std::string& form : forms_of(secret)) add(std::move(form), slot);
  });
  std::vector<std::string> texts;
  for (const Literal& literal : literals_) texts.push_back(folded(literal.text));
  if (!texts.empty()) finder_.emplace(texts);
}

void OwnLiterals::find(std::string_view text, std::vector<LiteralFinder::Hit>& hits,
                       std::vector<Edit>& edits) const {
  if (!finder_) return;
  hits.clear();
  finder_->find(text, hits);
  for (const LiteralFinder::Hit& hit : hits) {
    for (const std::uint16_t index : finder_->literals_at(hit)) {
      const Literal& literal = literals_[index];
      const std::size_t known = std::min(literal.text.size(), LiteralFinder::kMaxDepth);
      const std::size_t begin = hit.last + 1 - known;
      if (text.substr(begin, literal.text.size()) != literal.text) continue;
      edits.push_back({static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(begin + literal.text.size()), literal.slot});
    }
  }
}

}  // namespace logd
