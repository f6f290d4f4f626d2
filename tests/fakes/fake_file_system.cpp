// SPDX-License-Identifier: Apache-2.0
#include "fakes/fake_file_system.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "fakes/fake_inode.h"
#include "logd/units.h"

namespace logd::fakes {
namespace {

constexpr const char* kCallNames[] = {
    "open_file",    "create_file",    "open_directory",   "make_directory", "list",   "status",
    "read",         "write",          "truncate",         "sync_data",      "remove", "rename",
    "make_symlink", "sync_directory", "sync_file_system", "set_group"};

const char* name_of(Call kind) { return kCallNames[static_cast<std::size_t>(kind)]; }

bool is_change(Call kind) {
  switch (kind) {
    case Call::create_file:
    case Call::make_directory:
    case Call::write:
    case Call::truncate:
    case Call::sync_data:
    case Call::remove:
    case Call::rename:
    case Call::make_symlink:
    case Call::sync_directory:
    case Call::sync_file_system:
    case Call::set_group:
      return true;
    default:
      return false;
  }
}

std::vector<std::string> components(const std::string& path) {
  std::vector<std::string> names;
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    if (slash > at) names.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return names;
}

std::pair<std::string, std::string> parent_and_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) throw std::out_of_range("not an absolute path: " + path);
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

FakeFileSystem::FakeFileSystem() {
  root_ = make_inode();
  root_->is_directory = true;
  root_->links = 2;
}

// Entries form no cycle, so the tree goes with its root.
FakeFileSystem::~FakeFileSystem() = default;

Result<std::unique_ptr<Directory>> FakeFileSystem::open_directory(const std::string& path) {
  const std::lock_guard lock(disk_mutex());
  int error = begin(Call::open_directory, path, life_);
  const InodePtr found = find(path);
  if (error == 0 && found == nullptr) error = ENOENT;
  if (error == 0 && !found->is_directory) error = ENOTDIR;
  if (error == 0 && found->is_denied) error = EACCES;
  if (error != 0) return fail(system_error(error, "open " + path));
  return hand_out(found, path);
}

// One call, with its faults and steps.

int FakeFileSystem::begin(Call kind, const std::string& what, std::uint64_t life) {
  if (is_stopped_ || life != life_) return EIO;
  calls_.push_back(std::string(name_of(kind)) + " " + what);
  call_kinds_.push_back(kind);
  if (is_change(kind)) step("before " + calls_.back());
  const bool is_sync =
      kind == Call::sync_data || kind == Call::sync_directory || kind == Call::sync_file_system;
  if (is_read_only_ && is_change(kind) && !is_sync) return EROFS;
  return fault_of(kind);
}

void FakeFileSystem::sync_everything() {
  const std::lock_guard lock(disk_mutex());
  for (const auto& weak : inodes_)
    if (const InodePtr inode = weak.lock()) {
      inode->synced_data = inode->data;
      inode->synced_entries = inode->entries;
    }
}

void FakeFileSystem::end(Call kind, const std::string& what) {
  step("after " + std::string(name_of(kind)) + " " + what);
}

void FakeFileSystem::step(const std::string& name) {
  if (!on_step) return;
  try {
    on_step(name);
  } catch (...) {
    is_stopped_ = true;
    throw;
  }
}

int FakeFileSystem::fault_of(Call kind) {
  const auto permanent = permanent_faults_.find(kind);
  if (permanent != permanent_faults_.end()) return permanent->second;
  int sys_errno = 0;
  for (CallFault& fault : call_faults_) {
    if (fault.kind == kind && --fault.left == 0) sys_errno = fault.sys_errno;
  }
  std::erase_if(call_faults_, [](const CallFault& fault) { return fault.left <= 0; });
  return sys_errno;
}

std::size_t FakeFileSystem::admitted(const Inode& file, std::size_t bytes, std::uint64_t offset,
                                     int& sys_errno) {
  const bool is_retry = file.number == retry_inode_ && offset == retry_offset_;
  const int retry_errno = std::exchange(retry_errno_, 0);
  if (retry_errno != 0 && is_retry) {
    sys_errno = retry_errno;
    return 0;
  }
  if (write_fault_) {
    const WriteFault fault = *std::exchange(write_fault_, std::nullopt);
    bytes = std::min(bytes, fault.after_bytes);
    if (bytes == 0) {
      sys_errno = fault.sys_errno;
      return 0;
    }
    retry_inode_ = file.number;
    retry_offset_ = offset + bytes;
    retry_errno_ = fault.sys_errno;
  }
  if (write_limit_) bytes = std::min(bytes, *write_limit_);
  if (disk_limit_ && offset + bytes > file.data.size()) {
    const std::uint64_t used = used_bytes();
    const std::uint64_t left = used < *disk_limit_ ? *disk_limit_ - used : 0;
    const std::uint64_t end = file.data.size() + left;
    const std::uint64_t room = end > offset ? end - offset : 0;
    bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, room));
    if (bytes == 0) sys_errno = ENOSPC;
  }
  return bytes;
}

