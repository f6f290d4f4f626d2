"""What tests of shipping share: receivers that store, refuse, stall and vanish as they are told,
and what stands in front of them.

All listen on loopback only and end with the test. ClickHouse and Ceph are in engine_testing.py.
SPDX-License-Identifier: Apache-2.0
"""
import base64
import gzip
import http.server
import json
import os
import pathlib
import socket
import subprocess
import threading

from harness import is_readable, json_lines, wait_until
from server_testing import Server, Stub, ask, free_port, listens, program, run

HERE = pathlib.Path(__file__).parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
TRANSFORMER = CACHE / "logd" / "otlp-transformer-0.57.2" / "node_modules"


class OtlpReceiver(Server):
    """receivers/otlp_receiver.js: it stands there what the options mean."""

    programs = ("node",)

    @classmethod
    def is_available(cls):
        return super().is_available() and (TRANSFORMER / "@opentelemetry").exists()

    def __init__(self, port=0, keeps_raw=False, **options):
        super().__init__()
        self.port = port
        self.file = self.root / "records.ndjson"
        self.options = {"file": str(self.file), **options}
        if keeps_raw:
            (self.root / "raw").mkdir()
            self.options["raw"] = str(self.root / "raw")
        self.start()

    def start(self):
        """Also after kill9() or stop(): on the same port, with the file and the first options."""
        # Young objects of a whole request fit into 64 MB, which makes decoding twice as fast.
        self.process = self.spawn(
            program("node"), "--max-semi-space-size=64", HERE / "receivers" / "otlp_receiver.js",
            json.dumps({**self.options, "port": self.port}), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        line = is_readable(self.process.stdout, 20) and self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the receiver does not listen: {self.said()}")
        self.port = json.loads(line)["port"]

    def stop(self):
        """Ends it, so that its port refuses connections."""
        self.process.stdin.close()
        self.box.wait(self.process, 20)

    def url(self, path="/v1/logs"):
        return f"http://127.0.0.1:{self.port}{path}"

    def control(self, **options):
        """Changes options from the next request on."""
        answer = ask(self.port, "/control", json.dumps(options))
        if answer.status != 200:
            raise AssertionError(answer.body.decode())

    def forget(self, seconds):
        """Loses what was stored in the last seconds and dies, as an engine that syncs late."""
        self.control(forget=seconds)
        self.process.wait(timeout=20)

    def stats(self):
        return ask(self.port, "/stats").json()

    def records(self):
        """What is stored, in the order it came; `body` of what is no UTF-8 has U+FFFD in it."""
        return json_lines(self.file)

    def uids(self):
        """The uids of all records, repeated as they were stored."""
        return [record["uid"] for record in self.records()]

    def wait_for(self, count, seconds=30):
        """Until so many different uids are stored; returns the stats."""
        def enough():
            stats = self.stats()
            return stats["unique_uids"] >= count and stats
        return wait_until(enough, seconds, f"{count} records", 0.02)

    def raw_bodies(self):
        """Every decompressed body, refused ones too; needs `keeps_raw`."""
        return [path.read_bytes() for path in sorted((self.root / "raw").iterdir())]


def otlp_body(records):
    """A request that OpenTelemetry's own code encodes. A record is a dict of its JavaScript names,
    but has `uid`, `process` and `stream` for attributes; a `body` of bytes may hold anything."""
    def plain(body):
        return {"base64": base64.b64encode(body).decode()} if isinstance(body, bytes) else body
    listed = [{**record, "body": plain(record.get("body", ""))} for record in records]
    return run(program("node"), HERE / "receivers" / "otlp_encode.js",
               input=json.dumps(listed).encode())


class Bulk(Stub):
    """Elasticsearch's _bulk as far as a shipper sees it: `create` and `index`, with or without _id.

    `answers` are the statuses of the next requests as a whole, then each item is looked at:
    `busy` is how many of the next items get 429, `refused` maps a text to the status of each item
    whose document contains it.
    """

    def __init__(self, answers=(), max_bytes=0):
        self.answers, self.max_bytes = list(answers), max_bytes
        self.busy, self.refused = 0, {}
        self.documents = {}  # by index and _id
        self.requests = 0
        self.statuses = {}  # how many items got which
        self._lock = threading.Lock()
        bulk = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                with bulk._lock:
                    status, answer = bulk._answer(self.path, self.headers, body)
                text = json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    if status == 429:
                        self.send_header("Retry-After", "1")
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    self.close_connection = True  # who asked has gone

        self.serve(Handler)

    def url(self, path="/_bulk"):
        return f"http://127.0.0.1:{self.port}{path}"

    def _answer(self, path, headers, body):
        self.requests += 1
        if self.answers and (status := self.answers.pop(0)) != 200:
            return status, failure("injected", f"status {status} was asked for", status)
        if not path.partition("?")[0].endswith("/_bulk"):
            return 405, failure("method_not_allowed", path, 405)
        if headers.get("Content-Type", "").partition(";")[0] not in ("application/x-ndjson",
                                                                     "application/json"):
            return 406, failure("media_type_header_exception", "Content-Type", 406)
        if self.max_bytes and len(body) > self.max_bytes:
            return 413, failure("too_large", f"larger than {self.max_bytes} bytes", 413)
        if not body.endswith(b"\n"):
            return 400, failure("illegal_argument_exception",
                                "The bulk request must be terminated by a newline [\\n]", 400)
        try:
            lines = [json.loads(line) for line in body.splitlines()]
            items = [self._item(*next(iter(action.items())), document)
                     for action, document in zip(lines[::2], lines[1::2], strict=True)]
        except (ValueError, AttributeError, TypeError, StopIteration) as error:
            return 400, failure("illegal_argument_exception", str(error), 400)
        failed = any("error" in next(iter(item.values())) for item in items)
        return 200, {"took": 1, "errors": failed, "items": items}

    def _item(self, action, where, document):
        index = where.get("_index", "logs")
        identity = where.get("_id", f"made-{len(self.documents)}")
        key, text = (index, identity), json.dumps(document, ensure_ascii=False)
        status, error = 201, None
        if self.busy > 0:
            self.busy -= 1
            status, error = 429, "es_rejected_execution_exception"
        elif wanted := [code for part, code in self.refused.items() if part in text]:
            status, error = wanted[0], "document_parsing_exception"
        elif action == "create" and key in self.documents:
            status, error = 409, "version_conflict_engine_exception"
        else:
            status = 200 if key in self.documents else 201
            self.documents[key] = document
        self.statuses[status] = self.statuses.get(status, 0) + 1
        item = {"_index": index, "_id": identity, "status": status}
        if error:
            item["error"] = {"type": error, "reason": f"[{identity}]: {error}"}
        else:
            item |= {"_version": 1, "result": "created" if status == 201 else "updated"}
        return {action: item}


def failure(kind, reason, status):
    return {"error": {"type": kind, "reason": reason}, "status": status}


class BlackHole:
    """Accepts connections, reads nothing and answers nothing; or, with `accepts` off, leaves even
    the accepting to the kernel, until its queue is full."""

    def __init__(self, accepts=True):
        self.connections = []
        self._server = socket.socket()
        # The window stays small, so that whoever sends is soon blocked.
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.bind(("127.0.0.1", 0))
        self._server.listen(16 if accepts else 0)
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        if accepts:
            self._thread.start()

    def _accept(self):
        while True:
            try:
                self.connections.append(self._server.accept()[0])
            except OSError:
                return

    def url(self, path="/v1/logs"):
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)  # which wakes accept(), as close() does not
        if self._thread.ident:
            self._thread.join()
        self._server.close()
        for connection in self.connections:
            connection.close()


