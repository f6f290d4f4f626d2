// SPDX-License-Identifier: Apache-2.0
// What people get wrong of a destination, and what they are told.
#include <catch2/catch.hpp>

#include "config_reading.h"

using namespace logd;

namespace {

const ConfigMistake kMistakes[] = {
    {"a destination without a URL",
     R"([ship.central]
required = true
)",
     R"(logd.toml:1:7: destination "central" needs url: where records go
  [ship.central]
        ^
)"},
    {"a destination whose URL is none",
     R"([ship.central]
url = "otel:4318"
)",
     R"(logd.toml:2:1: url must begin with "http://" or "https://" and have a host
  url = "otel:4318"
  ^
)"},
    {"a misspelled key of a destination",
     R"([ship.central]
url = "https://a/v1/logs"
batch_bytes = "1MiB"
)",
     R"(logd.toml:3:1: unknown key "batch_bytes"
  batch_bytes = "1MiB"
  ^
)"},
    {"a type that nobody knows",
     R"([ship.central]
type = "kafka"
url = "https://a/"
)",
     R"(logd.toml:2:8: type: must be "otlp", "clickhouse", "elasticsearch" or "s3", not "kafka"
  type = "kafka"
         ^
)"},
    {"http to another machine",
     R"([ship.central]
url = "http://otel.example.com:4318/v1/logs"
)",
     R"(logd.toml:2:1: url is read by whoever is on the way: use https://, or )"
     R"(allow_plaintext = true
  url = "http://otel.example.com:4318/../...."
  ^
)"},
    {"http through a proxy elsewhere",
     R"([ship.central]
url = "http://localhost:4318/v1/logs"
proxy = "http://proxy:3128"
)",
     R"(logd.toml:2:1: url is read by whoever is on the way: use https://, or )"
     R"(allow_plaintext = true
  url = "http://localhost:4318/../...."
  ^
)"},
    {"a user in a URL",
     R"([ship.central]
url = "https://u:secret@a/v1/logs"
)",
     R"(logd.toml:2:1: url names a user, whom everybody would see: use basic_file
  url = "https://........@a/../...."
  ^
)"},
    {"a user in a proxy",
     R"([ship.central]
url = "https://a/v1/logs"
proxy = "http://u:secret@proxy:3128"
)",
     R"(logd.toml:3:1: proxy names a user, whom everybody would see: use proxy_auth_file
  proxy = "http://........@proxy:3128"
  ^
)"},
    {"clickhouse without a table",
     R"([ship.rows]
type = "clickhouse"
url = "https://a/"
)",
     R"(logd.toml:1:7: destination "rows" needs table: what rows go into
  [ship.rows]
        ^
)"},
    {"elasticsearch without an index",
     R"([ship.es]
type = "elasticsearch"
url = "https://a/_bulk"
)",
     R"(logd.toml:1:7: destination "es" needs index: what documents go into
  [ship.es]
        ^
)"},
    {"a table of otlp",
     R"([ship.central]
url = "https://a/v1/logs"
table = "logs"
)",
     R"(logd.toml:3:1: table has no effect without type = "clickhouse"
  table = "logs"
  ^
)"},
    {"s3 without a bucket and keys",
     R"([ship.s3]
type = "s3"
url = "https://s3.eu-central-1.amazonaws.com"
)",
     R"(logd.toml:1:7: destination "s3" needs bucket: what segments go into
  [ship.s3]
        ^
logd.toml:1:7: destination "s3" needs access_key and secret_key_file: S3 takes nothing unsigned
  [ship.s3]
        ^
)"},
    {"what segments do not know",
     R"([ship.s3]
type = "s3"
url = "https://a"
bucket = "b"
access_key = "k"
secret_key_file = "/etc/logd/s3"
stream = "err"
batch_size = "1MiB"
)",
     R"(logd.toml:7:1: stream has no effect with type = "s3": segments go as they are
  stream = "err"
  ^
