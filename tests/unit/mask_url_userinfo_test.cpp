// SPDX-License-Identifier: Apache-2.0
#include "mask/url_userinfo.h"
#include "mask_scanners.h"

using namespace logd;
using namespace logd::mask_testing;

namespace {

const Scan kScan{scan_url_userinfo, {"://", ":\\/\\/", "%3a%2f%2f"}};

}  // namespace

TEST_CASE("url_userinfo: the password up to the last @ of the authority", "[mask]") {
  const Texts schemes = {"postgres",  "mysql+pymysql",   "mongodb+srv", "redis", "amqps", "https",
                         "git+https", "jdbc:postgresql", "ftp",         "smtp",  "s3"};
  const Texts passwords = {"hunter2", "k7Gd93kfLq0Zt5Wx", "p@ss:w0rd!", "a%40b$c",
                           "x,y;z&w", "pa/ss9w",          "pa#ss9w",    "pa?ss9w",
                           "(x)[y]",  "postgres",         "12345678",   "a=b"};
  const Texts dresses = {"S://bob:V@host/db",
                         "S://bob:V@host:5432/db?x=1",
                         "S://:V@host",
                         "url=S://bob:V@host",
                         "\"S://bob:V@host/x\"",
                         R"({"u":"S://bob:V@host"})",
                         R"({\"u\":\"S://bob:V@[::1]:80/\"})",
                         "see S://bob:V@host/x?mail=a@b now",
                         "S://bob:V@h1:27017,h2:27017/db",
                         "S://bob@example.com:V@host/x",
                         "<S://bob:V@host>",
                         "\x1b[32mS://bob:V@host\x1b[0m",
                         "S://bob:V@host\r"};
  for (const std::string& dress : dresses) {
    for (const std::string& scheme : schemes) {
      for (const std::string& password : passwords) {
        const std::string marked = replaced(replaced(dress, "S://", "\x01://"), "V", "\x02");
        check_found(kScan, replaced(replaced(marked, "\x01", scheme), "\x02", password),
                    {password});
      }
    }
  }
}

TEST_CASE("url_userinfo: other spellings and tokens", "[mask]") {
  check_found(kScan, R"("https:\/\/bob:hunter2@host\/x")", {"hunter2"});
  check_found(kScan, "u=https%3A%2F%2Fbob%3Ahunter2%40host%2Fx", {"hunter2"});
  check_found(kScan, "https://k7Gd93kfLq0Zt5Wx8a@github.com/x", {"k7Gd93kfLq0Zt5Wx8a"});
  check_found(kScan, "https://k7Gd93kfLq0Zt5Wx8a:x-oauth-basic@github.com/x",
              {"k7Gd93kfLq0Zt5Wx8a"});
  check_found(kScan, "https://k7Gd93kfLq0Zt5Wx8a:@host/x", {"k7Gd93kfLq0Zt5Wx8a"});
  check_found(kScan, "amqp://a:b1@h1,amqp://c:d2@h2", {"b1", "d2"});
}

TEST_CASE("url_userinfo: ports, users and digests are no passwords", "[mask]") {
  check_none(kScan, {"http://host:8080/path@x", "http://host:8080/a:b@c", "ssh://git@host/x.git",
                     "http://host/x:y@z", "http://host?x=a:b@c", "mailto:bob@example.com",
                     "docker://nginx:1.2@sha256:9c7a54a9a43cca047013b82af109fe96",
                     "docker-pullable://nginx@sha256:9c7a54a9a43cca047013b82af109fe96",
                     "http://host:8080&mail=a@b.c", "http://[::1]:80/x@y",
                     "http://host:80, bob@example.com", "https://bob:@host/", "file:///x:y@z",
                     "a://b://c@d", "https://user@example.com/x"});
}