class Certificates:
    """A CA and what it signed, as files in `folder`: NAME.pem and NAME.key."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
                      "-subj", "/CN=logd test CA")

    def server(self, name="server", **options):
        """(certificate, key) for 127.0.0.1 and localhost."""
        return self._sign(name, "subjectAltName=IP:127.0.0.1,DNS:localhost", "serverAuth",
                          **options)

    def client(self, name="client", **options):
        return self._sign(name, "subjectAltName=DNS:host.example", "clientAuth", **options)

    def _sign(self, name, subject, usage, is_expired=False):
        (self.folder / f"{name}.ext").write_text(f"{subject}\nextendedKeyUsage={usage}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                      "-CAcreateserial", "-days", "-1" if is_expired else "30",
                      "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def _openssl(self, *arguments):
        run("openssl", *arguments, cwd=self.folder)


NGINX = """\
daemon off;
{user}
worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/error.log info;
events {{ worker_connections 256; }}
http {{
  access_log {root}/access.log;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  limit_req_zone $binary_remote_addr zone=clients:1m rate={rate}r/m;
  limit_req_status 429;
  server {{
    listen 127.0.0.1:{port} {tls};
    client_max_body_size {max_bytes};
    {certificates}
    {limit}
    error_page 429 @limited;
    location / {{ proxy_pass {upstream}; proxy_http_version 1.1; }}
    location @limited {{ add_header Retry-After {retry_after} always; return 429 "too many"; }}
  }}
}}
"""


class Nginx(Server):
    """nginx in front of `upstream`, a URL.

    `certificate` is (certificate, key) for TLS; `client_ca` the CA of the client certificates it
    wants; above `max_bytes` of a body as it comes it answers 413; to what comes sooner after
    another than `rate` a second allows, but for `burst` requests, 429 with `retry_after`.
    """

    programs = ("nginx",)

    def __init__(self, upstream, certificate=None, client_ca=None, **limits):
        super().__init__()
        self.port = free_port()
        self.is_tls = certificate is not None
        self.certificate, self.client_ca = certificate, client_ca
        self.limits = {"max_bytes": 0, "rate": 0, "burst": 0, "retry_after": 1, **limits}
        self.upstream = "/".join(upstream.split("/")[:3])
        self._write()
        self.start()

    def _write(self):
        lines = []
        if self.certificate:
            lines = [f"ssl_certificate {self.certificate[0]};",
                     f"ssl_certificate_key {self.certificate[1]};"]
        if self.client_ca:
            lines += [f"ssl_client_certificate {self.client_ca};", "ssl_verify_client on;"]
        rate, burst = self.limits["rate"], self.limits["burst"]
        limit = "limit_req zone=clients" + (f" burst={burst} nodelay;" if burst else ";")
        (self.root / "nginx.conf").write_text(NGINX.format(
            root=self.root, user="user root;" if os.geteuid() == 0 else "", port=self.port,
            tls="ssl http2" if self.is_tls else "", certificates=" ".join(lines),
            limit=limit if rate else "", upstream=self.upstream,
            max_bytes=self.limits["max_bytes"], retry_after=self.limits["retry_after"],
            rate=max(1, round(rate * 60))))

    def start(self):
        """Also after stop(), on the same port."""
        self.process = self.spawn(program("nginx"), "-p", self.root, "-c",
                                  self.root / "nginx.conf", "-e", self.root / "error.log")
        self.wait_until(lambda: listens(self.port), "nginx listens")

    def stop(self):
        self.process.terminate()
        self.box.wait(self.process, 20)

    def kill9(self):
        raise NotImplementedError("its worker would stay and listen: stop() it")

    def close(self):
        # The worker ends with a master that ends in order; a title stands where its environment was
        # by which the sandbox would find it.
        if self.process and self.process.poll() is None:
            self.stop()
        super().close()

    def change(self, **changed):
        """Other limits, `certificate` or `client_ca`; returns once they hold."""
        self.stop()
        for name, value in changed.items():
            if name in self.limits:
                self.limits[name] = value
            else:
                setattr(self, name, value)
        self._write()
        self.start()

    def url(self, path="/v1/logs"):
        return f"{'https' if self.is_tls else 'http'}://127.0.0.1:{self.port}{path}"

    def requests(self):
        """How many were answered, refused ones too."""
        return len((self.root / "access.log").read_text().splitlines())


TINYPROXY = """\
Port {port}
Listen 127.0.0.1
Allow 127.0.0.1
Timeout 60
MaxClients 50
LogLevel Info
LogFile "{root}/proxy.log"
PidFile "{root}/proxy.pid"
BasicAuth {user} {password}
"""


class TinyProxy(Server):
    """An HTTP proxy that wants a user and a password; it refuses wrong ones with 401, not 407."""

    programs = ("tinyproxy",)

    def __init__(self, user="ship", password="proxypass"):
        super().__init__()
        self.port, self.user, self.password = free_port(), user, password
        (self.root / "proxy.conf").write_text(TINYPROXY.format(
            root=self.root, port=self.port, user=user, password=password))
        self.start()

    def start(self):
        self.process = self.spawn(program("tinyproxy"), "-d", "-c", self.root / "proxy.conf")
        self.wait_until(lambda: listens(self.port), "tinyproxy listens")

    def url(self):
        """Without the password."""
        return f"http://127.0.0.1:{self.port}"

    def log(self):
        return (self.root / "proxy.log").read_text()
