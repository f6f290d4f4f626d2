// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ctl/import_pm2_apps.h"

using namespace logd;

namespace {

struct Imported {
  std::string text;
  std::string notes;
};

Imported import(const std::string& json) {
  ImportedConfig to;
  const auto done = import_pm2_apps(json, "file", to);
  REQUIRE(done);
  Imported imported{to.text("file"), ""};
  for (const std::string& note : to.notes()) imported.notes += note + "\n";
  return imported;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("import pm2: an object with apps, an array and one application are the same", "[ctl]") {
  for (const char* json : {R"({"apps": [{"name": "web", "script": "a.js"}]})",
                           R"([{"name": "web", "script": "a.js"}])",
                           R"({"name": "web", "script": "a.js"} // and a comment)",
                           R"({"pm2": [{"name": "web"}]})", R"({"apps": {"name": "web"}})"}) {
    INFO(json);
    CHECK(has(import(json).text, "\n[process.\"web\"]\n"));
  }
}

TEST_CASE("import pm2: a name becomes one that logd takes", "[ctl]") {
  const Imported imported = import(R"([{"name": "My app/1"}, {"script": "lib/server.js"},
                                       {"name": ".hidden"}])");
  CHECK(has(imported.text, "[process.\"My-app-1\"]"));
  CHECK(has(imported.text, "[process.\"server\"]"));
  CHECK(has(imported.text, "[process.\"app.hidden\"]"));
  CHECK(has(imported.notes, "My app/1: warning: "));
}

TEST_CASE("import pm2: instances of a dump are one process", "[ctl]") {
  const Imported imported = import(R"([{"name": "web", "pm_id": 0, "SECRET": "value"},
                                       {"name": "web", "pm_id": 1}])");
  CHECK(has(imported.notes, "web: is there again"));
  CHECK(has(imported.notes, "web: other keys: "));
  CHECK(has(imported.notes, "SECRET"));
  CHECK(!has(imported.notes, "value"));
}

TEST_CASE("import pm2: merge_logs with instances is merge_instances, with a warning", "[ctl]") {
  const Imported imported =
      import(R"([{"name": "web", "instances": "max", "merge_logs": true, "combine_logs": true}])");
  CHECK(has(imported.text, "merge_instances = true\n"));
  CHECK(!has(imported.text, "merge_instances = true\nmerge_instances"));
  CHECK(has(imported.notes, "web: merge_logs: warning: "));
  CHECK(!has(import(R"([{"name": "web", "merge_logs": true}])").text, "merge_instances"));
  CHECK(!has(import(R"([{"name": "web", "instances": 2, "merge_logs": false}])").text,
             "merge_instances"));
}

TEST_CASE("import pm2: what meant something else is warned about", "[ctl]") {
  for (const char* key :
       {R"("time": true)", R"("log_date_format": "YYYY")", R"("log_type": "json")",
        R"("disable_logs": true)", R"("out_file": "/dev/null")", R"("exec_mode": "cluster")",
        R"("nonsense": 1)"}) {
    INFO(key);
    CHECK(has(import(std::string(R"([{"name": "web", )") + key + "}]").notes, ": warning: "));
  }
}

TEST_CASE("import pm2: every key is told about, and no control byte gets out", "[ctl]") {
  const Imported imported = import(
      R"([{"name": "web", "script": "a", "watch": true,
           "out_file": "\u001b[2Jx\n[process.evil]"}])");
  for (const char* key : {"name", "script", "out_file", "watch"})
    CHECK(has(imported.notes, std::string("web: ") + key + ": "));
  CHECK(!has(imported.notes, "\x1b"));
  CHECK(!has(imported.notes, "\n[process.evil]"));
}

TEST_CASE("import pm2: what is no ecosystem is refused", "[ctl]") {
  for (const char* json : {"", "{", "[]", "{}", "{}x", "[1]", "3", "{\"apps\": []}"}) {
    INFO(json);
    ImportedConfig to;
    CHECK(!import_pm2_apps(json, "file", to));
  }
}

TEST_CASE("import pm2: settings of modules", "[ctl]") {
  const auto settings = read_pm2_rotation(
      R"({"pm2-logrotate": {"max_size": "10M", "compress": true, "retain": 5}, "x": {}})", "file");
  REQUIRE(settings);
  CHECK(*settings == Pm2Rotation{{"max_size", "10M"}, {"compress", "true"}, {"retain", "5"}});
  CHECK(read_pm2_rotation("{}", "file")->empty());
  CHECK(!read_pm2_rotation("[]", "file"));
}
