// SPDX-License-Identifier: Apache-2.0
#include "mask_validators.h"

using namespace logd;
using namespace logd::mask_testing;

namespace {

struct Id {
  const char* name;
  std::vector<std::string> valid;
  std::vector<std::string> invalid;
  int passing_changes_percent;  // of single digits, at most; by what the check digits promise
};

// Computed with python-stdnum 1.18, or from the issuer's formula where it does not know the number.
const std::vector<Id> kIds = {
    {"us_itin",
     {"939825979", "978-87-6232", "904796669"},
     {"939895979", "900930001", "839825979"},
     95},
    {"us_npi", {"1704251606", "1965996063", "1234567893"}, {"3704251606", "1234567894"}, 0},
    {"us_mbi",
     {"1EG4-TE5-MK73", "1EG4TE5MK73"},
     {"0EG4TE5MK73", "1SG4TE5MK73", "1EG4TE5MK7B"},
     100},
    {"ca_sin", {"661195537", "319 592 648", "661920579"}, {"661195538", "046454286"}, 0},
    {"br_cpf", {"08191620510", "567.815.712-49", "54407554380"}, {"11111111111", "08191620511"}, 0},
    {"br_cnpj",
     {"63148534804297", "64.844.891/4495-09", "AHHFRY8WQDG992", "04LJT5BDF04310"},
     {"63148534804298", "AHHFRY8WQDG9A2"},
     0},
    {"za_id", {"0612052350149", "200724 1718 025", "2512220854170"}, {"0613052350148"}, 0},
    {"uk_nino",
     {"AB 12 34 56 C", "jg103759a"},
     {"BG123456A", "DA123456A", "AO123456A", "AB123456E"},
     100},
    {"uk_nhs", {"0075368455", "636 211 4868", "3876981069"}, {"0075368456"}, 0},
    {"ie_pps", {"8803409HW", "1586822BW", "7665265KT", "1234567T"}, {"1234567U", "1234567TZ"}, 0},
    {"fr_nir",
     {"161052B86520681", "2 36 01 69 744 278 75", "121104038224273"},
     {"161052B86520682", "561052B86520681", "121154038224273"},
     0},
    {"de_steuer_id",
     {"52489170376", "63 299 785 016", "21507586390"},
     {"02489170376", "52489170377"},
     0},
    {"de_ausweis",
     {"W2GLLJ6878", "XK9PCXXHK6", "T22000129", "L01X00T471"},
     {"W2GLLJ6879", "ABCDEFGHI", "T2200012A", "LMNPRTVWX"},
     40},
    {"es_dni", {"47581964R", "61364128-J", "20732222E"}, {"47581964S", "4758196R"}, 0},
    {"es_nie", {"X2697803H", "Y-5469144-B", "X3094625K"}, {"X2697803J", "A2697803H"}, 0},
    {"es_nuss",
     {"180708646644", "050671917069", "34/04551301/26", "400283640965"},
     {"180708646645", "000708646644"},
     5},
    {"it_cf",
     {"NBZEPO03S47K434D", "ZXGJNF17T04A310E", "qfqtgb49b23u775g", "NBZEPO03S47K43QA"},
     {"NBZEPO03S47K434E", "NBZEPO03F47K434D", "NBZEPO03S77K434D"},
     0},
    {"pt_nif", {"851408559", "315190736", "372249957"}, {"851408558", "051408559"}, 10},
    {"nl_bsn", {"641543906", "5103.80.062", "472524896"}, {"641543907"}, 0},
    {"be_nrn",
     {"06062844349", "17.09.15-517.35", "83013181406"},
     {"06062844350", "06132844349"},
     5},
    {"se_pn",
     {"440825-1850", "20140413-8321", "19511026-8504", "440825+1850"},
     {"440825-1851", "441325-1850", "21140413-8321"},
     1},
    {"fi_hetu",
     {"280378+835J", "050958-139X", "240780-468v", "131052-308T", "131052Y308T"},
     {"280378+835K", "320378+835J", "131052_308T"},
     0},
    {"pl_pesel", {"00050853504", "12260400089", "15272343315"}, {"00050853505", "00130853504"}, 0},
    {"ro_cnp",
     {"1661021223451", "1830619683326", "1880816957042"},
     {"1661021223452", "0661021223451"},
     5},
    {"bg_egn", {"6203090198", "5903130308", "9309267546"}, {"6203090199", "6213090198"}, 10},
    {"cz_rc",
     {"6312040944", "560128/7648", "0409051951", "530102/123"},
     {"6312040945", "550102123", "530102/000"},
     45},
    {"tr_tckn", {"20746017018", "48751219524", "98170890316"}, {"20746017019", "02074601708"}, 5},
    {"in_aadhaar",
     {"640632032520", "7172 3017 2200", "819168858591"},
     {"640632032521", "140632032520"},
     0},
    {"in_pan",
     {"ZXVKS3644I", "UOQKD1475H", "KUIHB4896B"},
     {"ZXVXS3644I", "ZXVKS0000I", "ZXVKS36441"},
     100},
    {"cn_id",
     {"440103191608073920", "310105194110228259", "11010519491231002X"},
     {"440103191608073921", "990103191608073920"},
     0},
    {"kr_rrn",
     {"3309192341811", "050925-4461791", "5708132141222", "201103-3123450"},
     {"3309192341812", "331319-2341811"},
     30},
    {"jp_mynumber",
     {"236034342966", "449444187929", "5913 4322 3968", "087069212830"},
     {"236034342967"},
     10},
    {"sg_nric",
     {"S1234567D", "T1234567J", "F1234567N", "G1234567X", "M1234567K"},
     {"S1234567E", "A1234567D"},
     0},
    {"th_id",
     {"3835436998370", "8-0127-77612-54-0", "4248115787303"},
     {"3835436998371", "0835436998370"},
     10},
    {"au_tfn",
     {"125470034", "424 045 066", "367446036", "81854402", "37118629"},
     {"125470035", "81854403"},
     0},
    {"au_abn", {"14831828114", "86 462 174 844", "21202996811"}, {"14831828115"}, 0},
    {"au_medicare",
     {"5914677381", "4777185071", "3576821391", "35768213911"},
     {"5914677371", "7914677381", "5914677380"},
     100},
};

}  // namespace

