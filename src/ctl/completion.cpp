// SPDX-License-Identifier: Apache-2.0
#include "ctl/completion.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>

#include "base/posix_file_system.h"
#include "ctl/commands.h"
#include "ctl/exit_status.h"
#include "query/log_choice.h"

namespace logd {
namespace {

constexpr std::string_view kBash = R"x(# logctl completes its own command lines; see logctl(1).
_logctl() {
  local line=${COMP_LINE:0:COMP_POINT}
  local -a words candidates=()
  read -r -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local current=${words[-1]} candidate
  # What bash takes for words of their own: of "web@2" it replaces "2" only.
  local kept=${current%"${COMP_WORDS[COMP_CWORD]}"}
  while IFS=$'\t' read -r candidate _; do
    case $candidate in
      :files) compopt -o default ;;
      :directories) compopt -o dirnames ;;
      *) candidates+=("${candidate#"$kept"}") ;;
    esac
  done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
  COMPREPLY=("${candidates[@]}")
  [[ ${#candidates[@]} == 1 && ${candidates[0]} == *= ]] && compopt -o nospace
  return 0
}
complete -F _logctl logctl
)x";

constexpr std::string_view kZsh = R"x(#compdef logctl
# logctl completes its own command lines; see logctl(1).
_logctl() {
  local line candidate
  local -a candidates descriptions
  for line in "${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    candidate=${line%%$'\t'*}
    case $candidate in
      '') ;;
      :files) _files ;;
      :directories) _files -/ ;;
      *)
        candidates+=("$candidate")
        descriptions+=("${line//$'\t'/  -- }")
        ;;
    esac
  done
  (( $#candidates )) && compadd -l -d descriptions -a candidates
}
if [[ ${funcstack[1]} == _logctl ]]; then
  _logctl "$@"
else
  compdef _logctl logctl
fi
)x";

constexpr std::string_view kFish = R"x(# logctl completes its own command lines; see logctl(1).
function __logctl_candidates
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (commandline -ct)
            case :directories
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c logctl -f -a '(__logctl_candidates)'
)x";

struct Shell {
  std::string_view name;
  std::string_view script;
};
constexpr Shell kShells[] = {{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}};

std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

class Completion {
 public:
  Completion(std::vector<std::string> words, const KnownNames& known)
      : words_(std::move(words)), known_(known) {
    current_ = words_.empty() ? "" : words_.back();
    if (!words_.empty()) words_.pop_back();
  }

  std::vector<Candidate> find() {
    SourceOptions sources;
    const CommandEntry* entry = nullptr;
    std::unique_ptr<Command> command;
    auto options = std::make_unique<Options>("", "");
    sources.declare(*options);
    std::vector<std::string> arguments;
    std::optional<Options::Listed> open;  // the option whose value comes next
    for (const std::string& word : words_) {
      if (open) {
        note_source(*open, word);
        open.reset();
      } else if (word == "--" && entry != nullptr) {
        return {};  // somebody else's command line
      } else if (word.starts_with('-') && word != "-") {
        const std::size_t equals = word.find('=');
        const auto option = option_of(*options, word.substr(0, equals));
        if (!option || option->value_name.empty()) continue;
        if (equals == std::string::npos) {
          open = option;
        } else {
          note_source(*option, word.substr(equals + 1));
        }
      } else if (entry == nullptr) {
        entry = find_command(word);
        if (entry == nullptr) return {};
        command = entry->make();
        options = std::make_unique<Options>(entry->name, entry->summary);
        command->declare(*options);
        sources.declare(*options);
      } else {
        arguments.push_back(word);
      }
    }
    if (open) {
      add_values(open->value_name, "");
    } else if (current_.starts_with('-')) {
      add_options(*options);
    } else if (entry == nullptr) {
      for (const CommandEntry& known : commands()) {
        add(known.name, known.summary);
        // An alias is for those who type it.
        if (known.alias != nullptr && !current_.empty()) add(known.alias, known.summary);
      }
    } else {
      add_arguments(*entry, arguments);
    }
    return std::move(candidates_);
  }

 private:
  static std::optional<Options::Listed> option_of(const Options& options,
                                                  const std::string& spelling) {
    for (const Options::Listed& option : options.list()) {
      if (std::count(option.spellings.begin(), option.spellings.end(), spelling) != 0)
        return option;
    }
    return std::nullopt;
  }

  // Where the words before say that the logs are.
  void note_source(const Options::Listed& option, const std::string& value) {
    const std::string& name = option.spellings.back();
    if (name == "--config") sources_.config = value;
    if (name == "--log-dir") sources_.log_dir = value;
    if (name == "--run-dir") sources_.run_dir = value;
  }

  void add(std::string_view text, std::string_view description) {
    if (text.starts_with(current_))
      candidates_.push_back({std::string(text), std::string(description)});
  }

