// SPDX-License-Identifier: Apache-2.0
#include "mask_validators.h"

#include <chrono>

using namespace logd;
using namespace logd::mask_testing;

namespace {

std::string error_of(std::string_view spelling) {
  const Result<Validator> parsed = Validator::parse(spelling);
  INFO(spelling);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::invalid);
  return parsed.error().message();
}

// Every validator in a spelling that can be parsed.
std::vector<std::string> all_spellings() {
  std::vector<std::string> spellings;
  for (const std::string& name : Validator::names()) {
    const bool has_argument = name == "mixed" || name == "base64" || name == "entropy";
    spellings.push_back(has_argument ? name + "(3)" : name);
  }
  return spellings;
}

std::string repeated(std::string_view unit, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

std::vector<std::string> hostile_texts() {
  constexpr std::size_t kMiB = 1 << 20;
  std::string all_bytes;
  for (int c = 0; c < 256; ++c) all_bytes += static_cast<char>(c);
  return {"",
          " ",
          std::string(1, '\0'),
          std::string(100, '\0'),
          std::string(40, '\xff'),
          all_bytes,
          "4111\0001111 1111 1111",
          std::string(19, '-'),
          "@",
          "::",
          "....",
          "%",
          "$",
          "{",
          "<",
          "(",
          "0x",
          "eyJ",
          "eyJ.",
          ".",
          "@.",
          "%40",
          "[masked:",
          "1",
          "=",
          "==",
          std::string(kMiB, '7'),
          std::string(kMiB, '\0'),
          std::string(kMiB, '\xff'),
          repeated("1234567890", kMiB),
          repeated("eyJhbGciOi", kMiB),
          repeated("a.", kMiB),
          repeated("${x}", kMiB),
          repeated("ab:", kMiB),
          repeated(all_bytes, kMiB)};
}

}  // namespace

TEST_CASE("Validator: every name of the rule format is known", "[mask]") {
  for (const char* spelling : {"not_placeholder",
                               "not_uuid",
                               "not_hex_digest",
                               "not_path",
                               "not_word",
                               "mixed(3)",
                               "base64(16)",
                               "entropy(3.5)",
                               "jwt",
                               "iban",
                               "card",
                               "email",
                               "ipv4",
                               "ipv6",
                               "ssn",
                               "aba",
                               "imei",
                               "vin",
                               "btc",
                               "eth",
                               "luhn",
                               "us_itin",
                               "us_npi",
                               "us_mbi",
                               "ca_sin",
                               "uk_nino",
                               "uk_nhs",
                               "ie_pps",
                               "fr_nir",
                               "de_steuer_id",
                               "de_ausweis",
                               "es_dni",
                               "es_nie",
                               "es_nuss",
                               "it_cf",
                               "pt_nif",
                               "nl_bsn",
                               "be_nrn",
                               "pl_pesel",
                               "se_pn",
                               "fi_hetu",
                               "ro_cnp",
                               "bg_egn",
                               "cz_rc",
                               "tr_tckn",
                               "in_aadhaar",
                               "in_pan",
                               "cn_id",
                               "kr_rrn",
                               "jp_mynumber",
                               "sg_nric",
                               "th_id",
                               "au_tfn",
                               "au_abn",
                               "au_medicare",
                               "br_cpf",
                               "br_cnpj",
                               "za_id"}) {
    INFO(spelling);
    CHECK(Validator::parse(spelling));
  }
  CHECK(Validator::names().size() == 63);
}

TEST_CASE("Validator: an unknown name is refused with the nearest one", "[mask]") {
  CHECK(error_of("lunh").find("did you mean \"luhn\"?") != std::string::npos);
  CHECK(error_of("not_placholder").find("\"not_placeholder\"") != std::string::npos);
  CHECK(error_of("entropi(3.5)").find("\"entropy\"") != std::string::npos);
  CHECK(error_of("se_pm").find("\"se_pn\"") != std::string::npos);
  CHECK(error_of("") == "no validator is named \"\"");
  CHECK(error_of("parrot") == "no validator is named \"parrot\"");
  for (const char* bad : {"Luhn ", " luhn", "LUHN", "luhn)", "mixed(3", "mixed3)", "(3)"}) {
    error_of(bad);
  }
}

TEST_CASE("Validator: arguments are asked for where they belong", "[mask]") {
  CHECK(error_of("luhn(2)") == "validator \"luhn\" takes no argument");
  CHECK(error_of("luhn()") == "validator \"luhn\" takes no argument");
  CHECK(error_of("mixed") == "validator \"mixed\" takes a whole number from 1 to 4: mixed(4)");
  for (const char* bad :
       {"mixed()",     "mixed(0)",     "mixed(5)",     "mixed(2.5)",   "mixed(-1)",
        "mixed(x)",    "mixed( 3)",    "mixed(3 )",    "mixed(3,4)",   "mixed(nan)",
        "base64",      "base64(0)",    "base64(4097)", "entropy",      "entropy(8.5)",
        "entropy(-1)", "entropy(inf)", "entropy(3,5)", "entropy(1e0)", "entropy(nan)",
        "entropy((3))"}) {
    error_of(bad);
  }
  CHECK(Validator::parse("mixed(1)"));
  CHECK(Validator::parse("base64(4096)"));
  CHECK(Validator::parse("entropy(0)"));
  CHECK(Validator::parse("entropy(8)"));
}

TEST_CASE("Validator: hostile texts get an answer, and soon", "[mask]") {
  const auto begin = std::chrono::steady_clock::now();
  std::size_t answers = 0;
  for (const std::string& spelling : all_spellings()) {
    const Validator asked = validator(spelling);
    for (const std::string& text : hostile_texts()) answers += asked.accepts(text) ? 1 : 2;
  }
  CHECK(answers > 0);
  const auto took = std::chrono::steady_clock::now() - begin;
  // 58 validators, 9 MiB each: a quadratic one would take hours. Sanitizers cost a lot.
  CHECK(took < std::chrono::seconds(20));
}

TEST_CASE("Validator: what is too long to be looked at is masked", "[mask]") {
  const std::string digits = repeated("1234567890", 1 << 20);
  for (const char* spelling :
       {"not_placeholder", "not_uuid", "not_hex_digest", "not_path", "not_word"}) {
    CHECK(accepts(spelling, digits));
    CHECK(accepts(spelling, std::string(1 << 20, 'x')));
  }
  for (const char* spelling : {"luhn", "card", "iban", "imei", "us_npi", "email", "ipv4", "btc"}) {
    CHECK_FALSE(accepts(spelling, digits));
  }
}

TEST_CASE("Validator: nothing is an empty secret", "[mask]") {
  for (const std::string& spelling : all_spellings()) {
    const bool is_negative = spelling.starts_with("not_") && spelling != "not_placeholder";
    INFO(spelling);
    CHECK(accepts(spelling, "") == is_negative);
  }
}

TEST_CASE("Validator: a NUL inside is a character like any other", "[mask]") {
  using namespace std::string_view_literals;
  CHECK_FALSE(accepts("luhn", "4818442962519474\0"sv));
  CHECK_FALSE(accepts("email", "ann@example.com\0"sv));
  CHECK_FALSE(accepts("ipv4", "10.0.0.1\0"sv));
  CHECK_FALSE(accepts("iban", "DE540101\00070188752515669"sv));
  CHECK(accepts("mixed(2)", "a\0"sv));
}
