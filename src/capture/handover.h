// Defines the messages between a shim and logd on capture.sock, version 2.
//
// A connection is one run. The shim sends `attach` with its descriptors, logd answers `accepted` or
// `refused`; later the shim tells `started` and `exited`, logd tells `stored` once everything is in
// a segment. A message is one fixed struct, sent with one sendmsg, so that descriptors arrive with
// its first byte; only attach goes on behind its struct, with values of CMD's environment. Later
// versions only append to a struct: a receiver takes what it knows by `bytes` and reads the rest as
// zero. Shims live for months, so logd takes every version since 1.
//
// Numbers are in host order: both ends are on one machine. No allocation, no exceptions: the shim
// is static and tiny. Pure. Format: logd-protocol(7).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace logd::handover {

inline constexpr std::uint32_t kMagic = 0x31444c48;  // "HLD1"
inline constexpr std::uint16_t kVersion = 2;         // 1: without the environment
inline constexpr std::uint32_t kMaxMessageBytes = 4096;
inline constexpr std::uint32_t kMaxAttachBytes = 20 << 10;  // with the environment
inline constexpr int kMaxDescriptors = 4;

// Of the values of an environment; what is beyond is left out, by both ends.
inline constexpr std::size_t kMaxEnvironmentValues = 64;
inline constexpr std::size_t kMinEnvironmentValueBytes = 8;
inline constexpr std::size_t kMaxEnvironmentValueBytes = 4096;
inline constexpr std::size_t kMaxEnvironmentBytes = 16 << 10;  // of all values

enum class Type : std::uint16_t {
  attach = 1,     // shim: here are my streams (with 2 descriptors a stream: pipe, escrow)
  started = 2,    // shim: CMD runs
  exited = 3,     // shim: CMD has exited; more output may still come from what it left behind
  accepted = 16,  // logd: the streams are taken
  refused = 17,   // logd: never; the text says why
  stored =
      18,  // logd: both streams have ended and every byte of them is stored; nothing more will come
};

struct Header {
  std::uint32_t magic = kMagic;
  std::uint16_t version = kVersion;
  Type type{};
  std::uint32_t bytes = 0;  // of the whole message, header included
};

using Id = std::uint8_t[16];

enum StreamKind : std::uint8_t { kStdout = 1, kStderr = 2 };

// How one stream stands. Descriptors 2*i (the pipe's read end) and 2*i+1 (the escrow) of the
// message belong to streams[i].
struct StreamState {
  Id id{};  // random, made by the shim, the stream's name for life
  std::uint8_t kind = 0;
  std::uint8_t reserved[7]{};
  std::uint64_t escrow_bytes = 0;
  // Lines that the shim has dropped since the start of the run (on_full = drop): logd counts what
  // is new, in place. They were dropped at this escrow position: what lies before is older than the
  // gap, what comes after it is younger.
  std::uint64_t dropped_lines = 0;
  std::uint64_t dropped_bytes = 0;
};

enum AttachFlags : std::uint32_t {
  kIsPipe = 1,     // logctl pipe: no command
  kIsFifo = 2,     // FIFO keeper
  kIsKeeper = 4,   // the shim has gone, its keeper is left (informative)
  kHasExited = 8,  // exit_* are valid
  kIsMerged = 16,  // one pipe carries stdout and stderr (informative)
};

struct Attach {
  Header header;
  Id run_id{};
  std::uint32_t flags = 0;
  std::int32_t pid = 0;        // of CMD, 0 before its start
  std::int32_t instance = -1;  // -1: none
  std::uint32_t stream_count = 0;
  std::int32_t exit_code = 0;    // -1 if killed
  std::int32_t exit_signal = 0;  // 0 if it exited
  char process[72]{};            // name, ends with NUL
  char command[72]{};            // last path component of CMD, cut if need be, ends with NUL
  StreamState streams[2];
  // Since version 2: values of CMD's environment that must not be seen in its log. They stand at
  // this offset of the message, each as its length (4 bytes) and its text. Never to be stored.
  std::uint32_t environment_at = 0;
  std::uint32_t environment_bytes = 0;  // lengths and texts; 0: none
};
static_assert(sizeof(Attach) == 304);
static_assert(kMaxAttachBytes >= sizeof(Attach) + kMaxEnvironmentBytes +
                                     kMaxEnvironmentValues * sizeof(std::uint32_t));

struct Started {
  Header header;
  std::int32_t pid = 0;
  std::uint32_t reserved = 0;
};

struct Exited {
  Header header;
  std::int32_t pid = 0;
  std::int32_t code = 0;    // -1 if killed
  std::int32_t signal = 0;  // 0 if it exited
  std::uint32_t reserved = 0;
};

struct Accepted {
  Header header;
};

enum class RefusedCode : std::uint32_t {
  bad_message = 1,  // version, sizes, descriptors: the shim is not one of ours
  permission = 2,   // another uid owns the name
  bad_name = 3,
  limit = 4,   // too many runs, streams or descriptors
  gone = 5,    // FIFO keeper: the configuration no longer has this FIFO
  failed = 6,  // logd could not open the log, on a full disk for example; try again
};

struct Refused {
  Header header;
  RefusedCode code{};
  std::uint32_t reserved = 0;
  char text[256]{};  // for people, ends with NUL
};

struct Stored {
  Header header;
};

template <typename Message>
inline Message make(Type type) {
  Message message{};
  message.header.type = type;
  message.header.bytes = sizeof(Message);
  return message;
}

}  // namespace logd::handover