TEST_CASE("national ids: valid ones pass, others do not", "[mask]") {
  CHECK(kIds.size() == 37);
  for (const Id& id : kIds) {
    check_accepted(id.name, id.valid);
    check_rejected(id.name, id.invalid);
    check_rejected(id.name, {"", "0", "000000000", "0000000000", "00000000000", "000000000000",
                             "0000000000000", "11111111111111", "AAAAAAAAA", "password", "1.2.3.4",
                             "2026-11-22 08:30", "-", " ", "\xff\xff\xff\xff\xff\xff\xff\xff\xff"});
  }
}

TEST_CASE("national ids: check digits find the wrong digit that they promise to find", "[mask]") {
  for (const Id& id : kIds) {
    std::size_t changes = 0;
    std::size_t passed = 0;
    for (const std::string& text : id.valid) {
      for (const char c : text) changes += c >= '0' && c <= '9' ? 9U : 0U;
      passed += accepted_single_changes(id.name, text).size();
    }
    INFO(id.name << ": " << passed << " of " << changes << " pass");
    CHECK(100 * passed <= changes * static_cast<std::size_t>(id.passing_changes_percent));
  }
}

TEST_CASE("national ids: one character more or less is none", "[mask]") {
  for (const Id& id : kIds) {
    for (const std::string& text : id.valid) {
      // Medicare numbers may end with the person on the card; German ones with the check digit.
      const std::string_view name = id.name;
      const bool has_two_lengths = name == "au_medicare" || name == "de_ausweis" ||
                                   name == "au_tfn" || name == "ie_pps" || name == "cz_rc";
      if (has_two_lengths) continue;
      INFO(name << ": " << text);
      CHECK_FALSE(accepts(name, text + "7"));
      CHECK_FALSE(accepts(name, "7" + text));
      CHECK_FALSE(accepts(name, text.substr(1)));
      CHECK_FALSE(accepts(name, text.substr(0, text.size() - 1)));
    }
  }
}
