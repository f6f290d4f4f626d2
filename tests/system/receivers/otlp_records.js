// Decodes OTLP log requests with the code that OpenTelemetry generated, and gives their records as
// the lines of NDJSON that a test reads. Pure: no file, no socket, no clock.
// SPDX-License-Identifier: Apache-2.0
"use strict";
const { isUtf8 } = require("buffer");
const { createRequire } = require("module");
const os = require("os");
const path = require("path");

const CACHE = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
const FOLDER = path.join(CACHE, "logd", "otlp-transformer-0.57.2") + path.sep;
const installed = createRequire(FOLDER);
const PACKAGE = "@opentelemetry/otlp-transformer";
const generated = installed(`${PACKAGE}/build/src/generated/root.js`).opentelemetry.proto;
// The very protobufjs that the generated code uses: its readers are known by their class.
const protobuf = createRequire(installed.resolve(PACKAGE))("protobufjs/minimal");
const Logs = generated.collector.logs.v1;

const UID = "log.record.uid";
const STREAM = "log.iostream";
const RESOURCE = {
  "host.name": "host",
  "service.name": "process",
  "service.instance.id": "instance",
};

// What nearly every record repeats, by length: comparing bytes is cheaper than making a string.
const known = Array.from({ length: 16 }, () => []);
for (const text of [UID, STREAM, "stdout", "stderr"]) {
  known[text.length].push({ text, bytes: Buffer.from(text) });
}

// Leaves strings as Latin-1: enough to count, and the quickest.
class CountingReader extends protobuf.BufferReader {
  string() {
    const length = this.uint32();
    const start = this.pos;
    this.pos = Math.min(start + length, this.len);
    if (length < known.length) {
      search: for (const { text, bytes } of known[length]) {
        for (let i = 0; i < length; i++) if (bytes[i] !== this.buf[start + i]) continue search;
        return text;
      }
    }
    return this.text(start, this.pos);
  }

  text(start, end) {
    return this.buf.latin1Slice(start, end);
  }
}

// Gives times as decimal text, and what is no UTF-8 as the Buffer it came in: protobufjs would
// write U+FFFD over it, as a test must not.
class ExactReader extends CountingReader {
  text(start, end) {
    const ascii = this.buf.latin1Slice(start, end);
    if (!/[\x80-\xff]/.test(ascii)) return ascii;
    const bytes = this.buf.subarray(start, end);
    return isUtf8(bytes) ? bytes.utf8Slice() : Buffer.from(bytes);
  }

  fixed64() {
    const low = this.fixed32() >>> 0;
    const high = this.fixed32() >>> 0;
    // As 10^6 * millions + rest, since a double holds 53 bits; 2^32 is 4294 * 10^6 + 967296.
    const sum = high * 967296 + low;
    const millions = high * 4294 + Math.floor(sum / 1e6);
    const rest = sum % 1e6;
    return millions === 0 ? String(rest) : millions + String(rest + 1e6).slice(1);
  }
}

// Writes a Buffer that is given as a string as it is, so that a test can send what is no UTF-8.
class AnyWriter extends protobuf.BufferWriter {
  string(value) {
    return Buffer.isBuffer(value) ? this.bytes(value) : super.string(value);
  }
}

// Keys that were seen, as 64 bits of hash each: 10 M of them collide once in 300,000 runs, and a
// Set would end at 16 M.
class UniqueKeys {
  constructor() {
    this.size = 0;
    this.slots = new Uint32Array(1 << 17);
  }

  // Whether `key` is new.
  add(key) {
    let low = 0x811c9dc5;
    let high = 0x9e3779b9;
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b);
      high ^= high >>> 15;
    }
    if (!this.insert((low >>> 0) || 1, high >>> 0)) return false;
    if (++this.size * 4 > this.slots.length) this.grow();
    return true;
  }

  insert(low, high) {
    const mask = this.slots.length - 1;
    for (let at = ((low ^ high) << 1) & mask; ; at = (at + 2) & mask) {
      if (this.slots[at] === 0) {
        this.slots[at] = low;
        this.slots[at + 1] = high;
        return true;
      }
      if (this.slots[at] === low && this.slots[at + 1] === high) return false;
    }
  }

  grow() {
    const old = this.slots;
    this.slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] !== 0) this.insert(old[at], old[at + 1]);
    }
  }
}

