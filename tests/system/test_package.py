"""The Debian package on a clean Debian 12: it installs, the unit is good, what it ships works, and
it goes again.

Needs root, debootstrap and a package made by script/package; part of the full tests only. The clean
root is made once and kept as an archive in the cache folder.
SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import IS_FULL, REPOSITORY

PACKAGES = sorted((REPOSITORY / "build" / "package").glob("logd_*.deb"), key=os.path.getmtime)
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
CLEAN_ROOT = CACHE / "logd" / "debian-12.tar"
MIRROR = "http://deb.debian.org/debian"

# In a mount and pid namespace of its own, so that nothing is left when it ends.
IN_ROOT = """
set -e
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/run"
exec chroot "$1" /bin/sh -ec "$2"
"""


def is_wanted():
    return (IS_FULL and os.geteuid() == 0 and PACKAGES and shutil.which("debootstrap")
            and shutil.which("unshare"))


def run(*command, seconds=600):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, timeout=seconds, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]}: {done.returncode}: {done.stdout[-3000:]}"
                             f"{done.stderr[-3000:]}")
    return done.stdout


def make_clean_root():
    """Debian 12 as debootstrap makes it, as an archive."""
    CLEAN_ROOT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="logd-test-root-") as root:
        run("debootstrap", "--variant=minbase", "bookworm", root, MIRROR)
        run("tar", "-C", root, "-cf", f"{CLEAN_ROOT}.new", ".")
    os.rename(f"{CLEAN_ROOT}.new", CLEAN_ROOT)


@unittest.skipUnless(is_wanted(), "needs --full, root, debootstrap and script/package")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not CLEAN_ROOT.exists():
            make_clean_root()
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="logd-test-root-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        run("tar", "-C", cls.root, "-xf", CLEAN_ROOT)
        shutil.copy(PACKAGES[-1], cls.root / "logd.deb")
        shutil.copytree(REPOSITORY / "script", cls.root / "src" / "script")
        shutil.copy("/etc/resolv.conf", cls.root / "etc" / "resolv.conf")
        cls.inside("apt-get -qq update; apt-get -qq install -y --no-install-recommends systemd "
                   "man-db >/dev/null; apt-get -qq install -y --no-install-recommends "
                   "/logd.deb >/dev/null")

    @classmethod
    def inside(cls, script, **options):
        """What `script` prints in the root."""
        script = f"export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8; {script}"
        return run("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", IN_ROOT,
                   "sh", cls.root, script, **options)

    def test_user_and_directories(self):
        self.assertRegex(self.inside("getent passwd logd"),
                         r"^logd:x:\d+:\d+:.*:/var/log/logd:/usr/sbin/nologin\n$")
        self.assertEqual(self.inside("stat -c '%U %G %a' /var/log/logd"), "logd logd 755\n")
        self.assertEqual(self.inside("dpkg-query -W -f '${Conffiles}' logd").split()[0],
                         "/etc/logd/logd.toml")

    def test_the_unit(self):
        self.assertEqual(self.inside("systemd-analyze verify logd.service 2>&1"), "")
        said = self.inside("systemd-analyze security --offline=true "
                           "/lib/systemd/system/logd.service")
        self.assertLess(float(re.search(r"level for logd.service: ([0-9.]+)", said)[1]), 2.0)
        self.assertIn("enabled", self.inside("systemctl is-enabled logd"))
        self.assertIn("\nExecReload=/usr/bin/logctl --config /etc/logd/logd.toml reload\n",
                      self.inside("cat /lib/systemd/system/logd.service"))

    def test_the_shipped_configuration(self):
        self.inside("logd --check-config --config /etc/logd/logd.toml")
        # Nothing of who built it: the defaults of root.
        self.assertIn('\nlog_dir = "/var/log/logd"\n', self.inside("cat /etc/logd/logd.toml"))

    def test_the_demo_by_the_installed_programs(self):
        said = self.inside(
            "mkdir /tmp/bin; ln -s /usr/sbin/logd /usr/bin/logctl /tmp/bin; "
            "LOGD_BIN=/tmp/bin /src/script/demo; rm -r /tmp/bin")
        self.assertIn("byte for byte the same", said)

    def test_the_command_of_the_unit_as_its_user(self):
        said = self.inside(
            "systemd-tmpfiles --create logd.conf; "
            "command=$(sed -n s/^ExecStart=//p /lib/systemd/system/logd.service); "
            "setpriv --reuid logd --regid logd --init-groups $command 2>/tmp/said & "
            "for i in $(seq 200); do logctl status >/dev/null 2>&1 && break; sleep 0.05; done; "
            "logctl run web -- echo hello; logctl tail web -o raw; "
            "stat -c '%U %a' /var/log/logd/web; "
            "reload=$(sed -n s/^ExecReload=//p /lib/systemd/system/logd.service); "
            "reload=\"setpriv --reuid logd --regid logd --init-groups $reload\"; "
            "$reload; cp -p /etc/logd/logd.toml /tmp; echo '[defaults' >>/etc/logd/logd.toml; "
            "$reload 2>/tmp/refused || echo $?; mv /tmp/logd.toml /etc/logd; $reload; "
            "cat /tmp/said /tmp/refused >&2")
        self.assertEqual(said, "hello\nlogd 750\nnothing has changed\n2\nnothing has changed\n")

    def test_pages_and_completions(self):
        for page in ("logd.8", "logctl.1", "logd-format.5", "logd-rules.5", "logd-query.7"):
            section = page[-1]
            self.assertTrue((self.root / f"usr/share/man/man{section}/{page}.gz").exists(), page)
        for name in ("bash-completion/completions/logctl", "zsh/vendor-completions/_logctl",
                     "fish/vendor_completions.d/logctl.fish", "doc/logd/examples/pm2/README.md"):
            self.assertTrue((self.root / "usr/share" / name).exists(), name)

    def test_z_a_purge_leaves_nothing(self):
        self.inside("apt-get -qq install -y --reinstall /logd.deb >/dev/null; "
                    "apt-get -qq purge -y logd >/dev/null 2>&1")
        left = self.inside("find / -xdev -path /proc -prune -o -path /src -prune -o "
                           "-iname '*logd*' -not -iname '*rsyslogd*' -not -name 'logd.deb' -print")
        self.assertEqual([path for path in left.split()
                          if not path.startswith(("/var/lib/systemd", "/var/lib/dpkg",
                                                  "/var/cache/man"))], [])


if __name__ == "__main__":
    unittest.main()
