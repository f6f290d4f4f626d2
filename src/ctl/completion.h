// Completes logctl's command lines: the candidates, and the scripts that ask for them.
//
// A script of a shell knows nothing: it calls `logctl complete -- WORD...`, the words of the line
// behind "logctl" up to the one to be completed, which may be empty. Candidates come one a line, a
// description behind a tab; options are those that --help shows, names those of the processes in
// the log directory. A line ":files" or ":directories" asks the shell to complete paths.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_file.h"

namespace logd {

inline constexpr std::string_view kCompleteCommand = "complete";

struct Candidate {
  std::string text;
  std::string description;  // may be empty
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// Names of one kind, with what the words before say of the configuration.
using ListNames = std::function<std::vector<std::string>(const ConfigSources& sources)>;

// What is known of names that a command line may hold.
struct KnownNames {
  ListNames processes;     // and their instances: "web", "web@2"
  ListNames destinations;  // of forwarding
};

// For the last of `words`; without a word, as for an empty one. Candidates begin with it.
std::vector<Candidate> candidates_for(std::vector<std::string> words, const KnownNames& known);

// The same on standard output, of the names that are there; returns the exit status.
int print_candidates(const std::vector<std::string>& arguments);

}  // namespace logd
