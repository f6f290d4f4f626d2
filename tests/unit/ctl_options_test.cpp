// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "ctl/options.h"
#include "ctl/table.h"

using namespace logd;
using Words = std::vector<std::string>;

namespace {

// A command with one option of each kind.
struct Sample {
  Options options{"sample", "Does nothing"};
  bool follow = false;
  std::string lines = "15";
  int instance = -1;
  Words names;

  Sample() {
    options.arguments("NAME", names, "Names");
    options.flag("-f,--follow", follow, "Go on");
    options.text("-n,--lines,--tail", lines, "N", "How many");
    options.number("--instance", instance, "N", "Which");
  }
  Result<Options::Outcome> parse(Words words) { return options.parse(std::move(words)); }
};

// A command that ends with somebody else's.
struct Starter {
  Options options{"run", "Starts"};
  std::string name;
  int instance = -1;
  Words command;

  Starter() {
    options.required_argument("NAME", name, "Name");
    options.number("--instance", instance, "N", "Which");
    options.rest("CMD", command, "Command");
  }
  Result<Options::Outcome> parse(Words words) { return options.parse(std::move(words)); }
};

}  // namespace

TEST_CASE("Options: every spelling, anywhere", "[ctl]") {
  for (const Words& words : {Words{"web", "-n", "3", "-f", "api"}, Words{"-fn3", "web", "api"},
                             Words{"web", "--lines=3", "api", "--follow"},
                             Words{"--tail", "3", "-f", "web", "--", "api"}}) {
    Sample sample;
    REQUIRE(sample.parse(words));
    CHECK(sample.lines == "3");
    CHECK(sample.follow);
    CHECK(sample.names == Words{"web", "api"});
  }
}

TEST_CASE("Options: of an option given twice the last one counts", "[ctl]") {
  Sample sample;
  REQUIRE(sample.parse({"-n", "3", "-n", "all"}));
  CHECK(sample.lines == "all");
}

TEST_CASE("Options: an option that does not exist is an error with a suggestion", "[ctl]") {
  Sample sample;
  const auto parsed = sample.parse({"web", "--folow", "--bar"});
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::invalid);
  CHECK(parsed.error().message() == "unknown option '--folow'; did you mean '--follow'?");
  CHECK(Sample().parse({"--since=-1h"}).error().message() == "unknown option '--since'");
}

TEST_CASE("Options: values that are missing or wrong are errors", "[ctl]") {
  CHECK_FALSE(Sample().parse({"-n"}));
  CHECK_FALSE(Sample().parse({"--instance", "two"}));
  CHECK_FALSE(Starter().parse({}));
}

TEST_CASE("Options: help is asked for", "[ctl]") {
  Sample sample;
  CHECK(sample.parse({"--help"}).value() == Options::Outcome::help);
  CHECK(sample.options.help().find("--follow") != std::string::npos);
}

TEST_CASE("Options: what follows -- or the name is the other command's", "[ctl]") {
  for (const Words& words :
       {Words{"web", "--instance", "2", "--", "node", "-e", "x", "--", "--instance", "3"},
        Words{"--instance", "2", "web", "node", "-e", "x", "--", "--instance", "3"}}) {
    Starter starter;
    REQUIRE(starter.parse(words));
    CHECK(starter.name == "web");
    CHECK(starter.instance == 2);
    CHECK(starter.command == Words{"node", "-e", "x", "--", "--instance", "3"});
  }
}

TEST_CASE("Options: without -- the other command's options are its own", "[ctl]") {
  Starter starter;
  REQUIRE(starter.parse({"web", "ls", "--help", "--instance", "3"}));
  CHECK(starter.command == Words{"ls", "--help", "--instance", "3"});
  CHECK(starter.instance == -1);
}

TEST_CASE("Options: an unknown option before the other command is an error", "[ctl]") {
  CHECK_FALSE(Starter().parse({"web", "--instnce", "3", "--", "ls"}));
}

TEST_CASE("Table: columns line up, numbers to the right, no spaces at the ends", "[ctl]") {
  Table table({"NAME", ">BYTES", "STATE"});
  table.row({"web", "12", ""});
  table.row({"long-name", "12345", "active"});
  CHECK(table.str() ==
        "NAME       BYTES  STATE\n"
        "web           12\n"
        "long-name  12345  active\n");
}

TEST_CASE("Options: some may be given several times", "[ctl]") {
  std::vector<std::string> patterns;
  std::vector<std::string> names;
  Options options("tail", "Shows lines");
  options.texts("-g,--grep", patterns, "RE", "Lines that match");
  options.arguments("NAME", names, "Processes");
  REQUIRE(options.parse({"-g", "a b", "web", "--grep=-x", "api", "-gc,d", "-g", ""}));
  CHECK(patterns == std::vector<std::string>{"a b", "-x", "c,d", ""});
  CHECK(names == std::vector<std::string>{"web", "api"});
}
