// Checks that logs hold exactly the numbered lines that were written.
//
// Reads the segments of log directories (Kubernetes CRI records, logd-format(5)) or files with the
// output of `logctl tail -o cri|raw`, and demands of every stream and label: the numbers 0 to N-1,
// each once, in order, each line whole; and of every log: times that strictly increase. Prints
// one JSON object; status 1 if anything is wrong. Knows the format only from its description.
// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "numbered_line.h"

namespace {

namespace fs = std::filesystem;

constexpr int kDamageStatus = 1;
constexpr int kUsageStatus = 2;
constexpr std::size_t kReadBytes = 1 << 20;
constexpr std::size_t kTimeDigits = 29;
constexpr std::size_t kHeaderBytes = 40;
constexpr std::size_t kEventHeaderBytes = 45;
constexpr std::size_t kMaxExamples = 20;

// What is known about one stream of one writer.
struct Numbers {
  std::vector<bool> seen;
  std::uint64_t next = 0;
  std::uint64_t lines = 0, lost = 0, doubled = 0, out_of_order = 0;
  bool is_cut = false;  // its writer was killed within a line, which is stored as far as it got
};

// What the caller demands: exactly `lines`, or a prefix of at most that many (and perhaps the front
// of the next one).
struct Demand {
  std::uint64_t lines = 0;
  bool is_prefix = false;
};

enum class Form { segments, cri, raw };

class Checker {
 public:
  Checker(Form form, const std::map<std::string, Demand>& demands)
      : form_(form), demands_(demands) {}

  // A new log: its times have nothing to do with those before.
  void begin_log() { last_time_.clear(); }

  // `name` is for messages. A file ends at a whole record, or its tail is torn.
  bool read_file(const std::string& name) {
    gzFile file = gzopen(name.c_str(), "rb");  // plain files too
    if (file == nullptr) return false;
    where_ = name;
    std::string rest;
    std::vector<char> block(kReadBytes);
    int taken = 0;
    while ((taken = gzread(file, block.data(), kReadBytes)) > 0) {
      rest.append(block.data(), static_cast<std::size_t>(taken));
      rest.erase(0, take_records(rest));
    }
    if (!rest.empty()) damage(torn_, "no newline at the end", rest);
    if (taken < 0) damage(torn_, "cannot be read", name);
    gzclose(file);
    return true;
  }

  // Holds the counts against the demands; a stream that nobody demanded must be without holes too.
  void finish() {
    for (const auto& [key, text] : partial_) damage(torn_, "a piece without its end", text);
    for (const auto& [key, demand] : demands_) {
      Numbers& numbers = numbers_[key];
      const bool is_short = numbers.next < demand.lines && !demand.is_prefix;
      if (is_short) numbers.lost += demand.lines - numbers.next;
      if (is_short) example("ends at " + std::to_string(numbers.next), key);
      if (numbers.next > demand.lines) damage(foreign_, "more lines than written", key);
    }
  }

  bool is_exact() const {
    return total(&Numbers::lost) + total(&Numbers::doubled) + total(&Numbers::out_of_order) +
               torn_ + foreign_ + bad_times_ ==
           0;
  }

  void print() const {
    std::printf(
        "{\"records\":%lu,\"events\":%lu,\"pieces\":%lu,\"lines\":%lu,\"lost\":%lu,"
        "\"doubled\":%lu,\"out_of_order\":%lu,\"torn\":%lu,\"foreign\":%lu,\"bad_times\":%lu,"
        "\"streams\":{",
        records_, events_, pieces_, total(&Numbers::lines), total(&Numbers::lost),
        total(&Numbers::doubled), total(&Numbers::out_of_order), torn_, foreign_, bad_times_);
    const char* comma = "";
    for (const auto& [key, numbers] : numbers_) {
      std::printf("%s\"%s\":%lu", comma, key.c_str(), numbers.lines);
      comma = ",";
    }
    std::printf("}}\n");
    for (const std::string& text : examples_) std::fprintf(stderr, "%s\n", text.c_str());
  }

