// Secrets stay hidden wherever a batch, a piece of a long line or an idle part ends.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "capture/batch.h"
#include "capture/line_framer.h"
#include "logd/record.h"
#include "mask_secrets.h"
#include "mask_world.h"

namespace logd {
namespace {

using mask_testing::Secretive;
using mask_testing::shown_part;
using mask_testing::World;

struct Stored {
  std::string text;   // joined, each line with its newline
  std::string shape;  // the tags of the records
};

// A stream, and what has been stored of it.
class Feed {
 public:
  // A batch sees at most `window` bytes.
  Feed(const Masker& masker, std::size_t max_line_bytes, std::size_t window = 1 << 20)
      : masker_(masker),
        max_line_bytes_(max_line_bytes),
        window_(window),
        output_(1 << 20, 1 << 16) {}

  void add(std::string_view bytes) { waiting_ += bytes; }

  // Stores what can be: all lines, and what goes beyond the limit.
  void store() {
    while (true) {
      BatchInput input;
      input.bytes = std::string_view(waiting_).substr(0, window_);
      input.max_line_bytes = max_line_bytes_;
      input.room = 1 << 20;
      input.is_mid_line = is_mid_line_;
      input.look_ahead_bytes = std::min(kMaskLookAheadBytes, max_line_bytes_);
      input.mask_state = MaskState::unpacked(state_);
      const Batch batch = encode_batch(input, masker_, output_);
      take(batch.records);
      is_mid_line_ = batch.is_mid_line;
      state_ = batch.mask_state.packed();
      waiting_.erase(0, batch.consumed);
      if (batch.consumed == 0) return;
    }
  }

  // As Source::store_idle_part() does.
  void store_idle_part() {
    const std::string_view text = waiting_;
    const std::size_t most = std::min(masker_.settled_bytes(text), max_line_bytes_);
    const std::size_t length = length_to_last_border(text.substr(0, most));
    if (length == 0) return;
    MaskPass pass(masker_, text, MaskState::unpacked(state_));
    const RawLine piece{text.substr(0, length), RecordTag::partial};
    stored_.text += pass.mask(piece, LineEnd::no).bytes();
    stored_.shape += 'i';
    state_ = pass.state().packed();
    is_mid_line_ = true;
    waiting_.erase(0, length);
  }

  const Stored& stored() const { return stored_; }

 private:
  void take(std::string_view records) {
    while (!records.empty()) {
      const std::size_t end = records.find('\n');
      const auto record = parse_record(records.substr(0, end));
      REQUIRE(record);
      stored_.text += record->content;
      const bool is_full = record->tag == RecordTag::full;
      if (is_full) stored_.text += '\n';
      stored_.shape += is_full ? 'F' : 'P';
      records.remove_prefix(end + 1);
    }
  }

  const Masker& masker_;
  std::size_t max_line_bytes_;
  std::size_t window_;
  OutputBuffer output_;
  std::string waiting_;
  bool is_mid_line_ = false;
  std::uint32_t state_ = 0;
  Stored stored_;
};

Stored stored_at_once(const Masker& masker, std::string_view bytes, std::size_t max_line_bytes,
                      std::size_t window = 1 << 20) {
  Feed feed(masker, max_line_bytes, window);
  feed.add(bytes);
  feed.store();
  return feed.stored();
}

// Which rule names a mask behind a cut depends on what the search of the piece before saw.
std::string without_names(std::string text) {
  constexpr std::string_view kBegin = "[masked:";
  for (std::size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1))
    text.erase(at + kBegin.size(), text.find(']', at) - at - kBegin.size());
  return text;
}

// Collects what shows, to be told once for each text.
class Leaks {
 public:
  explicit Leaks(const Secretive& text) : text_(text) {}

  void look(const std::string& stored, std::size_t place) {
    const std::string shown = shown_part(text_, stored);
    if (shown.empty()) return;
    if (count_++ == 0)
      first_ = "\"" + shown + "\" shows at " + std::to_string(place) + ":\n" + stored;
    last_ = place;
  }

  void finish() const {
    INFO(text_.name << ": " << count_ << " places, last " << last_ << "; " << first_);
    CHECK(count_ == 0);
  }

 private:
  const Secretive& text_;
  std::size_t count_ = 0;
  std::size_t last_ = 0;
  std::string first_;
};

}  // namespace

TEST_CASE("Cuts: without one, no secret shows", "[mask][capture]") {
  World world = World::defaults();
  for (const Secretive& text : mask_testing::secretive_texts()) {
    Leaks leaks(text);
    leaks.look(stored_at_once(world.masker(), text.bytes, 1 << 16).text, 0);
    leaks.finish();
  }
}

TEST_CASE("Cuts: two batches store what one would, wherever the first ends", "[mask][capture]") {
  World world = World::defaults();
  for (const Secretive& text : mask_testing::secretive_texts()) {
    const Stored whole = stored_at_once(world.masker(), text.bytes, 1 << 16);
    for (std::size_t at = 0; at <= text.bytes.size(); ++at) {
      Feed feed(world.masker(), 1 << 16);
      feed.add(std::string_view(text.bytes).substr(0, at));
      feed.store();
      feed.add(std::string_view(text.bytes).substr(at));
      feed.store();
      INFO(text.name << ", batch ends at " << at);
      REQUIRE(feed.stored().text == whole.text);
      REQUIRE(feed.stored().shape == whole.shape);
    }
  }
}

