// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ctl/cell_screen.h"
#include "ctl/keys.h"
#include "ctl/top_model.h"
#include "ctl/top_view.h"

using namespace logd;
using namespace std::chrono_literals;

namespace {

constexpr MonoTime kStart{1h};

ProcessStatus process(const std::string& name, std::uint64_t lines) {
  ProcessStatus status;
  status.name = name;
  status.runs = 1;
  status.lines = lines;
  return status;
}

DaemonStatus daemon_with(std::vector<ProcessStatus> processes) {
  DaemonStatus status;
  status.version = "1.2.3";
  status.processes = std::move(processes);
  return status;
}

std::string names(const std::vector<const TopRow*>& rows) {
  std::string all;
  for (const TopRow* row : rows) all += row->log.directory() + " ";
  return all;
}

std::string screen_text(const CellScreen& screen) {
  std::string all;
  for (std::size_t row = 0; row < screen.rows(); ++row) all += screen.text(row) + "\n";
  return all;
}

std::string kinds(std::string_view bytes) {
  std::string all;
  for (const Key& key : parse_keys(bytes))
    all += key.kind == Key::Kind::text ? key.text + " "
                                       : std::to_string(static_cast<int>(key.kind)) + " ";
  return all;
}

std::string kind(Key::Kind kind) { return std::to_string(static_cast<int>(kind)) + " "; }

}  // namespace

TEST_CASE("TopModel: rates are those of the time between two looks", "[ctl]") {
  TopModel model;
  CHECK(model.is_empty());
  model.take(daemon_with({process("web", 1000)}), kStart);
  CHECK(model.sums().rates.lines == 0);  // what was before the first look is nobody's rate
  model.take(daemon_with({process("web", 1300)}), kStart + 2s);
  CHECK(model.sums().rates.lines == Approx(150));
  CHECK(model.sums().lines == 1300);
}

TEST_CASE("TopModel: a new process and a new daemon count from nothing", "[ctl]") {
  TopModel model;
  model.take(daemon_with({process("web", 1000)}), kStart);
  model.take(daemon_with({process("api", 10), process("web", 1000)}), kStart + 1s);
  CHECK(model.sums().rates.lines == Approx(10));
  model.take(daemon_with({process("api", 10), process("web", 30)}), kStart + 2s);
  CHECK(model.sums().rates.lines == Approx(30));
  model.take(daemon_with({process("web", 30)}), kStart + 3s);
  CHECK(names(model.rows(TopColumn::name, "")) == "web ");
}

TEST_CASE("TopModel: sorts names upwards and numbers downwards, and filters by name", "[ctl]") {
  TopModel model;
  model.take(daemon_with({process("api", 0), process("db", 0), process("web", 0)}), kStart);
  model.take(daemon_with({process("api", 5), process("db", 50), process("web", 5)}), kStart + 1s);
  CHECK(names(model.rows(TopColumn::name, "")) == "api db web ");
  CHECK(names(model.rows(TopColumn::lines, "")) == "db api web ");
  CHECK(names(model.rows(TopColumn::lines, "b")) == "db web ");
  CHECK(names(model.rows(TopColumn::name, "nobody")).empty());
}

TEST_CASE("TopModel: remembers a minute of looks", "[ctl]") {
  TopModel model;
  for (std::uint64_t look = 0; look < 100; ++look)
    model.take(daemon_with({process("web", look * look)}), kStart + look * 1s);
  const TopRow& row = *model.rows(TopColumn::name, "")[0];
  CHECK(row.lines_lately.size() == TopModel::kLately);
  CHECK(row.lines_lately.back() == Approx(99 * 99 - 98 * 98));
}

TEST_CASE("CellScreen: only what changes is written", "[ctl]") {
  CellScreen screen;
  screen.begin(2, 10);
  screen.put(0, 0, "hello");
  CHECK(screen.changes() == "\x1b[0m\x1b[2J\x1b[1;1Hhello");
  screen.begin(2, 10);
  screen.put(0, 0, "hallo");
  CHECK(screen.changes() == "\x1b[1;2Ha");
  screen.begin(2, 10);
  screen.put(0, 0, "hallo");
  CHECK(screen.changes().empty());
  screen.forget();
  CHECK(screen.changes() == "\x1b[0m\x1b[2J\x1b[1;1Hhallo");
}

TEST_CASE("CellScreen: cuts at the border, whatever a character's width", "[ctl]") {
  CellScreen screen;
  screen.begin(1, 4);
  CHECK(screen.put(0, 0, "a日本語") == 3);
  CHECK(screen.text(0) == "a日");
  CHECK(screen.put(0, 3, "e\u0301xtra") == 4);
  CHECK(screen.text(0) == "a日e\u0301");
  screen.put(0, 2, "x");  // on the right half of a wide one
  CHECK(screen.text(0) == "a xe\u0301");
  screen.put(5, 0, "no such row");
  screen.put(0, 9, "no such column");
  CHECK(screen.text(0) == "a xe\u0301");
  CHECK(screen.put(0, 0, "abcd", Ink::normal, 2) == 2);
}

TEST_CASE("CellScreen: a terminal without colours gets none", "[ctl]") {
  CellScreen screen(false);
  screen.begin(1, 10);
  screen.put(0, 0, "red", Ink::red);
  screen.put(0, 4, "bold", Ink::bold);
  const std::string changes = screen.changes();
  CHECK(changes.find("31m") == changes.npos);
  CHECK(changes.find(";1m") != changes.npos);
}

TEST_CASE("parse_keys: what terminals send", "[ctl]") {
  CHECK(kinds("jk") == "j k ");
  CHECK(kinds("\x1b[A\x1bOB") == kind(Key::Kind::up) + kind(Key::Kind::down));
  CHECK(kinds("\x1b") == kind(Key::Kind::escape));
  CHECK(kinds("\x1b[5~q") == kind(Key::Kind::page_up) + "q ");
  CHECK(kinds("\r\x7f") == kind(Key::Kind::enter) + kind(Key::Kind::backspace));
  CHECK(kinds("é") == "é ");
  CHECK(kinds("\x1b[1;5Cx") == kind(Key::Kind::unknown) + "x ");
  CHECK(kinds("\x01\xff") == kind(Key::Kind::unknown) + "\xff ");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    CHECK(parse_keys("\x1b[" + one).size() <= 2);
    CHECK(parse_keys(one).size() == 1);
  }
}

TEST_CASE("top: a screen of any size holds its own", "[ctl]") {
  TopModel model;
  std::vector<ProcessStatus> many;
  for (int i = 0; i < 50; ++i) many.push_back(process("process-" + std::to_string(i), 7));
  many[0].state = "disk full, blocked";
  many[0].dropped.disk_full = 12;
  model.take(daemon_with(many), kStart);
  TopView view;
  view.selected = "process-0";
  view.tail = {"the last line"};
  Config config;
  CellScreen screen;
  for (std::size_t rows = 1; rows < 60; ++rows) {
    for (const std::size_t columns : {1u, 10u, 40u, 80u, 200u}) {
      screen.begin(rows, columns);
      draw_top(screen, model, view, config);
      CHECK(top_table_rows(view, rows) + top_tail_rows(view, rows) <= rows);
    }
  }
  screen.begin(40, 200);
  draw_top(screen, model, view, config);
  const std::string text = screen_text(screen);
  CHECK(text.find("logd 1.2.3") != text.npos);
  CHECK(text.find("disk full, blocked") != text.npos);
  CHECK(text.find("the last line") != text.npos);
  CHECK(text.find("dropped 12") != text.npos);
  CHECK(text.find("-- process-0 ---") != text.npos);
}
