"""Real engines that store what is shipped: ClickHouse, and Ceph's gateway for S3.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import hashlib
import json
import os
import struct
import subprocess
import urllib.parse
import uuid
from xml.etree import ElementTree

from server_testing import Server, ask, free_port, listens, program, run

CLICKHOUSE_CONFIG = """\
<yandex>
  <logger><level>warning</level><log>{root}/server.log</log>
    <errorlog>{root}/errors.log</errorlog></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>{port}</http_port>
  <tcp_port>{tcp_port}</tcp_port>
  <path>{root}/data/</path>
  <tmp_path>{root}/tmp/</tmp_path>
  <users_config>{root}/users.xml</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <mark_cache_size>67108864</mark_cache_size>
  <max_concurrent_queries>{max_queries}</max_concurrent_queries>
</yandex>
"""
CLICKHOUSE_USERS = """\
<yandex>
  <profiles><default><max_memory_usage>1000000000</max_memory_usage></default></profiles>
  <users><{user}><password>{password}</password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota></{user}></users>
  <quotas><default></default></quotas>
</yandex>
"""
CLICKHOUSE_COLUMNS = """uid String, time UInt64, observed UInt64, host String, process String,
  instance String, stream String, severity UInt8, body String"""


class ClickHouse(Server):
    """Debian's clickhouse-server, with one user and one database."""

    programs = ("clickhouse-server",)

    def __init__(self, user="default", password="", max_queries=100):
        super().__init__()
        self.user, self.password = user, password
        self.port = free_port()
        (self.root / "users.xml").write_text(CLICKHOUSE_USERS.format(user=user, password=password))
        (self.root / "config.xml").write_text(CLICKHOUSE_CONFIG.format(
            root=self.root, port=self.port, tcp_port=free_port(), max_queries=max_queries))
        self.start()

    def start(self):
        """Also after kill9(), on the same port and the same tables."""
        self.process = self.spawn(program("clickhouse-server"),
                                  f"--config-file={self.root}/config.xml", cwd=self.root)
        self.wait_until(lambda: listens(self.port), "ClickHouse listens")

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def post(self, sql, body=b"", **settings):
        """Answer to a statement whose data is `body`; settings go into the query of the URL."""
        query = urllib.parse.urlencode({**settings, "query": sql})
        return ask(self.port, f"/?{query}", body, {"X-ClickHouse-User": self.user,
                                                   "X-ClickHouse-Key": self.password})

    def query(self, sql):
        """Rows of a SELECT as dicts, [] of anything else; an error fails."""
        answer = self.post(sql, default_format="JSONEachRow",
                           output_format_json_quote_64bit_integers=0)
        if answer.status != 200:
            raise AssertionError(f"{sql}: {answer.status}: {answer.body.decode()}")
        return [json.loads(line) for line in answer.body.splitlines()]

    def create_table(self, name="logs", columns=CLICKHOUSE_COLUMNS,
                     engine="MergeTree() ORDER BY (process, time)"):
        self.query(f"CREATE TABLE {name} ({columns}) ENGINE = {engine}")

    def count(self, table="logs", what="count()"):
        return int(self.query(f"SELECT {what} AS n FROM {table}")[0]["n"])


CEPH_CONFIG = """\
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{mon_port}
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv4 = true
ms bind ipv6 = false
run dir = {root}
admin socket = {root}/$name.asok
pid file = {root}/$name.pid
log file = {root}/$name.log
crash dir = {root}
keyring = {root}/keyring
mon data = {root}/mon
mon cluster log file = {root}/cluster.log
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 1
paxos propose interval = 0.01
osd data = {root}/osd
osd objectstore = memstore
memstore device bytes = {bytes}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd heartbeat grace = 120
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {root}/rgw
rgw run sync thread = false
rgw enable gc threads = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw dynamic resharding = false
rgw thread pool size = 16
"""
# All of them have one key: they are on loopback, and what is tested is the keys of S3.
CEPH_ENTITIES = {"mon.": ("mon",), "client.admin": ("mon", "osd", "mgr"),
                 "client.rgw": ("mon", "osd"), "osd.0": ("mon", "osd")}


def ceph_keyring():
    """Text of the keyring; a key is its type, the time it was made (seconds, ns) and 16 bytes."""
    key = base64.b64encode(struct.pack("<HIIH", 1, 0, 0, 16) + os.urandom(16)).decode()
    return "".join(f"[{name}]\nkey = {key}\n" + "".join(f'caps {what} = "allow *"\n'
                                                       for what in caps)
                   for name, caps in CEPH_ENTITIES.items())


