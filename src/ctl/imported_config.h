// A logd.toml in the making, and what is said of each setting that it was made of.
//
// Which setting becomes what is import_pm2_*.h's business. Pure. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace logd {

class ImportedConfig {
 public:
  // A table of the file: "", "defaults" or the name of a process.
  struct Table {
    std::string name;
    std::vector<std::string> comments;
    std::vector<std::string> keys;  // "max_size = \"10MiB\""
  };

  // The table of that name, made at the end where there is none.
  Table& table(const std::string& name);
  Table& defaults() { return table("defaults"); }

  // What became of `setting`, for people. A warning: it did not mean what it seems to mean.
  void note(std::string_view setting, std::string_view text);
  void warn(std::string_view setting, std::string_view text);
  const std::vector<std::string>& notes() const { return notes_; }

  // The whole file. `sources`: what it was made of, for its first line.
  std::string text(std::string_view sources) const;

 private:
  std::vector<Table> tables_{{"", {}, {}}, {"defaults", {}, {}}};
  std::vector<std::string> notes_;
};

}  // namespace logd
