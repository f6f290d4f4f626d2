#!/usr/bin/env node
// Receives logs by OTLP/HTTP on loopback, stores them as NDJSON and fails as it is told.
//
//   otlp_receiver.js '{"file": "records.ndjson", "port": 0, ...}'
//
// It says {"port": N} on stdout once it listens, and ends with its stdin. `file` gets each stored
// record before its request is answered; what the file holds at the start counts as stored.
// `raw` is a folder for the decompressed bodies, `count_only` stores nothing and only counts.
// The rest are the options below, also changed by POST /control with JSON; GET /stats tells.
// SPDX-License-Identifier: Apache-2.0
"use strict";
const fs = require("fs");
const http = require("http");
const path = require("path");
const zlib = require("zlib");
const otlp = require("./otlp_records.js");

const MAX_BODY_BYTES = 256 << 20;

const options = {
  unavailable: 0, // probability of a 503
  too_many: 0, // of a 429, with Retry-After
  drop_before: 0, // that the connection ends before anything is stored
  drop_after: 0, // that it ends after that, without an answer
  // What to do to the next requests, one each: {status, retry_after, message, drop, partial}.
  next: [],
  retry_after: 1, // seconds; null leaves the header out
  ok: 200, // the status of success: receivers differ
  partial: null, // {rejected, message}: so many of each request's last records are not stored
  poison: null, // {text, status, message}: refuses a request with a record that contains it
  max_bytes: 0, // of a decompressed body, above is 413; 0 is no limit
  delay: 0, // milliseconds from storing to the answer
  speed: 0, // decompressed bytes a second that all requests share; 0 is no limit
  authorization: null, // the header that is wanted, else 401
  plain_errors: false, // errors as text, as Loki does, not as a google.rpc.Status
};
const totals = {
  requests: 0, per_status: {}, dropped_before: 0, dropped_after: 0, connections: 0,
  max_in_flight: 0, records: 0, rejected: 0, bytes: 0, wire_bytes: 0,
};
const unique = new otlp.UniqueKeys();
const highest = new Map(); // time of each process and stream
const violations = {};
const stored = []; // {at, offset}: where the file ended before each request
let file, raw, isCountOnly, random, requestNumber = 0, offset = 0, inFlight = 0, busyUntil = 0;
let isDead = false;

// Mulberry32: small, and the same everywhere for the same seed.
function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// What goes wrong with this request, {} if nothing; at most one thing.
function fault() {
  if (options.next.length > 0) return options.next.shift();
  const roll = random();
  let sum = 0;
  if (roll < (sum += options.unavailable)) return { status: 503 };
  if (roll < (sum += options.too_many)) return { status: 429, retry_after: options.retry_after };
  if (roll < (sum += options.drop_before)) return { drop: "before" };
  return roll < sum + options.drop_after ? { drop: "after" } : {};
}

class Refusal extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    Object.assign(this, { status, retryAfter });
  }
}

