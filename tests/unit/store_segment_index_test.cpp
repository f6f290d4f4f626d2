// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "store/segment_index.h"

using namespace logd;

namespace {

WallTime at(int seconds) { return WallTime(std::chrono::seconds(seconds)); }

std::string numbers(const SegmentIndex& index) {
  std::string text;
  for (const ClosedSegment& segment : index) text += std::to_string(segment.number) + " ";
  return text;
}

SegmentIndex index_of_five() {
  SegmentIndex index;
  for (unsigned i = 1; i <= 5; ++i) index.add({i * 10, at(static_cast<int>(i)), 100 * i, i == 1});
  return index;
}

}  // namespace

TEST_CASE("SegmentIndex: sums follow what happens", "[store]") {
  SegmentIndex index = index_of_five();
  CHECK(numbers(index) == "10 20 30 40 50 ");
  CHECK(index.total_bytes() == 1500);
  CHECK(index.archives() == 1);
  CHECK(index.replace_by_archive(30, 25));
  CHECK(index.total_bytes() == 1225);
  CHECK(index.archives() == 2);
  CHECK(index.find(30)->is_archive);
  CHECK(index.remove(10));
  CHECK(index.remove(40));
  CHECK(numbers(index) == "20 30 50 ");
  CHECK(index.total_bytes() == 725);
  CHECK(index.archives() == 1);
  CHECK(index.size() == 3);
  CHECK(index.remove(50));
  CHECK(index.remove(30));
  CHECK(index.remove(20));
  CHECK(index.is_empty());
  CHECK(index.total_bytes() == 0);
  CHECK(index.archives() == 0);
}

TEST_CASE("SegmentIndex: what is not there changes nothing", "[store]") {
  SegmentIndex index = index_of_five();
  for (const std::uint64_t number : {0, 5, 25, 60}) {
    CHECK_FALSE(index.remove(number));
    CHECK_FALSE(index.replace_by_archive(number, 1));
    CHECK(index.find(number) == nullptr);
  }
  // An archive that came after its segment was deleted, and one that came twice.
  CHECK(index.remove(20));
  CHECK_FALSE(index.replace_by_archive(20, 1));
  CHECK(index.replace_by_archive(30, 25));
  CHECK(index.replace_by_archive(30, 24));
  CHECK(index.archives() == 2);
  CHECK(index.total_bytes() == 1500 - 200 - 300 + 24);
}

TEST_CASE("SegmentIndex: the time of a log never goes back", "[store]") {
  SegmentIndex index;
  index.add({1, at(100), 1, false});
  index.add({2, at(40), 1, false});
  index.add({3, at(120), 1, false});
  CHECK(index.find(2)->closed_at == at(100));
  CHECK(index.find(3)->closed_at == at(120));
  index.remove(3);
  index.add({4, at(50), 1, false});
  CHECK(index.find(4)->closed_at == at(120));
}
