// SPDX-License-Identifier: Apache-2.0
#include "logd/result.h"

#include <cerrno>
#include <system_error>

namespace logd {
namespace {

ErrorCode code_of(int sys_errno) {
  switch (sys_errno) {
    case ENOSPC:
    case EDQUOT:  // not EFBIG: no segment that is deleted would help
      return ErrorCode::no_space;
    case EACCES:
    case EPERM:
      return ErrorCode::permission;
    case ENOENT:
      return ErrorCode::not_found;
    case EEXIST:
      return ErrorCode::exists;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
      return ErrorCode::limit;
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENOTCONN:
    case EPIPE:
      return ErrorCode::unreachable;
    case ETIMEDOUT:
      return ErrorCode::timed_out;
    default:
      return ErrorCode::io;
  }
}

}  // namespace

std::string Error::message() const {
  if (sys_errno == 0) return context;
  // Not strerror: it may share its buffer between threads.
  std::string text = std::generic_category().message(sys_errno);
  text += " (" + std::to_string(sys_errno) + ")";
  return context.empty() ? text : context + ": " + text;
}

Error system_error(int sys_errno, std::string context) {
  return Error{code_of(sys_errno), sys_errno, std::move(context)};
}

}  // namespace logd
