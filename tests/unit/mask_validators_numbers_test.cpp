// SPDX-License-Identifier: Apache-2.0
#include "mask/digits.h"
#include "mask_validators.h"

using namespace logd;
using namespace logd::mask_testing;

TEST_CASE("luhn: the check digit counts, separators do not", "[mask]") {
  check_accepted("luhn", {"79927398713", "18", "4818 4429 6251 9474", "49-0154203237518", "1.8"});
  check_rejected("luhn", {"79927398710", "79927398714", "", "0", "7", "00", "0000000000", "1a8",
                          "-18", "18-", "1--8", "79927398713x", "+18"});
}

TEST_CASE("card: issuers, lengths and groups", "[mask]") {
  check_accepted(
      "card",
      {"4818442962519474",       "4741023052413",     "6759649826438453",    "5148226105954120",
       "2221601707067850",       "2720117043596441",  "347975267019557",     "379075814745688",
       "6011465602724477",       "6561101051419400",  "30053673466119",      "36979839906222",
       "3530727659293931",       "6275184308916292",  "6230542628541609129", "6759649826438453",
       "675987873345",           "2202242760516054",  "9792685261853056",    "5085871250564847",
       "4111111111111111",       "5555555555554444",  "378282246310005",     "4818 4429 6251 9474",
       "4818-4429-6251-9474",    "3479 752670 19557", "3005-367346-6119",    "4818.4429.6251.9474",
       "4395 5209 9611 8960 681"});
}

TEST_CASE("card: what logs are full of is none", "[mask]") {
  check_rejected(
      "card",
      {// Luhn holds, but nobody issues these, or not in this length.
       // Block ids of HDFS.
       "3042818489384932576", "1489144950908", "1774246048952", "7928555332287173",
       "9877535506089917", "3718945985466237", "458814435099453", "5102877744913181576",
       // Fan speeds and step counters.
       "3552 3534 3375 4530 3515 3479", "7024 5015 150454", "4818 442962519474",
       "48 18 44 29 62 51 94 74", "4818 4429-6251 9474", "4818  4429 6251 9474",
       "4818 4429 6251 947 4", "4-8-1-8-4-4-2-9-6-2-5-1-9-4-7-4",
       // A wrong check digit, and other texts.
       "4818442962519475", "", "4111111111111112", "0000000000000000", "481844296251947x",
       "48184429625194740000", "4818442962519474 ", " 4818442962519474"});
}

TEST_CASE("iban: countries, lengths and structures of the registry", "[mask]") {
  check_accepted("iban", {"AD3582496354A6D3SEIMMG38",
                          "AE081290404796669725102",
                          "AL2971153909D23VXAEMZGVTH2FN",
                          "AT824121242659130527",
                          "BA298132770475345514",
                          "BE22229013433886",
                          "BH97ZSQED17MOW0DAEPCE5",
                          "BR5562535410406012918244584M5",
                          "BY80NR422478NJZ37FR433GI9903",
                          "CH90195532KFVN2ROHC7M",
                          "CR91907236081916205101",
                          "CY6110416477RS89DLP5KJJL3ZAJ",
                          "CZ8417715162046610990695",
                          "DE54010170188752515669",
                          "DK0247827570953918",
                          "DO77U7X883456163914912807745",
                          "EE660391268111934826",
                          "ES6648673687569721652951",
                          "FI5037964596586168",
                          "FR2614150307016NU2TUAM8AN96",
                          "GB76AFSM82021927720067",
                          "GE57IH3422904205261111",
                          "GI83UKEH4N9XEAB951SZYRX",
                          "GR699825979EA4Q9OM4894ZJOJ7",
                          "GT34UU29C0OEVH4PYLUKWX9VGL2F",
                          "HR8528309947817840832",
                          "HU11646869589693504925899139",
                          "IE54YGES85384699943404",
                          "IL798304011980364942055",
                          "IQ38SJZC098831818085921",
                          "IS620579500556671397628514",
                          "IT15A776727045527XZOANQXJ38",
                          "JO62CMSN89203J485VDM9UHXL1PBQM",
                          "KW85WRSIC4093SGLC0K5ZSHOH8OVFZ",
                          "KZ659573SEGWDBWUCELQ",
                          "LB895587PHJ0FNXCLNCPRHILW0HY",
                          "LC78XDGHT2LKP4NNXOL7Z81LT2XDF835",
                          "LI40371851E7NPWDVP12F",
                          "LT358715705879678847",
                          "LU80255QTYGBIT6ORPUL",
                          "LV06PIYSRNG4486S5BAMP",
                          "MC51419378164179UPMO7Z3SJ29",
                          "MD29UDRNCUUZ9SCI0Q0F5OMF",
                          "ME16455308097159461291",
                          "MK60459ZE3MEQ2HQ813",
                          "MR9037214872160261710153045",
                          "MT94IWOJ137994KGY5N2TBSSEIMCC40",
                          "MU70DOQI1855744159881785049XFU",
                          "NL04HOYW7542896702",
                          "NO7006437321718",
                          "PK57TLLIOXMNN4AW96LTDPCA",
                          "PL81430714136072601776509410",
                          "PS91ZSNOD0ASDH3LJMLZW4H64RR4D",
                          "PT89005085214380803222104",
                          "QA46YZWJYXK1T3478OXSSB3XWTP7A",
                          "RS66701536631011843272",
                          "SA936792QLAES0KACV7UXGCN",
                          "SC02GBQU71942271900593817805KKL",
                          "SE6808393229584091143684",
                          "SI55151772574821201",
                          "SM08X5312317642H8VKQIFFIGAF",
                          "TN9042065277530450240632",
                          "TR66583729FCHBGMQFG3ZOG5WZ",
                          "UA2666020602GPLLXHWWBTXDR5VAN",
                          "VG48EFLU7118259684277421",
                          "XK294127881499278248",
                          "DE54 0101 7018 8752 5156 69",
                          "de54010170188752515669",
                          "GB76-AFSM-8202-1927-7200-67"});
}