std::uint64_t FakeFileSystem::used_bytes() const {
  const std::lock_guard lock(disk_mutex());
  std::uint64_t used = 0;
  for (const std::weak_ptr<Inode>& weak : inodes_) {
    if (const InodePtr inode = weak.lock()) used += inode->is_symlink ? 0 : inode->data.size();
  }
  return used;
}

void FakeFileSystem::fail_next_write(WriteFault fault) { write_fault_ = fault; }

void FakeFileSystem::fail_call(Call kind, int sys_errno, int nth) {
  const std::lock_guard lock(disk_mutex());
  call_faults_.push_back({kind, sys_errno, nth});
}

void FakeFileSystem::fail_all(Call kind, int sys_errno) {
  const std::lock_guard lock(disk_mutex());
  permanent_faults_.erase(kind);
  if (sys_errno != 0) permanent_faults_[kind] = sys_errno;
}

void FakeFileSystem::set_read_only(bool is_read_only) { is_read_only_ = is_read_only; }
void FakeFileSystem::set_disk_limit(std::optional<std::uint64_t> bytes) { disk_limit_ = bytes; }

DiskSpace FakeFileSystem::space() const {
  const std::lock_guard lock(disk_mutex());
  const std::uint64_t used = used_bytes();
  const std::uint64_t total = disk_limit_.value_or(used + 1_GiB);
  return {total, total > used ? total - used : 0};
}
void FakeFileSystem::set_write_limit(std::optional<std::size_t> bytes) { write_limit_ = bytes; }
void FakeFileSystem::set_read_limit(std::optional<std::size_t> bytes) { read_limit_ = bytes; }

void FakeFileSystem::restart() {
  const std::lock_guard lock(disk_mutex());
  ++life_;
  is_stopped_ = false;
  write_fault_.reset();
  retry_errno_ = 0;
  call_faults_.clear();
}

void FakeFileSystem::crash() {
  const std::lock_guard lock(disk_mutex());
  for (const std::weak_ptr<Inode>& weak : inodes_) {
    const InodePtr inode = weak.lock();
    if (inode == nullptr) continue;
    inode->data = inode->synced_data;
    inode->entries = inode->synced_entries;
  }
  // A file whose removal was not synced is back.
  for (const std::weak_ptr<Inode>& weak : inodes_) {
    const InodePtr inode = weak.lock();
    if (inode == nullptr) continue;
    for (const auto& [name, child] : inode->entries) child->links = child->is_directory ? 2 : 1;
  }
  restart();
}

std::size_t FakeFileSystem::count(Call kind) const {
  const std::lock_guard lock(disk_mutex());
  return static_cast<std::size_t>(std::count(call_kinds_.begin(), call_kinds_.end(), kind));
}

void FakeFileSystem::clear_calls() {
  const std::lock_guard lock(disk_mutex());
  calls_.clear();
  call_kinds_.clear();
}

// The hand outside.

FakeFileSystem::InodePtr FakeFileSystem::make_inode() {
  auto inode = std::make_shared<Inode>();
  inode->number = next_inode_++;
  inodes_.push_back(inode);
  return inode;
}

