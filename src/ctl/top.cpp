// Shows what all processes write, as it goes: `logctl top`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/closest.h"
#include "base/duration_text.h"
#include "base/posix_file_system.h"
#include "base/system_clock.h"
#include "control/client.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/keys.h"
#include "ctl/look_options.h"
#include "ctl/output_format.h"
#include "ctl/query_outcome.h"
#include "ctl/raw_terminal.h"
#include "ctl/screen.h"
#include "ctl/top_files.h"
#include "ctl/top_model.h"
#include "ctl/top_report.h"
#include "ctl/top_view.h"
#include "ctl/zone.h"
#include "status/status_json.h"

namespace logd {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeastInterval{100};
constexpr milliseconds kMostInterval{60'000};
// The picture stands still meanwhile, so a daemon that hangs is not waited for.
constexpr milliseconds kAnswerTime{2000};

// Errors: as control::call().
Result<DaemonStatus> ask_for_status(const Config& config) {
  control::Request request;
  request.verb = "status";
  LOGD_TRY_ASSIGN(const control::Response response, ask(config, request, kAnswerTime));
  return parse_status(response.status_json);
}

// The screen and its keys, as long as somebody looks at it.
class TopScreen {
 public:
  TopScreen(RawTerminal& terminal, const Config& config, Zone zone, bool is_coloured)
      : terminal_(terminal), config_(config), files_(fs_, config, zone), screen_(is_coloured) {
    view_.has_blocks = can_show_blocks();
  }

  void set_interval(milliseconds interval) { view_.interval = interval; }
  void set_sort(TopColumn column) { view_.sort = column; }

  // Returns when somebody wants to leave. Errors: io (the terminal).
  Result<void> run() {
    auto next_look = clock_.mono_now();
    while (!is_left_ && terminal_.ended_by() == 0) {
      if (const auto now = clock_.mono_now(); now >= next_look) {
        if (!view_.is_paused) look();
        next_look = now + view_.interval;
      }
      LOGD_TRY(draw());
      const auto wait = std::chrono::ceil<milliseconds>(next_look - clock_.mono_now());
      for (const Key& key : parse_keys(terminal_.read(std::max(wait, milliseconds(0))))) press(key);
      if (terminal_.take_lost_picture()) screen_.forget();
    }
    return {};
  }

 private:
  void look() {
    auto status = ask_for_status(config_);
    view_.trouble = status ? "" : "no answer: " + status.error().message();
    if (status) model_.take(std::move(*status), clock_.mono_now());
  }

  Result<void> draw() {
    view_.now = clock_.wall_now();
    const std::vector<const TopRow*> rows = model_.rows(view_.sort, view_.filter);
    select(rows);
    const RawTerminal::Size size = terminal_.size();
    read_files(rows, size.rows);
    screen_.begin(size.rows, size.columns);
    draw_top(screen_, model_, view_, config_);
    return terminal_.write(screen_.changes());
  }

  // Stays on the process wherever its row goes, unless somebody has moved; and in the table.
  void select(const std::vector<const TopRow*>& rows) {
    const auto found = std::find_if(rows.begin(), rows.end(), [this](const TopRow* row) {
      return row->log.directory() == view_.selected;
    });
    if (found != rows.end() && !has_moved_)
      selected_ = static_cast<std::size_t>(found - rows.begin());
    has_moved_ = false;
    selected_ = std::min(selected_, rows.empty() ? 0 : rows.size() - 1);
    view_.selected = rows.empty() ? "" : rows[selected_]->log.directory();
    room_ = std::max<std::size_t>(top_table_rows(view_, terminal_.size().rows), 1);
    if (selected_ < view_.first) view_.first = selected_;
    if (selected_ >= view_.first + room_) view_.first = selected_ - room_ + 1;
    view_.first = std::min(view_.first, rows.size() > room_ ? rows.size() - room_ : 0);
  }

  // Only of what is shown.
  void read_files(const std::vector<const TopRow*>& rows, std::size_t screen_rows) {
    view_.files.clear();
    const std::size_t end = view_.first + top_table_rows(view_, screen_rows);
    for (std::size_t i = view_.first; i < std::min(end, rows.size()); ++i)
      view_.files[rows[i]->log.directory()] = files_.look_at(*rows[i]);
    view_.tail.clear();
    const std::size_t lines = top_tail_rows(view_, screen_rows);
    if (selected_ < rows.size() && lines > 0)
      view_.tail = files_.last_lines(*rows[selected_], lines);
  }

  void press(const Key& key) {
    if (view_.is_typing) return type(key);
    switch (key.kind) {
      case Key::Kind::up:
        return move(-1);
      case Key::Kind::down:
        return move(1);
      case Key::Kind::page_up:
        return move(-static_cast<std::ptrdiff_t>(room_));
      case Key::Kind::page_down:
        return move(static_cast<std::ptrdiff_t>(room_));
      case Key::Kind::home:
        return move(-kFar);
      case Key::Kind::end:
        return move(kFar);
      case Key::Kind::enter:
        view_.shows_only_tail = !view_.shows_only_tail;
        return;
      case Key::Kind::escape:
        view_.shows_help = view_.shows_only_tail = false;
        view_.filter.clear();
        return;
      case Key::Kind::text:
        return press_text(key);
      case Key::Kind::backspace:
      case Key::Kind::unknown:
        return;
    }
  }

  void press_text(const Key& key) {
    if (key.is('q')) is_left_ = true;
    if (key.is('j')) move(1);
    if (key.is('k')) move(-1);
    if (key.is('s')) sort_by(1);
    if (key.is('S')) sort_by(std::size(kTopColumns) - 1);
    if (key.is('p') || key.is(' ')) view_.is_paused = !view_.is_paused;
    if (key.is('+')) view_.interval = std::max(view_.interval / 2, kLeastInterval);
    if (key.is('-')) view_.interval = std::min(view_.interval * 2, kMostInterval);
    if (key.is('?') || key.is('h')) view_.shows_help = !view_.shows_help;
    if (key.is('/')) view_.is_typing = true;
  }

  void type(const Key& key) {
    if (key.kind == Key::Kind::text) view_.filter += key.text;
    if (key.kind == Key::Kind::backspace && !view_.filter.empty()) view_.filter.pop_back();
    if (key.kind == Key::Kind::escape) view_.filter.clear();
    if (key.kind == Key::Kind::escape || key.kind == Key::Kind::enter) view_.is_typing = false;
  }

  void move(std::ptrdiff_t by) {
    const auto at = static_cast<std::ptrdiff_t>(selected_) + by;
    selected_ = static_cast<std::size_t>(std::max<std::ptrdiff_t>(at, 0));
    has_moved_ = true;
  }

  void sort_by(std::size_t columns_on) {
    const auto at = static_cast<std::size_t>(view_.sort) + columns_on;
    view_.sort = static_cast<TopColumn>(at % std::size(kTopColumns));
  }

  static constexpr std::ptrdiff_t kFar = 1'000'000;

  RawTerminal& terminal_;
  const Config& config_;
  PosixFileSystem fs_;
  SystemClock clock_;
  TopFileReader files_;
  CellScreen screen_;
  TopModel model_;
  TopView view_;
  std::size_t selected_ = 0;
  std::size_t room_ = 1;
  bool has_moved_ = false;
  bool is_left_ = false;
};

class TopCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--once", once_, "One look at what an interval brings, as text, and leave");
    options.text("--interval", interval_text_, "D", "Between looks, 100ms to 60s (1s)");
    options.text("--sort", sort_text_, "COLUMN",
                 "name, lines, errors, bytes, masked, dropped or disk (name)");
    format_.declare(options);
    look_.declare_zone(options);
  }