TEST_CASE("Cuts: a line over the limit shows no secret, wherever it is cut", "[mask][capture]") {
  World world = World::defaults();
  const Masker off;
  for (const Secretive& text : mask_testing::secretive_texts()) {
    Leaks leaks(text);
    for (const std::size_t limit : {std::size_t{1024}, std::size_t{4096}}) {
      const std::size_t most = std::min(text.bytes.size(), limit) + 8;
      for (std::size_t back = 0; back <= most && back < limit; ++back) {
        std::string bytes;
        while (bytes.size() < limit - back) bytes += "some words ";
        bytes.resize(limit - back);
        bytes.back() = ' ';
        bytes += text.bytes;
        const Stored stored = stored_at_once(world.masker(), bytes, limit);
        leaks.look(stored.text, back);
        // What is masked changes no record but its contents.
        REQUIRE(stored.shape == stored_at_once(off, bytes, limit).shape);
      }
    }
    leaks.finish();
  }
}

// What a source reads at least: the limit, what masking wants to see behind it, and one byte.
TEST_CASE("Cuts: a long secret shows nothing, however little of it a batch sees",
          "[mask][capture]") {
  World world = World::defaults();
  for (const Secretive& text : mask_testing::long_secretive_texts()) {
    Leaks leaks(text);
    for (std::size_t words = 0; words < 120; words += 7) {
      std::string bytes;
      for (std::size_t i = 0; i < words; ++i) bytes += "some words ";
      bytes += text.bytes;
      leaks.look(stored_at_once(world.masker(), bytes, 1024).text, words);
      leaks.look(stored_at_once(world.masker(), bytes, 1024, 2049).text, words);
    }
    leaks.finish();
  }
}

TEST_CASE("Cuts: lines in front change nothing where a line is cut", "[mask][capture]") {
  World world = World::defaults();
  for (const Secretive& text : mask_testing::secretive_texts()) {
    for (std::size_t words = 80; words < 96; ++words) {
      std::string line = text.bytes;
      for (std::size_t i = 0; i < words; ++i) line.insert(0, "some words ");
      const std::string alone = stored_at_once(world.masker(), line, 1024).text;
      const std::string harmless = "a line\nand another\n";
      const std::string with_lines = harmless + line + "then password=Gr4nd-Pr1x.x7\n";
      INFO(text.name << ", " << words);
      REQUIRE(without_names(stored_at_once(world.masker(), with_lines, 1024).text) ==
              without_names(harmless + alone + "then password=[masked:kv-password]\n"));
    }
  }
}

TEST_CASE("Cuts: an idle part shows no secret, wherever the writer stops", "[mask][capture]") {
  World world = World::defaults();
  for (const Secretive& text : mask_testing::secretive_texts()) {
    Leaks leaks(text);
    for (std::size_t at = 0; at < text.bytes.size(); ++at) {
      Feed feed(world.masker(), 1 << 14);
      feed.add(std::string_view(text.bytes).substr(0, at));
      feed.store();
      feed.store_idle_part();
      feed.add(std::string_view(text.bytes).substr(at));
      feed.store();
      leaks.look(feed.stored().text, at);
    }
    leaks.finish();
  }
}

TEST_CASE("Cuts: idle parts one after another show no secret", "[mask][capture]") {
  World world = World::defaults();
  for (const Secretive& text : mask_testing::secretive_texts()) {
    Leaks leaks(text);
    for (std::size_t step = 1; step < 24; step += 2) {
      Feed feed(world.masker(), 1 << 14);
      for (std::size_t at = 0; at < text.bytes.size(); at += step) {
        feed.add(std::string_view(text.bytes).substr(at, step));
        feed.store();
        feed.store_idle_part();
      }
      leaks.look(feed.stored().text, step);
    }
    leaks.finish();
  }
}

// The line on which a key begins is stored in parts, and of the last one nothing is left.
TEST_CASE("Cuts: a key goes on behind the empty rest of the line that begins it",
          "[mask][capture]") {
  World world = World::defaults();
  const std::string row = "MIIEpAIBAAKCAQEA7Qx9Zk3v8Yb2LwKx7Q2mZp9Lw4TqR8vN3bY6cH1dF5gJ";
  for (const std::size_t blanks : {0, 10, 994, 1000, 4090, 4100, 6000}) {
    for (const std::size_t limit : {std::size_t{1024}, std::size_t{1} << 14}) {
      Feed feed(world.masker(), limit);
      feed.add("-----BEGIN RSA PRIVATE KEY-----" + std::string(blanks, ' '));
      feed.store();
      feed.store_idle_part();
      feed.add("\n" + row + "\n" + row + "\n-----END RSA PRIVATE KEY-----\n");
      feed.store();
      INFO(blanks << " blanks, limit " << limit << ": " << feed.stored().text);
      CHECK(feed.stored().text.find(row.substr(0, 16)) == std::string::npos);
    }
  }
}

TEST_CASE("Cuts: any packed state is one that can be gone on with", "[mask]") {
  World world = World::defaults();
  mask_testing::Dice dice(9);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::uint32_t>(dice.below(std::size_t{1} << 32));
    const MaskState state = MaskState::unpacked(value);
    REQUIRE(MaskState::unpacked(state.packed()).packed() == state.packed());
    const std::string text = dice.text(dice.below(100), "abc =\"+/xyz019");
    MaskPass pass(world.masker(), text, state);
    const LineEnd end = dice.below(2) == 0 ? LineEnd::yes : LineEnd::no;
    REQUIRE(pass.mask({text, RecordTag::full}, end).bytes().size() <=
            text.size() + kMaxMaskGrowthBytes);
  }
}

}  // namespace logd
