// Masks standard input line for line, or what is stored: `logctl mask`. Needs no daemon.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_io.h"
#include "base/system_clock.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/mask_policy.h"
#include "ctl/mask_rewrite.h"
#include "ctl/rule_options.h"
#include "ctl/zone.h"
#include "query/time_expression.h"

namespace logd {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
// A longer line is masked in pieces.
constexpr std::size_t kMaxLineBytes = 64 << 20;

// Takes bytes, gives out masked lines.
class Filter {
 public:
  Filter(const Masker& masker, const MaskPlan& plan, bool explains)
      : masker_(masker), plan_(plan), explains_(explains) {}

  // Masks the whole lines of what came so far, and at the end the rest.
  Result<void> take(std::string_view bytes, bool is_end) {
    pending_ += bytes;
    const std::size_t newline = bytes.rfind('\n');
    std::size_t whole = 0;
    if (newline != std::string_view::npos) whole = pending_.size() - bytes.size() + newline + 1;
    if (is_end) whole = pending_.size();
    const bool is_cut = whole == 0 && pending_.size() >= kMaxLineBytes;
    if (whole > 0) LOGD_TRY(mask_lines(std::string_view(pending_).substr(0, whole)));
    if (is_cut) {
      whole = pending_.size() - kMaskLookAheadBytes;
      LOGD_TRY(mask_piece(whole));
    }
    pending_.erase(0, whole);
    return {};
  }

 private:
  Result<void> mask_lines(std::string_view text) {
    MaskPass pass(masker_, text, state_);
    output_.clear();
    if (!explains_) pass.mask_all(output_);
    for (std::size_t at = 0; explains_ && at < text.size(); ++lines_) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      output_ += pass.mask({text.substr(at, end - at), RecordTag::full}).bytes();
      explain(pass, at);
      if (end < text.size()) output_ += '\n';
      at = end + 1;
    }
    state_ = pass.state();
    return write_output();
  }

  Result<void> mask_piece(std::size_t size) {
    MaskPass pass(masker_, pending_, state_);
    const std::string_view piece = std::string_view(pending_).substr(0, size);
    output_ = pass.mask({piece, RecordTag::partial}, LineEnd::no).bytes();
    state_ = pass.state();
    return write_output();
  }

  // The secret itself is not shown.
  void explain(const MaskPass& pass, std::size_t line_begin) const {
    for (const Edit& edit : pass.edits()) {
      const bool is_own = edit.slot >= kFirstOwnSlot;
      const std::string_view style =
          is_own ? "token" : style_name(plan_.engine.rules_in_force()[edit.slot].style);
      std::fputs(
          fmt::format("{}:{}-{}: {} {}{}\n", lines_ + 1, edit.begin - line_begin + 1,
                      edit.end - line_begin,
                      is_own ? id_of_own_slot(edit.slot) : plan_.engine.rule_of(edit.slot).id,
                      style, is_own ? "" : ": " + plan_.engine.rule_of(edit.slot).description)
              .c_str(),
          stderr);
    }
  }

  static std::string_view style_name(Style style) {
    constexpr std::string_view kNames[] = {"token", "hash",   "partial",
                                           "fixed", "remove", "same_length"};
    return kNames[static_cast<std::size_t>(style)];
  }

  Result<void> write_output() const {
    std::string_view rest = output_;
    while (!rest.empty()) {
      const ssize_t written =
          retry_interrupted([&] { return write(STDOUT_FILENO, rest.data(), rest.size()); });
      if (written < 0) return fail(system_error(errno, "write standard output"));
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  const Masker& masker_;
  const MaskPlan& plan_;
  bool explains_;
  std::string pending_;
  std::string output_;
  MaskState state_;
  std::size_t lines_ = 0;
};

class MaskCommand final : public Command {
 public:
  // Better no output than one that nobody has masked.
  bool needs_whole_config() const override { return true; }

  void declare(Options& options) override {
    options.text("--packs", request_.packs, "LIST",
                 "Packs of rules, with commas between them; all: every one (default: those of the "
                 "configuration)");
    options.text("--process", process_, "NAME", "Mask as the configuration says for this process");
    options.flag("--explain", explains_,
                 "Say on standard error what was masked: line:from-to: rule style");
    options.flag("--rewrite", rewrites_,
                 "Instead: mask what is stored of NAME… again, by the rules as they are now");
    options.arguments("NAME", request_.names, "Processes, NAME@N for one instance, or globs");
    options.text(
        "--since", since_, "TIME",
        "Only segments that end later, such as 2h (ago), yesterday or \"2026-11-21 22:17\"");
    options.flag("--dry-run", request_.is_dry_run, "Only say what would change");
  }

  int run(const Config& config) override {
    if (rewrites_) return rewrite(config);
    if (!request_.names.empty() || !since_.empty() || request_.is_dry_run) {
      complain("mask: NAME, --since and --dry-run belong to --rewrite");
      return kExitUsage;
    }
    auto rules = compile_rules(library_of(config));
    if (!rules) return kExitUsage;
    MaskingConfig masking =
        process_.empty() ? config.defaults.masking : config.of(process_).masking;
    // What is asked for by hand is done.
    masking.mode = MaskingMode::enforce;
    if (!request_.packs.empty()) masking.packs = split_list(request_.packs);
    const auto policy = follow_policy(**rules, config, masking);
    if (!policy) return complain(policy.error());
    return filter(Filter((*policy)->masker(), (*policy)->plan(), explains_));
  }

 private:
  int rewrite(const Config& config) {
    if (!process_.empty() || explains_) {
      complain("mask: --process and --explain do not go with --rewrite");
      return kExitUsage;
    }
    if (request_.names.empty()) {
      complain("mask: --rewrite wants the names of processes, or '*'");
      return kExitUsage;
    }
    if (!since_.empty()) {
      if (const auto settled = settle_since(config); !settled) {
        complain("mask: " + settled.error().message());
        return kExitUsage;
      }
    }
    return rewrite_masks(config, request_);
  }

  // Errors: invalid.
  Result<void> settle_since(const Config& config) {
    LOGD_TRY_ASSIGN(const Zone zone, choose_zone(config.timezone));
    LOGD_TRY_ASSIGN(request_.since, parse_moment(since_, TimeBound::since, SystemClock().wall_now(),
                                                 time_zone_of(zone)));
    return {};
  }

  static int filter(Filter filter) {
    std::vector<char> bytes(kReadBytes);
    while (true) {
      const ssize_t size =
          retry_interrupted([&] { return read(STDIN_FILENO, bytes.data(), bytes.size()); });
      if (size < 0) return complain(system_error(errno, "read standard input"));
      const auto taken =
          filter.take(std::string_view(bytes.data(), static_cast<std::size_t>(size)), size == 0);
      if (!taken) return complain(taken.error());
      if (size == 0) return kExitDone;
    }
  }

  RewriteRequest request_;
  std::string since_;
  std::string process_;
  bool rewrites_ = false;
  bool explains_ = false;
};

}  // namespace

std::unique_ptr<Command> make_mask_command() { return std::make_unique<MaskCommand>(); }

}  // namespace logd
