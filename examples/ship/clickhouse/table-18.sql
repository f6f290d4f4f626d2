-- SPDX-License-Identifier: Apache-2.0
-- For ClickHouse 18.16, as Debian 12 has it: no DateTime64, no Map.
CREATE TABLE logs.records
(
    time         DateTime MATERIALIZED toDateTime(intDiv(time_ns, 1000000000)),
    time_ns      UInt64,
    process      String,
    instance     Int32,
    stream       String,
    level        String,
    host         String,
    host_id      String,
    uid          String,
    message      String,
    event        UInt8,
    truncated    UInt8,
    invalid_utf8 UInt8,
    gap_records  UInt64,
    gap_bytes    UInt64,
    gap_reason   String
)
ENGINE = ReplacingMergeTree()
PARTITION BY toDate(toDateTime(intDiv(time_ns, 1000000000)))
ORDER BY (process, host_id, time_ns, uid)
