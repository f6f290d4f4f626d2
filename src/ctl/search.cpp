// Finds lines in all that is kept: `logctl search`.
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <string>

#include "ctl/command.h"
#include "ctl/query_options.h"

namespace logd {
namespace {

class SearchCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.required_argument("RE", pattern_, "What to look for, a regular expression");
    query_.declare_selection(options);
    query_.declare_range(options);
    query_.declare_follow(options);
    query_.declare_look(options, "-o,--output");
  }

  int run(const Config& config) override {
    query_.set_pattern(pattern_);
    return query_.run(config, STDOUT_FILENO);
  }

 private:
  QueryOptions query_{"search"};
  std::string pattern_;
};

}  // namespace

std::unique_ptr<Command> make_search_command() { return std::make_unique<SearchCommand>(); }

}  // namespace logd
