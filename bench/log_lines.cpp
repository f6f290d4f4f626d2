// Writes lines as servers write them, for the benchmarks: `log_lines BYTES [SEED] > FILE`.
//
// Eight shapes after the public LogHub collection (HDFS, Spark, ZooKeeper, OpenSSH, OpenStack, web
// access, JSON, Java), 138 to 160 bytes each, newline included, with numbers, addresses and ids
// that change from line to line. The same seed gives the same file.
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kMinLineBytes = 138;
constexpr std::size_t kMaxLineBytes = 160;
constexpr std::size_t kFlushBytes = 1 << 20;

// In a shape, `#` is a digit, `~` a hexadecimal digit, `%` a letter.
constexpr std::array<std::string_view, 8> kShapes{
    "08110# 2036## ### INFO dfs.DataNode$PacketResponder: PacketResponder # for block "
    "blk_################### terminating, received from /10.251.#1.1## size 67108864",
    "17/06/09 20:1#:## INFO storage.BlockManager: Found block rdd_#_## locally, executor ## on "
    "mesos-slave-##, task ####.0 in stage ##.0 (TID ####) %%%%%%%",
    "2015-07-29 17:4#:##,### - WARN  [SendWorker:188978561024:QuorumCnxManager$SendWorker@688] - "
    "Send worker leaving thread, session 0x~~~~~~~~~~~~~~~~ zxid 0x~~~~~~~~",
    "Dec 10 06:5#:## LabSZ sshd[####]: Failed password for invalid user %%%%%%% from "
    "173.234.31.1## "
    "port 3#### ssh2: RSA SHA256:~~~~~~~~~~~~~~~~~~~~~~~~",
    "nova-api 2017-05-16 00:0#:##.### 25746 INFO nova.osapi_compute.wsgi.server [req-~~~~~~~~-~~~~-"
    "4~~~-~~~~-~~~~~~~~~~~~] 10.11.10.# \"GET /v2/servers/detail\" status: 200 len: 18## time: "
    "0.2##",
    "10.42.#.1## - - [21/Nov/2026:22:1#:## +0000] \"GET /api/v1/items/#####?page=## HTTP/1.1\" 200 "
    "##### \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\" 0.0## upstream=10.1.#.##",
    "{\"level\":\"info\",\"time\":\"2026-11-21T22:17:##.###Z\",\"service\":\"backend\",\"request_"
    "id\":"
    "\"~~~~~~~~~~~~~~~~\",\"user\":#####,\"msg\":\"order %%%%%%% accepted\",\"ms\":##}",
    "\tat org.apache.hadoop.mapred.MapTask$MapOutputBuffer.%%%%%%%(MapTask.java:1###) "
    "~[hadoop-mapreduce-client-core-2.7.#.jar:?] thread=pool-##-thread-##",
};

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // A number from 0 to `limit` - 1 (splitmix64).
  std::size_t below(std::size_t limit) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % limit;
  }

 private:
  std::uint64_t state_;
};

char filled(char mark, Random& random) {
  if (mark == '#') return static_cast<char>('0' + random.below(10));
  if (mark == '~') return "0123456789abcdef"[random.below(16)];
  if (mark == '%') return static_cast<char>('a' + random.below(26));
  return mark;
}

void append_line(std::string& text, Random& random) {
  constexpr std::string_view kTail =
      " host=node-## trace=~~~~~~~~~~~~~~~~ span=~~~~~~~~ took=##.#ms";
  const std::string_view shape = kShapes[random.below(kShapes.size())];
  const std::size_t wanted = kMinLineBytes + random.below(kMaxLineBytes - kMinLineBytes + 1) - 1;
  for (std::size_t i = 0; i < wanted; ++i) {
    const bool is_tail = i >= shape.size();
    text.push_back(filled(is_tail ? kTail[(i - shape.size()) % kTail.size()] : shape[i], random));
  }
  text.push_back('\n');
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: log_lines BYTES [SEED] > FILE\n", stderr);
    return 2;
  }
  const std::uint64_t wanted = std::strtoull(argv[1], nullptr, 10);
  Random random(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  std::string text;
  for (std::uint64_t written = 0; written < wanted; written += text.size()) {
    text.clear();
    while (text.size() < kFlushBytes && written + text.size() < wanted) append_line(text, random);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) return 1;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
