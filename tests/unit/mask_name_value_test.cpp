// SPDX-License-Identifier: Apache-2.0
#include "mask/name_value.h"
#include "mask_scanners.h"

using namespace logd;
using namespace logd::mask_testing;

namespace {

const Scan kScan{scan_name_value,
                 {"password", "secret", "token", "api-key", "authorization", "private_key"}};

}  // namespace

TEST_CASE("name_value: pairs of any dress show their value", "[mask]") {
  const Texts dresses = {
      R"({"name":"#K","value":"#V"})",
      R"({"name": "#K", "value": "#V", "x": 1})",
      R"({"value":"#V","name":"#K"})",
      R"({"type":"string","value":"#V","x":1,"name":"#K"})",
      R"({"name":"#K","type":"string","sensitive":true,"value":"#V"})",
      R"({"Key":"#K","Value":"#V"})",
      R"({"key":"#K","val":"#V"})",
      R"({"header":"#K","value":"#V"})",
      R"({\"name\":\"#K\",\"value\":\"#V\"})",
      R"({\"value\":\"#V\",\"name\":\"#K\"})",
      R"({"m":"{\"b\":\"{\\\"name\\\":\\\"#K\\\",\\\"value\\\":\\\"#V\\\"}\"}"})",
      R"({'name': '#K', 'value': '#V'})",
      R"({:name=>"#K", :value=>"#V"})",
      R"({name: "#K", value: "#V"})",
      "{Name:#K Value:#V ValueFrom:nil}",
      "{name: #K, value: #V}",
      "name=#K value=#V",
      "msg=set key=#K value=#V ok=true",
      R"(<add key="#K" value="#V"/>)",
      R"(<add value="#V" key="#K"/>)",
      R"(<entry key="#K">#V</entry>)",
      R"(<property name="#K" type="x">#V</property>)",
      R"({&quot;name&quot;:&quot;#K&quot;,&quot;value&quot;:&quot;#V&quot;})",
      "('#K', '#V')",
      R"(["#K","#V"])",
      R"([["a","b"],["#K","#V"]])",
      R"([(b'#K', b'#V')])",
  };
  for (const std::string& dress : dresses) {
    for (const std::string key : {"password", "DB_PASSWORD", "clientSecret", "X-Api-Key"}) {
      for (const std::string value : {"hunter2", "k7Gd93kfLq0Zt5Wx", "p@ss!w0rd"}) {
        check_found(kScan, replaced(replaced(dress, "#K", key), "#V", value), {value});
      }
    }
  }
}

TEST_CASE("name_value: dumps of headers", "[mask]") {
  check_found(kScan, R"(rawHeaders: ['Host', 'h', 'X-Api-Key', 'k7Gd93kfLq0Zt5Wx', 'A', 'b'])",
              {"k7Gd93kfLq0Zt5Wx"});
  check_found(kScan, R"([("Authorization", "Bearer k7Gd93kfLq0Zt5Wx"), ("A", "b")])",
              {"k7Gd93kfLq0Zt5Wx"});
}

TEST_CASE("name_value: names side by side are no pair", "[mask]") {
  check_none(kScan, {R"(["username","password","email"])", R"(["password","email"])",
                     R"({"required":["password","token"]})", R"({"name":"password","x":"y"})",
                     R"({"password":"x","value":"y"})", R"({"name":"password_policy","value":"x"})",
                     R"([{"name":"password"},{"name":"user","value":"bob"}])",
                     R"({"name":"password","value":""})", "insert into t (name, password) values",
                     R"({"name":"password","value":{"x":1}})"});
}

TEST_CASE("name_value: calls that set, lists of headers", "[mask]") {
  check_found(kScan, "define('DB_PASSWORD', 'letmein');", {"letmein"});
  check_found(kScan, "('password', 'cFjIHzGCLhtmNrqftpvL')", {"cFjIHzGCLhtmNrqftpvL"});
  check_none(kScan, {"('password', 'confirmation')", "new(key=password, data=tag)"});
}
