"""What tests of logd-ship share: a destination that is quick, and a look at the program.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import signal
import time

from harness import children_of, json_lines, wait_until
from server_testing import ServerTest

FAST = 'batch_delay = "50ms"\nmax_backoff = "200ms"\n'
SECONDS_OF_PROBES = 60  # between two of a destination that holds


def destination(receiver, more="", name="central"):
    return f'[ship.{name}]\nurl = "{receiver.url()}"\n{FAST}{more}'


class ShipTest(ServerTest):
    def write(self, box, name, count, width=100, **options):
        """So many lines of a process, numbered; returns when they are stored."""
        box.run_to_end(name, ["seq", "-f", f"{name} %0{width - len(name) - 1}g", str(count)],
                       **options)

    def shippers(self, box):
        return [pid for pid, line in children_of([box.daemon.pid]).items()
                if "logd-ship" in line]

    def hang_up(self, box):
        """Tells the program that something was mended."""
        os.kill(self.shippers(box)[0], signal.SIGHUP)

    def status(self, box, name="central"):
        path = box.run_dir / "ship.json"
        if not path.exists():
            return {}
        return json.loads(path.read_text())["destinations"].get(name, {})

    def dead_letters(self, box, name="central"):
        """What the destination refused, oldest first."""
        of_one = box.log_dir / ".ship" / name
        return json_lines(of_one / "dead.1") + json_lines(of_one / "dead")

    def wait_for_letters(self, box, count, name="central"):
        return wait_until(lambda: len(found := self.dead_letters(box, name)) >= count and found,
                          20, f"{count} dead letters", 0.02)


class AnswersTest(ShipTest):
    def secret(self, box, text, name="secret"):
        """Writes a file as an editor does that takes care: a new one in the old one's place."""
        path = box.root / name
        new = box.root / f"{name}.new"
        new.write_text(text + "\n")
        new.chmod(0o600)
        new.rename(path)
        return path

    def wait_for_state(self, box, state, seconds=20):
        return wait_until(lambda: (status := self.status(box)).get("state") == state and status,
                          seconds, f"state {state}: {self.status(box)}", 0.02)

    def check_holds(self, box, reason):
        """It holds for this reason, and asks again in a minute."""
        status = self.wait_for_state(box, "hold")
        self.assertIn(reason, status["reason"])
        left = status["opens_at"] / 1e9 - time.time()
        self.assertGreater(left, SECONDS_OF_PROBES / 2)
        self.assertLess(left, SECONDS_OF_PROBES + 1)
        self.assertEqual(self.dead_letters(box), [])

    def check_all_once(self, receiver, name, count):
        bodies = [one["body"] for one in receiver.records() if one["process"] == name]
        self.assertEqual(len(bodies), count)
        self.assertEqual(bodies, sorted(set(bodies)))
