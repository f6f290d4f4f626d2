// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/civil_time.h"
#include "store/segment_name.h"

using namespace logd;
using Form = SegmentName::Form;

namespace {

const WallTime kCreated = *wall_from_civil({2026, 11, 21, 22, 17, 0, 0});

}  // namespace

TEST_CASE("SegmentName: every form is written and read back", "[store]") {
  const std::pair<Form, std::string> forms[] = {
      {Form::plain, "0000000042-20261121T221700Z.log"},
      {Form::archive, "0000000042-20261121T221700Z.log.gz"},
      {Form::archive_tmp, "0000000042-20261121T221700Z.log.gz.tmp"},
      {Form::rewrite_tmp, "0000000042-20261121T221700Z.log.rewrite.tmp"},
      {Form::torn, "0000000042-20261121T221700Z.log.torn"},
  };
  for (const auto& [form, text] : forms) {
    const SegmentName name{42, kCreated, form};
    CHECK(name.str() == text);
    CHECK(parse_segment_name(text) == name);
  }
}

TEST_CASE("SegmentName: the fraction of the second of creation is left out", "[store]") {
  const SegmentName name{1, kCreated + Nanoseconds(999'999'999), Form::plain};
  CHECK(name.str() == "0000000001-20261121T221700Z.log");
}

TEST_CASE("SegmentName: the largest number leaves room for those after it", "[store]") {
  const SegmentName name{kMaxSegmentNumber, kCreated, Form::plain};
  CHECK(name.str() == "9000000000-20261121T221700Z.log");
  CHECK(parse_segment_name(name.str()) == name);
  const SegmentName next{kMaxSegmentNumber + 1, kCreated, Form::plain};
  CHECK(next.str() == "9000000001-20261121T221700Z.log");
}

TEST_CASE("SegmentName: names of others are not segments", "[store]") {
  for (const char* name : {
           "",
           "current.log",
           ".owner",
           "0000000042-20261121T221700Z",
           "0000000042-20261121T221700Z.logx",
           "0000000042-20261121T221700Z.log.tmp",
           "0000000042-20261121T221700Z.log.gz.gz",
           "000000042-20261121T221700Z.log",
           "00000000042-20261121T221700Z.log",
           "+000000042-20261121T221700Z.log",
           "-000000042-20261121T221700Z.log",
           "0000000000-20261121T221700Z.log",
           "9000000001-20261121T221700Z.log",
           "9999999999-20261121T221700Z.log",
           "0000000042_20261121T221700Z.log",
           "0000000042-20261121T221700z.log",
           "0000000042-20261121 221700Z.log",
           "0000000042-20261131T221700Z.log",
           "0000000042-20260229T221700Z.log",
           "0000000042-20261121T241700Z.log",
           "0000000042-20261121T226000Z.log",
           "0000000042-20261121T221760Z.log",
           "0000000042-00001121T221700Z.log",
           "0000000042-99991121T221700Z.log",
           " 000000042-20261121T221700Z.log",
       }) {
    INFO(name);
    CHECK_FALSE(parse_segment_name(name));
  }
}

TEST_CASE("SegmentName: the names of one segment differ in their form only", "[store]") {
  const SegmentName name{42, kCreated, Form::plain};
  CHECK(name.with(Form::archive).str() == name.str() + ".gz");
  CHECK(name.with(Form::torn).str() == name.str() + ".torn");
}