  int run(const Config& config) override {
    if (const auto settled = settle(config); !settled) {
      complain("top: " + settled.error().message());
      return kExitUsage;
    }
    const bool is_terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
    if (once_ || format_.is_json() || !is_terminal) return print_once(config);
    return show(config);
  }

 private:
  // Errors: invalid.
  Result<void> settle(const Config& config) {
    LOGD_TRY(format_.check());
    LOGD_TRY_ASSIGN(interval_, parse_duration(interval_text_));
    if (interval_ < kLeastInterval || interval_ > kMostInterval) {
      return fail(ErrorCode::invalid,
                  "--interval is from 100ms to 60s, not '" + interval_text_ + "'");
    }
    const std::vector<std::string> names(std::begin(kTopColumns), std::end(kTopColumns));
    const auto found = std::find(names.begin(), names.end(), sort_text_);
    if (found == names.end()) {
      std::string message = "--sort has no column '" + sort_text_ + "'";
      if (const auto meant = closest(sort_text_, names))
        message += "; did you mean " + *meant + "?";
      return fail(ErrorCode::invalid, std::move(message));
    }
    sort_ = static_cast<TopColumn>(found - names.begin());
    LOGD_TRY_ASSIGN(settled_look_, look_.settle(config, STDOUT_FILENO));
    return {};
  }

  int print_once(const Config& config) const {
    const SystemClock clock;
    TopModel model;
    for (int look = 0; look < 2; ++look) {
      if (look > 0) std::this_thread::sleep_for(interval_);
      auto status = ask_for_status(config);
      if (!status) return complain(status.error());
      model.take(std::move(*status), clock.mono_now());
    }
    TopReport report{model, config, sort_, clock.wall_now(), {}};
    PosixFileSystem fs;
    TopFileReader files(fs, config, settled_look_.render.zone);
    for (const TopRow* row : model.rows(sort_, ""))
      report.files[row->log.directory()] = files.look_at(*row);
    std::fputs((format_.is_json() ? top_json(report) : top_text(report)).c_str(), stdout);
    return kExitDone;
  }

  int show(const Config& config) const {
    // What is wrong from the start is said where it can be read.
    if (const auto status = ask_for_status(config); !status) return complain(status.error());
    prepare_to_read();
    auto terminal = RawTerminal::take();
    if (!terminal) return complain(terminal.error());
    TopScreen screen(**terminal, config, settled_look_.render.zone,
                     settled_look_.render.is_coloured);
    screen.set_interval(interval_);
    screen.set_sort(sort_);
    const auto shown = screen.run();
    const int signal = (*terminal)->ended_by();
    terminal->reset();
    if (!shown && signal == 0) return complain(shown.error());
    if (signal != 0) std::raise(signal);
    return kExitDone;
  }

  bool once_ = false;
  std::string interval_text_ = "1s";
  std::string sort_text_ = "name";
  OutputFormat format_;
  LookOptions look_;

  milliseconds interval_{1000};
  TopColumn sort_ = TopColumn::name;
  LookOptions::Look settled_look_;
};

}  // namespace

std::unique_ptr<Command> make_top_command() { return std::make_unique<TopCommand>(); }

}  // namespace logd
