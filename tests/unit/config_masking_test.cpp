// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "config/config_reader.h"
#include "config/config_text.h"
#include "config/masking_value.h"
#include "config_reading.h"

using namespace logd;

namespace {

Config read(const std::string& contents) { return good_config(contents); }

// What is wrong with `masking = ...`.
std::string problem_of(const std::string& value) {
  std::string text;
  for (const auto& problem : read_text("[defaults]\nmasking = " + value).reading.problems)
    text += problem.message;
  return text;
}

const std::string kEverything = R"(
log_dir = "/l"
run_dir = "/r"
rules_dir = "/r"
mask_key = "/k"
[defaults.masking]
packs = ["default", "network", "-payments"]
mode = "report"
on = ["generic-sk-key"]
off = ["email"]
allow = { exact = ["t0ken"], prefix = ["test_"], suffix = ["_EXAMPLE"], regex = ['^x\d+$'] }
style = { pii = "hash", card = "partial", default = "fixed" }
literals = "/etc/logd/literals"
env = false
[process.web]
masking = { mode = "enforce" }
[process.api]
masking = { packs = ["pii"], on = [], off = [], allow = {}, style = "same_length", literals = "" }
)";

void check_same(const MaskingConfig& left, const MaskingConfig& right) {
  CHECK(write_masking(left, MaskingFields::all) == write_masking(right, MaskingFields::all));
}

}  // namespace

TEST_CASE("read_masking: every field, and each inherited by itself", "[config]") {
  const Config config = read(kEverything);
  const MaskingConfig& all = config.defaults.masking;
  CHECK(all.packs == std::vector<std::string>{"default", "network", "-payments"});
  CHECK(all.mode == MaskingMode::report);
  CHECK(all.on == std::vector<std::string>{"generic-sk-key"});
  CHECK(all.off == std::vector<std::string>{"email"});
  CHECK(all.allow == AllowList{{"t0ken"}, {"test_"}, {"_EXAMPLE"}, {"^x\\d+$"}});
  CHECK(all.styles == std::map<std::string, Style>{{"pii", Style::hash},
                                                   {"card", Style::partial},
                                                   {"default", Style::fixed}});
  CHECK(all.literals == "/etc/logd/literals");
  CHECK_FALSE(all.env);

  MaskingConfig web = all;
  web.mode = MaskingMode::enforce;
  check_same(config.of("web").masking, web);

  const MaskingConfig& api = config.of("api").masking;
  CHECK(api.packs == std::vector<std::string>{"pii"});
  CHECK(api.mode == MaskingMode::report);
  CHECK(api.on.empty());
  CHECK(api.off.empty());
  CHECK(api.allow.is_empty());
  CHECK(api.styles == std::map<std::string, Style>{{"default", Style::same_length}});
  CHECK(api.literals.empty());
  CHECK_FALSE(api.env);
}

TEST_CASE("write_masking: is short where it may be, and reads back the same", "[config]") {
  CHECK(write_masking({}) == "{ packs = [\"default\"], mode = \"enforce\" }");
  const Config config = read(kEverything);
  for (const auto& masking : {config.defaults.masking, config.of("web").masking}) {
    check_same(read("[defaults]\nmasking = " + write_masking(masking)).defaults.masking, masking);
  }
  LoadedConfig loaded;
  loaded.config = config;
  loaded.settings = settings_of(config, read_text(kEverything).reading.origins);
  const Config printed = read(print_config_text(loaded));
  check_same(printed.defaults.masking, config.defaults.masking);
  check_same(printed.of("web").masking, config.of("web").masking);
  check_same(printed.of("api").masking, config.of("api").masking);
}

TEST_CASE("read_masking: what it does not take", "[config]") {
  CHECK(problem_of("\"off\"") ==
        "masking: must be a table such as { packs = [\"default\"], mode = \"enforce\" }, not a "
        "string");
  CHECK(problem_of("{ styles = \"hash\" }") ==
        "masking: unknown key \"styles\"; did you mean \"style\"?");
  CHECK(problem_of("{ whatever = 1 }") ==
        "masking: unknown key \"whatever\"; there are packs, mode, on, off, allow, style, "
        "literals, env");
  CHECK(problem_of("{ mode = \"offf\" }") ==
        "masking: mode: must be \"enforce\", \"report\" or \"off\", not \"offf\"; did you mean "
        "\"off\"?");
  CHECK(problem_of("{ packs = \"default\" }") ==
        "masking: packs: must be a list of strings, not a string");
  CHECK(problem_of("{ packs = [\"\"] }") == "masking: packs: must not be empty");
  CHECK(problem_of("{ allow = [\"x\"] }") ==
        "masking: allow: must be a table such as { exact = [\"text\"], prefix = [\"test_\"] }, "
        "not a list");
  CHECK(problem_of("{ allow = { prefix = [\"\"] } }") ==
        "masking: allow: prefix: must not be empty");
  CHECK(problem_of("{ style = { pii = \"hsah\" } }").find("did you mean \"hash\"?") !=
        std::string::npos);
  CHECK(problem_of("{ style = 1 }").find("must be a style such as") != std::string::npos);
  CHECK(problem_of("{ literals = \"x\" }").find("must be an absolute path") != std::string::npos);
  CHECK(problem_of("{ env = \"yes\" }").find("must be true or false") != std::string::npos);
}