 private:
  // Takes the whole records at the front of `bytes`; returns how many bytes they have.
  std::size_t take_records(std::string_view bytes) {
    std::size_t at = 0;
    for (std::size_t end = 0; (end = bytes.find('\n', at)) != std::string_view::npos; at = end + 1)
      take_record(bytes.substr(at, end - at));
    return at;
  }

  void take_record(std::string_view record) {
    ++records_;
    if (form_ == Form::raw) return take_line(record);
    if (!has_time(record)) return damage(torn_, "not a record", record);
    if (form_ == Form::segments) check_time(record.substr(0, kTimeDigits));
    if (is_event(record)) {
      ++events_;
      return;
    }
    const std::string_view marks = record.substr(kTimeDigits, kHeaderBytes - kTimeDigits);
    const bool is_out = marks.starts_with("Z stdout ");
    const bool is_full = marks.ends_with(" F ");
    if ((!is_out && !marks.starts_with("Z stderr ")) || (!is_full && !marks.ends_with(" P ")))
      return damage(torn_, "not a record", record);
    join(is_out ? 'o' : 'e', is_full, record.substr(kHeaderBytes));
  }

  static bool has_time(std::string_view record) {
    constexpr std::string_view kPattern = "0000-00-00T00:00:00.000000000";
    if (record.size() < kHeaderBytes) return false;
    for (std::size_t i = 0; i < kPattern.size(); ++i) {
      const bool is_digit = record[i] >= '0' && record[i] <= '9';
      if (kPattern[i] == '0' ? !is_digit : record[i] != kPattern[i]) return false;
    }
    return true;
  }

  static bool is_event(std::string_view record) {
    return record.size() >= kEventHeaderBytes &&
           record.substr(kTimeDigits, kEventHeaderBytes - kTimeDigits) == "+00:00 stderr F ";
  }

  // The text has a fixed width: its order is the order of the times.
  void check_time(std::string_view time) {
    if (time <= last_time_) damage(bad_times_, "not later than " + last_time_, time);
    last_time_ = time;
  }

  // A line may have been stored in pieces; only segments say which piece belongs to which line.
  void join(char stream, bool is_full, std::string_view content) {
    if (!is_full) ++pieces_;
    const auto held = partial_.find(stream);
    if (is_full && held == partial_.end()) return take_line(content, stream);
    std::string& text = partial_[stream];
    text.append(content);
    if (!is_full) return;
    take_line(text, stream);
    partial_.erase(stream);
  }

  void take_line(std::string_view content, char stream = 0) {
    const auto line = load::parse_line(content);
    if (!line && is_cut_end(content, stream)) return;
    if (!line) return damage(torn_, "not a whole line", content);
    if (stream != 0 && line->stream != stream) damage(foreign_, "in the wrong stream", content);
    std::string key{line->stream, ':'};
    key.append(line->label);
    last_key_[line->stream] = key;
    Numbers& numbers = numbers_[key];
    if (numbers.is_cut) damage(torn_, "goes on after its unfinished end", content);
    count(numbers, *line);
  }

  // True for the front of the next line of the stream's last writer, if only a prefix of what that
  // one wrote is demanded: it was killed within the line.
  bool is_cut_end(std::string_view content, char stream) {
    const auto last = last_key_.find(stream);
    if (last == last_key_.end()) return false;
    const auto demand = demands_.find(last->second);
    Numbers& numbers = numbers_[last->second];
    if (demand == demands_.end() || !demand->second.is_prefix || numbers.is_cut) return false;
    char line[load::kMaxLineBytes];
    const std::size_t bytes =
        load::build_line(line, stream, std::string_view(last->second).substr(2), numbers.next);
    numbers.is_cut = std::string_view(line, bytes).starts_with(content);
    return numbers.is_cut;
  }

  void count(Numbers& numbers, const load::NumberedLine& line) {
    ++numbers.lines;
    if (line.number >= numbers.seen.size())
      numbers.seen.resize(std::max(line.number + 1, 2 * numbers.seen.size()));
    if (numbers.seen[line.number]) {
      ++numbers.doubled;
      example("doubled", std::to_string(line.number));
    } else if (line.number < numbers.next) {
      ++numbers.out_of_order;
      --numbers.lost;
      example("out of order", std::to_string(line.number));
    } else if (line.number > numbers.next) {
      numbers.lost += line.number - numbers.next;
      example("lost from " + std::to_string(numbers.next) + " to", std::to_string(line.number));
    }
    numbers.seen[line.number] = true;
    numbers.next = std::max(numbers.next, line.number + 1);
  }

