// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "base/posix_file_system.h"
#include "fakes/fake_file_system.h"
#include "rules/load_rules.h"
#include "rules/user_rules.h"

using namespace logd;

namespace {

std::string rule_file(const std::string& id) {
  return "schema = 1\npack = \"own\"\n[[rule]]\nid = \"" + id +
         "\"\ncategory = \"saas\"\ndescription = \"x\"\nkeywords = [\"own_\"]\n"
         "anchor = \"keyword\"\nregex = 'own_[0-9]+'\nexamples = ['own_1']\n";
}

// A directory of rules, a directory of logs in memory, and loading.
struct World {
  std::filesystem::path folder;
  fakes::FakeFileSystem fs;
  RuleSetCheck check;

  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "logd-rules-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
    std::filesystem::create_directory(folder / "rules");
    fs.make_directory("/log");
  }
  ~World() { std::filesystem::remove_all(folder); }

  std::string rules_dir() const { return folder / "rules"; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / "rules" / name) << text;
  }
  LoadedRules load() { return load_rules(rules_dir(), LastGoodRules(fs, "/log"), check); }
};

bool has(const LoadedRules& loaded, const std::string& id) {
  return std::any_of(loaded.rules.begin(), loaded.rules.end(),
                     [&](const Rule& rule) { return rule.id == id; });
}

constexpr const char* kKept = "/log/.rules/last-good";

}  // namespace

TEST_CASE("load_rules: without files of the user the built-in ones", "[rules]") {
  World world;
  SECTION("an empty directory") {}
  SECTION("none") { std::filesystem::remove(world.folder / "rules"); }
  const LoadedRules loaded = world.load();
  CHECK(loaded.source == RuleSource::built_in);
  CHECK_FALSE(loaded.is_degraded);
  CHECK(loaded.problems.empty());
  CHECK(has(loaded, "card"));
  CHECK_FALSE(world.fs.exists(kKept));
}

TEST_CASE("load_rules: the user's files come on top, and are kept", "[rules]") {
  World world;
  world.write("b.toml", rule_file("own-b"));
  world.write("a.toml", rule_file("own-a"));
  world.write(".hidden.toml", "no rule");
  world.write("notes.txt", "no rule");
  const LoadedRules loaded = world.load();
  CHECK(loaded.source == RuleSource::user);
  CHECK(loaded.problems.empty());
  CHECK(has(loaded, "card"));
  CHECK(has(loaded, "own-a"));
  CHECK(loaded.rules.back().id == "own-b");
  CHECK(loaded.packs.back().name == "own");
  CHECK(world.fs.exists(kKept));
  world.fs.clear_calls();
  CHECK(world.load().source == RuleSource::user);
  CHECK(world.fs.count(fakes::Call::rename) == 0);  // as it was
}

TEST_CASE("load_rules: a mistake leaves what last loaded well in force", "[rules]") {
  World world;
  world.write("own.toml", rule_file("own-key"));
  REQUIRE(world.load().source == RuleSource::user);
  std::string says;
  SECTION("a mistake in a file") {
    world.write("own.toml", rule_file("own-key") + "regx = 1\n");
    says = "own.toml:11:1: unknown field \"regx\"; did you mean \"regex\"?";
  }
  SECTION("a file that cannot be read") {
    std::filesystem::remove(world.folder / "rules/own.toml");
    std::filesystem::create_directory(world.folder / "rules/own.toml");
    says = "own.toml: is not a regular file";
  }
  SECTION("a link to nowhere") {
    std::filesystem::create_symlink("nowhere", world.folder / "rules/x.toml");
    says = "x.toml: No such file";
  }
  SECTION("the directory is gone") {
    std::filesystem::remove_all(world.folder / "rules");
    says = "is gone, and rules were read from it before";
  }
  SECTION("the engine does not take it") {
    world.write("own.toml", rule_file("own-new"));
    world.check = [](const std::vector<Rule>& rules, const std::vector<RulePack>&) {
      std::vector<RuleProblem> problems;
      for (const Rule& rule : rules) {
        if (rule.id == "own-new") problems.push_back({rule.place.file, {4, 6}, "no regex", {}});
      }
      return problems;
    };
    says = "own.toml:4:6: no regex";
  }
  const LoadedRules loaded = world.load();
  CHECK(loaded.source == RuleSource::last_good);
  CHECK(loaded.is_degraded);
  CHECK(has(loaded, "own-key"));
  CHECK(has(loaded, "card"));
  REQUIRE(loaded.problems.size() == 1);
  INFO(loaded.problems[0].text());
  CHECK(loaded.problems[0].text().find(says) != std::string::npos);
}

