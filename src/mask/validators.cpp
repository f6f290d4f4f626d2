// SPDX-License-Identifier: Apache-2.0
#include "mask/validators.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/closest.h"
#include "mask/address_checks.h"
#include "mask/coin_checks.h"
#include "mask/iban.h"
#include "mask/jwt.h"
#include "mask/national_ids.h"
#include "mask/number_checks.h"
#include "mask/placeholder.h"
#include "mask/secret_checks.h"
#include "mask/status_words.h"
#include "mask/text_checks.h"
#include "mask/words.h"

namespace logd {
namespace {

using Question = bool (*)(std::string_view) noexcept;

template <Question Is>
bool is_a(std::string_view secret, double /*argument*/) noexcept {
  return Is(secret);
}

template <Question Is>
bool is_not(std::string_view secret, double /*argument*/) noexcept {
  return !Is(secret);
}

bool has_kinds(std::string_view secret, double kinds) noexcept {
  return character_kinds(secret) >= kinds;
}

bool is_base64(std::string_view secret, double bytes) noexcept {
  return static_cast<double>(base64_size(secret)) >= bytes;
}

bool has_entropy(std::string_view secret, double bits) noexcept { return entropy(secret) >= bits; }

enum class Argument { none, whole, number };

}  // namespace

struct Validator::Kind {
  std::string_view name;
  Check check;
  double from = 0;
  double to = 0;
  Argument argument = Argument::none;
};

const Validator::Kind Validator::kKinds[] = {
    {"not_placeholder", is_not<is_placeholder>},
    {"not_uuid", is_not<is_uuid>},
    {"not_hex_digest", is_not<is_hex_digest>},
    {"not_path", is_not<is_path>},
    {"not_word", is_not<is_word>},
    {"not_status", is_not<is_status>},
    {"not_object_name", is_not<is_object_name>},
    {"not_count", is_not<is_count>},
    {"password", is_a<is_password>},
    {"basic_auth", is_a<is_basic_credentials>},
    {"mixed", has_kinds, 1, 4, Argument::whole},
    {"base64", is_base64, 1, kMaxText, Argument::whole},
    {"entropy", has_entropy, 0, 8, Argument::number},
    {"jwt", is_a<is_jwt>},
    {"iban", is_a<is_iban>},
    {"card", is_a<is_card>},
    {"email", is_a<is_email>},
    {"ipv4", is_a<is_ipv4>},
    {"ipv6", is_a<is_ipv6>},
    {"ssn", is_a<is_us_ssn>},
    {"aba", is_a<is_aba>},
    {"imei", is_a<is_imei>},
    {"vin", is_a<is_vin>},
    {"btc", is_a<is_btc>},
    {"eth", is_a<is_eth>},
    {"luhn", is_a<is_luhn_number>},
    {"us_itin", is_a<is_us_itin>},
    {"us_npi", is_a<is_us_npi>},
    {"us_mbi", is_a<is_us_mbi>},
    {"ca_sin", is_a<is_ca_sin>},
    {"uk_nino", is_a<is_uk_nino>},
    {"uk_nhs", is_a<is_uk_nhs>},
    {"ie_pps", is_a<is_ie_pps>},
    {"fr_nir", is_a<is_fr_nir>},
    {"de_steuer_id", is_a<is_de_steuer_id>},
    {"de_ausweis", is_a<is_de_ausweis>},
    {"es_dni", is_a<is_es_dni>},
    {"es_nie", is_a<is_es_nie>},
    {"es_nuss", is_a<is_es_nuss>},
    {"it_cf", is_a<is_it_cf>},
    {"pt_nif", is_a<is_pt_nif>},
    {"nl_bsn", is_a<is_nl_bsn>},
    {"be_nrn", is_a<is_be_nrn>},
    {"pl_pesel", is_a<is_pl_pesel>},
    {"se_pn", is_a<is_se_pn>},
    {"fi_hetu", is_a<is_fi_hetu>},
    {"ro_cnp", is_a<is_ro_cnp>},
    {"bg_egn", is_a<is_bg_egn>},
    {"cz_rc", is_a<is_cz_rc>},
    {"tr_tckn", is_a<is_tr_tckn>},
    {"in_aadhaar", is_a<is_in_aadhaar>},
    {"in_pan", is_a<is_in_pan>},
    {"cn_id", is_a<is_cn_id>},
    {"kr_rrn", is_a<is_kr_rrn>},
    {"jp_mynumber", is_a<is_jp_mynumber>},
    {"sg_nric", is_a<is_sg_nric>},
    {"th_id", is_a<is_th_id>},
    {"au_tfn", is_a<is_au_tfn>},
    {"au_abn", is_a<is_au_abn>},
    {"au_medicare", is_a<is_au_medicare>},
    {"br_cpf", is_a<is_br_cpf>},
    {"br_cnpj", is_a<is_br_cnpj>},
    {"za_id", is_a<is_za_id>},
};

namespace {

struct Spelling {
  std::string_view name;
  std::optional<std::string_view> argument;
};

// "entropy(3.5)" in its parts; parentheses that do not match stay part of the name.
Spelling split(std::string_view spelling) {
  const std::size_t open = spelling.find('(');
  if (open == std::string_view::npos || spelling.back() != ')') return {spelling, std::nullopt};
  return {spelling.substr(0, open), spelling.substr(open + 1, spelling.size() - open - 2)};
}

std::optional<double> number_in(std::string_view text, double from, double to) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || stop != end || !(value >= from && value <= to)) return std::nullopt;
  return value;
}

}  // namespace

std::vector<std::string> Validator::names() {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

Result<Validator> Validator::parse(std::string_view spelling) {
  const Spelling parts = split(spelling);
  const std::string_view name = parts.name;
  const std::optional<std::string_view> argument = parts.argument;
  const auto* const kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                        [&](const Kind& known) { return known.name == name; });
  if (kind == std::end(kKinds)) {
    const std::optional<std::string> meant = closest(name, names());
    return fail(ErrorCode::invalid,
                fmt::format("no validator is named \"{}\"{}", name,
                            meant ? fmt::format("; did you mean \"{}\"?", *meant) : ""));
  }
  if (kind->argument == Argument::none) {
    if (!argument) return Validator(kind->check, 0);
    return fail(ErrorCode::invalid, fmt::format("validator \"{}\" takes no argument", name));
  }
  const std::optional<double> value =
      argument ? number_in(*argument, kind->from, kind->to) : std::nullopt;
  const bool must_be_whole = kind->argument == Argument::whole;
  if (!value || (must_be_whole && *value != std::floor(*value))) {
    return fail(ErrorCode::invalid, fmt::format("validator \"{}\" takes a {} from {} to {}: {}({})",
                                                name, must_be_whole ? "whole number" : "number",
                                                kind->from, kind->to, name, kind->to));
  }
  return Validator(kind->check, *value);
}

}  // namespace logd