logd.toml:8:1: batch_size has no effect with type = "s3": segments go as they are
  batch_size = "1MiB"
  ^
)"},
    {"a bucket of otlp",
     R"([ship.central]
url = "https://a/v1/logs"
bucket = "b"
)",
     R"(logd.toml:3:1: bucket has no effect without type = "s3"
  bucket = "b"
  ^
)"},
    {"a bucket with a path, and a query",
     R"([ship.s3]
type = "s3"
url = "https://a/?x=1"
bucket = "b/c"
access_key = "k"
secret_key_file = "/etc/logd/s3"
)",
     R"(logd.toml:4:1: bucket has a '/': the rest is the prefix
  bucket = "b/c"
  ^
logd.toml:3:1: url has a query, which S3 would take for a part of the request
  url = "https://a/...."
  ^
)"},
    {"a proxy that is none, with a password",
     R"([ship.central]
url = "https://a/v1/logs"
proxy = "u:secret/x@proxy:80"
)",
     R"(logd.toml:3:1: proxy must begin with "http://" or "https://" and have a host
  proxy = "......../.@proxy:80"
  ^
)"},
    {"a URL with a token",
     R"([ship.central]
url = "http://otel?token=secret"
)",
     R"(logd.toml:2:1: url is read by whoever is on the way: use https://, or )"
     R"(allow_plaintext = true
  url = "http://otel............."
  ^
)"},
    {"two ways to say who it is",
     R"([ship.central]
url = "https://a/v1/logs"
bearer_file = "/a"
basic_file = "/b"
)",
     R"(logd.toml:4:1: basic_file cannot go with bearer_file
  basic_file = "/b"
  ^
)"},
    {"a certificate without its key",
     R"([ship.central]
url = "https://a/v1/logs"
cert_file = "/a"
)",
     R"(logd.toml:1:7: destination "central" needs cert_file and key_file: one is of no )"
     R"(use without the other
  [ship.central]
        ^
)"},
    {"a file that is not absolute",
     R"([ship.central]
url = "https://a/v1/logs"
bearer_file = "token"
)",
     R"(logd.toml:3:15: bearer_file: must be an absolute path, one that begins with "/"
  bearer_file = "token"
                ^
)"},
    {"an attribute without a value",
     R"([ship.central]
url = "https://a/v1/logs"
attributes = ["production"]
)",
     R"(logd.toml:3:14: attributes: must be texts such as "deployment.environment=production", )"
     R"(not "production"
  attributes = ["production"]
               ^
)"},
    {"a batch that is too large",
     R"([ship.central]
url = "https://a/v1/logs"
batch_size = "64MiB"
)",
     R"(logd.toml:3:14: batch_size: must be from 4KiB to 4MiB, not 64MiB
  batch_size = "64MiB"
               ^
)"},
    {"a limit of nothing",
     R"([ship.central]
url = "https://a/v1/logs"
max_backlog = "10GiB"
)",
     R"(logd.toml:3:1: max_backlog has no effect without required = true
  max_backlog = "10GiB"
  ^
)"},
    {"a destination that is no table",
     R"(ship = "https://a/v1/logs"
)",
     R"(logd.toml:1:1: "ship" must be a table, not a string
  ship = "https://a/../...."
  ^
)"},
};

// Where nothing is wrong.
const char* const kRight[] = {
    "[ship.a]\nurl = \"http://localhost:4318/v1/logs\"\n",
    "[ship.a]\nurl = \"http://[::1]:4318/v1/logs\"\n",
    "[ship.a]\nurl = \"http://otel:4318/v1/logs\"\nallow_plaintext = true\n",
    "[ship.a]\ntype = \"s3\"\nurl = \"https://s3.example.com\"\nbucket = \"b\"\n"
    "access_key = \"k\"\nsecret_key_file = \"/etc/logd/s3.key\"\nprefix = \"a/b\"\n",
};

}  // namespace

TEST_CASE("read_config: wrong destinations, and what is said of them", "[config]") {
  for (const ConfigMistake& mistake : kMistakes) check_mistake(mistake);
  for (const char* const text : kRight) check_mistake({text, text, ""});
}
