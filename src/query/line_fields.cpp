// SPDX-License-Identifier: Apache-2.0
#include "query/line_fields.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

namespace logd {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::size_t kKeptBytes = 1024 * 1024;

bool ends_key(char c) { return c == ' ' || c == '=' || c == '"' || c == '\t'; }

// The text of a string, or the letters of a number, a boolean or null.
bool visit_scalar(std::string_view key, ondemand::value value, const FieldVisit& visit) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  if (type == ondemand::json_type::string) {
    std::string_view text;
    return value.get_string().get(text) == simdjson::SUCCESS && visit(key, text);
  }
  if (type == ondemand::json_type::object || type == ondemand::json_type::array) return false;
  std::string_view text = value.raw_json_token();
  text = text.substr(0, text.find_last_not_of(kSpaces) + 1);
  return visit(key, text);
}

bool visit_value(std::string_view key, ondemand::value value, const FieldVisit& visit) {
  ondemand::array elements;
  if (value.get_array().get(elements) != simdjson::SUCCESS) return visit_scalar(key, value, visit);
  for (auto element : elements) {
    ondemand::value one;
    if (element.get(one) != simdjson::SUCCESS) return false;
    if (visit_scalar(key, one, visit)) return true;
  }
  return false;
}

// The value of four hexadecimal digits; nothing for anything else.
std::optional<std::uint32_t> hexadecimal(std::string_view digits) {
  std::uint32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [to, error] = std::from_chars(digits.data(), end, value, 16);
  if (digits.size() != 4 || error != std::errc() || to != end) return std::nullopt;
  return value;
}

// A character of the first plane as UTF-8; half of a pair of surrogates becomes '?'.
void append_character(std::string& to, std::uint32_t code) {
  if (code < 0x80) {
    to += static_cast<char>(code);
  } else if (code < 0x800) {
    to += static_cast<char>(0xc0 | code >> 6);
    to += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code >= 0xd800 && code <= 0xdfff) {
    to += '?';
  } else {
    to += static_cast<char>(0xe0 | code >> 12);
    to += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    to += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// The inside of a quoted value of logfmt.
void append_unescaped(std::string& to, std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 >= value.size()) {
      to += value[i];
      continue;
    }
    const char c = value[++i];
    const auto code = c == 'u' ? hexadecimal(value.substr(i + 1, 4)) : std::nullopt;
    if (code) {
      append_character(to, *code);
      i += 4;
      continue;
    }
    constexpr std::string_view kLetters = "nrtbf";
    constexpr std::string_view kMeanings = "\n\r\t\b\f";
    const std::size_t letter = kLetters.find(c);
    to += letter == std::string_view::npos ? c : kMeanings[letter];
  }
}

// What became of the look for one field.
enum class Sought { absent, passed, ended };

// `path`: what is left of `key`.
Sought seek(ondemand::object object, std::string_view path, std::string_view key,
            const FieldVisit& visit) {
  Sought sought = Sought::absent;
  for (auto field : object) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return sought;
    if (field.value().get(value) != simdjson::SUCCESS) return sought;
    if (name == path) return visit_value(key, value, visit) ? Sought::ended : Sought::passed;
    const bool leads_there =
        path.size() > name.size() && path.starts_with(name) && path[name.size()] == '.';
    ondemand::object inner;
    if (sought != Sought::absent || !leads_there) continue;
    if (value.get_object().get(inner) != simdjson::SUCCESS) continue;
    sought = seek(inner, path.substr(name.size() + 1), key, visit);
    if (sought == Sought::ended) return sought;
  }
  return sought;
}

}  // namespace

struct LineFields::Json {
  ondemand::parser parser;
  std::string buffer;  // the line, and the bytes that simdjson may read behind it
  ondemand::document document;
};

LineFields::LineFields() = default;
LineFields::~LineFields() = default;
LineFields::LineFields(LineFields&&) noexcept = default;
LineFields& LineFields::operator=(LineFields&&) noexcept = default;

