// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "ctl/import_pm2_rotation.h"

using namespace logd;

namespace {

struct Imported {
  std::string keys;   // of [defaults], one a line
  std::string notes;  // one a line
};

Imported import(const Pm2Rotation& settings) {
  ImportedConfig to;
  import_pm2_rotation(settings, to);
  Imported imported;
  for (const std::string& key : to.defaults().keys) imported.keys += key + "\n";
  for (const std::string& note : to.notes()) imported.notes += note + "\n";
  return imported;
}

bool is_warned(const Imported& imported) {
  return imported.notes.find(": warning: ") != std::string::npos;
}

}  // namespace

TEST_CASE("import pm2: a size that PM2 read as it was meant is taken", "[ctl]") {
  for (const auto& [text, key] :
       {std::pair{"10M", "10MiB"}, {"512K", "512KiB"}, {"2G", "2GiB"}, {"10485760", "10MiB"}}) {
    const Imported imported = import({{"max_size", text}});
    CHECK(imported.keys == std::string("max_size = \"") + key + "\"\n");
    CHECK(!is_warned(imported));
  }
}

TEST_CASE("import pm2: a size that PM2 read as bytes is taken as it was meant, with a warning",
          "[ctl]") {
  const Imported imported = import({{"max_size", "10MB"}});
  CHECK(imported.keys == "max_size = \"10MiB\"\n");
  CHECK(imported.notes ==
        "pm2-logrotate: max_size: warning: '10MB' is taken as 10MiB: pm2-logrotate read that as 10 "
        "bytes, and rotated with each look\n");
  for (const char* text : {"10m", "500Mb", "1g"}) CHECK(is_warned(import({{"max_size", text}})));
}

TEST_CASE("import pm2: a size that is no limit leaves the default", "[ctl]") {
  for (const char* text : {"0", "10", "-1", "much", "99999999G", " "}) {
    const Imported imported = import({{"max_size", text}});
    INFO(text);
    CHECK(imported.keys.empty());
    CHECK(is_warned(imported));
  }
}

TEST_CASE("import pm2: retain", "[ctl]") {
  CHECK(import({{"retain", "30"}}).keys == "retain = 30\n");
  CHECK(!is_warned(import({{"retain", "30"}})));
  CHECK(import({{"retain", "all"}}).keys == "retain = \"all\"\nmax_total_size = \"off\"\n");
  CHECK(import({{"retain", "-1"}}).keys == "retain = \"all\"\nmax_total_size = \"off\"\n");
  for (const char* text : {"0", "many", "99999999999"}) {
    CHECK(import({{"retain", text}}).keys.empty());
    CHECK(is_warned(import({{"retain", text}})));
  }
}

TEST_CASE("import pm2: no limit of logd's takes what was to be kept", "[ctl]") {
  CHECK(import({{"max_size", "100M"}, {"retain", "30"}}).keys ==
        "max_size = \"100MiB\"\nretain = 30\nmax_total_size = \"3100MiB\"\n");
  CHECK(import({{"max_size", "10M"}, {"retain", "101"}}).keys ==
        "max_size = \"10MiB\"\nretain = 101\n");
  CHECK(import({{"max_size", "1000G"}, {"retain", "999999999"}}).keys ==
        "max_size = \"1000GiB\"\nretain = 999999999\nmax_total_size = \"off\"\n");
}

TEST_CASE("import pm2: schedules, zones and what has no meaning any more", "[ctl]") {
  CHECK(import({{"rotateInterval", "*/30 * * * * *"}}).keys ==
        "rotate_interval = \"*/30 * * * * *\"\n");
  CHECK(is_warned(import({{"rotateInterval", "now and then"}})));
  CHECK(import({{"compress", "true"}}).keys == "compress = true\n");
  CHECK(is_warned(import({{"compress", "yes"}})));
  CHECK(is_warned(import({{"TZ", "Europe/Berlin"}})));
  CHECK(import({{"workerInterval", "30"}, {"dateFormat", "YYYY"}, {"rotateModule", "true"}})
            .keys.empty());
  CHECK(is_warned(import({{"max_sise", "10M"}})));
}

TEST_CASE("import pm2: each setting is told about", "[ctl]") {
  const Pm2Rotation settings = {
      {"max_size", "10M"},      {"retain", "30"},     {"compress", "false"},
      {"dateFormat", "YYYY"},   {"TZ", "UTC"},        {"rotateInterval", "0 0 * * *"},
      {"workerInterval", "30"}, {"rotateModule", ""}, {"else", "what"}};
  const Imported imported = import(settings);
  for (const auto& [key, value] : settings) {
    INFO(key);
    CHECK(imported.notes.find("pm2-logrotate: " + key + ": ") != std::string::npos);
  }
}
