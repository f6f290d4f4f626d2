// SPDX-License-Identifier: Apache-2.0
#include "mask/literal_finder.h"

#include <algorithm>
#include <bit>
#include <map>

#include "logd/result.h"
#include "mask/ascii.h"

namespace logd {
namespace {

// Rows of the table have a number of entries that the compiler knows, each for its own loop.
constexpr std::uint32_t kSmallShift = 6;
constexpr std::uint32_t kMediumShift = 7;
constexpr std::uint32_t kLargeShift = 8;

// Below this the lanes' overlaps cost more than they save.
constexpr std::size_t kMinLaneBytes = 256;
constexpr std::size_t kLanes = 6;

}  // namespace

// A state while the automaton is built.
struct LiteralFinder::Node {
  std::map<std::uint8_t, std::uint32_t> children;  // by class
  std::uint32_t suffix = 0;
  std::vector<std::uint16_t> literals;  // that end here, suffixes included
};

class LiteralFinder::Builder {
 public:
  explicit Builder(LiteralFinder& finder) : finder_(finder), nodes_(1) {}

  void build(std::span<const std::string> literals) {
    number_classes(literals);
    for (std::size_t i = 0; i < literals.size(); ++i)
      add(literals[i], static_cast<std::uint16_t>(i));
    LOGD_ASSERT(nodes_.size() <= kMaxBytes + 1);
    link_suffixes();
    number_states();
    fill_table();
  }

 private:
  // Class 0 is every byte that no literal has.
  void number_classes(std::span<const std::string> literals) {
    for (const std::string& literal : literals) {
      for (const char c : std::string_view(literal).substr(0, kMaxDepth)) {
        std::uint8_t& known = finder_.class_of_[static_cast<unsigned char>(c)];
        if (known == 0) known = static_cast<std::uint8_t>(++classes_);
      }
    }
    for (char upper = 'A'; upper <= 'Z'; ++upper) {
      finder_.class_of_[static_cast<unsigned char>(upper)] =
          finder_.class_of_[static_cast<unsigned char>(ascii::to_lower(upper))];
    }
    finder_.shift_ = classes_ < 1U << kSmallShift    ? kSmallShift
                     : classes_ < 1U << kMediumShift ? kMediumShift
                                                     : kLargeShift;
  }

  void add(std::string_view literal, std::uint16_t index) {
    std::uint32_t node = 0;
    for (const char c : literal.substr(0, kMaxDepth)) {
      const std::uint8_t byte_class = finder_.class_of_[static_cast<unsigned char>(c)];
      const auto [child, is_new] =
          nodes_[node].children.try_emplace(byte_class, static_cast<std::uint32_t>(nodes_.size()));
      node = child->second;
      if (is_new) nodes_.emplace_back();
    }
    nodes_[node].literals.push_back(index);
  }

  // Breadth first, so that a shorter suffix is complete before it is needed.
  void link_suffixes() {
    order_.push_back(0);
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const std::uint32_t parent = order_[i];
      for (const auto& [byte_class, child] : nodes_[parent].children) {
        order_.push_back(child);
        if (parent != 0) nodes_[child].suffix = step(nodes_[parent].suffix, byte_class);
        const std::vector<std::uint16_t>& more = nodes_[nodes_[child].suffix].literals;
        nodes_[child].literals.insert(nodes_[child].literals.end(), more.begin(), more.end());
      }
    }
  }

  std::uint32_t step(std::uint32_t node, std::uint8_t byte_class) const {
    while (true) {
      const auto child = nodes_[node].children.find(byte_class);
      if (child != nodes_[node].children.end()) return child->second;
      if (node == 0) return 0;
      node = nodes_[node].suffix;
    }
  }

  // In order of depth, so that the states that are visited most share cache lines. Those with
  // outputs have a bit of their own: whether any of many states has one costs an OR for each.
  void number_states() {
    number_of_.resize(nodes_.size());
    const auto outputs = static_cast<std::uint32_t>(std::count_if(
        nodes_.begin(), nodes_.end(), [](const Node& node) { return !node.literals.empty(); }));
    const auto plain = static_cast<std::uint32_t>(nodes_.size()) - outputs;
    finder_.output_bit_ = std::bit_ceil(std::max(plain, outputs));
    std::uint32_t next_plain = 0;
    rows_ = finder_.output_bit_;
    for (const std::uint32_t node : order_) {
      const bool has_output = !nodes_[node].literals.empty();
      number_of_[node] = has_output ? rows_++ : next_plain++;
      if (has_output) add_outputs(nodes_[node].literals);
    }
    finder_.output_begin_.push_back(static_cast<std::uint32_t>(finder_.outputs_.size()));
  }

  void add_outputs(const std::vector<std::uint16_t>& literals) {
    finder_.output_begin_.push_back(static_cast<std::uint32_t>(finder_.outputs_.size()));
    finder_.outputs_.insert(finder_.outputs_.end(), literals.begin(), literals.end());
  }