  void damage(std::uint64_t& counter, const std::string& what, std::string_view bytes) {
    ++counter;
    example(what, bytes);
  }

  void example(const std::string& what, std::string_view bytes) {
    if (examples_.size() < kMaxExamples)
      examples_.push_back(where_ + ": " + what + ": " + std::string(bytes.substr(0, 200)));
  }

  std::uint64_t total(std::uint64_t Numbers::*count) const {
    std::uint64_t sum = 0;
    for (const auto& [key, numbers] : numbers_) sum += numbers.*count;
    return sum;
  }

  Form form_;
  const std::map<std::string, Demand>& demands_;
  std::string where_;
  std::string last_time_;
  std::map<std::string, Numbers> numbers_;
  std::map<char, std::string> last_key_;  // by stream: the writer of the last line
  std::map<char, std::string> partial_;
  std::uint64_t records_ = 0, events_ = 0, pieces_ = 0;
  std::uint64_t torn_ = 0, foreign_ = 0, bad_times_ = 0;
  std::vector<std::string> examples_;
};

// The segments of a log in their order: by number, which all names spell with ten digits.
std::vector<std::string> segments_of(const std::string& directory) {
  std::vector<std::string> segments;
  std::error_code error;
  // Twice: one listing may miss a segment that becomes an archive meanwhile.
  for (int listing = 0; listing < 2; ++listing)
    for (const auto& entry : fs::directory_iterator(directory, error)) {
      const std::string name = entry.path().filename();
      const bool has_form = name.ends_with(".log") || name.ends_with(".log.gz");
      if (has_form && name[0] >= '0' && name[0] <= '9') segments.push_back(entry.path());
    }
  std::sort(segments.begin(), segments.end());
  segments.erase(std::unique(segments.begin(), segments.end()), segments.end());
  // Both forms of one segment: the plain one, which sorts first, counts.
  const auto same = [](const std::string& a, const std::string& b) { return b == a + ".gz"; };
  segments.erase(std::unique(segments.begin(), segments.end(), same), segments.end());
  return segments;
}

int usage() {
  std::fputs(
      "usage: verify_log [--expect S:LABEL=LINES]... [--prefix S:LABEL=LINES]... LOG_DIRECTORY...\n"
      "       verify_log --cri|--raw [--expect ...] FILE...      output of logctl tail -o "
      "cri|raw\n",
      stderr);
  return kUsageStatus;
}

bool take_demand(const std::string& text, bool is_prefix, std::map<std::string, Demand>& demands) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return false;
  demands[text.substr(0, equals)] = {std::strtoull(text.c_str() + equals + 1, nullptr, 10),
                                     is_prefix};
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const option known[] = {{"expect", required_argument, nullptr, 'e'},
                          {"prefix", required_argument, nullptr, 'p'},
                          {"cri", no_argument, nullptr, 'c'},
                          {"raw", no_argument, nullptr, 'r'},
                          {nullptr, 0, nullptr, 0}};
  std::map<std::string, Demand> demands;
  Form form = Form::segments;
  for (int found = 0; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (found == 'c') form = Form::cri;
    if (found == 'r') form = Form::raw;
    if (found == '?') return usage();
    if ((found == 'e' || found == 'p') && !take_demand(optarg, found == 'p', demands))
      return usage();
  }
  if (optind == argc) return usage();
  Checker checker(form, demands);
  for (int i = optind; i < argc; ++i) {
    checker.begin_log();
    const std::string path = argv[i];
    const auto files = form == Form::segments ? segments_of(path) : std::vector<std::string>{path};
    for (const std::string& file : files) {
      // It may have become an archive since it was listed.
      if (checker.read_file(file) || checker.read_file(file + ".gz")) continue;
      std::fprintf(stderr, "verify_log: %s: cannot be opened\n", file.c_str());
      return kUsageStatus;
    }
  }
  checker.finish();
  checker.print();
  return checker.is_exact() ? 0 : kDamageStatus;
}
