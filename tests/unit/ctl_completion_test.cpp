// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ctl/completion.h"

namespace logd {
namespace {

using Texts = std::vector<std::string>;

ConfigSources asked_with;

Texts candidates(const Texts& words) {
  asked_with = {};
  Texts texts;
  const KnownNames known{[](const ConfigSources& sources) {
                           asked_with = sources;
                           return Texts{"api", "web", "web@2"};
                         },
                         [](const ConfigSources&) {
                           return Texts{"archive", "central"};
                         }};
  for (const Candidate& candidate : candidates_for(words, known)) texts.push_back(candidate.text);
  return texts;
}

bool has(const Texts& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

TEST_CASE("completion: commands, with what they do", "[ctl]") {
  CHECK(candidates({"fl"}) == Texts{"flush"});
  CHECK(has(candidates({""}), "tail"));
  CHECK(candidates({}) == candidates({""}));
  CHECK(candidates({"lo"}) == Texts{"logs"});
  CHECK(candidates({"nosuch", ""}).empty());
  const auto found = candidates_for({"sync"}, {});
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].description.empty());
}

TEST_CASE("completion: options of the command, once each until one is typed", "[ctl]") {
  const Texts all = candidates({"tail", "-"});
  CHECK(has(all, "--lines"));
  CHECK_FALSE(has(all, "-n"));
  CHECK_FALSE(has(all, "--tail"));
  CHECK(candidates({"tail", "--ta"}) == Texts{"--tail"});
  CHECK(candidates({"tail", "web", "--err"}) == Texts{"--err"});
  CHECK(has(candidates({"-"}), "--log-dir"));
  CHECK(has(candidates({"flush", "--"}), "--dry-run"));
  CHECK_FALSE(has(candidates({"flush", "--"}), "--lines"));
}

TEST_CASE("completion: values by what help calls them", "[ctl]") {
  CHECK(candidates({"run", "--signals", ""}) == Texts{"auto", "pass", "none"});
  CHECK(candidates({"run", "--signals=p"}) == Texts{"--signals=pass"});
  CHECK(candidates({"run", "--signals", "p"}) == Texts{"pass"});
  CHECK(candidates({"tail", "--config", ""}) == Texts{":files"});
  CHECK(candidates({"--log-dir", ""}) == Texts{":directories"});
  CHECK(candidates({"mask", "--process", "w"}) == Texts{"web", "web@2"});
  CHECK(candidates({"tail", "-n", ""}) == Texts{"all"});
  CHECK(candidates({"tail", "-o", "c"}) == Texts{"cat", "cri"});
  CHECK(candidates({"tail", "--color=a"}) == Texts{"--color=auto", "--color=always"});
  CHECK(candidates({"search", "x", "--level", "w"}) == Texts{"warn"});
}

TEST_CASE("completion: names of processes, and words of a command", "[ctl]") {
  CHECK(candidates({"tail", ""}) == Texts{"api", "web", "web@2"});
  CHECK(candidates({"tail", "--err", "api", "we"}) == Texts{"web", "web@2"});
  CHECK(candidates({"tail", "web@"}) == Texts{"web@2"});
  CHECK(candidates({"logs", "a"}) == Texts{"api"});
  CHECK(candidates({"pipe", "web", ""}).empty());
  CHECK(candidates({"status", ""}).empty());
  CHECK(candidates({"completion", ""}) == Texts{"bash", "zsh", "fish"});
  CHECK(candidates({"rules", "sh"}) == Texts{"show"});
  CHECK(candidates({"search", ""}).empty());
  CHECK(candidates({"search", "x", "a"}) == Texts{"api"});
  CHECK(candidates({"export", "-o", ""}) == Texts{":files"});
  // Behind "--" stands somebody else's command line.
  CHECK(candidates({"run", "web", "--", ""}).empty());
}

TEST_CASE("completion: what a destination is to do, and destinations", "[ctl]") {
  CHECK(candidates({"ship", "re"}) == Texts{"rewind", "retry", "replay"});
  CHECK(candidates({"ship", "test", ""}) == Texts{"archive", "central"});
  CHECK(candidates({"ship", "test", "central", ""}).empty());
  CHECK(candidates({"ship", "dlq", ""}) == Texts{"list", "show", "drop", "replay"});
  CHECK(candidates({"ship", "dlq", "show", "c"}) == Texts{"central"});
  CHECK(candidates({"ship", "dlq", "show", "central", ""}).empty());
  CHECK(candidates({"ship", "replay", "central", "--process", "w"}) == Texts{"web", "web@2"});
}

TEST_CASE("completion: the names are those of the log directory that is named", "[ctl]") {
  candidates({"--log-dir", "/a", "tail", ""});
  CHECK(asked_with.log_dir == "/a");
  candidates({"tail", "--config=/c.toml", "--run-dir", "/r", ""});
  CHECK(asked_with.config == "/c.toml");
  CHECK(asked_with.run_dir == "/r");
  CHECK_FALSE(asked_with.log_dir);
}

}  // namespace logd
