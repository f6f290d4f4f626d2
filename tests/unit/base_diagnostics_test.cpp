// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "base/diagnostics.h"
#include "base/unique_fd.h"

using namespace logd;

namespace {

// Puts a pipe in the place of standard error, until the end of the test.
class StderrPipe {
 public:
  StderrPipe() : before_(::dup(STDERR_FILENO)) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    read_end_ = UniqueFd(ends[0]);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
    set_up_diagnostics("test");
  }
  ~StderrPipe() { ::dup2(before_.get(), STDERR_FILENO); }
  StderrPipe(const StderrPipe&) = delete;
  StderrPipe& operator=(const StderrPipe&) = delete;

  std::string take() {
    std::string text(1 << 20, '\0');
    const ssize_t got = ::read(read_end_.get(), text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }

 private:
  UniqueFd before_;
  UniqueFd read_end_;
};

}  // namespace

TEST_CASE("diagnostics: a line with program, level and message", "[base]") {
  StderrPipe pipe;
  log_warn("disk {} full");
  const std::string line = pipe.take();
  CHECK(line.ends_with(" test warning: disk {} full\n"));
  CHECK(line.substr(0, 2) == "20");
  log_debug("not shown");
  CHECK(pipe.take().empty());
}

TEST_CASE("diagnostics: nobody who does not read can hold us up", "[base]") {
  StderrPipe pipe;
  ::fcntl(STDERR_FILENO, F_SETFL, 0);  // blocking, as it is in life
  const std::uint64_t before = dropped_diagnostics();
  const std::string message(1000, 'x');
  for (int i = 0; i < 1000; ++i) log_info(message);
  CHECK(dropped_diagnostics() > before);
  CHECK(pipe.take().ends_with("x\n"));
  log_info("again");
  CHECK(pipe.take().ends_with("again\n"));
}

TEST_CASE("diagnostics: a very long message is cut", "[base]") {
  StderrPipe pipe;
  log_error(std::string(100'000, 'y'));
  const std::string line = pipe.take();
  CHECK(line.size() == 4096);
  CHECK(line.ends_with("y\n"));
}
