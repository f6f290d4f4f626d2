// Holds files in memory and fails, cuts short, stops or loses what a test wants.
//
// Files and Directories that it has handed out refer to it: it must outlive them. After a stop (the
// step hook threw) it is as after kill -9: every call of the objects of that time fails, also from
// their destructors, and changes nothing; restart() begins the next life with the contents that
// were there. crash() is a power cut: what was not synced is gone as well.
// One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/file_system.h"

namespace logd::fakes {

enum class Call : std::uint8_t {
  open_file,
  create_file,
  open_directory,
  make_directory,
  list,
  status,
  read,
  write,
  truncate,
  sync_data,
  remove,
  rename,
  make_symlink,
  sync_directory,
  sync_file_system,
  set_group,
};

struct WriteFault {
  int sys_errno = 0;
  std::size_t after_bytes = 0;  // these get in first, as a short write; the retry then fails
};

class FakeFileSystem final : public FileSystem {
 public:
  FakeFileSystem();
  ~FakeFileSystem() override;

  Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override;

  // What a hand outside changes or sees. Paths are absolute; what is put there is synced, and
  // directories on the way are made. A path that does not exist throws std::out_of_range.
  void make_directory(const std::string& path);
  void put(const std::string& path, std::string_view contents);
  void put_symlink(const std::string& path, const std::string& target);
  void remove(const std::string& path);  // a whole tree, if it is a directory
  void move(const std::string& from, const std::string& to);
  void deny(const std::string& path);  // opening it fails with EACCES
  void allow(const std::string& path);
  bool exists(const std::string& path) const;
  std::string contents(const std::string& path) const;
  std::string link_target(const std::string& path) const;
  std::vector<std::string> list(const std::string& path) const;  // sorted
  std::uint32_t group_of(const std::string& path) const;         // 0 if never set
  std::uint64_t inode_of(const std::string& path) const;

  // Faults.
  void fail_next_write(WriteFault fault);
  // The `nth` call of a kind from now on fails without effect; 1 is the next.
  void fail_call(Call kind, int sys_errno, int nth = 1);
  // Every call of a kind fails, until 0 is given.
  void fail_all(Call kind, int sys_errno);
  void set_read_only(bool is_read_only);  // changes fail with EROFS
  // Contents of all files together; what goes beyond is cut short, then ENOSPC.
  void set_disk_limit(std::optional<std::uint64_t> bytes);
  DiskSpace space() const;  // of that limit; without one there is a GiB left
  void set_write_limit(std::optional<std::size_t> bytes);  // of one write; the rest is cut short
  void set_read_limit(std::optional<std::size_t> bytes);

  // Called before and after every call that changes something ("before write a.log 0+20", "after
  // …"), and in the middle of a write ("during …": half of its bytes are in). May throw.
  std::function<void(std::string_view step)> on_step;

  void restart();  // the next life after a stop; contents stay
  void crash();    // power cut: what was not synced is gone; then as restart()

  // Every call since the last clear, as "write a.log 0+20".
  const std::vector<std::string>& calls() const { return calls_; }
  void clear_calls();
  // How many of calls() are of this kind.
  std::size_t count(Call kind) const;

 private:
  friend class FakeFile;
  friend class FakeDirectory;
  struct Inode;
  using InodePtr = std::shared_ptr<Inode>;

  // One call: begin() notes it and says with which errno it fails (0: it goes on); end() is the
  // step behind it.
  int begin(Call kind, const std::string& what, std::uint64_t life);
  void end(Call kind, const std::string& what);
  void step(const std::string& name);
  void sync_everything();
  int fault_of(Call kind);

  // How much of a write gets in (the first), and the errno if nothing does.
  std::size_t admitted(const Inode& file, std::size_t bytes, std::uint64_t offset, int& sys_errno);
  std::uint64_t used_bytes() const;

  std::unique_ptr<Directory> hand_out(InodePtr inode, const std::string& name);
  InodePtr make_inode();
  InodePtr find(const std::string& path) const;     // null if there is none
  InodePtr get(const std::string& path) const;      // throws if there is none
  InodePtr directory_for(const std::string& path);  // made if need be
  static FileStatus status_of(const Inode& inode);

  InodePtr root_;
  std::vector<std::weak_ptr<Inode>> inodes_;
  std::uint64_t next_inode_ = 1;
  std::uint64_t life_ = 0;
  bool is_stopped_ = false;
  bool is_read_only_ = false;
  std::optional<WriteFault> write_fault_;
  // After a short write of fail_next_write: the retry at this place fails.
  std::uint64_t retry_inode_ = 0;
  std::uint64_t retry_offset_ = 0;
  int retry_errno_ = 0;
  struct CallFault {
    Call kind;
    int sys_errno;
    int left;
  };
  std::vector<CallFault> call_faults_;
  std::map<Call, int> permanent_faults_;
  std::optional<std::uint64_t> disk_limit_;
  std::optional<std::size_t> write_limit_;
  std::optional<std::size_t> read_limit_;
  std::vector<std::string> calls_;
  std::vector<Call> call_kinds_;
};

}  // namespace logd::fakes
