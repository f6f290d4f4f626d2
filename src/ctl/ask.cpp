// SPDX-License-Identifier: Apache-2.0
#include "ctl/ask.h"

#include <string>
#include <utility>

#include "control/client.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"

namespace logd {
namespace {

ErrorCode code_of(std::string_view error_code) {
  if (error_code == control::kNotFound) return ErrorCode::not_found;
  if (error_code == control::kPermission) return ErrorCode::permission;
  if (error_code == control::kInvalid) return ErrorCode::invalid;
  if (error_code == control::kLimit) return ErrorCode::limit;
  return ErrorCode::io;
}

}  // namespace

Result<control::Response> ask(const Config& config, const control::Request& request,
                              std::chrono::milliseconds timeout) {
  auto response = control::call(config.run_dir, request, timeout);
  if (!response) {
    Error& error = response.error();
    // Not our user's fault: an answer that we cannot read is no answer.
    if (error.code != ErrorCode::permission) error.code = ErrorCode::unreachable;
    error.context = request.verb + ": " + error.context;
    return fail(std::move(error));
  }
  if (!response->ok) {
    return fail(code_of(response->error_code), request.verb + ": " + response->message);
  }
  return response;
}

int complain_about_logs(const control::Response& response) {
  int status = kExitDone;
  for (const control::LogResult& log : response.logs) {
    if (log.error.empty()) continue;
    complain(log.log + ": " + log.error);
    status = kExitFailed;
  }
  return status;
}

}  // namespace logd