class Rados(Server):
    """Ceph: a monitor, an OSD whose objects are in memory, and the gateway that speaks S3."""

    programs = ("ceph", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "monmaptool", "curl")
    access_key, secret_key, region = "LOGDSHIP", "not-a-secret-0123456789", "us-east-1"

    def __init__(self, megabytes=512):
        super().__init__()
        self.port = free_port()
        self.config = self.root / "ceph.conf"
        fsid, mon_port = uuid.uuid4(), free_port()
        self.config.write_text(CEPH_CONFIG.format(root=self.root, fsid=fsid, mon_port=mon_port,
                                                  port=self.port, bytes=megabytes << 20))
        for folder in ("mon", "osd", "rgw"):
            (self.root / folder).mkdir()
        run(program("monmaptool"), "--create", "--addv", "a", f"[v2:127.0.0.1:{mon_port}]",
            "--fsid", fsid, self.root / "monmap")
        (self.root / "keyring").write_text(ceph_keyring())
        self._ceph("ceph-mon", "-i", "a", "--mkfs", "--monmap", self.root / "monmap",
                   "--keyring", self.root / "keyring")
        self.monitor = self._daemon("ceph-mon", "-i", "a")
        self.wait_until(lambda: listens(mon_port), "the monitor listens", process=self.monitor)
        self._ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", uuid.uuid4())
        self._register_osd()
        self.osd = self._daemon("ceph-osd", "-i", "0")
        self.start_gateway()
        self._ceph("radosgw-admin", "user", "create", "--uid=logd", "--display-name=logd",
                   f"--access-key={self.access_key}", f"--secret-key={self.secret_key}")

    def _register_osd(self):
        identity = (self.root / "osd" / "fsid").read_text().strip()
        self._ceph("ceph", "osd", "new", identity, "0")

    def _ceph(self, name, *arguments):
        return run(program(name), "-c", self.config, *arguments, env=self.box.environment)

    def _daemon(self, name, *arguments):
        return self.spawn(program(name), "-f", "-c", self.config, *arguments)

    def start_gateway(self):
        """Also after kill9(), which ends only the gateway: the OSD keeps the objects."""
        self.process = self._daemon("radosgw", "-n", "client.rgw")
        self.wait_until(lambda: listens(self.port), "the gateway listens", 60)

    def url(self, bucket="", key=""):
        # What is no letter is encoded, as S3 counts it into the signature; '/' parts the key.
        return f"http://127.0.0.1:{self.port}/{bucket}" + (
            f"/{urllib.parse.quote(key, safe='/~')}" if key else "")

    def request(self, method, url, body=b"", headers=(), secret=None):
        """(status, body) of a request that is signed with `secret`, else with the right one."""
        digest = hashlib.sha256(body).hexdigest()
        command = ["curl", "-sS", "-X", method, "--noproxy", "*", "-w", "%{stderr}%{http_code}",
                   "--aws-sigv4", f"aws:amz:{self.region}:s3",
                   "--user", f"{self.access_key}:{secret or self.secret_key}",
                   # curl 7.88 signs as if there were none, and S3 wants it.
                   "-H", f"x-amz-content-sha256: {digest}"]
        for header in headers:
            command += ["-H", header]
        if body:
            command += ["--data-binary", "@-", "-H", "Content-Type: application/octet-stream"]
        done = subprocess.run([*command, url], input=body, capture_output=True, check=False,
                              timeout=60, env=dict(os.environ, LC_ALL="C"))
        if done.returncode != 0:
            raise AssertionError(f"curl {url}: {done.returncode}: {done.stderr.decode()}")
        return int(done.stderr[-3:]), done.stdout

    def create_bucket(self, bucket):
        self._expect(200, self.request("PUT", self.url(bucket)))

    def put(self, bucket, key, body, headers=(), secret=None):
        """Status of a PUT."""
        return self.request("PUT", self.url(bucket, key), body, headers, secret)[0]

    def get(self, bucket, key):
        """The bytes of an object, or None."""
        status, body = self.request("GET", self.url(bucket, key))
        return None if status == 404 else self._expect(200, (status, body))

    def list(self, bucket, prefix=""):
        """Sizes of the objects by key; at most 1000 of them."""
        query = urllib.parse.urlencode({"list-type": 2, "prefix": prefix},
                                       quote_via=urllib.parse.quote, safe="")
        text = self._expect(200, self.request("GET", f"{self.url(bucket)}?{query}"))
        found = {}
        for item in ElementTree.fromstring(text).iter():
            if item.tag.endswith("Contents"):
                fields = {field.tag.rpartition("}")[2]: field.text for field in item}
                found[fields["Key"]] = int(fields["Size"])
        return found

    @staticmethod
    def _expect(wanted, answer):
        if answer[0] != wanted:
            raise AssertionError(f"status {answer[0]} for {wanted}: {answer[1].decode()}")
        return answer[1]
