// SPDX-License-Identifier: Apache-2.0
#include "ship/dead_letter.h"

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "logd/record.h"
#include "mask/base64.h"
#include "query/escape.h"

namespace logd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxAnswerInLetter = 1024;
constexpr std::size_t kReadBytes = 64_KiB;

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string without_zone(std::string time) {
  if (time.ends_with('Z')) time.pop_back();
  return time;
}

Result<std::unique_ptr<File>> open_if_there(Directory& directory, const char* name) {
  auto file = directory.open_file(name, OpenMode::read);
  if (!file && file.error().code == ErrorCode::not_found) return std::unique_ptr<File>();
  return file;
}

Result<void> read_lines(File& file, const std::function<void(std::string_view line)>& sink) {
  std::string chunk(kReadBytes, '\0');
  std::string lines;  // what has no newline yet
  for (std::uint64_t offset = 0;;) {
    LOGD_TRY_ASSIGN(const std::size_t got, file.read_at(chunk.data(), chunk.size(), offset));
    if (got == 0) return {};
    offset += got;
    lines.append(chunk, 0, got);
    std::size_t begin = 0;
    for (std::size_t end = lines.find('\n'); end != std::string::npos;
         end = lines.find('\n', begin)) {
      sink(std::string_view(lines).substr(begin, end - begin));
      begin = end + 1;
    }
    lines.erase(0, begin);
  }
}

}  // namespace

std::string dead_letter_text(const DeadLetter& letter, WallTime now) {
  Json json;
  json["v"] = 1;
  json["refused"] = time_text(now) + "Z";
  json["reason"] = letter.reason;
  json["status"] = letter.status;
  json["answer"] = letter.answer.substr(0, kMaxAnswerInLetter);
  if (letter.records > 0) json["records"] = letter.records;
  if (!letter.uid.empty()) {
    json["uid"] = letter.uid;
    json["log"] = letter.log;
    json["time"] = letter.time + "Z";
    json["stream"] = letter.stream;
  }
  json["message"] = letter.message;
  if (!is_utf8(letter.message)) {
    std::string bytes;
    append_base64(bytes, letter.message);
    json["message_b64"] = bytes;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ReadDeadLetter> parse_dead_letter(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    ReadDeadLetter read;
    DeadLetter& letter = read.letter;
    read.refused = json.at("refused").get<std::string>();
    letter.reason = json.at("reason").get<std::string>();
    letter.status = json.at("status").get<int>();
    letter.answer = json.value("answer", std::string());
    letter.records = json.value("records", std::uint64_t{0});
    letter.uid = json.value("uid", std::string());
    letter.log = json.value("log", std::string());
    letter.time = without_zone(json.value("time", std::string()));
    letter.stream = json.value("stream", std::string());
    letter.message = json.value("message", std::string());
    if (const auto bytes = json.find("message_b64"); bytes != json.end()) {
      letter.message.clear();
      Base64Bytes decoded(bytes->get_ref<const std::string&>());
      while (const auto byte = decoded.next()) letter.message += *byte;
    }
    return read;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid, error.what());
  }
}

Result<void> read_dead_letters(Directory& directory, Letters which,
                               const std::function<void(std::string_view line)>& sink) {
  // The younger first: what takes the place of the older meanwhile is not read twice.
  std::array<std::unique_ptr<File>, 3> files;
  LOGD_TRY_ASSIGN(files[2], open_if_there(directory, kDeadFile));
  LOGD_TRY_ASSIGN(files[1], open_if_there(directory, kOldDeadFile));
  if (which == Letters::all) {
    LOGD_TRY_ASSIGN(files[0], open_if_there(directory, kDeadAgainFile));
  }
  if (files[1] && files[2]) {
    LOGD_TRY_ASSIGN(const FileStatus older, files[1]->status());
    LOGD_TRY_ASSIGN(const FileStatus younger, files[2]->status());
    if (older.inode == younger.inode && older.device == younger.device) files[1].reset();
  }
  for (const auto& file : files) {
    if (!file) continue;
    LOGD_TRY(read_lines(*file, sink));
  }
  return {};
}

}  // namespace logd