function decompressed(request, body) {
  const encoding = request.headers["content-encoding"] || "identity";
  // Node has no zstd before 22.15.
  const unpack = { gzip: zlib.gunzipSync, zstd: zlib.zstdDecompressSync }[encoding];
  if (encoding === "identity") return body;
  if (!unpack) throw new Refusal(415, `no content encoding ${encoding} here`);
  try {
    return unpack(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    throw new Refusal(error.code === "ERR_BUFFER_TOO_LARGE" ? 413 : 400, error.message);
  }
}

function remember(uid, key, time) {
  if (uid !== "" && !unique.add(uid)) return;
  const before = highest.get(key);
  if (before === undefined || time.length - before.length > 0 ||
      (time.length === before.length && time >= before)) {
    highest.set(key, time);
  } else {
    violations[key] = (violations[key] || 0) + 1;
  }
}

function writeAll(bytes) {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(file, bytes, at);
  offset += bytes.length;
}

function decoded(body) {
  try {
    return isCountOnly ? otlp.decodeToCount(body) : otlp.decode(body);
  } catch (error) {
    throw new Refusal(400, `cannot decode: ${error.message}`);
  }
}

// Decodes and stores a body as far as the options let it; returns how many records it kept.
function store(body, partial) {
  const request = decoded(body);
  if (isCountOnly) return otlp.count(request, (uid) => uid !== "" && unique.add(uid));
  const all = otlp.records(request);
  const { poison } = options;
  if (poison && all.some(({ text }) => typeof text === "string" && text.includes(poison.text))) {
    throw new Refusal(poison.status || 400, poison.message || "a record cannot be stored");
  }
  if (partial) all.length = Math.max(0, all.length - partial.rejected);
  stored.push({ at: Date.now(), offset });
  const end = `,"request":${requestNumber}}\n`;
  writeAll(Buffer.from(all.map(({ line }) => line + end).join("")));
  for (const { uid, key, time } of all) remember(uid, key, time);
  return all.length;
}

// Milliseconds that the answer to so many bytes has to wait.
function waiting(bytes) {
  if (!options.speed) return options.delay;
  busyUntil = Math.max(Date.now(), busyUntil) + 1000 * bytes / options.speed;
  return options.delay + busyUntil - Date.now();
}

// Returns {status, headers, body, wait} for a request, or null to end its connection.
function receive(request, packed) {
  const { url, headers } = request;
  if (request.method !== "POST" || url !== "/v1/logs") throw new Refusal(404, `no ${url} here`);
  if (options.authorization !== null && headers.authorization !== options.authorization) {
    throw new Refusal(401, "who is that?");
  }
  if (headers["content-type"] !== "application/x-protobuf") throw new Refusal(415, "no protobuf");
  const wrong = fault();
  if (wrong.drop === "before") {
    totals.dropped_before++;
    return null;
  }
  if (wrong.status >= 300) {
    throw new Refusal(wrong.status, wrong.message || http.STATUS_CODES[wrong.status],
      wrong.retry_after);
  }
  const body = decompressed(request, packed);
  if (raw) fs.writeFileSync(path.join(raw, `${String(requestNumber).padStart(6, "0")}.pb`), body);
  if (options.max_bytes && body.length > options.max_bytes) {
    throw new Refusal(413, `body larger than max (${options.max_bytes} bytes)`);
  }
  const partial = wrong.partial || options.partial;
  totals.records += store(body, partial);
  totals.bytes += body.length;
  totals.wire_bytes += packed.length;
  if (wrong.drop === "after") {
    totals.dropped_after++;
    return null;
  }
  if (partial) totals.rejected += partial.rejected;
  return { status: wrong.status || options.ok, headers: {}, wait: waiting(body.length),
    body: otlp.response(partial &&
      { rejectedLogRecords: partial.rejected, errorMessage: partial.message }) };
}

function refusal({ status, message, retryAfter }) {
  const headers = retryAfter == null ? {} : { "Retry-After": String(retryAfter) };
  const body = options.plain_errors ? message : otlp.status(message);
  if (options.plain_errors) headers["Content-Type"] = "text/plain";
  return { status, headers, body, wait: options.delay };
}

function answer(request, response, packed) {
  if (isDead) return request.socket.destroy();
  totals.requests++;
  requestNumber++;
  let made;
  try {
    made = receive(request, packed);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    made = refusal(error);
  }
  const finish = () => {
    inFlight--;
    if (made === null) return request.socket.destroy();
    totals.per_status[made.status] = (totals.per_status[made.status] || 0) + 1;
    response.writeHead(made.status, { "Content-Type": "application/x-protobuf", ...made.headers });
    response.end(made.status === 204 ? undefined : made.body);
  };
  if (made && made.wait > 0) setTimeout(finish, made.wait);
  else finish();
}

function apply(wanted) {
  for (const [name, value] of Object.entries(wanted)) {
    if (name === "seed") random = seeded(value);
    else if (name in options) options[name] = value;
    else throw new Error(`no option ${name}`);
  }
}

// Loses what was stored in the last seconds, as an engine does that answers before it syncs.
function forget(seconds) {
  const from = Date.now() - 1000 * seconds;
  const first = stored.find(({ at }) => at >= from);
  if (first) fs.ftruncateSync(file, first.offset);
  isDead = true;
}

function control(response, body) {
  let status = 200;
  let text = "{}";
  try {
    const { forget: seconds, ...rest } = JSON.parse(body);
    apply(rest);
    if (seconds !== undefined) forget(seconds);
  } catch (error) {
    status = 400;
    text = JSON.stringify({ error: error.message });
  }
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(text, () => isDead && process.kill(process.pid, "SIGKILL"));
}

function stats(response) {
  const order = { order_violations: violations, unique_uids: unique.size, in_flight: inFlight };
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ ...totals, ...order }));
}

// What an earlier receiver has stored, so that this one goes on where it ended.
function readStored(name) {
  file = fs.openSync(name, "a+");
  // A kill can cut a write short; nobody was told that its request is stored.
  const bytes = fs.readFileSync(name);
  offset = bytes.lastIndexOf("\n") + 1;
  fs.ftruncateSync(file, offset);
  const text = bytes.utf8Slice(0, offset);
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const { uid, host, process, instance, stream, request } = JSON.parse(line);
    const [, time, observed] = /"time":(\d+),"observed":(\d+)/.exec(line);
    remember(uid, [host, process, instance, stream].join("/"), time === "0" ? observed : time);
    requestNumber = Math.max(requestNumber, request);
    totals.records++;
  }
}

const { port = 0, file: name, raw: folder, count_only = false, ...rest } =
  JSON.parse(process.argv[2] || "{}");
random = seeded(1);
apply(rest);
raw = folder;
isCountOnly = count_only || process.argv.includes("--count-only");
if (!isCountOnly) readStored(name);

const server = http.createServer((request, response) => {
  if (request.url === "/stats") return stats(response);
  const isControl = request.url === "/control";
  if (!isControl) totals.max_in_flight = Math.max(totals.max_in_flight, ++inFlight);
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    if (isControl) control(response, body);
    else answer(request, response, body);
  });
  request.on("close", () => !request.complete && !isControl && inFlight--);
});
server.on("connection", () => totals.connections++);
server.keepAliveTimeout = 600_000;
server.listen(port, "127.0.0.1", () => console.log(JSON.stringify(server.address())));
process.stdin.on("end", () => process.exit(0)).resume();
