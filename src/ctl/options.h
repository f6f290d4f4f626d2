// Declares and reads the options of one command.
//
// CLI11 and its exceptions stay behind the .cpp. What an option means is the command's business.
// One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "logd/result.h"

namespace logd {

class Options {
 public:
  Options(const std::string& command, const std::string& summary);
  ~Options();

  // `spelling` is like "-n,--lines,--tail"; the target outlives this object and keeps its value if
  // the option is not given.
  void flag(const std::string& spelling, bool& target, const std::string& help);
  void text(const std::string& spelling, std::string& target, const std::string& value_name,
            const std::string& help);
  // May be given several times; each adds to the target.
  void texts(const std::string& spelling, std::vector<std::string>& target,
             const std::string& value_name, const std::string& help);
  void number(const std::string& spelling, int& target, const std::string& value_name,
              const std::string& help);

  // The one argument that must be there.
  void required_argument(const std::string& name, std::string& target, const std::string& help);
  // Any number of arguments.
  void arguments(const std::string& name, std::vector<std::string>& target,
                 const std::string& help);
  // What follows the declared arguments, or `--`, is somebody else's command line.
  void rest(const std::string& name, std::vector<std::string>& target, const std::string& help);

  enum class Outcome { run, help };
  // Reads `arguments`. Errors: invalid, with a suggestion for an option that does not exist.
  Result<Outcome> parse(std::vector<std::string> arguments);

  std::string help() const;

  // One option, as help shows it.
  struct Listed {
    std::vector<std::string> spellings;  // "-n", "--lines"
    std::string value_name;              // empty: a flag
    std::string help;
  };
  // All but the arguments.
  std::vector<Listed> list() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace logd
