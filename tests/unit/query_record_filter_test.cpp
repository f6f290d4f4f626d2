// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "query/record_filter.h"

using namespace logd;

namespace {

bool where(const std::string& condition, std::string_view line) {
  FilterOptions options;
  options.where = {condition};
  auto filter = RecordFilter::compile(options);
  if (!filter) FAIL(filter.error().message());
  return filter->matches(line);
}

std::string where_error(const std::string& condition) {
  FilterOptions options;
  options.where = {condition};
  const auto filter = RecordFilter::compile(options);
  REQUIRE_FALSE(filter);
  return filter.error().message();
}

std::string fields_of(std::string_view line) {
  LineFields fields;
  fields.set_line(line);
  std::string all;
  fields.each([&](std::string_view key, std::string_view value) {
    all += std::string(key) + "<" + std::string(value) + ">";
    return false;
  });
  return all;
}

}  // namespace

TEST_CASE("LineFields: the pairs of logfmt", "[query]") {
  CHECK(fields_of("a=1 b=two c=\"three four\" d=") == "a<1>b<two>c<three four>d<>");
  CHECK(fields_of(R"(m="say \"hi\"\n\\" x=1)") == "m<say \"hi\"\n\\>x<1>");
  CHECK(fields_of("text before a=1 and behind b=2") == "a<1>b<2>");
  CHECK(fields_of("say \"no a=1 here\" b=2") == "b<2>");
  CHECK(fields_of("a=x=y =z http://h/?q=1 \"k\"=v") == "a<x=y>http://h/?q<1>");
  CHECK(fields_of("a=\"cut off") == "a<cut off>");
  CHECK(fields_of("a=\"cut off\\") == "a<cut off\\>");
  CHECK(fields_of("\ta=1\tb=2").find("a<1>b<2>") == 0);
  CHECK(fields_of("").empty());
}

TEST_CASE("LineFields: the members of JSON", "[query]") {
  CHECK(fields_of(R"({"a":1,"b":"x\ny","c":true,"d":null,"e":{},"f":[1],"g":-1.5e3})") ==
        "a<1>b<x\ny>c<true>d<null>g<-1.5e3>");
  CHECK(fields_of(R"({"\u0061":"\u00e9"})") == "a<\xc3\xa9>");
  CHECK(fields_of(R"({"a":1,"b":)").empty());
  CHECK(fields_of(R"({"a":1,"b" 2})") == "a<1>");
  CHECK(fields_of(R"([{"a":1}])").empty());
}

TEST_CASE("--where: equal, by number or by text", "[query]") {
  CHECK(where("status=500", R"({"status":500})"));
  CHECK(where("status=500", R"({"status":500.0})"));
  CHECK(where("status==500", R"({"status":"500"})"));
  CHECK(where("status = 500", "status=500 a=b"));
  CHECK_FALSE(where("status=500", R"({"status":5000})"));
  CHECK_FALSE(where("status=500", R"({"other":500})"));
  CHECK(where("user=ann", R"({"user":"ann"})"));
  CHECK_FALSE(where("user=ann", R"({"user":"Ann"})"));
  CHECK(where("ok=true", R"({"ok":true})"));
  CHECK(where("x=null", R"({"x":null})"));
  CHECK(where("x=", "x= y=1"));
  CHECK(where("m=\" a b \"", "m=\" a b \""));
  CHECK(where("id=\"007\"", "id=007"));
  CHECK_FALSE(where("id=\"007\"", "id=7"));
  CHECK(where("id=9007199254740993", R"({"id":9007199254740993})"));
  CHECK_FALSE(where("id=9007199254740992", R"({"id":9007199254740993})"));
  CHECK(where("a=b=c", "a=b=c"));
}

TEST_CASE("--where: order, by number if it is one", "[query]") {
  CHECK(where("status>=500", R"({"status":503})"));
  CHECK_FALSE(where("status>=500", R"({"status":99})"));  // as text it would be
  CHECK(where("ms>99.5", "ms=100"));
  CHECK(where("ms<-1", "ms=-2"));
  CHECK(where("ms<=1e3", "ms=1000"));
  CHECK_FALSE(where("ms>10", "ms=fast"));
  CHECK_FALSE(where("ms>10", "ms=100ms"));
  CHECK(where("ts>2026-11-22", R"({"ts":"2026-11-22T10:00:00Z"})"));
  CHECK_FALSE(where("ts<2026-11-22", R"({"ts":"2026-11-22T10:00:00Z"})"));
  CHECK(where("n<1e400", "n=5"));
  CHECK(where("n>-1e400", "n=5"));
}

TEST_CASE("--where: unequal wants the field to be there", "[query]") {
  CHECK(where("status!=200", R"({"status":404})"));
  CHECK_FALSE(where("status!=200", R"({"status":200})"));
  CHECK_FALSE(where("status!=200", R"({"other":1})"));
  CHECK_FALSE(where("status!=200", "plain text"));
}

TEST_CASE("--where: regular expressions", "[query]") {
  CHECK(where("path~=^/api", R"({"path":"/api/users"})"));
  CHECK(where("path~=^/API", R"({"path":"/API"})"));
  CHECK_FALSE(where("path~=^/API", R"({"path":"/api"})"));
  CHECK(where("path ~= users$", "path=/api/Users"));
  CHECK(where("n~=^5", R"({"n":503})"));
}

