// Measures masking: text that is clean, text with secrets, hostile lines, few and many rules;
// beside memcpy, and Vectorscan with the same literals and the same regular expressions.
//
//   mask_speed FILE...    logs; repeated to 64 MiB
//
// Prints one JSON object a line: {"what": ..., "value": ...}. Speeds are in MB/s, best of five.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <hs/hs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "rules/masking.h"
#include "rules/rule_library.h"

namespace {

using namespace logd;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kTextBytes = 64 << 20;
constexpr std::size_t kChunkBytes = 64 << 10;
constexpr int kRounds = 5;

void print(const std::string& what, double value) {
  std::puts(fmt::format("{{\"what\": \"{}\", \"value\": {:.4g}}}", what, value).c_str());
  std::fflush(stdout);
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return Seconds(std::chrono::steady_clock::now() - begin).count();
}

double best_speed(std::size_t bytes, const std::function<void()>& work) {
  double best = 0;
  for (int round = 0; round < kRounds; ++round)
    best = std::max(best, static_cast<double>(bytes) / 1e6 / seconds_of(work));
  return best;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return static_cast<double>(resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) /
         (1 << 20);
}

std::vector<std::string> lines_of(int argc, char** argv) {
  std::vector<std::string> lines;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    for (std::string line; std::getline(file, line);) lines.push_back(line + '\n');
  }
  return lines;
}

// The lines over and over, one in `one_in` (0: none) with an example of a rule behind it.
std::string text_of(const std::vector<std::string>& lines, const std::vector<std::string>& secrets,
                    std::size_t one_in) {
  std::mt19937 random(7);
  std::string text;
  for (std::size_t i = 0; text.size() < kTextBytes; ++i) {
    const std::string& line = lines[i % lines.size()];
    text += line;
    if (one_in == 0 || i % one_in != 0) continue;
    text.back() = ' ';
    text += secrets[random() % secrets.size()] + '\n';
  }
  return text;
}

void each_chunk(std::string_view text, const std::function<void(std::string_view)>& take) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(at + kChunkBytes, text.size());
    if (end < text.size()) end = text.rfind('\n', end) + 1;
    if (end <= at) end = std::min(text.find('\n', at), text.size() - 1) + 1;
    take(text.substr(at, end - at));
    at = end;
  }
}

double mask_speed(MaskPlan& plan, std::string_view text) {
  const Masker masker(plan.engine, plan.memory, nullptr, nullptr);
  std::string output;
  output.reserve(1 << 20);
  return best_speed(text.size(), [&] {
    each_chunk(text, [&](std::string_view chunk) {
      output.clear();
      MaskPass(masker, chunk, {}).mask_all(output);
    });
  });
}

double speed_of_first(MaskRules& rules, std::size_t count, std::string_view text) {
  // Spread over all packs; those that a shape gate finds are always there.
  std::vector<RuleInForce> all;
  std::vector<RuleInForce> in_force;
  const std::vector<CompiledRule>& compiled = rules.set().rules();
  std::vector<Rule> plain;
  for (const CompiledRule& rule : compiled) plain.push_back(rule.rule());
  for (std::size_t i = 0; i < compiled.size(); ++i) {
    const bool is_on =
        std::any_of(rules.packs().begin(), rules.packs().end(), [&](const RulePack& p) {
          return p.name == plain[i].pack && p.is_on && plain[i].state == RuleState::on;
        });
    if (!is_on) continue;
    if (plain[i].keywords.empty())
      in_force.push_back({i, RuleState::on, Style::token});
    else
      all.push_back({i, RuleState::on, Style::token});
  }
  std::shuffle(all.begin(), all.end(), std::mt19937(7));
  while (in_force.size() < count && !all.empty()) {
    in_force.push_back(all.back());
    all.pop_back();
  }
  MaskPlan plan{MaskEngine(rules.set(), std::move(in_force), {}), {}};
  return mask_speed(plan, text);
}

std::string repeated(std::string_view part, std::size_t bytes) {
  std::string line;
  while (line.size() + part.size() < bytes) line += part;
  return line + '\n';
}

void measure_hostile(MaskPlan& plan, const MaskRules& rules) {
  std::string keywords;
  for (const CompiledRule& rule : rules.set().rules())
    for (const std::string& keyword : rule.rule().keywords) keywords += keyword + ' ';
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"all keywords", keywords},
      {"password=", "password="},
      {"password: ", "password: "},
      {"digits", "4111111111111111"},
      {"digits in groups", "4111 1111 "},
      {"eyJ", "eyJ"},
      {"eyJ.", "eyJhbGciOi."},
      {"BEGIN", "-----BEGIN "},
      {"private key", "-----BEGIN PRIVATE KEY-----"},
      {"@", "a@"},
      {"quotes", "token=\\\""},
      {"masks", "[masked:"},
      {"://", "http://a:b"},
      {"cookie", "cookie: session="}};
  for (const auto& [name, part] : kinds) {
    double slow = 0;
    for (const std::size_t kib : {64, 256}) {
      const std::string line = repeated(part, kib << 10);
      const double speed = mask_speed(plan, line);
      print(fmt::format("hostile {} {} KiB", name, kib), speed);
      slow = slow == 0 ? speed : slow;
    }
  }
}

// ---- the peer

int count_match(unsigned, unsigned long long, unsigned long long, unsigned, void* context) {
  ++*static_cast<std::size_t*>(context);
  return 0;
}

class Vectorscan {
 public:
  ~Vectorscan() {
    hs_free_scratch(scratch_);
    hs_free_database(database_);
  }

