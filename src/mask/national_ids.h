// Says whether a text is a number by which a state knows a person: shape, date of birth where it
// has one, and check digits as its issuer defines them (the source stands at each definition).
//
// Spaces, dots, dashes and slashes between the characters do not count, nor does case. A check
// digit alone lets one number in ten pass, so rules ask for a word beside it. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

// Americas and Africa: national_ids_americas.cpp.
bool is_us_itin(std::string_view text) noexcept;
bool is_us_npi(std::string_view text) noexcept;
bool is_us_mbi(std::string_view text) noexcept;
bool is_ca_sin(std::string_view text) noexcept;
bool is_br_cpf(std::string_view text) noexcept;
bool is_br_cnpj(std::string_view text) noexcept;
bool is_za_id(std::string_view text) noexcept;

// Western and northern Europe: national_ids_west_europe.cpp.
bool is_uk_nino(std::string_view text) noexcept;
bool is_uk_nhs(std::string_view text) noexcept;
bool is_ie_pps(std::string_view text) noexcept;
bool is_fr_nir(std::string_view text) noexcept;
bool is_de_steuer_id(std::string_view text) noexcept;
bool is_de_ausweis(std::string_view text) noexcept;
bool is_es_dni(std::string_view text) noexcept;
bool is_es_nie(std::string_view text) noexcept;
bool is_es_nuss(std::string_view text) noexcept;
bool is_it_cf(std::string_view text) noexcept;
bool is_pt_nif(std::string_view text) noexcept;
bool is_nl_bsn(std::string_view text) noexcept;
bool is_be_nrn(std::string_view text) noexcept;
bool is_se_pn(std::string_view text) noexcept;
bool is_fi_hetu(std::string_view text) noexcept;

// Eastern Europe and Turkey: national_ids_east_europe.cpp.
bool is_pl_pesel(std::string_view text) noexcept;
bool is_ro_cnp(std::string_view text) noexcept;
bool is_bg_egn(std::string_view text) noexcept;
bool is_cz_rc(std::string_view text) noexcept;
bool is_tr_tckn(std::string_view text) noexcept;

// Asia and the Pacific: national_ids_asia.cpp.
bool is_in_aadhaar(std::string_view text) noexcept;
bool is_in_pan(std::string_view text) noexcept;
bool is_cn_id(std::string_view text) noexcept;
bool is_kr_rrn(std::string_view text) noexcept;
bool is_jp_mynumber(std::string_view text) noexcept;
bool is_sg_nric(std::string_view text) noexcept;
bool is_th_id(std::string_view text) noexcept;
bool is_au_tfn(std::string_view text) noexcept;
bool is_au_abn(std::string_view text) noexcept;
bool is_au_medicare(std::string_view text) noexcept;

}  // namespace logd
