// SPDX-License-Identifier: Apache-2.0
#include "upkeep/archiver.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/file_io.h"
#include "base/posix_file_system.h"
#include "base/program_start.h"

namespace logd {
namespace {

constexpr auto kIdleBeforeEnd = std::chrono::seconds(5);
constexpr int kJobSocket = 3;
constexpr int kFilesOfJob = 2;

struct Request {
  std::int32_t level = 0;
};

struct Reply {
  std::uint32_t is_made = 0;
  std::uint32_t code = 0;  // ErrorCode, unless made
  std::int32_t sys_errno = 0;
  std::uint32_t reserved = 0;
  std::uint64_t plain_bytes = 0;
  std::uint64_t archive_bytes = 0;
  std::array<char, 256> context{};  // ends with a NUL
};

struct ControlBuffer {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kFilesOfJob * sizeof(int))> bytes{};
};

Reply reply_from(const Result<ArchiveMade>& made) {
  Reply reply;
  if (made) {
    reply.is_made = 1;
    reply.plain_bytes = made->plain_bytes;
    reply.archive_bytes = made->archive_bytes;
    return reply;
  }
  reply.code = static_cast<std::uint32_t>(made.error().code);
  reply.sys_errno = made.error().sys_errno;
  const std::string& context = made.error().context;
  std::copy_n(context.begin(), std::min(context.size(), reply.context.size() - 1),
              reply.context.begin());
  return reply;
}

Result<ArchiveMade> made_from(const Reply& reply) {
  if (reply.is_made != 0) return ArchiveMade{reply.plain_bytes, reply.archive_bytes};
  return fail(Error{static_cast<ErrorCode>(reply.code), reply.sys_errno, reply.context.data()});
}

// Last in every line for the processor and the disk. What the system refuses only makes it less
// modest.
void step_back() {
  constexpr int kIdleClass = 3 << 13;  // IOPRIO_CLASS_IDLE; glibc has no header for it
  setpriority(PRIO_PROCESS, 0, 19);
  syscall(SYS_ioprio_set, 1, 0, kIdleClass);
  const UniqueFd session(open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC));
  if (session) std::ignore = write(session.get(), "19", 2);
}

// False at the end of the jobs.
bool take_job(Request& request, ArchiveFiles& files) {
  iovec part{&request, sizeof request};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  const ssize_t got =
      retry_interrupted([&] { return recvmsg(kJobSocket, &message, MSG_CMSG_CLOEXEC); });
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (got != sizeof request || header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(kFilesOfJob * sizeof(int)))
    return false;
  std::array<int, kFilesOfJob> fds{};
  std::memcpy(fds.data(), CMSG_DATA(header), sizeof fds);
  files.plain = make_posix_file(UniqueFd(fds[0]), "the segment");
  files.archive = make_posix_file(UniqueFd(fds[1]), "its archive");
  return true;
}

}  // namespace

int run_archiver_process() {
  // With logd: nothing may go on writing when the next one starts.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "logd-archiver");
  prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
  prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
  step_back();
  Request request;
  ArchiveFiles files;
  while (take_job(request, files)) {
    const Reply reply = reply_from(make_archive(*files.plain, *files.archive, request.level));
    files = ArchiveFiles();
    const ssize_t sent =
        retry_interrupted([&] { return send(kJobSocket, &reply, sizeof reply, MSG_NOSIGNAL); });
    if (sent != sizeof reply) return 1;
  }
  return 0;
}