void LineFields::set_line(std::string_view line) {
  line_ = line;
  const std::size_t first = line.find_first_not_of(kSpaces);
  is_json_ = first != std::string_view::npos && line[first] == '{';
  is_open_ = false;
  is_broken_ = false;
  // A very long line's memory is given back.
  if (json_ != nullptr && json_->buffer.capacity() > kKeptBytes) json_.reset();
}

// Stands before the first member of the outermost object, if there is one.
bool LineFields::open_json() {
  if (is_broken_) return false;
  // What came upon a break cannot be taken back to its begin.
  if (is_open_ && json_->document.is_alive()) {
    json_->document.rewind();
    return true;
  }
  if (json_ == nullptr) json_ = std::make_unique<Json>();
  std::string& buffer = json_->buffer;
  buffer.assign(line_);
  buffer.append(simdjson::SIMDJSON_PADDING, ' ');
  const auto iterate = [&] {
    return json_->parser.iterate(buffer.data(), line_.size(), buffer.size()).get(json_->document);
  };
  simdjson::error_code error = iterate();
  if (error == simdjson::UTF8_ERROR) {
    std::replace_if(
        buffer.begin(), buffer.end(), [](char c) { return (c & 0x80) != 0; }, '?');
    error = iterate();
  }
  is_open_ = error == simdjson::SUCCESS;
  is_broken_ = !is_open_;
  return is_open_;
}

bool LineFields::each(const FieldVisit& visit) {
  if (!is_json_) return each_pair(visit);
  ondemand::object object;
  if (!open_json() || json_->document.get_object().get(object) != simdjson::SUCCESS) return false;
  for (auto field : object) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    if (field.value().get(value) != simdjson::SUCCESS) return false;
    if (visit_scalar(name, value, visit)) return true;
  }
  return false;
}

bool LineFields::values_of(std::string_view key, const FieldVisit& visit) {
  if (!is_json_) {
    return each_pair([&](std::string_view name, std::string_view value) {
      return name == key && visit(name, value);
    });
  }
  ondemand::object object;
  if (!open_json() || json_->document.get_object().get(object) != simdjson::SUCCESS) return false;
  return seek(object, key, key, visit) == Sought::ended;
}

bool LineFields::each_pair(const FieldVisit& visit) {
  std::size_t at = 0;
  while (at < line_.size()) {
    const std::size_t key_begin = at;
    while (at < line_.size() && !ends_key(line_[at])) ++at;
    const bool is_key = at > key_begin && at < line_.size() && line_[at] == '=';
    if (!is_key) {
      // Up to behind the next space; what stands in quotes is no pair.
      for (bool in_quotes = false; at < line_.size(); ++at) {
        if (line_[at] == '"') in_quotes = !in_quotes;
        if (!in_quotes && (line_[at] == ' ' || line_[at] == '\t')) break;
      }
      ++at;
      continue;
    }
    const std::string_view key = line_.substr(key_begin, at - key_begin);
    ++at;
    std::string_view value;
    if (at < line_.size() && line_[at] == '"') {
      const std::size_t begin = ++at;
      bool has_escapes = false;
      for (; at < line_.size() && line_[at] != '"'; ++at) {
        if (line_[at] != '\\') continue;
        has_escapes = true;
        ++at;
      }
      at = std::min(at, line_.size());
      value = line_.substr(begin, at - begin);
      if (has_escapes) {
        unescaped_.clear();
        append_unescaped(unescaped_, value);
        value = unescaped_;
      }
      if (at < line_.size()) ++at;  // the quote
    } else {
      const std::size_t end = std::min(line_.find_first_of(" \t", at), line_.size());
      value = line_.substr(at, end - at);
      at = end;
    }
    if (visit(key, value)) return true;
    ++at;
  }
  return false;
}

}  // namespace logd