TEST_CASE("iban: everything else is none", "[mask]") {
  check_rejected(
      "iban",
      {"", "DE", "DE54", "DE54010170188752515660", "DE5401017018875251566",
       "DE540101701887525156690", "XX54010170188752515669", "DEA4010170188752515669",
       // The remainder holds, but no check digits are 01, and no German account has letters.
       "SI01153750451850004", "DE5401017018875251566A", "DE54  010170188752515669",
       "GB76AFS182021927720067", "NO7006437321719", "54DE010170188752515669"});
}

TEST_CASE("aba, imei: prefix and check digit", "[mask]") {
  check_accepted("aba", {"066172040", "118094869", "020002321", "021000021"});
  check_rejected(
      "aba", {"", "066172041", "000000000", "12345678", "1180948690", "139999991", "506617204"});
  check_accepted("imei",
                 {"350321180103935", "355502351883935", "35-783497-682400-4", "490154203237518"});
  check_rejected("imei",
                 {"", "350321180103936", "000000000000000", "35032118010393", "350.321180 103935",
                  "350321180103 935", "3503211801039350", "003554722071639"});
}

TEST_CASE("vin: characters, and the check digit where it is the law", "[mask]") {
  check_accepted(
      "vin", {"4HJ1DK627CJ005671", "57YEZSF10PK273836", "4WTV1N9R5BW042578", "L4JYPURM2LB311468",
              "1HGCM82633A004352", "1m8gdm9axkp042788", "WVWZZZ1JZXW000001", "VF1BB05CF12345678"});
  check_rejected(
      "vin", {"", "1HGCM82634A004352", "1HGCM82633A00435", "1HGCM82633A0043522",
              "WVWZZZ1JZXW0O0001", "WVWZZZ1JZXWABCDEF", "12345678901234567", "IHGCM82633A004352"});
}

TEST_CASE("ssn: areas, groups and separators", "[mask]") {
  check_accepted("ssn", {"536-22-8726", "536228726", "536 22 8726", "123-45-6789", "899-99-9998"});
  check_rejected("ssn", {"", "000-12-3456", "666-12-3456", "900-12-3456", "987-65-4320",
                         "536-00-8726", "536-22-0000", "078-05-1120", "219-09-9999", "111-11-1111",
                         "536-228726", "5362-2-8726", "536-22 8726", "536-22-872", "53622872",
                         "2019-10-11", "536-22-8726-"});
}

TEST_CASE("check digits: no single wrong digit passes Luhn, mod 97 or Verhoeff", "[mask]") {
  for (const char* text : {"79927398713", "4818442962519474", "490154203237518", "1965996063"}) {
    INFO(text);
    CHECK(accepted_single_changes("luhn", text).empty() == accepts("luhn", text));
  }
  CHECK(accepted_single_changes("card", "4818-4429-6251-9474").empty());
  CHECK(accepted_single_changes("imei", "350321180103935").empty());
  for (const char* text : {"DE54010170188752515669", "GB76AFSM82021927720067",
                           "MT94IWOJ137994KGY5N2TBSSEIMCC40", "NO7006437321718"}) {
    INFO(text);
    CHECK(accepted_single_changes("iban", text).empty());
  }
  for (const char* text : {"640632032520", "7172 3017 2200", "819168858591"}) {
    INFO(text);
    CHECK(accepted_single_changes("in_aadhaar", text).empty());
  }
}

TEST_CASE("check digits: Verhoeff also finds neighbours that were swapped", "[mask]") {
  const std::string right = "640632032520";
  for (std::size_t i = 1; i < right.size(); ++i) {
    std::string swapped = right;
    std::swap(swapped[i - 1], swapped[i]);
    INFO(swapped);
    CHECK(accepts("in_aadhaar", swapped) == (swapped == right));
  }
}

TEST_CASE("CompactNumber: leaves out single separators between characters", "[mask]") {
  CHECK(CompactNumber("12-34.56/78 9a").text() == "123456789A");
  for (const char* text : {"", "-", "-1", "1-", "1--2", "1 -2"}) {
    INFO(text);
    CHECK(CompactNumber(text).text().empty());
  }
  CHECK(CompactNumber(std::string(40, '1')).text().size() == 40);
  CHECK(CompactNumber(std::string(41, '1')).text().empty());
  CHECK(CompactNumber("121").digits(3) == "121");
  CHECK(CompactNumber("111").digits(3).empty());
  CHECK(CompactNumber("12a").digits(3).empty());
}

TEST_CASE("is_date: days of months, leap years", "[mask]") {
  CHECK(is_date(2024, 2, 29));
  CHECK(is_date(2000, 2, 29));
  CHECK_FALSE(is_date(1900, 2, 29));
  CHECK_FALSE(is_date(2023, 2, 29));
  CHECK_FALSE(is_date(2023, 4, 31));
  CHECK_FALSE(is_date(2023, 0, 1));
  CHECK_FALSE(is_date(2023, 13, 1));
  CHECK_FALSE(is_date(2023, 1, 0));
}