TEST_CASE("load_rules: a mistake never takes the built-in rules away", "[rules]") {
  World world;
  world.write("own.toml", "schema = 3\n");
  LoadedRules loaded = world.load();
  CHECK(loaded.source == RuleSource::built_in);
  CHECK(loaded.is_degraded);
  CHECK(has(loaded, "card"));
  CHECK(loaded.problems.size() == 1);

  world.fs.put(kKept, "logd-rules 1 rubbish");
  loaded = world.load();
  CHECK(loaded.source == RuleSource::built_in);
  CHECK(loaded.problems.size() == 2);
  CHECK(loaded.problems[0].text() ==
        world.rules_dir() + ": the rules that last loaded well: last-good is damaged");

  world.write("own.toml", rule_file("own-key"));
  loaded = world.load();  // reported once more, and mended
  CHECK(loaded.source == RuleSource::user);
  CHECK_FALSE(loaded.is_degraded);
  CHECK(loaded.problems.size() == 1);
  CHECK(world.load().problems.empty());
}

TEST_CASE("load_rules: who empties the directory has no rules any more", "[rules]") {
  World world;
  world.write("own.toml", rule_file("own-key"));
  REQUIRE(world.load().source == RuleSource::user);
  std::filesystem::remove(world.folder / "rules/own.toml");
  CHECK_FALSE(world.load().is_degraded);
  CHECK_FALSE(world.fs.exists(kKept));
  world.write("own.toml", "schema = 3\n");
  CHECK(world.load().source == RuleSource::built_in);
}

TEST_CASE("load_rules: rules that cannot be kept are in force all the same", "[rules]") {
  World world;
  world.write("own.toml", rule_file("own-key"));
  world.fs.set_disk_limit(10);
  const LoadedRules loaded = world.load();
  CHECK(loaded.source == RuleSource::user);
  CHECK_FALSE(loaded.is_degraded);
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].message.find("cannot be kept") == 0);
}

TEST_CASE("LastGoodRules: a stop at any step leaves the old or the new", "[rules]") {
  const std::vector<RuleText> old = {{"a", "old"}};
  const std::vector<RuleText> young = {{"a", "new"}, {"b", ""}};
  struct Stop {};
  for (int last = 0; last < 40; ++last) {
    fakes::FakeFileSystem fs;
    fs.make_directory("/log");
    LastGoodRules rules(fs, "/log");
    REQUIRE(rules.keep(old));
    int steps = 0;
    fs.on_step = [&](std::string_view) {
      if (++steps > last) throw Stop();
    };
    bool is_done = false;
    try {
      is_done = rules.keep(young).has_value();
    } catch (const Stop&) {
    }
    fs.on_step = nullptr;
    if (last % 2 == 0) {
      fs.restart();
    } else {
      fs.crash();
    }
    const auto kept = rules.read();
    REQUIRE(kept);
    CHECK((*kept == old || *kept == young));
    if (is_done) {
      CHECK(*kept == young);
    }
    CHECK(rules.keep(young));
    CHECK(rules.read().value() == young);
  }
}

TEST_CASE("LastGoodRules: only its user may read it", "[rules]") {
  World world;
  PosixFileSystem fs;
  LastGoodRules rules(fs, world.folder);
  CHECK(rules.read().error().code == ErrorCode::not_found);
  CHECK(rules.forget());
  REQUIRE(rules.keep(std::vector<RuleText>{{"a", "b"}}));
  struct stat status {};
  REQUIRE(::stat((world.folder / ".rules/last-good").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(rules.read().value() == std::vector<RuleText>{{"a", "b"}});
  CHECK(rules.forget());
  CHECK(rules.read().error().code == ErrorCode::not_found);
}

TEST_CASE("decode_rule_texts: takes what was encoded, and nothing else", "[rules]") {
  const std::vector<RuleText> files = {{"/etc/a.toml", "a = 1\n"}, {"b\n", std::string(300, '\n')}};
  const std::string good = encode_rule_texts(files);
  CHECK(decode_rule_texts(good).value() == files);
  CHECK(decode_rule_texts(encode_rule_texts({})).value().empty());
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(decode_rule_texts(good.substr(0, size)));
  }
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bad = good;
    bad[random() % bad.size()] ^= static_cast<char>(1 + random() % 255);
    const auto decoded = decode_rule_texts(bad);
    // A digit of the check sum may become its capital.
    CHECK((!decoded || *decoded == files));
  }
}
