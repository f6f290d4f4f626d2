// SPDX-License-Identifier: Apache-2.0
#include "ctl/mask_rewrite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "ctl/ask.h"
#include "ctl/chosen_logs.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/mask_policy.h"
#include "ctl/masked_segment.h"
#include "ctl/rule_options.h"
#include "query/segment_facts.h"
#include "query/segment_file.h"
#include "status/status_json.h"
#include "store/archive_file.h"
#include "store/archive_rewriting.h"
#include "store/archiving.h"
#include "store/segment_reader.h"

namespace logd {
namespace {

using Form = SegmentName::Form;

// The daemon may take away a file that is being made (at its start), or make the archive itself.
constexpr int kAttempts = 4;

// How far the rest of a line is looked for in the next segment.
constexpr std::uint64_t kMaxLookBehindSegment = 1 << 20;

std::string counted(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Of all logs.
struct RewriteSum {
  std::uint64_t changed = 0;  // segments
  std::uint64_t unchanged = 0;
  std::uint64_t left_out = 0;
  std::uint64_t lines = 0;
  std::uint64_t masks = 0;
  bool is_damaged = false;
  int status = kExitDone;  // of the first error

  void add(const Error& error) {
    is_damaged = is_damaged || error.code == ErrorCode::corrupt;
    if (status == kExitDone) status = exit_status_of(error.code);
  }
  int exit_status() const { return is_damaged ? kExitDamage : status; }
};

Result<void> check_access(const LogName& log, Directory& directory) {
  if (faccessat(directory.descriptor(), ".", W_OK | X_OK, AT_EACCESS) == 0) return {};
  return fail(ErrorCode::permission,
              fmt::format("{}: only root and logd's user may rewrite its archives: its directory "
                          "cannot be written to",
                          log.directory()));
}

// Whether a daemon has this log directory: its logs are recovered then.
enum class HasDaemon { no, yes };

HasDaemon look_for_daemon(const Config& config) {
  control::Request request;
  request.verb = "status";
  const auto response = ask(config, request);
  if (!response) return HasDaemon::no;
  const auto status = parse_status(response->status_json);
  return status && status->log_dir == config.log_dir ? HasDaemon::yes : HasDaemon::no;
}

class LogRewriter {
 public:
  LogRewriter(const LogName& log, Directory& directory, HasDaemon has_daemon, const Masker& masker,
              int level, const RewriteRequest& request, RewriteSum& sum)
      : log_(log),
        directory_(directory),
        has_daemon_(has_daemon),
        masker_(masker),
        level_(level),
        request_(request),
        sum_(sum) {}

  Result<void> run() {
    std::optional<RewriteLock> lock;
    if (!request_.is_dry_run) {
      LOGD_TRY(check_access(log_, directory_));
      LOGD_TRY_ASSIGN(lock, RewriteLock::take(directory_));
    }
    LOGD_TRY_ASSIGN(const std::vector<ListedSegment> segments, list_segment_files(directory_));
    const std::size_t closed = count_closed(segments);
    std::optional<ListedSegment> before;  // left out because of its age
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (i >= closed && segments[i].name.form == Form::plain) {
        tell_active(segments[i]);
      } else if (is_too_old(segments[i])) {
        before = segments[i];
      } else {
        if (before) learn_states(*before, std::span(segments).subspan(i));
        before.reset();
        begin_segment(std::span(segments).subspan(i + 1));
        see_to(segments[i]);
      }
    }
    return {};
  }

 private:
  // While the daemon is not running, only what stands before a record of another segment is surely
  // closed: an empty one may have been begun, and recovery goes on with the one before it.
  std::size_t count_closed(const std::vector<ListedSegment>& segments) const {
    if (has_daemon_ == HasDaemon::yes && !segments.empty()) return segments.size() - 1;
    for (std::size_t i = segments.size(); i > 0; --i) {
      const auto status = directory_.status_of(segments[i - 1].name.str());
      if (status && status->bytes > 0) return i - 1;
    }
    return 0;
  }

  bool is_too_old(const ListedSegment& segment) const {
    if (!request_.since) return false;
    const auto facts = facts_of(directory_, segment.name);
    return facts && facts->last_time && *facts->last_time < *request_.since;
  }

  void begin_segment(std::span<const ListedSegment> behind) {
    behind_ = behind;
    line_behind_ = {};
  }

  void see_to(const ListedSegment& listed) {
    name_ = listed.name;
    MaskStates behind{};
    const auto seen_to = rewrite(listed, behind);
    states_ = behind;
    if (seen_to) return;
    if (seen_to.error().code == ErrorCode::not_found && !is_there(directory_, name_)) {
      tell("deleted meanwhile");
      ++sum_.left_out;
      return;
    }
    sum_.add(seen_to.error());
    ++sum_.left_out;
    const bool is_damaged = seen_to.error().code == ErrorCode::corrupt;
    tell(fmt::format("{}: {}", is_damaged ? "damaged, left as it is" : "left as it is",
                     seen_to.error().message()));
  }

  Result<void> rewrite(const ListedSegment& listed, MaskStates& behind) {
    if (listed.name.form == Form::plain && listed.has_archive && !request_.is_dry_run)
      LOGD_TRY(finish_archiving_of(listed.name));
    for (int attempt = 1;; ++attempt) {
      MaskedCount count;
      LOGD_TRY(look(listed, count, behind));
      if (count.lines == 0) {
        ++sum_.unchanged;
        return {};
      }
      auto written = request_.is_dry_run ? Result<void>() : write();
      if (written) return tell_changed(count);
      const ErrorCode code = written.error().code;
      const bool may_go_on = code == ErrorCode::not_found || code == ErrorCode::exists;
      if (!may_go_on || attempt == kAttempts || !is_there(directory_, name_)) return written;
    }
  }

  // What would change, and how the segment ends.
  Result<void> look(const ListedSegment& listed, MaskedCount& count, MaskStates& behind) {
    LOGD_TRY_ASSIGN(const OpenedSegment opened, open_segment_file(directory_, listed));
    if (!opened.damage.empty()) return fail(ErrorCode::corrupt, opened.damage);
    MaskedSegment masked(masker_, *opened.file, states_, line_behind());
    for (;;) {
      LOGD_TRY_ASSIGN(const std::string_view records, masked.next());
      if (records.empty()) break;
    }
    count = masked.count();
    behind = masked.states();
    return {};
  }

  LineBehind line_behind() {
    return [this](Stream stream) {
      std::optional<std::string>& line = line_behind_[static_cast<std::size_t>(stream)];
      // Kept, since the active segment grows.
      if (!line) line = read_line_behind(stream);
      return *line;
    };
  }

  // A segment without a record says nothing; what cannot be read ends the line.
  std::string read_line_behind(Stream stream) {
    std::string line;
    bool goes_on = true;
    for (const ListedSegment& listed : behind_) {
      const auto opened = open_segment_file(directory_, listed);
      if (!opened || !goes_on) break;
      ForwardReader reader(*opened->file, 0);
      while (goes_on && reader.offset() < kMaxLookBehindSegment) {
        const auto block = reader.next();
        if (!block || block->is_empty()) break;
        goes_on = add_line_of(stream, block->records, kMaskLookAheadBytes, line);
      }
      if (reader.offset() > 0) break;
    }
    return line;
  }

  Result<void> write() {
    const std::string archive_name = name_.with(Form::archive).str();
    auto archive = directory_.open_file(archive_name, OpenMode::read);
    if (!archive && archive.error().code == ErrorCode::not_found) {
      LOGD_TRY(archive_segment(directory_, name_, level_));
      archive = directory_.open_file(archive_name, OpenMode::read);
    }
    if (!archive) return fail(archive.error());
    LOGD_TRY_ASSIGN(const InflatedArchive inflated, inflate_archive(**archive));
    if (!inflated.damage.empty()) return fail(ErrorCode::corrupt, inflated.damage);
    const OpenContents contents = [&]() -> Result<std::unique_ptr<File>> {
      return std::unique_ptr<File>(
          std::make_unique<MaskedSegment>(masker_, *inflated.file, states_, line_behind()));
    };
    return rewrite_archive(directory_, name_, {**archive, *inflated.file}, contents, level_);
  }

  // As the daemon does at its start.
  Result<void> finish_archiving_of(const SegmentName& plain) {
    LOGD_TRY_ASSIGN(const ArchivingLeftovers leftovers,
                    finish_archiving(directory_, {plain.str(), plain.with(Form::archive).str()},
                                     plain.number + 1));
    for (const std::string& name : leftovers.set_aside)
      tell(fmt::format("{} is not its archive, and is called {}.bad now", name, name));
    return {};
  }

  // A secret may go on from a segment that is left out into the next one.
  void learn_states(const ListedSegment& segment, std::span<const ListedSegment> behind) {
    begin_segment(behind);
    MaskedCount count;
    MaskStates states{};
    if (look(segment, count, states)) states_ = states;
  }

  void tell_active(const ListedSegment& segment) {
    name_ = segment.name;
    const auto status = directory_.status_of(name_.str());
    if (!status || status->bytes == 0) return;
    ++sum_.left_out;
    tell(fmt::format("left out, it is the active one; first: logctl rotate {}", log_.directory()));
  }

  Result<void> tell_changed(const MaskedCount& count) {
    ++sum_.changed;
    sum_.lines += count.lines;
    sum_.masks += count.masks;
    tell(fmt::format("{}{} changed, {}", request_.is_dry_run ? "would be " : "",
                     counted(count.lines, "line"), counted(count.masks, "mask")));
    return {};
  }

  void tell(const std::string& what) const {
    fmt::print("{}/{}: {}\n", log_.directory(), name_.str(), what);
    std::fflush(stdout);
  }

  const LogName& log_;
  Directory& directory_;
  HasDaemon has_daemon_;
  const Masker& masker_;
  int level_;
  const RewriteRequest& request_;
  RewriteSum& sum_;
  SegmentName name_;   // of the segment at hand
  MaskStates states_;  // at its beginning
  std::span<const ListedSegment> behind_;
  std::array<std::optional<std::string>, 2> line_behind_;  // of each stream, once asked for
};

class Rewriting {
 public:
  Rewriting(const Config& config, const RewriteRequest& request, MaskRules& rules)
      : config_(config), request_(request), rules_(rules), has_daemon_(look_for_daemon(config)) {}