// An AnyValue as JSON can hold it; bytes, and text that is no UTF-8, become {"base64": ...}.
function plain(value) {
  if (!value) return null;
  if (typeof value.stringValue === "string") return value.stringValue;
  const bytes = value.stringValue ?? value.bytesValue;
  if (bytes != null) return { base64: Buffer.from(bytes).toString("base64") };
  if (value.boolValue != null) return value.boolValue;
  if (value.intValue != null) return Number(value.intValue);
  if (value.doubleValue != null) return value.doubleValue;
  if (value.arrayValue != null) return value.arrayValue.values.map(plain);
  return value.kvlistValue == null ? null : object(value.kvlistValue.values);
}

function object(pairs) {
  const made = {};
  for (const pair of pairs) made[pair.key] = plain(pair.value);
  return made;
}

// The records of a decoded request as {uid, key, time, line}, where `key` tells the process and
// stream and `line` lacks only its end, the number of the request.
function records(request) {
  const found = [];
  for (const { resource, scopeLogs } of request.resourceLogs) {
    const attributes = object(resource ? resource.attributes : []);
    const named = { process: "", instance: "", host: "" };
    for (const [key, name] of Object.entries(RESOURCE)) named[name] = attributes[key] ?? "";
    const source = JSON.stringify({ ...named, resource: attributes }).slice(1, -1);
    const place = [named.host, named.process, named.instance].join("/");
    for (const { logRecords } of scopeLogs) {
      for (const record of logRecords) found.push(one(record, source, place));
    }
  }
  return found;
}

// JSON.stringify() of a string, much quicker where nothing has to be escaped.
function quoted(text) {
  return /["\\\x00-\x1f\ud800-\udfff]/.test(text) ? JSON.stringify(text) : `"${text}"`;
}

const json = (value) => (typeof value === "string" ? quoted(value) : JSON.stringify(value));

function one(record, source, place) {
  let uid = "";
  let stream = "";
  let attributes = "";
  for (const pair of record.attributes) {
    const value = plain(pair.value);
    if (pair.key === UID) uid = String(value);
    else if (pair.key === STREAM) stream = String(value);
    attributes += `${attributes && ","}${quoted(pair.key)}:${json(value)}`;
  }
  const body = plain(record.body);
  const observed = record.observedTimeUnixNano ?? "0";
  const time = record.timeUnixNano ?? "0";
  const bytes = body !== null && body.base64;
  const text = bytes ? Buffer.from(bytes, "base64").toString() : body;
  let line = `{"uid":${quoted(uid)},"time":${time},"observed":${observed},` +
    `"stream":${quoted(stream)},${source},"body":${json(text)},`;
  if (bytes) line += `"base64":"${bytes}",`;
  if (record.severityText) line += `"severity_text":${quoted(record.severityText)},`;
  line += `"severity":${record.severityNumber},"attributes":{${attributes}}`;
  return { uid, key: `${place}/${stream}`, time: time === "0" ? observed : time, text, line };
}

// Calls `each` with the uid of every record, "" where there is none; returns their number.
function count(request, each) {
  let records = 0;
  for (const { scopeLogs } of request.resourceLogs) {
    for (const { logRecords } of scopeLogs) {
      records += logRecords.length;
      for (const { attributes } of logRecords) {
        const pair = attributes.find(({ key }) => key === UID);
        each(pair?.value?.stringValue ?? "");
      }
    }
  }
  return records;
}

// Bytes of a google.rpc.Status, as OTLP/HTTP wants an error to be told.
const status = (message) => protobuf.Writer.create().uint32(18).string(message).finish();

module.exports = {
  UniqueKeys,
  count,
  records,
  status,
  decode: (body) => Logs.ExportLogsServiceRequest.decode(new ExactReader(body)),
  decodeToCount: (body) => Logs.ExportLogsServiceRequest.decode(new CountingReader(body)),
  encode: (request) =>
    Logs.ExportLogsServiceRequest.encode(request, new AnyWriter()).finish(),
  response: (partial) => Logs.ExportLogsServiceResponse.encode(
    partial ? { partialSuccess: partial } : {}).finish(),
};
