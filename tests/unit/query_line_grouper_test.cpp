// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "query/line_grouper.h"

using namespace logd;
using Place = LineGrouper::Place;

namespace {

constexpr WallTime kStart{std::chrono::seconds(1'795'299'420)};

// A letter for each line of `text`: 'B' begins a group, '.' goes on.
std::string groups(std::string_view text, Nanoseconds between = Nanoseconds(1)) {
  LineGrouper grouper;
  std::string places;
  WallTime time = kStart;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const Place place = grouper.take(text.substr(0, end), time);
    places += place == Place::begins ? 'B' : '.';
    time += between;
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  return places;
}

}  // namespace

TEST_CASE("LineGrouper: ordinary lines are groups of their own", "[query]") {
  CHECK(groups("one\ntwo\n\nthree\n{\"a\":1}\n2026-11-22 10:00 INFO x\n- list\n[x] y\nClosing\n}\n"
               "see line 3)\na.b.C\nName: x\n#0 x") == "BBBBBBBBBBBBBB");
}

TEST_CASE("LineGrouper: Java", "[query]") {
  CHECK(groups("10:00 ERROR c.e.App - failed\n"
               "java.lang.IllegalStateException: outer\n"
               "\tat c.e.App.run(App.java:12)\n"
               "\tSuppressed: java.io.IOException: x\n"
               "\t\tat c.e.App.close(App.java:3)\n"
               "Caused by: java.lang.NullPointerException\n"
               "\tat c.e.App.inner(App.java:8)\n"
               "\t... 12 more\n"
               "10:01 INFO c.e.App - next\n") == "B.......B");
  CHECK(groups("Exception in thread \"main\" java.lang.RuntimeException: x\n"
               "\tat App.main(App.java:3)\nnext") == "B.B");
}

TEST_CASE("LineGrouper: Python, with a chain", "[query]") {
  CHECK(groups("ERROR:root:failed\n"
               "Traceback (most recent call last):\n"
               "  File \"a.py\", line 1, in f\n"
               "    g()\n"
               "    ~^^\n"
               "KeyError: 'x'\n"
               "\n"
               "During handling of the above exception, another exception occurred:\n"
               "\n"
               "Traceback (most recent call last):\n"
               "  File \"a.py\", line 3, in <module>\n"
               "pkg.errors.CustomError: it's bad\n"
               "INFO:root:next\n"
               "KeyError: 'y'\n") == "B...........BB");
  CHECK(
      groups("Traceback (most recent call last):\n  File \"a\", line 1\nKeyboardInterrupt\nx y") ==
      "B..B");
  // Another program's line where the exception should be.
  CHECK(groups("Traceback (most recent call last):\n  File \"a\", line 1\n10:00 other\nA: b") ==
        "B.BB");
}

TEST_CASE("LineGrouper: Node", "[query]") {
  CHECK(groups("/app/index.js:3\n"
               "    throw new Error('x')\n"
               "    ^\n"
               "\n"
               "Error: x\n"
               "    at f (/app/index.js:3:9)\n"
               "    at node:internal/main:1:1 {\n"
               "  code: 'ENOENT'\n"
               "}\n"
               "\n"
               "Node.js v18.19.0\n"
               "next\n") == "B..........B");
  CHECK(groups("TypeError: x is not a function\n    at f (/a.js:1:1)\nnext") == "B.B");
  CHECK(groups("Error [ERR_X]: y\n    at f (/a.js:1:1) {\n  code: 1\n}\nnext\n}") == "B...BB");
}

TEST_CASE("LineGrouper: Go", "[query]") {
  CHECK(groups("panic: runtime error: index out of range [5] with length 3\n"
               "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]\n"
               "\n"
               "goroutine 1 [running]:\n"
               "main.(*Server).run(0xc000010000, 0x1)\n"
               "\t/app/main.go:12 +0x1d\n"
               "main.main()\n"
               "\t/app/main.go:7 +0x18\n"
               "created by main.start in goroutine 7\n"
               "\t/app/main.go:3 +0x18\n"
               "\n"
               "goroutine 18 [chan receive, 2 minutes]:\n"
               "main.wait(...)\n"
               "\t/app/main.go:9\n"
               "exit status 2\n"
               "next line\n") == "B..............B");
  CHECK(groups("http: panic serving 1.2.3.4:5: boom\ngoroutine 5 [running]:\nnet/http.f(0x1)\n"
               "\t/x.go:1\nnext") == "B...B");
}

TEST_CASE("LineGrouper: Ruby", "[query]") {
  CHECK(groups("app.rb:3:in `foo': boom (RuntimeError)\n"
               "\tfrom app.rb:7:in `<main>'\nnext") == "B.B");
  CHECK(groups("RuntimeError (boom):\n"
               "  \n"
               "app/models/user.rb:12:in `save'\n"
               "app/models/user.rb:9:in 'User#call'\n"
               "Started GET") == "B...B");
}

TEST_CASE("LineGrouper: .NET", "[query]") {
  CHECK(groups("fail: App[0]\n"
               "      Unhandled exception.\n"
               "System.InvalidOperationException: outer\n"
               " ---> System.IO.IOException: inner\n"
               "   at App.Read() in /a.cs:line 3\n"
               "   --- End of inner exception stack trace ---\n"
               "   at App.Main() in /a.cs:line 9\n"
               "next") == "B.B....B");
  CHECK(groups("Unhandled exception. System.Exception: x\n   at App.Main()\n"
               "--- End of stack trace from previous location ---\n   at App.Y()\nnext") ==
        "B...B");
  CHECK(groups("it failed\nSystem.IO.IOException: x\n   at A.B()\nnext") == "B..B");
}

TEST_CASE("LineGrouper: PHP and Rust", "[query]") {
  CHECK(groups(
            "PHP Fatal error:  Uncaught Exception: x in /a.php:3\nStack trace:\n#0 /a.php(7): f()\n"
            "#1 {main}\n  thrown in /a.php on line 3\nnext\n#1 x") == "B....BB");
  CHECK(groups("thread 'main' panicked at src/main.rs:2:5:\nboom\nstack backtrace:\n"
               "   0: rust_begin_unwind\n             at /rustc/x.rs:1\n"
               "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
               "next") == "B.....B");
}

TEST_CASE("LineGrouper: what is printed over several lines", "[query]") {
  CHECK(groups("{\n  a: 1,\n  b: [\n    2\n  ]\n}\nnext\n") == "B.....B");
  CHECK(groups("query:\r\n  select 1\r\n);\r\nnext") == "B..B");
}

TEST_CASE("LineGrouper: the first line begins a group whatever it is", "[query]") {
  CHECK(groups("\tat c.e.App.run(App.java:12)\n\tat x\nnext") == "B.B");
  CHECK(groups("") == "");
  LineGrouper grouper;
  CHECK(grouper.take("a", kStart) == Place::begins);
  CHECK(grouper.take(" b", kStart) == Place::goes_on);
  grouper.clear();
  CHECK(grouper.take(" c", kStart) == Place::begins);
}

TEST_CASE("LineGrouper: what comes later is another group", "[query]") {
  CHECK(groups("a\n b\n c", std::chrono::milliseconds(900)) == "B..");
  CHECK(groups("a\n b\n c", std::chrono::milliseconds(1001)) == "BBB");
  // A trace that some other line only happens to stand before.
  CHECK(groups("a b\nTraceback (most recent call last):\n  x", std::chrono::milliseconds(11)) ==
        "BB.");
}

TEST_CASE("LineGrouper: groups have limits", "[query]") {
  std::string many = "a\n";
  for (int i = 0; i < 2500; ++i) many += " b\n";
  const std::string places = groups(many);
  CHECK(std::count(places.begin(), places.end(), 'B') == 3);
  CHECK(places.find('B', 1) == LineGrouper::kMaxLines);
  const std::string large = " " + std::string(600'000, 'x') + "\n";
  CHECK(groups("a\n" + large + large + large) == "B.BB");
}

TEST_CASE("LineGrouper: takes any bytes", "[query]") {
  std::mt19937 random(4);
  const std::vector<std::string> parts = {"Traceback (most recent call last):",
                                          "goroutine 1 [",
                                          " ",
                                          "\t",
                                          "panic: ",
                                          ")",
                                          "(",
                                          "a.B",
                                          "Error",
                                          ":",
                                          "\n",
                                          "\n",
                                          "}",
                                          "^",
                                          ".rb:1:in '",
                                          "\xff",
                                          "#0",
                                          "Stack trace:",
                                          "thread ' panicked at :",
                                          "-",
                                          "."};
  for (int i = 0; i < 30'000; ++i) {
    std::string text;
    for (std::size_t k = random() % 20; k > 0; --k) text += parts[random() % parts.size()];
    const std::string places = groups(text);
    REQUIRE((places.empty() || places.front() == 'B'));
  }
}
