// SPDX-License-Identifier: Apache-2.0
#include "store/owner_file.h"

#include <tuple>

#include "base/accounts.h"
#include "store/segment_name.h"

namespace logd {
namespace {

constexpr const char* kTemporary = ".owner.tmp";
constexpr std::size_t kMaxBytes = 64;

}  // namespace

StoredOwner read_owner(Directory& log) {
  auto file = log.open_file(std::string(kOwnerFileName), OpenMode::read);
  if (!file && file.error().code == ErrorCode::not_found) return {};
  StoredOwner owner{StoredOwner::State::damaged};
  if (!file) return owner;
  char text[kMaxBytes];
  const auto got = (*file)->read_at(text, sizeof text, 0);
  std::string_view content(text, got ? *got : 0);
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (const auto uid = parse_id(content)) owner = {StoredOwner::State::known, *uid};
  return owner;
}

Result<std::shared_ptr<File>> write_owner(Directory& log, std::uint32_t uid) {
  std::ignore = log.remove(kTemporary);  // what a kill left
  LOGD_TRY_ASSIGN(auto file, log.open_file(kTemporary, OpenMode::create_new));
  const std::string text = std::to_string(uid) + "\n";
  auto put = file->write_at(text, 0);
  if (put && *put < text.size()) put = fail(ErrorCode::no_space, "write the owner of a log");
  if (!put) {
    std::ignore = log.remove(kTemporary);
    return fail(put.error());
  }
  LOGD_TRY(log.rename(kTemporary, std::string(kOwnerFileName)));
  return std::shared_ptr<File>(std::move(file));
}

}  // namespace logd
