"""What tests of logd-ship share: a destination that is quick, and a look at the program.

SPDX-License-Identifier: Apache-2.0
"""
import json

from harness import children_of
from server_testing import ServerTest

FAST = 'batch_delay = "50ms"\nmax_backoff = "200ms"\n'


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

    def status(self, box, name="central"):
        path = box.run_dir / "ship.json"
        if not path.exists():
            return {}
        return json.loads(path.read_text())["destinations"].get(name, {})
