// SPDX-License-Identifier: Apache-2.0
#include "ctl/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/closest.h"

namespace logd {
namespace {

// Every spelling of every option: "-n", "--lines".
std::vector<std::string> spellings(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace

struct Options::Parser {
  explicit Parser(const std::string& summary) : app(summary) {}

  CLI::App app;
  std::vector<std::string>* rest = nullptr;
};

Options::Options(const std::string& command, const std::string& summary)
    : parser_(std::make_unique<Parser>(summary)) {
  parser_->app.name("logctl " + command);
  parser_->app.allow_extras();  // so that we say ourselves what is wrong with them
  parser_->app.set_help_flag("-h,--help", "Show this and exit");
}

Options::~Options() = default;

void Options::flag(const std::string& spelling, bool& target, const std::string& help) {
  parser_->app.add_flag(spelling, target, help);
}

void Options::text(const std::string& spelling, std::string& target, const std::string& value_name,
                   const std::string& help) {
  parser_->app.add_option(spelling, target, help)
      ->type_name(value_name)
      ->take_last()
      ->check([](const std::string& text) { return text.empty() ? "is empty" : ""; });
}

void Options::texts(const std::string& spelling, std::vector<std::string>& target,
                    const std::string& value_name, const std::string& help) {
  parser_->app.add_option(spelling, target, help)
      ->type_name(value_name)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Options::number(const std::string& spelling, int& target, const std::string& value_name,
                     const std::string& help) {
  parser_->app.add_option(spelling, target, help)->type_name(value_name)->take_last();
}

void Options::required_argument(const std::string& name, std::string& target,
                                const std::string& help) {
  parser_->app.add_option(name, target, help)->required()->type_name("");
}

void Options::arguments(const std::string& name, std::vector<std::string>& target,
                        const std::string& help) {
  parser_->app.add_option(name, target, help)->type_name("");
}

void Options::rest(const std::string& name, std::vector<std::string>& target,
                   const std::string& help) {
  parser_->rest = &target;
  parser_->app.prefix_command();
  parser_->app.footer(name + "\n  " + help);
}

Result<Options::Outcome> Options::parse(std::vector<std::string> arguments) {
  CLI::App& app = parser_->app;
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return Outcome::help;
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::invalid, error.what());
  }
  std::vector<std::string> extras = app.remaining();
  const bool has_mark = !extras.empty() && extras.front() == "--";
  if (has_mark) extras.erase(extras.begin());
  if (extras.empty()) return Outcome::run;
  const std::string& first = extras.front();
  if (parser_->rest != nullptr && (has_mark || !first.starts_with('-'))) {
    *parser_->rest = std::move(extras);
    return Outcome::run;
  }
  if (!first.starts_with('-') || first == "-") {
    return fail(ErrorCode::invalid, "unexpected argument '" + printable(first) + "'");
  }
  const std::string name = first.substr(0, first.find('='));
  std::string message = "unknown option '" + printable(name) + "'";
  if (const auto meant = closest(name, spellings(app))) {
    message += "; did you mean '" + *meant + "'?";
  }
  return fail(ErrorCode::invalid, std::move(message));
}

std::string Options::help() const { return parser_->app.help(); }

std::vector<Options::Listed> Options::list() const {
  std::vector<Listed> all;
  for (const CLI::Option* option : parser_->app.get_options()) {
    Listed listed;
    for (const std::string& name : option->get_snames()) listed.spellings.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) listed.spellings.push_back("--" + name);
    if (listed.spellings.empty()) continue;  // an argument
    if (option->get_items_expected_max() > 0) listed.value_name = option->get_type_name();
    listed.help = option->get_description();
    all.push_back(std::move(listed));
  }
  return all;
}

}  // namespace logd