// Waits for its end without holding up anybody: a process that sleeps in the disk takes its time
// even to be killed.
class ProcessArchiver::Child {
 public:
  explicit Child(pid_t pid)
      : pid_(pid), pidfd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {}
  ~Child() { is_gone(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // `on_end` is called once it is gone; without a watch, whoever comes next asks.
  void kill(EventLoop& loop, std::function<void()> on_end) {
    ::kill(pid_, SIGKILL);
    if (!pidfd_) return;
    auto watch = Watch::create(loop, pidfd_.get(), EPOLLIN,
                               [on_end = std::move(on_end)](std::uint32_t) { on_end(); });
    if (watch) watch_ = std::move(*watch);
  }

  bool is_gone() {
    is_reaped_ = is_reaped_ || waitpid(pid_, nullptr, WNOHANG) != 0;
    return is_reaped_;
  }

 private:
  pid_t pid_;
  bool is_reaped_ = false;
  UniqueFd pidfd_;
  std::unique_ptr<Watch> watch_;  // last: leaves the loop before the descriptor closes
};

ProcessArchiver::ProcessArchiver(EventLoop& loop)
    : loop_(loop),
      idle_timer_(loop, [this] { end_process(); }),
      told_timer_(loop,
                  [this] {
                    auto outcome = std::exchange(outcome_, std::nullopt);
                    if (const Done done = std::exchange(done_, nullptr)) done(std::move(*outcome));
                  }),
      sweep_timer_(loop, [this] {
        std::erase_if(ending_, [](const auto& child) { return child->is_gone(); });
      }) {}

ProcessArchiver::~ProcessArchiver() { end_process(); }

void ProcessArchiver::make(ArchiveFiles files, int level, Done done) {
  LOGD_ASSERT(!done_);
  idle_timer_.cancel();
  done_ = std::move(done);
  auto sent = child_ ? Result<void>() : start();
  if (sent) sent = send(files, level);
  if (!sent) {
    end_process();
    finish(fail(std::move(sent.error())));
  }
}

void ProcessArchiver::cancel() {
  if (!done_ || outcome_) return;
  end_process();
  finish(fail(ErrorCode::io, "the archive is not wanted any more"));
}

Result<void> ProcessArchiver::start() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(system_error(errno, "socketpair"));
  socket_.reset(ends[0]);
  const UniqueFd other(ends[1]);
  // dup2 onto itself would leave close-on-exec set.
  const UniqueFd high(fcntl(other.get(), F_DUPFD_CLOEXEC, kJobSocket + 1));
  if (!high) return fail(system_error(errno, "start the archiver"));

  ProgramStart program;
  program.lead_session();
  program.give(high.get(), kJobSocket);
  auto pid = program.start("/proc/self/exe", {"logd-archiver", kArchiverArgument});
  if (!pid) return fail(system_error(pid.error().sys_errno, "start the archiver"));
  child_ = std::make_unique<Child>(*pid);
  watch_ =
      std::make_unique<Watch>(loop_, socket_.get(), EPOLLIN, [this](std::uint32_t) { receive(); });
  return {};
}

Result<void> ProcessArchiver::send(const ArchiveFiles& files, int level) {
  Request request{level};
  iovec part{&request, sizeof request};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(kFilesOfJob * sizeof(int));
  const std::array<int, kFilesOfJob> fds{files.plain->descriptor(), files.archive->descriptor()};
  std::memcpy(CMSG_DATA(header), fds.data(), sizeof fds);
  if (sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof request)
    return fail(system_error(errno, "send to the archiver"));
  return {};
}

void ProcessArchiver::receive() {
  Reply reply;
  const ssize_t got =
      retry_interrupted([&] { return recv(socket_.get(), &reply, sizeof reply, MSG_DONTWAIT); });
  if (got < 0 && errno == EAGAIN) return;
  if (got != sizeof reply) {
    end_process();
    // An answer that came before is still to be told.
    if (done_ && !outcome_) finish(fail(ErrorCode::io, "the archiver has ended"));
    return;
  }
  reply.context.back() = '\0';
  idle_timer_.arm_after(kIdleBeforeEnd);
  finish(made_from(reply));
}

// It has no state and its files have no names yet: it may be killed at any time.
void ProcessArchiver::end_process() {
  watch_.reset();
  socket_.reset();
  idle_timer_.cancel();
  if (!child_) return;
  ending_.push_back(std::move(child_));
  // Not from within the watch's own call: the timer does it. It keeps its time, or a process that
  // is not taken up yet would put it off at every turn.
  ending_.back()->kill(loop_, [this] { sweep_timer_.arm_no_later(loop_.now()); });
}

void ProcessArchiver::finish(Result<ArchiveMade> made) {
  outcome_ = std::move(made);
  told_timer_.arm_after(Nanoseconds(0));
}

}  // namespace logd
