#!/usr/bin/env python3
"""Another user: who may be captured, read, flush and own a name when logd has a uid of its own.

Needs root, to become three unprivileged users; skipped without.
SPDX-License-Identifier: Apache-2.0
"""
import grp
import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

import harness
from harness import SandboxTest, wait_until

DAEMON, APP, OTHER = 61001, 61002, 61003
TEAM, ADMINS = "games", "users"  # groups that every Debian has
NO_SUCH, NO_DAEMON, NO_PERMISSION = 4, 5, 6

CONFIG = f"""
admin_group = "{ADMINS}"
[process.team]
group = "{TEAM}"
max_size = "4KiB"
[process.admins]
group = "{ADMINS}"
max_size = "4KiB"
[process.shared]
allow_users = ["{OTHER}"]
"""


def group_id(name):
    return grp.getgrnam(name).gr_gid


def as_user(uid, *groups):
    """The command prefix that becomes `uid` with these supplementary groups."""
    ids = ",".join(str(group_id(group)) for group in groups)
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}",
            f"--groups={ids}" if ids else "--clear-groups"]


@unittest.skipUnless(os.geteuid() == 0, "only root can become other users")
class Users(SandboxTest):
    @classmethod
    def setUpClass(cls):
        # The build directory may lie where another user cannot go.
        cls.programs = pathlib.Path(tempfile.mkdtemp(prefix="logd-test-bin-"))
        cls.addClassCleanup(shutil.rmtree, cls.programs)
        cls.programs.chmod(0o755)
        for name in ("logd", "logctl", "logd-shim"):
            shutil.copy2(harness.BIN / name, cls.programs)

    def setUp(self):
        self.box = self.sandbox(CONFIG, prefix=as_user(DAEMON, TEAM, ADMINS),
                                binaries=self.programs)
        os.chown(self.box.root, DAEMON, DAEMON)
        self.box.start()

    def logctl(self, user, *arguments, status):
        return self.box.logctl(*arguments, prefix=user, status=status)

    def run_as(self, user, name, command, status=0):
        run = self.box.run(name, ["sh", "-c", command], prefix=user)
        self.assertEqual(self.box.wait(run), status, f"{name} as {user}")

    def test_a_user_is_captured_by_a_logd_of_another(self):
        self.run_as(as_user(APP), "web", "id -u; echo warned >&2; exit 7", 7)
        self.assertEqual(self.box.raw("web", "--out"), b"%d\n" % APP)
        self.assertEqual(self.box.raw("web", "--err"), b"warned\n")
        events = self.box.raw("web", "--events")
        self.assertIn(b", uid %d, sh" % APP, events)

    def test_modes_and_owners(self):
        self.run_as(as_user(APP), "team", "echo hello")
        log = self.box.log_dir / "team"

        def seen(path):
            status = os.lstat(path)
            return stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid
        self.assertEqual(seen(self.box.log_dir), (0o755, DAEMON, DAEMON))
        self.assertEqual(seen(log)[:2], (0o750, DAEMON))
        self.assertEqual(seen(log)[2], group_id(TEAM))
        segment = log / self.box.segments("team")[0]
        self.assertEqual(seen(segment), (0o640, DAEMON, group_id(TEAM)))
        self.assertEqual(seen(self.box.run_dir)[0], 0o755)
        self.assertEqual(seen(self.box.run_dir / "capture.sock")[0], 0o666)
        self.assertEqual(seen(self.box.run_dir / "control.sock"),
                         (0o660, DAEMON, group_id(ADMINS)))

    def test_each_group_reads_its_own_also_archives(self):
        groups = {"team": TEAM, "admins": ADMINS}
        for log in groups:
            self.run_as(as_user(APP), log, "seq 2000")
            wait_until(lambda: list((self.box.log_dir / log).glob("*.log.gz")), 20, "an archive")
        for log, group in groups.items():
            directory = self.box.log_dir / log
            found = os.stat(directory)
            self.assertEqual((0o750, DAEMON, group_id(group)),
                             (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid))
            endings = set()
            for path in directory.iterdir():
                if path.is_symlink() or not path.name[0].isdigit():
                    continue
                if path.suffix == ".tmp":  # made this moment, it may still have logd's own group
                    continue
                try:
                    found = os.stat(path)
                except FileNotFoundError:  # it has become an archive
                    continue
                endings.add(path.name.partition(".")[2])
                self.assertEqual((0o640, DAEMON, group_id(group)),
                                 (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid), path)
            self.assertLessEqual({"log", "log.gz"}, endings)
        for group, mine, other in ((TEAM, "team", "admins"), (ADMINS, "admins", "team")):
            member = as_user(OTHER, group)
            for command in ("verify", "du", "ls"):
                self.logctl(member, command, mine, status=0)
                self.logctl(member, command, other, status=NO_PERMISSION)

    def test_who_may_read(self):
        self.run_as(as_user(APP), "web", "echo secret")
        self.run_as(as_user(APP), "team", "echo for the team")
        for user in (as_user(APP), as_user(OTHER), as_user(OTHER, TEAM)):
            refused = self.logctl(user, "tail", "web", status=None)
            self.assertEqual((refused.returncode, refused.stdout), (NO_PERMISSION, b""))
            self.assertNotEqual(refused.stderr, b"")
        self.assertEqual(self.logctl(as_user(OTHER), "tail", "team", status=None).returncode,
                         NO_PERMISSION)
        member = as_user(OTHER, TEAM)
        self.assertEqual(self.logctl(member, "tail", "team", "-o", "raw", status=0),
                         b"for the team\n")
        found = self.logctl(member, "tail", "*", "-o", "raw", status=None)
        self.assertEqual(found.stdout, b"for the team\n", "a glob leaves out what may not be read")
        self.assertIn(b"web", found.stderr)
        self.assertEqual(self.logctl(member, "tail", "nothing", status=None).returncode, NO_SUCH)

    def test_who_may_flush_rotate_and_prune(self):
        self.run_as(as_user(APP), "web", "echo hello")
        for verb in (("flush", "web"), ("rotate", "web"), ("prune",), ("prune", "--dry-run")):
            for user in (as_user(APP), as_user(OTHER, TEAM)):
                refused = self.logctl(user, *verb, status=None)
                self.assertEqual(refused.returncode, NO_PERMISSION, verb)
        self.logctl(as_user(OTHER, ADMINS), "prune", status=0)
        self.assertEqual(self.box.raw("web"), b"hello\n")
        self.logctl(as_user(OTHER, ADMINS), "rotate", "web", status=0)
        self.assertEqual(self.box.raw("web"), b"hello\n")
        self.logctl(as_user(OTHER, ADMINS), "flush", "web", status=0)
        self.assertEqual(self.box.raw("web"), b"")
        self.assertIn(b"flushed by uid %d: " % OTHER, self.box.raw("web", "--events"))

    def test_an_open_socket_lets_nobody_flush_rotate_or_prune(self):
        self.run_as(as_user(APP), "web", "echo hello")
        os.chmod(self.box.run_dir / "control.sock", 0o666)
        for verb in (("flush", "web"), ("rotate", "web"), ("prune",)):
            refused = self.logctl(as_user(APP, TEAM), *verb, status=None)
            self.assertEqual(refused.returncode, NO_PERMISSION, verb)
            self.assertIn(b"only root", refused.stderr)
        self.assertEqual(self.box.raw("web"), b"hello\n")
        self.logctl(as_user(APP), "status", status=0)
        self.logctl(as_user(OTHER, TEAM, ADMINS), "flush", "web", status=0)
        self.logctl(as_user(DAEMON), "rotate", "web", status=0)

    def test_an_admin_group_that_cannot_be_used(self):
        """Also not with the group of logd itself, which may be that of everybody."""
        for group, groups in (("no-such-group", (TEAM, ADMINS)), (ADMINS, (TEAM,))):
            box = self.sandbox(f'admin_group = "{group}"\n', prefix=as_user(DAEMON, *groups),
                               binaries=self.programs)
            os.chown(box.root, DAEMON, DAEMON)
            box.start()
            self.assertEqual(box.errors().count("admin_group: "), 1, box.errors())
            mode = os.stat(box.run_dir / "control.sock").st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o600)
            box.logctl("flush", prefix=as_user(DAEMON))
            box.logctl("flush", prefix=as_user(OTHER, ADMINS), status=NO_PERMISSION)

    def test_a_group_that_cannot_be_used(self):
        for group, said in (("no-such-group", "there is no group"),
                            (ADMINS, "logd is not a member of group")):
            box = self.sandbox(f'[process.web]\ngroup = "{group}"\n',
                               prefix=as_user(DAEMON, TEAM), binaries=self.programs)
            os.chown(box.root, DAEMON, DAEMON)
            box.start()
            status = json.loads(box.logctl("status", "--json"))
            self.assertEqual(("degraded", [f"web: {said} '{group}': the files have logd's own"]),
                             (status["state"], status["messages"]))
            checked = subprocess.run([box.logd_program, "--check-config"], env=box.environment,
                                     capture_output=True, check=True).stdout.decode()
            warning = f"{box.config}:2:1: there is no group '{group}'"
            self.assertEqual(group == "no-such-group", warning in checked, checked)
            self.assertEqual(group == "no-such-group", warning in box.errors(), box.errors())

    def test_a_name_belongs_to_the_user_who_took_it_first(self):
        self.run_as(as_user(APP), "web", "echo mine")
        ran = self.box.root / "ran"

        def assert_refused(when):
            refused = self.logctl(as_user(OTHER), "run", "web", "--", "touch", ran, status=None)
            self.assertEqual(refused.returncode, NO_PERMISSION, when)
            self.assertNotEqual(refused.stderr, b"")
            self.assertFalse(ran.exists(), f"{when}: a refused run does not start its command")
        assert_refused("at once")
        self.box.stop()
        self.box.start()
        assert_refused("after a restart")
        self.box.logctl("flush", "web", "--archives", status=None)
        self.box.logctl("flush", "web")
        assert_refused("after a flush")
        self.box.kill()
        shutil.rmtree(self.box.run_dir)
        self.box.start()
        assert_refused("after a boot, which empties run_dir")
        self.run_as(as_user(APP), "web", "echo still mine")
        self.assertEqual(self.box.raw("web"), b"still mine\n")

    def test_allow_users_widens(self):
        self.run_as(as_user(APP), "shared", "echo from the owner")
        self.run_as(as_user(OTHER), "shared", "echo from another")
        self.assertEqual(self.box.raw("shared"), b"from the owner\nfrom another\n")
        stranger = self.logctl(as_user(61004), "run", "shared", "--", "true", status=None)
        self.assertEqual(stranger.returncode, NO_PERMISSION)

    def test_a_user_without_the_socket_gets_a_clear_error(self):
        os.chmod(self.box.run_dir, 0o700)
        refused = self.logctl(as_user(APP), "run", "web", "--", "true", status=None)
        self.assertEqual(refused.returncode, NO_PERMISSION)
        self.assertNotEqual(refused.stderr, b"")
        os.chmod(self.box.run_dir, 0o755)

    def test_a_second_logd_refuses_and_names_the_first(self):
        second = self.box.spawn([*self.box.prefix, self.box.logd_program], stderr=subprocess.PIPE)
        said = second.communicate(timeout=10)[1]
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(self.box.daemon.pid).encode(), said)
        self.run_as(as_user(APP), "web", "echo fine")
        self.assertEqual(self.box.raw("web"), b"fine\n")


if __name__ == "__main__":
    unittest.main()