  void add_options(const Options& options) {
    const std::size_t equals = current_.find('=');
    if (equals != std::string::npos) {
      const auto option = option_of(options, current_.substr(0, equals));
      if (option) add_values(option->value_name, current_.substr(0, equals + 1));
      return;
    }
    for (const Options::Listed& option : options.list()) {
      // One spelling says it; the others are for those who type them.
      const bool is_dash = current_ == "-" || current_ == "--";
      bool is_first = true;
      for (const std::string& spelling : option.spellings) {
        if (is_dash && (!is_first || !spelling.starts_with("--"))) continue;
        const std::size_t before = candidates_.size();
        add(spelling, option.help);
        is_first = is_first && candidates_.size() == before;
      }
      if (is_dash && is_first) add(option.spellings.front(), option.help);
    }
  }

  // By what help calls the value: "FILE", "NAME", "auto|always|never".
  void add_values(std::string_view value_name, const std::string& before) {
    if (value_name == "FILE") return ask_for(":files");
    if (value_name == "DIR") return ask_for(":directories");
    if (value_name == "NAME") return add_names(before);
    if (value_name.find('|') == std::string_view::npos) return;
    for (const std::string& value : parts_of(value_name, '|')) {
      if (std::any_of(value.begin(), value.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
        add(before + value, "");
    }
  }

  void ask_for(std::string_view what) { candidates_.push_back({std::string(what), ""}); }

  void add_names(const std::string& before) {
    for (const std::string& name : known_.processes(sources_)) add(before + name, "");
  }

  // Of "status|test|dlq DEST…": an action, or "dlq" and one of its own, then a destination.
  void add_ship_arguments(std::string_view shown, std::vector<std::string> arguments) {
    if (!arguments.empty() && arguments.front() == "dlq") {
      shown = "list|show|drop|replay DEST…";
      arguments.erase(arguments.begin());
    }
    if (arguments.empty()) {
      for (const std::string& action : parts_of(shown.substr(0, shown.find(' ')), '|'))
        add(action, "");
    } else if (arguments.size() == 1) {
      for (const std::string& name : known_.destinations(sources_)) add(name, "");
    }
  }

  // By how help shows the arguments: "NAME", "[NAME|GLOB…]", "list|show ID|check".
  void add_arguments(const CommandEntry& entry, const std::vector<std::string>& arguments) {
    const std::string_view shown = entry.arguments;
    if (shown.ends_with(" DEST…")) return add_ship_arguments(shown, arguments);
    const bool is_one = shown.find("\u2026") == std::string_view::npos || shown.find("--") != npos;
    if (is_one && !arguments.empty()) return;
    if (shown.starts_with("RE ") && arguments.empty()) return;
    if (shown.find("NAME") != npos) return add_names("");
    for (const std::string& value : parts_of(shown, '|')) {
      const std::string word = value.substr(0, value.find(' '));
      if (!word.empty()) add(word, "");
    }
  }

  static constexpr std::size_t npos = std::string_view::npos;

  std::vector<std::string> words_;
  const KnownNames& known_;
  std::string current_;
  ConfigSources sources_;
  std::vector<Candidate> candidates_;
};

// None where they cannot be read: a shell has no place for the reason.
std::vector<std::string> names_in(const ConfigSources& sources) {
  const auto config = load_config(sources);
  if (!config) return {};
  PosixFileSystem fs;
  const auto log_dir = fs.open_directory(config->config.log_dir);
  if (!log_dir) return {};
  const auto logs = list_logs(**log_dir);
  if (!logs) return {};
  std::vector<std::string> names;
  for (const LogName& log : *logs) {
    names.push_back(log.process);
    if (log.instance != kNoInstance) names.push_back(log.directory());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> destinations_in(const ConfigSources& sources) {
  std::vector<std::string> names;
  const auto config = load_config(sources);
  if (!config) return names;
  for (const auto& [name, ship] : config->config.ships) names.push_back(name);
  return names;
}

class CompletionCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.required_argument("SHELL", shell_, "bash, zsh or fish");
  }

  int run(const Config& /*config*/) override {
    for (const Shell& shell : kShells) {
      if (shell_ != shell.name) continue;
      std::fwrite(shell.script.data(), 1, shell.script.size(), stdout);
      return kExitDone;
    }
    complain("completion: SHELL is bash, zsh or fish, not '" + shell_ + "'");
    return kExitUsage;
  }

 private:
  std::string shell_;
};

}  // namespace

std::vector<Candidate> candidates_for(std::vector<std::string> words, const KnownNames& known) {
  return Completion(std::move(words), known).find();
}

int print_candidates(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = arguments;
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  std::string text;
  for (const Candidate& candidate : candidates_for(std::move(words), {names_in, destinations_in})) {
    text += candidate.text;
    if (!candidate.description.empty()) text += '\t' + candidate.description;
    text += '\n';
  }
  std::fputs(text.c_str(), stdout);
  return kExitDone;
}

std::unique_ptr<Command> make_completion_command() { return std::make_unique<CompletionCommand>(); }

}  // namespace logd