FakeFileSystem::InodePtr FakeFileSystem::find(const std::string& path) const {
  InodePtr at = root_;
  for (const std::string& name : components(path)) {
    const auto found = at->entries.find(name);
    if (found == at->entries.end()) return nullptr;
    at = found->second;
  }
  return at;
}

FakeFileSystem::InodePtr FakeFileSystem::get(const std::string& path) const {
  InodePtr found = find(path);
  if (found == nullptr) throw std::out_of_range("no such path: " + path);
  return found;
}

FakeFileSystem::InodePtr FakeFileSystem::directory_for(const std::string& path) {
  InodePtr at = root_;
  for (const std::string& name : components(path)) {
    InodePtr& child = at->entries[name];
    if (child == nullptr) {
      child = make_inode();
      child->is_directory = true;
      child->links = 2;
      at->synced_entries[name] = child;
    }
    at = child;
  }
  return at;
}

void FakeFileSystem::make_directory(const std::string& path) { directory_for(path); }

void FakeFileSystem::put(const std::string& path, std::string_view contents) {
  const std::lock_guard lock(disk_mutex());
  const auto [parent, name] = parent_and_name(path);
  const InodePtr directory = directory_for(parent);
  InodePtr& file = directory->entries[name];
  if (file == nullptr) file = make_inode();
  file->data = file->synced_data = contents;
  directory->synced_entries[name] = file;
}

void FakeFileSystem::put_symlink(const std::string& path, const std::string& target) {
  const std::lock_guard lock(disk_mutex());
  put(path, target);
  get(path)->is_symlink = true;
}

void FakeFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(disk_mutex());
  const InodePtr victim = get(path);
  if (victim->is_directory) {
    const std::map<std::string, InodePtr> children = victim->entries;
    for (const auto& [name, child] : children) remove(path + "/" + name);
  }
  victim->links = 0;
  const auto [parent, name] = parent_and_name(path);
  const InodePtr directory = get(parent);
  directory->entries.erase(name);
  directory->synced_entries.erase(name);
}

void FakeFileSystem::move(const std::string& from, const std::string& to) {
  const std::lock_guard lock(disk_mutex());
  const InodePtr moved = get(from);
  const auto [from_parent, from_name] = parent_and_name(from);
  const auto [to_parent, to_name] = parent_and_name(to);
  const InodePtr source = get(from_parent);
  const InodePtr target = directory_for(to_parent);
  source->entries.erase(from_name);
  source->synced_entries.erase(from_name);
  target->entries[to_name] = moved;
  target->synced_entries[to_name] = moved;
}

void FakeFileSystem::deny(const std::string& path) { get(path)->is_denied = true; }
void FakeFileSystem::allow(const std::string& path) { get(path)->is_denied = false; }
bool FakeFileSystem::exists(const std::string& path) const { return find(path) != nullptr; }
std::string FakeFileSystem::contents(const std::string& path) const { return get(path)->data; }
std::string FakeFileSystem::link_target(const std::string& path) const { return get(path)->data; }
std::uint32_t FakeFileSystem::group_of(const std::string& path) const { return get(path)->group; }
std::uint64_t FakeFileSystem::inode_of(const std::string& path) const { return get(path)->number; }

std::vector<std::string> FakeFileSystem::list(const std::string& path) const {
  const std::lock_guard lock(disk_mutex());
  std::vector<std::string> names;
  for (const auto& [name, inode] : get(path)->entries) names.push_back(name);
  return names;
}

FileStatus FakeFileSystem::status_of(const Inode& inode) {
  FileStatus status;
  status.bytes = inode.data.size();
  status.bytes_allocated = (inode.data.size() + 4095) / 4096 * 4096;
  status.device = 1;
  status.inode = inode.number;
  status.links = inode.links;
  status.is_regular = !inode.is_directory && !inode.is_symlink;
  status.is_directory = inode.is_directory;
  return status;
}

}  // namespace logd::fakes
