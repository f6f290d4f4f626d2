"""A store of objects as S3 is one, with the checks that a shipper must pass: it computes signatures
from their description (docs.aws.amazon.com, "Create a signed AWS API request") by itself.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import hashlib
import hmac
import http.server
import threading
import urllib.parse

from server_testing import Stub


class ObjectStore(Stub):
    """`answers` are the statuses of the next requests; then each is checked, and stored. `drops` is
    how many of the next ones are stored and get no answer. Both are changed under `lock`."""

    access_key, secret_key, region = "LOGDSHIP", "not-a-secret-0123456789", "eu-central-1"

    def __init__(self, answers=()):
        self.answers, self.drops = list(answers), 0
        self.objects = {}  # bytes by bucket/key
        self.types = {}
        self.requests = []  # (status, path) of each
        self.lock = threading.Lock()
        store = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if len(body) < int(self.headers["Content-Length"]):
                    self.close_connection = True  # who sent it has gone
                    return
                with store.lock:
                    status, code = store._take(self, body)
                    is_dropped = status == 200 and store.drops > 0
                    store.drops -= is_dropped
                    store.requests.append((status, self.path))
                if is_dropped:
                    self.close_connection = True
                    return
                text = f"<Error><Code>{code}</Code><Message>it is so</Message></Error>".encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text) if code else 0))
                self.end_headers()
                self.wfile.write(text if code else b"")

        self.serve(Handler)

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _take(self, request, body):
        if self.answers:
            return self.answers.pop(0), "Injected"
        if not hmac.compare_digest(self._signature(request), self._given(request, "Signature")):
            return 403, "SignatureDoesNotMatch"
        if hashlib.sha256(body).hexdigest() != request.headers["x-amz-content-sha256"]:
            return 400, "XAmzContentSHA256Mismatch"
        md5 = request.headers["Content-MD5"]
        if md5 and base64.b64encode(hashlib.md5(body).digest()).decode() != md5:
            return 400, "BadDigest"
        key = urllib.parse.unquote(request.path[1:])
        if key in self.objects and request.headers["If-None-Match"] == "*":
            return 412, "PreconditionFailed"
        self.objects[key] = body
        self.types[key] = request.headers["Content-Type"]
        return 200, ""

    @staticmethod
    def _given(request, name):
        fields = request.headers["Authorization"].split(" ", 1)[1].split(",")
        return dict(field.strip().split("=", 1) for field in fields)[name]

    def _signature(self, request):
        signed = self._given(request, "SignedHeaders").split(";")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed):
            return "what must be signed is not"
        path, _, query = request.path.partition("?")
        lines = [request.command, path, query,
                 *(f"{name}:{' '.join(request.headers[name].split())}" for name in signed), "",
                 ";".join(signed), request.headers["x-amz-content-sha256"]]
        moment = request.headers["x-amz-date"]
        parts = [moment[:8], self.region, "s3", "aws4_request"]
        if self._given(request, "Credential") != "/".join([self.access_key, *parts]):
            return "another credential"
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", moment, "/".join(parts), digest])
        key = f"AWS4{self.secret_key}".encode()
        for part in [*parts, text]:
            key = hmac.digest(key, part.encode(), "sha256")
        return key.hex()
