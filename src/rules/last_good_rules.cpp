// SPDX-License-Identifier: Apache-2.0
#include "rules/last_good_rules.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <optional>

namespace logd {
namespace {

constexpr std::string_view kMagic = "logd-rules 1";
constexpr const char* kDirectory = ".rules";
constexpr const char* kName = "last-good";
constexpr const char* kTemporary = "last-good.tmp";
constexpr std::size_t kMaxBytes = kMaxRuleFiles * (kMaxRuleFileBytes + 8192);

std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return sum;
}

// Takes what was encoded apart from its beginning on.
class Decoder {
 public:
  explicit Decoder(std::string_view left) : left_(left) {}

  // A number that ends with `end`.
  std::optional<std::uint64_t> number(char end, int base = 10) {
    std::uint64_t value = 0;
    const char* const stop = left_.data() + left_.size();
    const auto [parsed_to, error] = std::from_chars(left_.data(), stop, value, base);
    if (error != std::errc() || parsed_to == stop || *parsed_to != end) return std::nullopt;
    left_.remove_prefix(static_cast<std::size_t>(parsed_to - left_.data()) + 1);
    return value;
  }

  std::optional<std::string_view> bytes(std::uint64_t count) {
    if (count > left_.size()) return std::nullopt;
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  bool word(std::string_view word) {
    const auto taken = bytes(word.size());
    return taken && *taken == word;
  }

  std::string_view left() const { return left_; }

 private:
  std::string_view left_;
};

Unexpected damaged() { return fail(ErrorCode::corrupt, std::string(kName) + " is damaged"); }

Result<std::string> read_all(File& file) {
  LOGD_TRY_ASSIGN(const FileStatus status, file.status());
  if (!status.is_regular || status.bytes > kMaxBytes) return damaged();
  std::string contents(status.bytes, '\0');
  std::size_t done = 0;
  while (done < contents.size()) {
    LOGD_TRY_ASSIGN(const std::size_t got,
                    file.read_at(contents.data() + done, contents.size() - done, done));
    if (got == 0) return damaged();
    done += got;
  }
  return contents;
}

Result<void> write_all(File& file, std::string_view contents) {
  std::size_t done = 0;
  while (done < contents.size()) {
    LOGD_TRY_ASSIGN(const std::size_t put, file.write_at(contents.substr(done), done));
    if (put == 0) return fail(ErrorCode::io, std::string(kTemporary) + ": takes no bytes");
    done += put;
  }
  return {};
}

Result<void> remove_if_there(Directory& directory, const char* name) {
  if (const auto removed = directory.remove(name);
      !removed && removed.error().code != ErrorCode::not_found) {
    return fail(removed.error());
  }
  return {};
}

}  // namespace

std::string encode_rule_texts(std::span<const RuleText> files) {
  std::string body;
  for (const RuleText& file : files) {
    body += fmt::format("{} {}\n{}{}", file.name.size(), file.text.size(), file.name, file.text);
  }
  return fmt::format("{} {} {} {:x}\n", kMagic, files.size(), body.size(), checksum(body)) + body;
}

Result<std::vector<RuleText>> decode_rule_texts(std::string_view contents) {
  Decoder decoder(contents);
  if (!decoder.word(kMagic) || !decoder.word(" ")) return damaged();
  const auto count = decoder.number(' ');
  const auto bytes = decoder.number(' ');
  const auto sum = decoder.number('\n', 16);
  if (!count || !bytes || !sum || *count > kMaxRuleFiles) return damaged();
  if (decoder.left().size() != *bytes || checksum(decoder.left()) != *sum) return damaged();
  std::vector<RuleText> files;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto name_bytes = decoder.number(' ');
    const auto text_bytes = decoder.number('\n');
    if (!name_bytes || !text_bytes) return damaged();
    const auto name = decoder.bytes(*name_bytes);
    const auto text = decoder.bytes(*text_bytes);
    if (!name || !text) return damaged();
    files.push_back({std::string(*name), std::string(*text)});
  }
  if (!decoder.left().empty()) return damaged();
  return files;
}

Result<std::unique_ptr<Directory>> LastGoodRules::directory(Create create) const {
  LOGD_TRY_ASSIGN(const auto log_dir, fs_.open_directory(log_dir_));
  auto rules = log_dir->open_directory(kDirectory, create);
  // Its name must survive a power cut, or what is synced below it does not.
  if (rules && create == Create::yes) LOGD_TRY(log_dir->sync());
  return rules;
}

Result<std::vector<RuleText>> LastGoodRules::read() const {
  LOGD_TRY_ASSIGN(const auto rules, directory(Create::no));
  LOGD_TRY_ASSIGN(const auto file, rules->open_file(kName, OpenMode::read));
  LOGD_TRY_ASSIGN(const std::string contents, read_all(*file));
  return decode_rule_texts(contents);
}

Result<void> LastGoodRules::keep(std::span<const RuleText> files) const {
  LOGD_TRY_ASSIGN(const auto rules, directory(Create::yes));
  LOGD_TRY(remove_if_there(*rules, kTemporary));
  LOGD_TRY_ASSIGN(const auto file, rules->open_file(kTemporary, OpenMode::create_new));
  // Rules tell what somebody keeps secret; a fake file has no mode.
  if (file->descriptor() >= 0 && ::fchmod(file->descriptor(), S_IRUSR | S_IWUSR) != 0) {
    return fail(system_error(errno, kTemporary));
  }
  LOGD_TRY(write_all(*file, encode_rule_texts(files)));
  LOGD_TRY(file->sync_data());
  LOGD_TRY(rules->rename(kTemporary, kName));
  return rules->sync();
}

Result<void> LastGoodRules::forget() const {
  const auto rules = directory(Create::no);
  if (!rules) {
    if (rules.error().code == ErrorCode::not_found) return {};
    return fail(rules.error());
  }
  LOGD_TRY(remove_if_there(**rules, kName));
  return (*rules)->sync();
}

}  // namespace logd
