-- SPDX-License-Identifier: Apache-2.0
-- For a current ClickHouse (21.1 or later). Copies of a record have the same uid: merges remove
-- them, and LIMIT 1 BY uid leaves them out before.
CREATE TABLE logs.records
(
    timestamp    DateTime64(9, 'UTC') CODEC(Delta, ZSTD),
    time_ns      UInt64 CODEC(Delta, ZSTD),
    process      LowCardinality(String),
    instance     Int32,
    stream       LowCardinality(String),
    level        LowCardinality(String),
    host         LowCardinality(String),
    host_id      LowCardinality(String),
    uid          String CODEC(ZSTD),
    message      String CODEC(ZSTD),
    attributes   Map(LowCardinality(String), String),
    event        UInt8,
    truncated    UInt8,
    invalid_utf8 UInt8,
    gap_records  UInt64,
    gap_bytes    UInt64,
    gap_reason   LowCardinality(String)
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(timestamp)
ORDER BY (process, host_id, time_ns, uid)
TTL toDateTime(timestamp) + INTERVAL 30 DAY
