"""Closed segments as objects of S3: a store that checks signatures by itself, and Ceph's.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import os
import pathlib
import random
import signal
import tempfile
import time
import unittest

from engine_testing import Rados
from harness import IS_FULL, wait_until
from object_store import ObjectStore
from server_testing import needs
from shipper_testing import AnswersTest

SMALL = ('host_id = "h1"\n[defaults]\nmax_size = "64KiB"\nmin_size = "0"\nkeep_plain = 0\n'
         'retain = "all"\n')


class ArchivesTest(AnswersTest):
    def config(self, store, more="", start=SMALL):
        secret = self.secret_file(store.secret_key)
        return (f'{start}[ship.central]\ntype = "s3"\nurl = "{store.url()}"\nbucket = "logs"\n'
                f'prefix = "a=b/c"\nregion = "{store.region}"\naccess_key = "{store.access_key}"\n'
                f'secret_key_file = "{secret}"\nmax_backoff = "200ms"\n{more}')

    def secret_file(self, text):
        # In a place of its own: there is no sandbox yet.
        path = self.server(Folder).path / "secret"
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def segments(self, box, count, name="web", lines=1000):
        """So many more segments: each run of 100 KB fills one."""
        for _ in range(count):
            box.run_to_end(name, ["seq", "-f", f"{name} %095g", str(lines)])

    def closed(self, box, name="web"):
        """Bytes of the segments that must get there, by key; all are archives by now."""
        def found():
            paths = sorted(path for path in (box.log_dir / name).iterdir()
                           if path.name[0].isdigit())
            closed = paths[:-1]
            return closed if all(path.suffix == ".gz" for path in closed) else None
        return {f"a=b/c/h1/{name}/{path.name}": path.read_bytes()
                for path in wait_until(found, 30, "all are archives", 0.05)}


class Folder:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="logd-test-")
        self.path = pathlib.Path(self._folder.name)

    def close(self):
        self._folder.cleanup()


class Archives(ArchivesTest):
    def kept(self, store):
        return {key.partition("/")[2]: body for key, body in store.objects.items()}

    def wait_for_all(self, box, store, *names):
        wanted = {}
        for name in names or ("web",):
            wanted.update(self.closed(box, name))
        wait_until(lambda: len(self.kept(store)) >= len(wanted), 30, "all archives", 0.05)
        self.assertEqual(self.kept(store), wanted)

    def test_each_archive_is_an_object(self):
        store = self.server(ObjectStore)
        box = self.started(self.config(store))
        self.segments(box, 5)
        self.segments(box, 3, "db")
        self.wait_for_all(box, store, "web", "db")
        self.assertGreater(len(store.objects), 5)
        self.assertEqual(set(store.types.values()), {"application/gzip"})
        self.assertEqual({status for status, _ in store.requests}, {200})
        self.assertTrue(any(path.startswith("/logs/a%3Db/c/h1/web/0000000001-")
                            for _, path in store.requests))
        self.segments(box, 2)
        self.wait_for_all(box, store, "web", "db")

    def test_kills_failures_and_lost_answers(self):
        seed = int(os.environ.get("LOGD_TEST_SEED", time.time()))
        chance = random.Random(seed)
        store = self.server(ObjectStore)
        box = self.started(self.config(store, 'settle = "1s"\n'))
        for _ in range(8):
            with store.lock:
                store.answers += [503] * chance.randrange(3)
                store.drops += chance.randrange(2)
            self.segments(box, 2)
            for pid in self.shippers(box):
                os.kill(pid, signal.SIGKILL)
        self.wait_for_all(box, store)
        self.assertLessEqual({status for status, _ in store.requests}, {200, 412, 503}, seed)

    def test_a_wrong_secret_holds_until_it_is_mended(self):
        store = self.server(ObjectStore)
        right = store.secret_key
        store.secret_key = "wrong"
        config = self.config(store)
        store.secret_key = right
        box = self.started(config)
        self.segments(box, 2)
        self.check_holds(box, "SignatureDoesNotMatch")
        path = config.partition('secret_key_file = "')[2].partition('"')[0]
        with open(path, "w", encoding="ascii") as file:
            file.write(right + "\n")
        self.wait_for_all(box, store)

    def test_plain_segments_go_where_none_are_compressed(self):
        store = self.server(ObjectStore)
        box = self.started(self.config(store, start=SMALL + "compress = false\n"))
        self.segments(box, 3)
        wait_until(lambda: store.objects, 30, "an object", 0.05)
        self.assertEqual(set(store.types.values()), {"text/plain"})
        self.assertTrue(all(key.endswith(".log") for key in store.objects))

    def test_compression_that_is_switched_off_is_noticed(self):
        store = self.server(ObjectStore)
        config = self.config(store, start=SMALL.replace("keep_plain = 0", "keep_plain = 100"))
        box = self.started(config)
        self.segments(box, 3)
        # All of them are closed, and none has its last form.
        wait_until(lambda: len(list((box.log_dir / "web").glob("0*"))) > 2, 20, "segments")
        self.assertEqual(store.requests, [])
        box.config.write_text(config.replace("retain", "compress = false\nretain"))
        box.logctl("reload")
        wait_until(lambda: len(store.objects) > 1, 30, "objects", 0.05)

    def test_required_keeps_what_is_not_there(self):
        store = self.server(ObjectStore, [503] * 100_000)
        box = self.started(self.config(store, 'required = true\nsettle = "0s"\n',
                                       SMALL.replace('"all"', "1")))
        self.segments(box, 6)
        wanted = self.closed(box)
        self.assertGreaterEqual(len(wanted), 5)
        with store.lock:
            store.answers.clear()
        wait_until(lambda: len(self.kept(store)) >= len(wanted), 30, "all archives", 0.05)
        self.assertLessEqual(wanted.items(), self.kept(store).items())
        wait_until(lambda: len(list((box.log_dir / "web").glob("0*"))) <= 3, 60, "retention")

    def test_the_test_of_a_destination(self):
        store = self.server(ObjectStore)
        box = self.started(self.config(store))
        done = box.logctl("ship", "test", "central")
        self.assertIn(b"HTTP 200", done)
        key, = store.objects
        self.assertEqual(key, "logs/a=b/c/h1/logd-ship-test")

    def test_a_secret_is_stored_nowhere(self):
        store = self.server(ObjectStore)
        box = self.started(self.config(store))
        box.run_to_end("web", ["sh", "-c", "echo password=hunter22hunter22"])
        self.segments(box, 2)
        self.wait_for_all(box, store)
        lines = b"".join(gzip.decompress(body) for body in store.objects.values())
        self.assertIn(b"password=", lines)
        self.assertNotIn(b"hunter22", lines)


@unittest.skipUnless(IS_FULL, "takes a minute: LOGD_TEST_FULL=1")
@needs(Rados)
class Ceph(ArchivesTest):
    def test_archives_get_there_through_a_restart(self):
        store = self.server(Rados)
        store.create_bucket("logs")
        box = self.started(self.config(store))
        self.segments(box, 3)
        wait_until(lambda: store.list("logs"), 30, "an object", 0.2)
        store.kill9()
        self.segments(box, 3)
        self.wait_for_state(box, "backoff")
        store.start_gateway()
        wanted = self.closed(box)
        wait_until(lambda: len(store.list("logs")) >= len(wanted), 60, "all archives", 0.2)
        for key, body in wanted.items():
            self.assertEqual(store.get("logs", key), body)
        # What is there is not written over.
        key = next(iter(wanted))
        self.assertEqual(store.put("logs", key, b"other"), 200)
        box.logctl("ship", "rewind", "central", "--since", "1h")
        sent = self.status(box)["records"]
        wait_until(lambda: self.status(box)["records"] >= sent + len(wanted), 60, "all again", 0.2)
        self.assertEqual(store.get("logs", key), b"other")
        for other in list(wanted)[1:]:
            self.assertEqual(store.get("logs", other), wanted[other])

    def test_a_wrong_secret_and_no_bucket(self):
        store = self.server(Rados)
        config = self.config(store)
        box = self.started(config)
        self.segments(box, 2)
        self.check_holds(box, "NoSuchBucket")
        store.create_bucket("logs")
        self.hang_up(box)
        wanted = self.closed(box)
        wait_until(lambda: len(store.list("logs")) >= len(wanted), 60, "all archives", 0.2)
        self.wait_for_state(box, "ok")
        path = config.partition('secret_key_file = "')[2].partition('"')[0]
        with open(path, "w", encoding="ascii") as file:
            file.write("wrong\n")
        self.segments(box, 2)
        self.check_holds(box, "SignatureDoesNotMatch")


if __name__ == "__main__":
    unittest.main()
