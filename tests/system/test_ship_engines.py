"""Forwarding to engines that take rows and documents: ClickHouse, which is asked for what arrived,
and what answers as Elasticsearch does.

SPDX-License-Identifier: Apache-2.0
"""
import time
import unittest

from engine_testing import ClickHouse
from harness import wait_until
from server_testing import needs
from ship_testing import Bulk
from shipper_testing import AnswersTest, destination

# As logd-ship(7) has them; a ClickHouse of 2018 has no DateTime64 and no Map.
COLUMNS = """uid String, timestamp String, time_ns UInt64, process String, instance Int32,
  stream String, host String, host_id String, level String, message String, invalid_utf8 UInt8,
  event UInt8, truncated UInt8"""
ENGINE = "MergeTree() ORDER BY (process, time_ns)"


@needs(ClickHouse)
class Rows(AnswersTest):
    def start(self, engine, more=""):
        return self.started('host_id = "h1"\n' + destination(
            engine, f'type = "clickhouse"\ntable = "logs"\n{more}').replace('/v1/logs', '/'))

    def wait_for_rows(self, engine, count, where="1"):
        sql = f"SELECT uniqExact(uid) AS n FROM logs WHERE {where}"
        wait_until(lambda: engine.query(sql)[0]["n"] >= count, 30, f"{count} rows", 0.05)

    def test_rows_are_what_was_stored(self):
        engine = self.server(ClickHouse)
        engine.create_table(columns=COLUMNS, engine=ENGINE)
        box = self.start(engine)
        began = time.time_ns()
        self.write(box, "web", 3000)
        box.run_to_end("app", ["sh", "-c", "echo 'a \"b\" \\ c'; echo 'ERROR no' >&2"], instance=3)
        self.wait_for_rows(engine, 3002)
        self.assertEqual(engine.count(), 3002)
        rows = engine.query("SELECT * FROM logs WHERE process = 'app'")
        self.assertEqual({row["message"] for row in rows}, {'a "b" \\ c', "ERROR no"})
        error, = (row for row in rows if row["message"] == "ERROR no")
        self.assertEqual((error["stream"], error["instance"], error["level"], error["host_id"]),
                         ("stderr", 3, "error", "h1"))
        self.assertEqual(error["uid"], f"h1/app@3/{error['time_ns']}")
        self.assertLess(began, error["time_ns"])
        self.assertLess(error["time_ns"], time.time_ns())
        rows = engine.query("SELECT message FROM logs WHERE process = 'web' ORDER BY time_ns")
        messages = [row["message"] for row in rows]
        self.assertEqual(messages, sorted(set(messages)))
        status = wait_until(lambda: (one := self.status(box))["records"] >= 3002 and one, 10, "ok")
        self.assertLess(5 * status["sent_bytes"], status["raw_bytes"])  # gzip

    def test_a_missing_table_holds_until_it_is_made(self):
        engine = self.server(ClickHouse)
        box = self.start(engine)
        self.write(box, "web", 100)
        self.check_holds(box, "logs")
        engine.create_table(columns=COLUMNS, engine=ENGINE)
        self.hang_up(box)
        self.wait_for_rows(engine, 100)

    def test_a_restart_of_the_engine(self):
        engine = self.server(ClickHouse)
        engine.create_table(columns=COLUMNS, engine=ENGINE)
        box = self.start(engine)
        self.write(box, "web", 500)
        self.wait_for_rows(engine, 500)
        engine.kill9()
        self.write(box, "web", 500)
        self.wait_for_state(box, "backoff")
        engine.start()
        self.wait_for_rows(engine, 1000)

    def test_what_does_not_fit_the_columns_is_a_dead_letter(self):
        engine = self.server(ClickHouse)
        # Nothing but numbers in a message.
        engine.create_table(columns="uid String, time_ns UInt64, process String, message UInt64",
                            engine=ENGINE)
        box = self.start(engine)
        box.run_to_end("web", ["seq", "100"])
        self.wait_for_rows(engine, 100)
        box.run_to_end("web", ["sh", "-c", "seq 101 200; echo poison; seq 201 300"])
        self.wait_for_rows(engine, 300)
        self.assertEqual(engine.count(), 300)
        letter, = self.wait_for_letters(box, 1)
        self.assertEqual(letter["message"], "poison")
        self.assertIn("Code: ", letter["answer"])


class Documents(AnswersTest):
    def start(self, bulk, more=""):
        return self.started(destination(
            bulk, f'type = "elasticsearch"\nindex = "logs-app"\n{more}'))

    def messages(self, bulk):
        return [document["message"] for document in list(bulk.documents.values())]

    def wait_for_documents(self, bulk, count):
        wait_until(lambda: len(bulk.documents) >= count, 30, f"{count} documents", 0.02)

    def test_documents_are_what_was_stored(self):
        bulk = self.server(Bulk)
        box = self.start(bulk)
        self.write(box, "web", 1000)
        self.wait_for_documents(bulk, 1000)
        self.assertEqual(self.messages(bulk), sorted(self.messages(bulk)))
        self.assertEqual({index for index, _ in bulk.documents}, {"logs-app"})
        self.assertEqual(set(bulk.statuses), {201})

    def test_what_is_there_already_counts_as_stored(self):
        bulk = self.server(Bulk)
        box = self.start(bulk, 'settle = "60s"\n')
        self.write(box, "web", 300)
        self.wait_for_documents(bulk, 300)
        box.stop()
        # Whoever begins anew sends all of it again.
        (box.log_dir / ".ship" / "central" / "state").unlink()
        box.start()
        self.write(box, "web", 100)
        self.wait_for_documents(bulk, 400)
        self.assertEqual(bulk.statuses, {201: 400, 409: 300})
        self.assertEqual(self.wait_for_state(box, "ok")["reason"], "")
        self.assertEqual(self.dead_letters(box), [])

    def test_a_busy_item_goes_again(self):
        bulk = self.server(Bulk)
        bulk.busy = 5
        box = self.start(bulk)
        self.write(box, "web", 100)
        self.wait_for_documents(bulk, 100)
        self.assertEqual(bulk.statuses[429], 5)
        self.assertEqual(self.dead_letters(box), [])

    def test_a_refused_item_is_a_dead_letter(self):
        bulk = self.server(Bulk)
        bulk.refused = {"poison": 400}
        box = self.start(bulk)
        box.run_to_end("web", ["sh", "-c", "seq 100; echo poison; seq 101 200"])
        self.wait_for_documents(bulk, 200)
        letter, = self.wait_for_letters(box, 1)
        self.assertEqual(letter["message"], "poison")
        self.assertIn("document_parsing_exception", letter["reason"])
        self.assertNotIn("poison", self.messages(bulk))

    def test_too_large_as_a_whole_is_halved(self):
        bulk = self.server(Bulk, max_bytes=20_000)
        box = self.start(bulk)
        self.write(box, "web", 1000)
        self.wait_for_documents(bulk, 1000)
        self.assertEqual(self.messages(bulk), sorted(self.messages(bulk)))
        self.assertEqual(self.dead_letters(box), [])


if __name__ == "__main__":
    unittest.main()