  Result<void> visit(const LogName& log, Directory& directory) {
    const ProcessConfig& process = config_.of(log.process);
    MaskingConfig masking = process.masking;
    if (!request_.packs.empty()) {
      masking.packs = split_list(request_.packs);
      masking.mode = MaskingMode::enforce;
    }
    if (masking.mode != MaskingMode::enforce) {
      fmt::print("{}: left as it is: its masking is {}\n", log.directory(),
                 masking.mode == MaskingMode::off ? "off" : "only reported");
      return {};
    }
    LOGD_TRY_ASSIGN(const auto policy, follow_policy(rules_, config_, masking));
    return LogRewriter(log, directory, has_daemon_, policy->masker(), process.level, request_, sum_)
        .run();
  }

  void failed(const Error& error) {
    complain(error);
    sum_.add(error);
  }

  int end() const {
    fmt::print("{} {}, {} without need, {} left out: {} changed, {}\n",
               request_.is_dry_run ? "would rewrite" : "rewrote", counted(sum_.changed, "segment"),
               sum_.unchanged, sum_.left_out, counted(sum_.lines, "line"),
               counted(sum_.masks, "mask"));
    return sum_.exit_status();
  }

 private:
  const Config& config_;
  const RewriteRequest& request_;
  MaskRules& rules_;
  HasDaemon has_daemon_;
  RewriteSum sum_;
};

}  // namespace

int rewrite_masks(const Config& config, const RewriteRequest& request) {
  const auto rules = compile_rules(library_of(config));
  if (!rules) return kExitUsage;
  // Without it, hashes would be missing from now on.
  if (const auto key = read_mask_key(config.mask_key, CreateKey::no); !key && !request.is_dry_run)
    return complain(key.error());
  Rewriting rewriting(config, request, **rules);
  const auto visited = for_each_log(
      config, request.names,
      [&](const LogName& log, Directory& directory) { return rewriting.visit(log, directory); },
      [&](const LogName&, const Error& error) { rewriting.failed(error); });
  if (!visited) return complain(visited.error());
  return rewriting.end();
}

}  // namespace logd
