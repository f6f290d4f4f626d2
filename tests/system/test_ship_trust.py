"""Forwarding by TLS, with client certificates and through a proxy: what is wrong holds, and goes on
when it is mended, while everything runs.

SPDX-License-Identifier: Apache-2.0
"""
import shutil
import unittest

from server_testing import needs
from ship_testing import Certificates, Nginx, OtlpReceiver, TinyProxy
from shipper_testing import AnswersTest, destination


def exchange(folder, new):
    """Puts a certificate and its key in the place of others, one after the other."""
    for source, name in zip(new, ("own.pem", "own.key")):
        beside = folder / f"{name}.new"
        shutil.copyfile(source, beside)
        beside.chmod(0o600)
        beside.rename(folder / name)


@needs(OtlpReceiver, Nginx)
class Tls(AnswersTest):
    def setUp(self):
        self.receiver = self.server(OtlpReceiver)
        self.box = self.sandbox()
        self.authority = Certificates(self.box.root / "authority")

    def start(self, server, more=""):
        self.box.config.write_text(
            destination(server, f'ca_file = "{self.box.root / "ca.pem"}"\n{more}'))
        self.box.start()

    def trust(self, authority):
        beside = self.box.root / "ca.pem.new"
        shutil.copyfile(authority.ca, beside)
        beside.rename(self.box.root / "ca.pem")

    def test_an_expired_certificate(self):
        nginx = self.server(Nginx, self.receiver.url(),
                            certificate=self.authority.server("old", is_expired=True))
        self.trust(self.authority)
        self.start(nginx)
        self.write(self.box, "web", 10)
        self.check_holds(self.box, "expired")
        self.assertEqual(self.receiver.stats()["requests"], 0)

    def test_another_authority_until_its_file_is_mended(self):
        nginx = self.server(Nginx, self.receiver.url(), certificate=self.authority.server())
        self.trust(Certificates(self.box.root / "other"))
        self.start(nginx)
        self.write(self.box, "web", 10)
        self.check_holds(self.box, "certificate")
        self.assertEqual(self.receiver.stats()["requests"], 0)
        self.trust(self.authority)
        self.receiver.wait_for(10, 10)

    def test_client_certificates_are_exchanged_while_it_runs(self):
        other = Certificates(self.box.root / "other")
        nginx = self.server(Nginx, self.receiver.url(), certificate=self.authority.server(),
                            client_ca=self.authority.ca)
        self.trust(self.authority)
        root = self.box.root
        exchange(root, other.client())
        self.start(nginx, f'cert_file = "{root / "own.pem"}"\nkey_file = "{root / "own.key"}"\n')
        self.write(self.box, "web", 10)
        self.check_holds(self.box, "SSL certificate")
        exchange(root, self.authority.client())
        self.receiver.wait_for(10, 10)
        # Now that it has succeeded, too, a refused certificate says nothing of the records.
        nginx.change(client_ca=other.ca)
        self.write(self.box, "web", 10)
        self.check_holds(self.box, "SSL certificate")
        exchange(root, other.client("again"))
        self.receiver.wait_for(20, 10)

    @needs(TinyProxy)
    def test_a_proxy_with_a_password(self):
        nginx = self.server(Nginx, self.receiver.url(), certificate=self.authority.server())
        proxy = self.server(TinyProxy)
        self.trust(self.authority)
        path = self.secret(self.box, f"{proxy.user}:wrong")
        self.start(nginx, f'proxy = "{proxy.url()}"\nproxy_auth_file = "{path}"\n')
        self.write(self.box, "web", 10)
        self.check_holds(self.box, "401")
        self.assertEqual(self.receiver.stats()["requests"], 0)
        self.secret(self.box, f"{proxy.user}:{proxy.password}")
        self.receiver.wait_for(10, 10)
        self.assertIn("CONNECT", proxy.log())


if __name__ == "__main__":
    unittest.main()