  // The row of a state is that of its longest suffix, but for its own children.
  void fill_table() {
    const std::size_t row = std::size_t{1} << finder_.shift_;
    finder_.next_.assign(rows_ * row, 0);
    for (const std::uint32_t node : order_) {
      const auto to = finder_.next_.begin() +
                      static_cast<std::ptrdiff_t>(std::size_t{number_of_[node]} << finder_.shift_);
      if (node != 0) {
        const auto from = finder_.next_.begin() +
                          static_cast<std::ptrdiff_t>(std::size_t{number_of_[nodes_[node].suffix]}
                                                      << finder_.shift_);
        std::copy_n(from, row, to);
      }
      for (const auto& [byte_class, child] : nodes_[node].children)
        to[byte_class] = static_cast<std::uint16_t>(number_of_[child]);
    }
  }

  LiteralFinder& finder_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> number_of_;
  std::uint32_t rows_ = 0;
  unsigned classes_ = 0;
};

LiteralFinder::LiteralFinder(std::span<const std::string> literals) {
  Builder(*this).build(literals);
}

std::uint32_t LiteralFinder::walk(std::string_view text, std::size_t from, std::size_t to,
                                  std::uint32_t state, std::vector<Hit>& hits) const {
  for (std::size_t at = from; at < to; ++at) {
    state = next_[state << shift_ | class_of_[static_cast<unsigned char>(text[at])]];
    if ((state & output_bit_) != 0) hits.push_back({static_cast<std::uint32_t>(at), state});
  }
  return state;
}

void LiteralFinder::find_simple(std::string_view text, std::vector<Hit>& hits) const {
  walk(text, 0, text.size(), 0, hits);
}

// Each lane takes a part of the text. What a lane would know from the bytes before its part it
// learns by starting a little earlier, deaf: a state depends on the last kMaxDepth bytes only. All
// lanes are at two pointers plus a multiple of a part that an address can hold, and nothing takes
// the address of a state: so all of them stay in registers.
template <std::uint32_t kShift>
void LiteralFinder::find_in_lanes(std::string_view text, std::vector<Hit>& hits) const {
  static_assert(kLanes == 6);
  const std::size_t part = text.size() / kLanes;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  const std::uint16_t* const next = next_.data();
  const std::uint8_t* const class_of = class_of_.data();
  const std::size_t output_bit = output_bit_;
  const auto step = [=](std::size_t from, const unsigned char* at) -> std::size_t {
    return next[from << kShift | class_of[*at]];
  };
  const auto warm_up = [&](std::size_t lane) {
    std::size_t state = 0;
    for (std::size_t back = kMaxDepth; back > 0; --back)
      state = step(state, bytes + part * lane - back);
    return state;
  };
  std::array<std::vector<Hit>, kLanes> found;
  const auto note = [&](const std::array<std::size_t, kLanes>& states, std::size_t at)
      __attribute__((noinline, cold)) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if ((states[lane] & output_bit) == 0) continue;
      found[lane].push_back(
          {static_cast<std::uint32_t>(part * lane + at), static_cast<std::uint32_t>(states[lane])});
    }
  };
  std::size_t s0 = 0;
  std::size_t s1 = warm_up(1);
  std::size_t s2 = warm_up(2);
  std::size_t s3 = warm_up(3);
  std::size_t s4 = warm_up(4);
  std::size_t s5 = warm_up(5);
  const unsigned char* first = bytes;
  const unsigned char* fourth = bytes + 3 * part;
  for (; first < bytes + part; ++first, ++fourth) {
    s0 = step(s0, first);
    s1 = step(s1, first + part);
    s2 = step(s2, first + 2 * part);
    s3 = step(s3, fourth);
    s4 = step(s4, fourth + part);
    s5 = step(s5, fourth + 2 * part);
    if (((s0 | s1 | s2 | s3 | s4 | s5) & output_bit) != 0) [[unlikely]]
      note({s0, s1, s2, s3, s4, s5}, static_cast<std::size_t>(first - bytes));
  }
  for (const std::vector<Hit>& lane : found) hits.insert(hits.end(), lane.begin(), lane.end());
  walk(text, part * kLanes, text.size(), static_cast<std::uint32_t>(s5), hits);
}

void LiteralFinder::find(std::string_view text, std::vector<Hit>& hits) const {
  if (text.size() < kMinLaneBytes * kLanes) return find_simple(text, hits);
  switch (shift_) {
    case kSmallShift:
      return find_in_lanes<kSmallShift>(text, hits);
    case kMediumShift:
      return find_in_lanes<kMediumShift>(text, hits);
    default:
      return find_in_lanes<kLargeShift>(text, hits);
  }
}

std::size_t LiteralFinder::bytes() const {
  return next_.size() * sizeof(next_[0]) + outputs_.size() * sizeof(outputs_[0]) +
         output_begin_.size() * sizeof(output_begin_[0]);
}

}  // namespace logd