  // Returns how many it accepted.
  std::size_t compile_regexes(const std::vector<std::string>& expressions) {
    std::vector<const char*> accepted;
    for (const std::string& expression : expressions) {
      hs_database_t* one = nullptr;
      hs_compile_error_t* error = nullptr;
      if (hs_compile(expression.c_str(), HS_FLAG_ALLOWEMPTY, HS_MODE_BLOCK, nullptr, &one,
                     &error) == HS_SUCCESS) {
        accepted.push_back(expression.c_str());
        hs_free_database(one);
      } else {
        hs_free_compile_error(error);
      }
    }
    std::vector<unsigned> flags(accepted.size(), HS_FLAG_ALLOWEMPTY);
    std::vector<unsigned> ids(accepted.size());
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<unsigned>(i);
    hs_compile_error_t* error = nullptr;
    if (hs_compile_multi(accepted.data(), flags.data(), ids.data(),
                         static_cast<unsigned>(accepted.size()), HS_MODE_BLOCK, nullptr, &database_,
                         &error) != HS_SUCCESS)
      return 0;
    hs_alloc_scratch(database_, &scratch_);
    return accepted.size();
  }

  std::size_t compile_literals(const std::vector<std::string>& literals) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& literal : literals) {
      texts.push_back(literal.c_str());
      sizes.push_back(literal.size());
    }
    std::vector<unsigned> flags(texts.size(), HS_FLAG_CASELESS);
    std::vector<unsigned> ids(texts.size());
    hs_compile_error_t* error = nullptr;
    if (hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(),
                             static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr,
                             &database_, &error) != HS_SUCCESS)
      return 0;
    hs_alloc_scratch(database_, &scratch_);
    return literals.size();
  }

  void scan(std::string_view text, std::size_t& matches) const {
    hs_scan(database_, text.data(), static_cast<unsigned>(text.size()), 0, scratch_, count_match,
            &matches);
  }

 private:
  hs_database_t* database_ = nullptr;
  hs_scratch_t* scratch_ = nullptr;
};

void measure_vectorscan(const MaskPlan& plan, std::string_view text) {
  std::vector<std::string> regexes;
  std::vector<std::string> literals;
  for (std::size_t slot = 0; slot < plan.engine.rules_in_force().size(); ++slot) {
    const Rule& rule = plan.engine.rule_of(static_cast<std::uint16_t>(slot));
    if (!rule.regex.empty()) regexes.push_back(rule.regex);
    literals.insert(literals.end(), rule.keywords.begin(), rule.keywords.end());
  }
  std::sort(literals.begin(), literals.end());
  literals.erase(std::unique(literals.begin(), literals.end()), literals.end());
  std::size_t matches = 0;
  Vectorscan of_regexes;
  print("vectorscan regexes accepted", static_cast<double>(of_regexes.compile_regexes(regexes)));
  print("vectorscan regexes given", static_cast<double>(regexes.size()));
  print("vectorscan regexes, by line", best_speed(text.size(), [&] {
          for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            of_regexes.scan(text.substr(at, end - at), matches);
            at = end + 1;
          }
        }));
  print("vectorscan regexes, by chunk", best_speed(text.size(), [&] {
          each_chunk(text, [&](std::string_view chunk) { of_regexes.scan(chunk, matches); });
        }));
  Vectorscan of_literals;
  print("vectorscan literals", static_cast<double>(of_literals.compile_literals(literals)));
  print("vectorscan literals, by chunk", best_speed(text.size(), [&] {
          each_chunk(text, [&](std::string_view chunk) { of_literals.scan(chunk, matches); });
        }));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> lines = lines_of(argc, argv);
  if (lines.empty()) {
    std::fputs("usage: mask_speed FILE...\n", stderr);
    return 2;
  }
  const double before_mib = resident_mib();
  std::unique_ptr<MaskRules> rules;
  MaskPlan* plan = nullptr;
  print("compile s", seconds_of([&] {
          RuleLibrary library = built_in_library();
          std::vector<RuleProblem> problems;
          rules = *MaskRules::compile(std::move(library.rules), std::move(library.packs), problems);
          plan = *rules->plan_for({});
        }));
  print("rule set MiB", resident_mib() - before_mib);
  print("rules in force", static_cast<double>(plan->engine.rules_in_force().size()));
  std::vector<std::string> secrets;
  for (const RuleInForce& rule : plan->engine.rules_in_force()) {
    const std::vector<std::string>& examples = rules->set().rules()[rule.rule].rule().examples;
    secrets.insert(secrets.end(), examples.begin(), examples.end());
  }
  const std::string clean = text_of(lines, secrets, 0);
  {
    std::string copy(clean.size(), '\0');
    print("memcpy",
          best_speed(clean.size(), [&] { std::memcpy(copy.data(), clean.data(), clean.size()); }));
  }
  print("clean", mask_speed(*plan, clean));
  for (const std::size_t one_in : {100, 10, 1}) {
    const std::string dirty = text_of(lines, secrets, one_in);
    print(fmt::format("secrets in {} % of lines", 100 / one_in), mask_speed(*plan, dirty));
  }
  // Without the text; with what RE2 keeps from searches.
  print("rule set MiB, after searching",
        resident_mib() - before_mib - static_cast<double>(clean.capacity()) / (1 << 20));
  for (const std::size_t count : {50, 250})
    print(fmt::format("clean, {} rules", count), speed_of_first(*rules, count, clean));
  print("memcpy again",
        best_speed(clean.size(), [&, copy = std::string(clean.size(), '\0')]() mutable {
          std::memcpy(copy.data(), clean.data(), clean.size());
        }));
  measure_vectorscan(*plan, clean);
  measure_hostile(*plan, *rules);
  return 0;
}
