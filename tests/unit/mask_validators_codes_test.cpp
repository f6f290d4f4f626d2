// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <span>

#include "mask/digest.h"
#include "mask_validators.h"

using namespace logd;
using namespace logd::mask_testing;

namespace {

const std::string kClaims = "eyJzdWIiOiJ1LTgxNzIzIiwiZXhwIjoxOTI0OTkxOTk5fQ";

std::string hex(const Digest& digest) {
  std::string text;
  for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

std::span<const std::uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("jwt: the header tells, signed or not", "[mask]") {
  check_accepted(
      "jwt",
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + kClaims +
           ".JKP6XZPITBBWm5FILx1rFzwroTBUYPWT3zsD_AS1Uls",
       "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0." + kClaims + ".",
       "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0." + kClaims,
       // Encrypted, with a key and without one.
       "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.m9JJYMF9wievEE3cx-he0GmvExBMk5_aSRKvpIA-7R8."
       "wde2MjI2lPtv-klK.LGSm3u0DA4ocRiqfPOFuwJv3ccWFSlPt.6w16PhMRvN0YvWr-7gYZ6g",
       "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..yb7ODY_1PMcchmbZ."
       "azWd9fKAMq3kGkrzvAq0m1uF9J"
       "mlNmOm.y0bQo_xbowxD_oBsFlR1sA",
       // With spaces, line ends and another member in front.
       "eyAia2lkIiA6ICJrLTciLA0KICJhbGciIDogIkVTMjU2IiB9." + kClaims + ".TIc9d0MSrRkm_vKHesGFnp4n",
       "eyJraWQiOiJhXCJhbGdcIjoiLCJ0eXAiOiJhdCtqd3QifQ." + kClaims +
           ".qlmPVF8PHR_-ntqMtqhhbkSZdHmH",
       // Cut off.
       "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJz"});
}

TEST_CASE("jwt: other base64 with dots is none", "[mask]") {
  check_rejected(
      "jwt",
      {"", ".", "eyJ", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
       // {"k":"8f3a",...}, {"user":"alg"}, ["alg"], {"msg":"\"alg\":1"}
       "eyJrIjoiOGYzYSIsIm4iOiJkZXBsb3kiLCJpZCI6MX0." + kClaims + ".db5nAAW42gM",
       "eyJ1c2VyIjoiYWxnIn0." + kClaims + ".Onb0k2HK_as", "WyJhbGciXQ." + kClaims + ".SAuMquftexc",
       "eyJtc2ciOiJcImFsZ1wiOjEifQ." + kClaims + ".H94gQvney48",
       "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.a.b.c.d.e", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.a b",
       "org.apache.hadoop.hdfs", "1.2.3", "file.name.txt"});
}

TEST_CASE("digests: as other programs compute them", "[mask]") {
  // sha256sum(1), and Keccak-256 of pycryptodome.
  CHECK(hex(sha256(bytes(""))) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256(bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256(bytes(std::string(55, 'a')))) ==
        "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  CHECK(hex(sha256(bytes(std::string(56, 'a')))) ==
        "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  CHECK(hex(sha256(bytes(std::string(119, 'a')))) ==
        "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
  CHECK(hex(keccak256_short(bytes(""))) ==
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  CHECK(hex(keccak256_short(bytes(std::string(135, 'a')))) ==
        "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446");
}

TEST_CASE("btc: addresses and keys with their check sum", "[mask]") {
  check_accepted(
      "btc",
      {"16vQQpH7933crKhpjWpTDCwpT13mM73rWK", "3DVzdVn5558FfTQoSigYN6NqpcFtRULS3p",
       "111yixN3m7YMozbDPrZtezoBtKw7CAGXx", "5HyRCPyFBx1pUWvZ7WuGsULMRADoVEL3TghrNDFDMoLkAkE287s",
       "L139rxHC627taCbEgdGJYaWZEjz17dd7Nm6vahAxktf1vCoE7Sps",
       "xprvBkL9AGoYpgXpTw91V4HkCm8GQ3eVDb1m1TGLiSkwGPyjpdd5LMEEJm8X6vFxQwsWLtExkKfNXp4hkX6xZMptiHT"
       "kb"
       "eFmtovAsr9nc7NnrD6",
       "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bc1qn0yj2hdld76ecpg0y5y6rj3gx6cksy8x80l6mx",
       "bc1qvgwk8vw6la75acp25wjswerzfnklgt6sagudr9qnspna8edpkhpqq247lt",
       "bc1pyad4ecktyfqkn6sjxtqd9mtymhcf4msh2n3sgn85up6x0kpw6d0qrh0tjs",
       "tb1ql44yzry89a04uzzh3k58xjxeam2r0m4dzy7xp5",
       "bcrt1p9apsdcewcj3skzy0n2uewejeue7zh990depsch8cen2n55tjfyhsxdmezv",
       "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"});
  check_rejected(
      "btc",
      {"", "1", "16vQQpH7933crKhpjWpTDCwpT13mM73rWL", "16vQQpH7933crKhpjWpTDCwpT13mM73rW",
       "6vQQpH7933crKhpjWpTDCwpT13mM73rWK", "0OIl", "1111111111111111111111111111111111",
       std::string(112, 'z'), std::string(113, '1'), "bc1qn0yj2hdld76ecpg0y5y6rj3gx6cksy8x80l6my",
       "Bc1qn0yj2hdld76ecpg0y5y6rj3gx6cksy8x80l6mx", "ltc1qn0yj2hdld76ecpg0y5y6rj3gx6cksy8x8",
       "bc1", "bc1qqqqqqqqqqq", "HelloWorldHelloWorldHelloWorld1234"});
}

TEST_CASE("eth: mixed case must be EIP-55's", "[mask]") {
  check_accepted(
      "eth",
      {"0x3CE7698A265dcF7866b40f525873E2C668C7aF15", "0x516Dd3472E673E71846506D21c5B20DF7944dE03",
       "0xa6B708921695d9726Ecf13D1917dB2f0890b2065", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
       "0x3ce7698a265dcf7866b40f525873e2c668c7af15", "0x3CE7698A265DCF7866B40F525873E2C668C7AF15"});
  check_rejected(
      "eth",
      {"", "0x", "0x3cE7698A265dcF7866b40f525873E2C668C7aF15",
       "3CE7698A265dcF7866b40f525873E2C668C7aF15", "0x3CE7698A265dcF7866b40f525873E2C668C7aF1",
       "0x3CE7698A265dcF7866b40f525873E2C668C7aF155", "0x0000000000000000000000000000000000000000",
       "0x3CE7698A265dcF7866b40f525873E2C668C7aF1g"});
}

TEST_CASE("ipv4: octets, and no versions", "[mask]") {
  check_accepted("ipv4", {"10.0.0.1", "192.168.1.254", "8.8.8.8", "1.1.1.1", "127.0.0.1",
                          "203.0.113.7", "255.255.255.255", "4.2.2.10"});
  check_rejected("ipv4", {"", "1.2.3.4", "0.0.0.0", "0.1.2.30", "2.0.0.1", "10.0.0", "10.0.0.1.2",
                          "10.0.0.256", "10.0.0.01", "10.0.19041.1", "120.0.6099.109", "10.0.0.",
                          ".10.0.0.1", "10..0.1", "10.0.0.1 ", "10.0.0.a", "1000.0.0.1"});
}

TEST_CASE("ipv6: addresses, and neither names, times nor MACs", "[mask]") {
  check_accepted("ipv6",
                 {"2001:db8::1", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "fe80::1", "::1",
                  "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "fe80::1%eth0", "FE80::A1B2",
                  "1:2:3:4:5:6:7:8", "2001:db8:1::", "2001:db8:0:0:1::9", "fd00::1"});
  check_rejected("ipv6", {"",
                          ":",
                          "::",
                          ":::",
                          "a::b",
                          "Face::Add",
                          "std::string",
                          "a1::b",
                          "12:34:56",
                          "08:30:04",
                          "00:1b:44:11:3a:b7",
                          "1:2:3:4:5:6:7",
                          "1:2:3:4:5:6:7:8:9",
                          "1::2::3",
                          "2001:db8::12345",
                          "2001:db8::g",
                          "fe80::1%",
                          "1:2:3:4:5:6:7::8:9",
                          ":1:2:3:4:5:6:7",
                          "::1:",
                          "dead::beef::1"});
}

TEST_CASE("email: persons, and neither packages, remotes nor units", "[mask]") {
  check_accepted("email", {"ann@example.com", "ann.lee+logs@mail.example.co.uk", "a@b.io",
                           "o'hara@example.org", "ann%40example.com", "ANN@EXAMPLE.COM",
                           "ann_lee@sub-domain.example.museum", "j\xc3\xb6rg@ex\xc3\xa4mple.de",
                           "ann@xn--exmple-cua.xn--p1ai", "123@qq.com", "noreply@company.local"});
  check_rejected("email", {"",
                           "@",
                           "ann@",
                           "@example.com",
                           "ann@example",
                           "root@localhost",
                           "react@18.2.0",
                           "pkg@1.2.3-beta",
                           "git@github.com",
                           "logo@2x.png",
                           "getty@tty1.service",
                           "user@10.0.0.1",
                           "java.lang.Object@1b2c3d4e",
                           "ann@example..com",
                           "ann@.example.com",
                           ".ann@example.com",
                           "ann.@example.com",
                           "a..b@example.com",
                           "ann@example.c",
                           "ann@-example.com",
                           "ann@example-.com",
                           "ann lee@example.com",
                           "ann@exa mple.com",
                           "ann@bob@example.com",
                           "ann@example.com.",
                           "user-1@0.service",
                           "x@script.js",
                           std::string(65, 'a') + "@example.com",
                           "a@" + std::string(64, 'b') + ".com",
                           "a@" + std::string(400, 'b') + ".com"});
}
