// Declares and reads the options of how lines look, for every command that prints some: -o,
// --json, --raw, --prefix, --color, --highlight, --utc and --tz.
//
// Which lines are printed is filter_options.h's business and others'. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/options.h"
#include "logd/config.h"
#include "logd/result.h"
#include "query/render.h"
#include "query/tail.h"
#include "query/text_matcher.h"

namespace logd {

class LookOptions {
 public:
  // `format`: the spelling of the option for that, "-o,--output". `this` must outlive `options`.
  void declare(Options& options, const std::string& format);

  // --utc and --tz alone, for a command that prints no lines.
  void declare_zone(Options& options);

  // What is printed unless somebody says otherwise; before declare().
  void set_format(const std::string& format) { format_ = format; }

  struct Look {
    RenderOptions render;  // its highlights point into this object
    ShowName show_name = ShowName::when_several;
  };

  // `to`: the descriptor that is printed to; whether it is a terminal decides colours and what is
  // spelled out, and nothing else. Makes the zone that was chosen the local one, so that times in
  // other options are read after this. Errors: invalid.
  Result<Look> settle(const Config& config, int to);

 private:
  std::string format_ = "short";
  std::string prefix_ = "auto";
  std::string color_ = "auto";
  std::string zone_;
  std::vector<std::string> highlight_;
  bool json_ = false;
  bool raw_ = false;
  bool utc_ = false;
  std::optional<TextMatcher> highlighted_;
};

}  // namespace logd
