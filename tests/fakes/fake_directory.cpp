// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "fakes/fake_file_system.h"
#include "fakes/fake_inode.h"

namespace logd::fakes {
namespace {

Unexpected failed(int sys_errno, const std::string& what) {
  return fail(system_error(sys_errno, what));
}

bool is_component(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

}  // namespace

class FakeFile final : public File {
 public:
  FakeFile(FakeFileSystem& fs, FakeFileSystem::InodePtr inode, std::string name, OpenMode mode)
      : fs_(fs),
        inode_(std::move(inode)),
        name_(std::move(name)),
        life_(fs.life_),
        is_writable_(mode != OpenMode::read),
        appends_(mode == OpenMode::append || mode == OpenMode::create_append) {}

  Result<std::size_t> read_at(void* to, std::size_t bytes, std::uint64_t offset) override {
    const std::lock_guard lock(disk_mutex());
    const std::string what = range(offset, bytes);
    if (const int error = fs_.begin(Call::read, what, life_)) return failed(error, "read " + what);
    if (offset >= inode_->data.size()) return std::size_t{0};
    bytes = std::min({bytes, inode_->data.size() - static_cast<std::size_t>(offset),
                      fs_.read_limit_.value_or(bytes)});
    std::memcpy(to, inode_->data.data() + offset, bytes);
    return bytes;
  }

  Result<std::size_t> write_at(std::string_view bytes, std::uint64_t offset) override {
    const std::lock_guard lock(disk_mutex());
    const std::string what = range(offset, bytes.size());
    int error = fs_.begin(Call::write, what, life_);
    if (error == 0 && !is_writable_) error = EBADF;
    std::size_t admitted = 0;
    if (appends_) offset = inode_->data.size();
    if (error == 0) admitted = fs_.admitted(*inode_, bytes.size(), offset, error);
    if (error != 0) return failed(error, "write " + what);
    const std::string_view accepted = bytes.substr(0, admitted);
    if (accepted.size() > 1) {
      store(accepted.substr(0, accepted.size() / 2), offset);
      fs_.step("during write " + what);
    }
    store(accepted, offset);
    fs_.end(Call::write, what);
    return admitted;
  }

  Result<void> truncate(std::uint64_t bytes) override {
    const std::lock_guard lock(disk_mutex());
    const std::string what = name_ + " " + std::to_string(bytes);
    int error = fs_.begin(Call::truncate, what, life_);
    if (error == 0 && !is_writable_) error = EBADF;
    if (error != 0) return failed(error, "truncate " + what);
    inode_->data.resize(bytes, '\0');
    fs_.end(Call::truncate, what);
    return {};
  }

  Result<void> sync_data() override {
    const std::lock_guard lock(disk_mutex());
    if (const int error = fs_.begin(Call::sync_data, name_, life_)) {
      return failed(error, "sync " + name_);
    }
    inode_->synced_data = inode_->data;
    fs_.end(Call::sync_data, name_);
    return {};
  }

  Result<FileStatus> status() override {
    const std::lock_guard lock(disk_mutex());
    if (const int error = fs_.begin(Call::status, name_, life_)) {
      return failed(error, "stat " + name_);
    }
    return FakeFileSystem::status_of(*inode_);
  }

  int descriptor() const override { return -1; }

 private:
  std::string range(std::uint64_t offset, std::size_t bytes) const {
    return name_ + " " + std::to_string(offset) + "+" + std::to_string(bytes);
  }

  void store(std::string_view bytes, std::uint64_t offset) {
    std::string& data = inode_->data;
    if (data.size() < offset + bytes.size()) data.resize(offset + bytes.size(), '\0');
    data.replace(static_cast<std::size_t>(offset), bytes.size(), bytes);
  }

  FakeFileSystem& fs_;
  FakeFileSystem::InodePtr inode_;
  std::string name_;
  std::uint64_t life_;
  bool is_writable_;
  bool appends_;
};

class FakeDirectory final : public Directory {
 public:
  FakeDirectory(FakeFileSystem& fs, FakeFileSystem::InodePtr inode, std::string name)
      : fs_(fs), inode_(std::move(inode)), name_(std::move(name)), life_(fs.life_) {}