TEST_CASE("--where: keys in objects, and arrays", "[query]") {
  const std::string line =
      R"({"x.y":1,"user":{"id":7,"name":{"first":"ann"}},"tags":["a","b",[9]],)"
      R"("a":{"b":1},"a.b":2})";
  CHECK(where("user.id=7", line));
  CHECK(where("user.name.first=ann", line));
  CHECK(where("x.y=1", line));
  CHECK(where("tags=b", line));
  CHECK_FALSE(where("tags=9", line));
  CHECK_FALSE(where("tags!=b", line));
  CHECK(where("tags!=c", line));
  CHECK_FALSE(where("user=7", line));
  CHECK_FALSE(where("user.id.x=7", line));
  CHECK_FALSE(where("name.first=ann", line));
  CHECK(where("\xc3\xa9=1", R"({"\u00e9":1})"));
}

TEST_CASE("--where: says what is wrong and where", "[query]") {
  CHECK(where_error("status") ==
        "--where 'status' has no operator, one of = != ~= > >= < <=; write for example "
        "status>=500, user.name=ann or path~=^/api\n    status\n          ^");
  CHECK(where_error("status=>5").find("did you mean >=?") != std::string::npos);
  CHECK(where_error("a=~b").find("did you mean ~=?") != std::string::npos);
  CHECK(where_error("a!~b").find("did you mean -v with ~=?") != std::string::npos);
  CHECK(where_error("=5").find("has no key") != std::string::npos);
  CHECK(where_error("a!5").find("has no operator that is known") != std::string::npos);
  CHECK(where_error("a~=(").find("missing )") != std::string::npos);
  CHECK(where_error("").find("has no operator") != std::string::npos);
  CHECK(where_error(std::string(5000, 'a')).find("longer than") != std::string::npos);
}

TEST_CASE("RecordFilter: all that is given must hold", "[query]") {
  FilterOptions options;
  options.patterns = {"timeout", "refused"};
  options.level = "warn";
  options.where = {"status>=500", "user!=bot"};
  auto filter = RecordFilter::compile(options).value();
  const std::string good = R"({"level":"error","status":503,"user":"ann","msg":"timeout"})";
  CHECK(filter.matches(good));
  CHECK_FALSE(filter.matches(R"({"level":"info","status":503,"user":"ann","msg":"timeout"})"));
  CHECK_FALSE(filter.matches(R"({"level":"error","status":403,"user":"ann","msg":"timeout"})"));
  CHECK_FALSE(filter.matches(R"({"level":"error","status":503,"user":"bot","msg":"timeout"})"));
  CHECK_FALSE(filter.matches(R"({"level":"error","status":503,"user":"ann","msg":"other"})"));
  CHECK(filter.matches(good));
  CHECK_FALSE(filter.is_empty());
}

TEST_CASE("RecordFilter: -v and excluded turn lines down", "[query]") {
  FilterOptions options;
  options.patterns = {"health"};
  options.is_inverted = true;
  auto inverted = RecordFilter::compile(options).value();
  CHECK_FALSE(inverted.matches("GET /health"));
  CHECK(inverted.matches("GET /"));
  CHECK_FALSE(inverted.has_candidates());
  CHECK(inverted.highlighted() == nullptr);

  FilterOptions both;
  both.patterns = {"GET"};
  both.excluded = {"health"};
  auto filter = RecordFilter::compile(both).value();
  CHECK(filter.matches("GET /"));
  CHECK_FALSE(filter.matches("GET /health"));
  CHECK(filter.highlighted() != nullptr);
}

TEST_CASE("RecordFilter: nothing given lets all through, half given is refused", "[query]") {
  auto filter = RecordFilter::compile({}).value();
  CHECK(filter.is_empty());
  CHECK(filter.matches(""));
  FilterOptions options;
  options.is_inverted = true;
  CHECK_FALSE(RecordFilter::compile(options));
  options = {};
  options.pattern_options.ignores_case = true;
  CHECK_FALSE(RecordFilter::compile(options));
  options.where = {"a~=b"};
  CHECK(RecordFilter::compile(options));
  options = {};
  options.pattern_options.is_fixed = true;
  CHECK_FALSE(RecordFilter::compile(options));
  options = {};
  options.level = "loud";
  CHECK_FALSE(RecordFilter::compile(options));
}

TEST_CASE("RecordFilter: takes any bytes", "[query]") {
  std::mt19937 random(9);
  FilterOptions options;
  options.where = {"a.b>=1", "c!=x"};
  options.level = "trace";
  auto filter = RecordFilter::compile(options).value();
  const std::string json = R"({"a":{"b":[1,{"b":2}]},"c":"y","level":"info","d":{"e":"\u00e9\n"}})";
  const std::string logfmt = R"(level=info a.b=2 c="y \" z" d=x)";
  int met = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string line = i % 2 == 0 ? json : logfmt;
    for (std::size_t k = random() % 3; k > 0; --k) {
      const std::size_t at = random() % line.size();
      if (random() % 3 == 0) {
        line.erase(at, random() % 9);
      } else {
        line[at] =
            static_cast<char>(random() % 4 == 0 ? random() % 256 : "{}[]\",:\\ =1"[random() % 12]);
      }
      if (line.empty()) line = " ";
    }
    met += filter.matches(line) ? 1 : 0;
  }
  CHECK(met > 1000);
}
