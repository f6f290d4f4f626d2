#!/usr/bin/env node
// Encodes records as an OTLP request with the code that OpenTelemetry generated: JSON on stdin, as
// otlp_body() of ship_testing.py gives it, the request on stdout.
// SPDX-License-Identifier: Apache-2.0
"use strict";
const fs = require("fs");
const otlp = require("./otlp_records.js");

const text = (key, value) => ({ key, value: { stringValue: value } });

// Records of one process go into one resource, in the order in which they are given.
function request(records) {
  const resources = new Map();
  for (const { uid, process = "web", stream = "stdout", body, ...rest } of records) {
    if (!resources.has(process)) resources.set(process, []);
    const attributes = [text("log.record.uid", uid), text("log.iostream", stream)];
    const value = { stringValue: body.base64 ? Buffer.from(body.base64, "base64") : body };
    resources.get(process).push({ ...rest, attributes, body: value });
  }
  return { resourceLogs: [...resources].map(([name, logRecords]) => ({
    resource: { attributes: [text("service.name", name), text("host.name", "host.example")] },
    scopeLogs: [{ scope: { name: "logd" }, logRecords }],
  })) };
}

process.stdout.write(otlp.encode(request(JSON.parse(fs.readFileSync(0, "utf8")))));