  Result<std::unique_ptr<File>> open_file(const std::string& name, OpenMode mode) override {
    const std::lock_guard lock(disk_mutex());
    const bool is_new = mode == OpenMode::create_new || mode == OpenMode::create_append;
    const Call kind = is_new ? Call::create_file : Call::open_file;
    int error = fs_.begin(kind, name, life_);
    FakeFileSystem::InodePtr found = entry(name);
    if (error == 0) error = is_new ? reason_not_to_make(name) : reason_not_to_open(name, found);
    if (error == 0 && !is_new && found->is_directory && mode != OpenMode::read) error = EISDIR;
    if (error == 0 && !is_new && mode != OpenMode::read && fs_.is_read_only_) error = EROFS;
    if (error != 0) return failed(error, "open " + name_ + "/" + name);
    if (is_new) {
      found = add(name);
      fs_.end(kind, name);
    }
    return std::unique_ptr<File>(std::make_unique<FakeFile>(fs_, std::move(found), name, mode));
  }

  Result<std::unique_ptr<Directory>> open_directory(const std::string& name,
                                                    Create create) override {
    const std::lock_guard lock(disk_mutex());
    FakeFileSystem::InodePtr found = entry(name);
    const bool is_new = create == Create::yes && found == nullptr;
    const Call kind = is_new ? Call::make_directory : Call::open_directory;
    int error = fs_.begin(kind, name, life_);
    if (error == 0) error = is_new ? reason_not_to_make(name) : reason_not_to_open(name, found);
    if (error == 0 && !is_new && !found->is_directory) error = ENOTDIR;
    if (error != 0) return failed(error, "open " + name_ + "/" + name);
    if (is_new) {
      found = add(name);
      found->is_directory = true;
      found->links = 2;
      fs_.end(kind, name);
    }
    return std::unique_ptr<Directory>(
        std::make_unique<FakeDirectory>(fs_, std::move(found), name_ + "/" + name));
  }

  Result<std::vector<std::string>> list() override {
    const std::lock_guard lock(disk_mutex());
    if (const int error = fs_.begin(Call::list, name_, life_)) {
      return failed(error, "list " + name_);
    }
    std::vector<std::string> names;
    for (const auto& [name, inode] : inode_->entries) names.push_back(name);
    std::reverse(names.begin(), names.end());  // an order that nobody should rely on
    return names;
  }

  Result<FileStatus> status_of(const std::string& name) override {
    const std::lock_guard lock(disk_mutex());
    int error = fs_.begin(Call::status, name, life_);
    const FakeFileSystem::InodePtr found = entry(name);
    if (error == 0 && !is_component(name)) error = EINVAL;
    if (error == 0 && found == nullptr) error = ENOENT;
    if (error != 0) return failed(error, "stat " + name_ + "/" + name);
    return FakeFileSystem::status_of(*found);
  }

  Result<void> remove(const std::string& name) override {
    const std::lock_guard lock(disk_mutex());
    int error = fs_.begin(Call::remove, name, life_);
    const FakeFileSystem::InodePtr found = entry(name);
    if (error == 0 && found == nullptr) error = ENOENT;
    if (error == 0 && found->is_directory) error = EISDIR;
    if (error != 0) return failed(error, "remove " + name_ + "/" + name);
    found->links = 0;
    inode_->entries.erase(name);
    fs_.end(Call::remove, name);
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(disk_mutex());
    const std::string what = from + " to " + to;
    int error = fs_.begin(Call::rename, what, life_);
    const FakeFileSystem::InodePtr found = entry(from);
    const FakeFileSystem::InodePtr replaced = entry(to);
    if (error == 0 && !is_component(to)) error = EINVAL;
    if (error == 0 && found == nullptr) error = ENOENT;
    if (error == 0 && replaced != nullptr && replaced->is_directory) error = EISDIR;
    if (error != 0) return failed(error, "rename " + what);
    if (found != replaced) {
      if (replaced != nullptr) replaced->links = 0;
      inode_->entries.erase(from);
      inode_->entries[to] = found;
    }
    fs_.end(Call::rename, what);
    return {};
  }

