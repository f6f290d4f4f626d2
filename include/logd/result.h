// Carries the outcome of everything the world can do to us: a value or an Error.
//
// What only a bug can do is LOGD_ASSERT's business. Member names are std::expected's (C++23), so
// that this can become an alias for it. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace logd {

// What went wrong, for code to branch on.
enum class ErrorCode {
  invalid,      // the caller's input is malformed: a name, a number, a message
  not_found,    // no such file, process, socket
  exists,       // already there
  locked,       // another logd holds it
  permission,   // the system or our own rules refuse
  no_space,     // ENOSPC, EDQUOT
  io,           // any other failure of a system call
  corrupt,      // bytes on disk or on a socket contradict their format
  limit,        // one of our own limits is reached
  unreachable,  // nobody answers on a socket
  timed_out,
};

// A failure: a code to branch on, the errno behind it (0 if none) and what we were doing, for
// people.
struct Error {
  ErrorCode code = ErrorCode::io;
  int sys_errno = 0;
  std::string context;

  // "append 0000000042.log: No space left on device (28)"
  std::string message() const;
};

// Maps the errno of a failed system call to an Error.
Error system_error(int sys_errno, std::string context);

struct Unexpected {
  Error error;
};
inline Unexpected fail(Error error) { return Unexpected{std::move(error)}; }
inline Unexpected fail(ErrorCode code, std::string context) {
  return Unexpected{Error{code, 0, std::move(context)}};
}

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() { return *std::get_if<1>(&state_); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Unexpected failure) : error_(std::move(failure.error)), failed_(true) {}

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }
  Error& error() { return error_; }
  const Error& error() const { return error_; }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace logd

#define LOGD_CONCAT_(a, b) a##b
#define LOGD_CONCAT(a, b) LOGD_CONCAT_(a, b)

// LOGD_TRY(expression): returns the error of a Result<void> to the caller.
#define LOGD_TRY(expression)                                         \
  do {                                                               \
    if (auto logd_try_result = (expression); !logd_try_result)       \
      return ::logd::Unexpected{std::move(logd_try_result.error())}; \
  } while (false)

// LOGD_TRY_ASSIGN(auto x, expression): takes the value of a Result<T>, or returns its error to the
// caller.
#define LOGD_TRY_ASSIGN(declaration, expression)                                    \
  auto LOGD_CONCAT(logd_try_, __LINE__) = (expression);                             \
  if (!LOGD_CONCAT(logd_try_, __LINE__))                                            \
    return ::logd::Unexpected{std::move(LOGD_CONCAT(logd_try_, __LINE__).error())}; \
  declaration = std::move(*LOGD_CONCAT(logd_try_, __LINE__))

// For what only a bug of ours can break; kept in release builds.
#define LOGD_ASSERT(condition)                                                          \
  do {                                                                                  \
    if (!(condition)) [[unlikely]] {                                                    \
      std::fprintf(stderr, "logd: bug: %s at %s:%d\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                     \
    }                                                                                   \
  } while (false)
