// The built-in rules at work, and texts with secrets for them: the examples of the rules, in the
// dresses in which logs print them, and with bytes changed at random.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/masking.h"

namespace logd::mask_testing {

// The same on every machine, unlike the standard's distributions.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  char pick(std::string_view of) { return of[below(of.size())]; }
  char byte() { return static_cast<char>(below(256)); }
  std::string text(std::size_t size, std::string_view of) {
    std::string text;
    while (text.size() < size) text += pick(of);
    return text;
  }

 private:
  std::mt19937_64 random_;
};

// One to `most` places of `text` with bytes replaced, left out, put in or doubled.
inline std::string mutated_bytes(std::string text, Dice& dice, std::size_t most = 3) {
  constexpr std::string_view kSigns =
      "\"'\\ =:,;&{}[]()<>-_.@%/+*\t\r\x1b\x80\xff"
      "aZ09";
  for (std::size_t left = 1 + dice.below(most); left > 0; --left) {
    if (text.empty()) text = "x";
    const std::size_t at = dice.below(text.size());
    const char fresh = dice.below(2) == 0 ? dice.pick(kSigns) : dice.byte();
    switch (dice.below(4)) {
      case 0:
        text[at] = fresh;
        break;
      case 1:
        text.erase(at, 1 + dice.below(3));
        break;
      case 2:
        text.insert(at, 1, fresh);
        break;
      default:
        text.insert(at, std::string(text.substr(at, dice.below(8))));
        break;
    }
  }
  return text;
}

// The same, of one line and giving one.
inline std::string mutated(const std::string& text, Dice& dice, std::size_t most = 3) {
  std::string line = mutated_bytes(text, dice, most);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

// Every rule that is part of logd, under one policy.
class World {
 public:
  explicit World(const MaskingConfig& masking) {
    RuleLibrary library = built_in_library();
    std::vector<RuleProblem> problems = library.problems;
    Result<std::unique_ptr<MaskRules>> rules =
        MaskRules::compile(std::move(library.rules), std::move(library.packs), problems);
    for (const RuleProblem& problem : problems) UNSCOPED_INFO(problem.text());
    REQUIRE(rules);
    rules_ = std::move(*rules);
    Result<MaskPlan*> plan = rules_->plan_for(masking);
    REQUIRE(plan);
    plan_ = *plan;
    masker_ = Masker(plan_->engine, plan_->memory, &key_, nullptr);
  }

  // All packs, with one style for whatever has none of its own.
  static World all(Style style = Style::token) {
    MaskingConfig masking;
    masking.packs = {"all"};
    masking.styles["default"] = style;
    return World(masking);
  }
  static World defaults() { return World(MaskingConfig{}); }

  const RuleSet& set() const { return rules_->set(); }
  MaskPlan& plan() { return *plan_; }
  const Masker& masker() const { return masker_; }

  // Masks lines with a newline between them, as one batch.
  std::string masked(std::string_view text) {
    MaskPass pass(masker_, text, {});
    std::string result;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (at > 0) result += '\n';
      result += pass.mask({text.substr(at, end - at), RecordTag::full}).bytes();
      at = end + 1;
    }
    return result;
  }

 private:
  std::unique_ptr<MaskRules> rules_;
  MaskPlan* plan_ = nullptr;
  MaskKey key_{std::array<std::uint8_t, MaskKey::kBytes>{1, 2, 3}};
  Masker masker_;
};

// Examples of all built-in rules; those of several lines as one text.
inline const std::vector<std::string>& rule_examples() {
  static const std::vector<std::string> examples = [] {
    std::vector<std::string> all;
    for (const Rule& rule : built_in_library().rules)
      all.insert(all.end(), rule.examples.begin(), rule.examples.end());
    return all;
  }();
  return examples;
}

inline std::string in_json(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\t') {
      escaped += "\\t";
    } else if (c == '\r') {
      escaped += "\\r";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      escaped += c;
    }
  }
  return escaped;
}

// The dresses of a text in a log line.
inline std::vector<std::string> dressed(const std::string& text) {
  const std::string once = in_json(text);
  const std::string twice = in_json("{\"message\":\"" + once + "\"}");
  return {
      text,
      '"' + text + '"',
      "2026-11-22T10:00:00Z INFO [main] " + text + " (done)",
      R"({"level":"info","msg":")" + once + R"(","n":1})",
      R"({"log":")" + twice + R"(","stream":"stdout"})",
      R"({"log":")" + in_json("{\"log\":\"" + twice + "\"}") + R"("})",
      "level=info msg=\"" + once + "\" n=1",
      "GET /path?a=1&q=" + text + "&b=2 HTTP/1.1",
      "X-Header: " + text,
      "  key: '" + text + "'  # comment",
      "run --verbose --value " + text + " --next",
      "\x1b[32mINFO\x1b[0m \x1b[1m" + text + "\x1b[0m",
      text + "\r",
  };
}

}  // namespace logd::mask_testing