  Result<void> rename_new(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(disk_mutex());
    if (entry(to) != nullptr) {
      const int error = fs_.begin(Call::rename, from + " to " + to, life_);
      return failed(error != 0 ? error : EEXIST, "rename " + from + " to " + to);
    }
    return rename(from, to);
  }

  Result<void> replace(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(disk_mutex());
    const std::string what = from + " with " + to;
    int error = fs_.begin(Call::rename, what, life_);
    const FakeFileSystem::InodePtr found = entry(from);
    const FakeFileSystem::InodePtr replaced = entry(to);
    if (error == 0 && (found == nullptr || replaced == nullptr)) error = ENOENT;
    if (error != 0) return failed(error, "exchange " + what);
    std::swap(inode_->entries[from], inode_->entries[to]);
    fs_.end(Call::rename, what);
    return remove(from);
  }

  Result<void> make_symlink(const std::string& target, const std::string& name) override {
    const std::lock_guard lock(disk_mutex());
    int error = fs_.begin(Call::make_symlink, name, life_);
    if (error == 0) error = reason_not_to_make(name);
    if (error != 0) return failed(error, "link " + name_ + "/" + name);
    const FakeFileSystem::InodePtr link = add(name);
    link->is_symlink = true;
    link->data = link->synced_data = target;
    fs_.end(Call::make_symlink, name);
    return {};
  }

  Result<void> sync() override {
    const std::lock_guard lock(disk_mutex());
    if (const int error = fs_.begin(Call::sync_directory, name_, life_)) {
      return failed(error, "sync " + name_);
    }
    inode_->synced_entries = inode_->entries;
    fs_.end(Call::sync_directory, name_);
    return {};
  }

  Result<void> sync_file_system() override {
    const std::lock_guard lock(disk_mutex());
    if (const int error = fs_.begin(Call::sync_file_system, name_, life_))
      return failed(error, "sync the file system of " + name_);
    fs_.sync_everything();
    fs_.end(Call::sync_file_system, name_);
    return {};
  }

  Result<DiskSpace> space() override {
    const std::lock_guard lock(disk_mutex());
    return fs_.space();
  }

  Result<FileStatus> status() override {
    const std::lock_guard lock(disk_mutex());
    if (const int error = fs_.begin(Call::status, name_, life_)) {
      return failed(error, "stat " + name_);
    }
    return FakeFileSystem::status_of(*inode_);
  }

  Result<void> set_group(std::uint32_t gid) override {
    const std::lock_guard lock(disk_mutex());
    if (const int error = fs_.begin(Call::set_group, name_, life_)) {
      return failed(error, "change the group of " + name_);
    }
    inode_->group = group_ = gid;
    fs_.end(Call::set_group, name_);
    return {};
  }

  int descriptor() const override { return -1; }

 private:
  FakeFileSystem::InodePtr entry(const std::string& name) const {
    const auto found = inode_->entries.find(name);
    return found == inode_->entries.end() ? nullptr : found->second;
  }

  int reason_not_to_make(const std::string& name) const {
    if (!is_component(name)) return EINVAL;
    if (entry(name) != nullptr) return EEXIST;
    return inode_->links == 0 ? ENOENT : 0;  // our directory has been removed
  }

  static int reason_not_to_open(const std::string& name, const FakeFileSystem::InodePtr& found) {
    if (!is_component(name)) return EINVAL;
    if (found == nullptr) return ENOENT;
    if (found->is_symlink) return ELOOP;
    return found->is_denied ? EACCES : 0;
  }

  FakeFileSystem::InodePtr add(const std::string& name) {
    FakeFileSystem::InodePtr inode = fs_.make_inode();
    inode->group = group_;
    inode_->entries[name] = inode;
    return inode;
  }

  FakeFileSystem& fs_;
  FakeFileSystem::InodePtr inode_;
  std::string name_;
  std::uint64_t life_;
  std::uint32_t group_ = 0;
};

std::unique_ptr<Directory> FakeFileSystem::hand_out(InodePtr inode, const std::string& name) {
  return std::make_unique<FakeDirectory>(*this, std::move(inode), name);
}

}  // namespace logd::fakes
