// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "fakes/fake_file_system.h"
#include "query/log_choice.h"

using namespace logd;
using MayCome = LogChoice::MayCome;

namespace {

const std::vector<LogName> kLogs = {
    {"api", kNoInstance}, {"web", 0}, {"web", 1}, {"web-admin", kNoInstance}};

std::vector<std::string> chosen(std::vector<std::string> names) {
  const LogChoice choice(std::move(names));
  std::vector<std::string> directories;
  for (const LogName& log : kLogs) {
    if (choice.includes(log)) directories.push_back(log.directory());
  }
  return directories;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("LogChoice: a name means all instances, a name with a number one", "[query]") {
  CHECK(chosen({}) == Names{"api", "web@0", "web@1", "web-admin"});
  CHECK(chosen({"web"}) == Names{"web@0", "web@1"});
  CHECK(chosen({"web@1"}) == Names{"web@1"});
  CHECK(chosen({"web@1", "api"}) == Names{"api", "web@1"});
  CHECK(chosen({"we"}).empty());
}

TEST_CASE("LogChoice: a glob means processes", "[query]") {
  CHECK(chosen({"web*"}) == Names{"web@0", "web@1", "web-admin"});
  CHECK(chosen({"w?b"}) == Names{"web@0", "web@1"});
  CHECK(chosen({"[ab]*"}) == Names{"api"});
  CHECK(chosen({"*@1"}) == Names{"web@1"});
}

TEST_CASE("LogChoice: a name that means nothing is an error with a suggestion", "[query]") {
  const auto checked = LogChoice({"api", "wbe"}).check(kLogs, MayCome::no);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == ErrorCode::not_found);
  CHECK(checked.error().message() == "no such process: 'wbe'; did you mean 'web'?");
  CHECK(LogChoice({"web@7"}).check(kLogs, MayCome::yes).error().code == ErrorCode::not_found);
  CHECK(LogChoice({"../x\x1b"}).check(kLogs, MayCome::no).error().message() ==
        "no such process: '../x?'");
  CHECK(LogChoice({"api", "web@0"}).check(kLogs, MayCome::no));
}

TEST_CASE("LogChoice: a glob that matches nothing yet may be waited for", "[query]") {
  CHECK_FALSE(LogChoice({"db*"}).check(kLogs, MayCome::no));
  CHECK(LogChoice({"db*"}).check(kLogs, MayCome::yes));
}

TEST_CASE("LogChoice: knows which logs were named and whether others may come", "[query]") {
  const LogChoice choice({"web", "a*"});
  CHECK(choice.is_named(kLogs[1]));
  CHECK_FALSE(choice.is_named(kLogs[0]));
  CHECK(choice.is_open_ended());
  CHECK(LogChoice({}).is_open_ended());
  CHECK_FALSE(LogChoice({"web"}).is_open_ended());
}

TEST_CASE("list_logs: only directories with a log's name, by name and number", "[query]") {
  fakes::FakeFileSystem fs;
  for (const char* name : {"web@10", "web@2", "web", "api", ".run", "no@x", "a b"}) {
    fs.make_directory(std::string("/log/") + name);
  }
  fs.put("/log/file", "");
  fs.put_symlink("/log/link", "api");
  const auto directory = fs.open_directory("/log").value();
  const std::vector<LogName> logs = list_logs(*directory).value();
  Names names;
  for (const LogName& log : logs) names.push_back(log.directory());
  CHECK(names == Names{"api", "web", "web@2", "web@10"});
}
