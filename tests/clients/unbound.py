"""Debian's Unbound as a validating resolver on loopback, over one zone that is signed here."""

import subprocess
import tempfile
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdataset
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from unpacked import program
from box import free_port
from world import eventually

CONFIGURATION = """\
server:
  directory: "{folder}"
  username: ""
  chroot: ""
  pidfile: "{folder}/pid"
  logfile: ""
  use-syslog: no
  verbosity: 1
  val-log-level: 2
  interface: 127.0.0.1@{port}
  port: {port}
  num-threads: 1
  do-ip6: no
  do-daemonize: no
  module-config: "validator iterator"
  trust-anchor: "{anchor}"
  val-permissive-mode: no
  # Nothing but the zone exists, and nobody else is asked.
  local-zone: "." static
  local-zone: "{origin}" transparent
  local-zone: "test." transparent
remote-control:
  control-enable: no
auth-zone:
  name: "{origin}"
  zonefile: "{folder}/zone"
  for-downstream: no
  for-upstream: yes
  fallback-enabled: no
"""


class Unbound:
    """`records`: the zone's text without SOA and NS; `broken`: names whose signatures of TLSA records are made wrong."""

    def __init__(self, origin, records, broken=()):
        self.place = tempfile.TemporaryDirectory(prefix="pillarbox-unbound-")
        self.folder = Path(self.place.name)
        self.port = free_port("127.0.0.1")
        name = dns.name.from_text(origin)
        text = f"@ 60 IN SOA ns hostmaster 1 3600 600 86400 60\n@ 60 IN NS ns\nns 60 IN A 127.0.0.1\n{records}\n"
        zone = dns.zone.from_text(text, origin=name, relativize=False)
        key = ec.generate_private_key(ec.SECP256R1())
        public = dns.dnssec.make_dnskey(key.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256, flags=257)
        dns.dnssec.sign_zone(zone, keys=[(key, public)], lifetime=86400, dnskey_ttl=60, add_dnskey=True)
        for one in broken:
            self.tear(zone, dns.name.from_text(one))
        (self.folder / "zone").write_text(zone.to_text(relativize=False))
        anchor = f"{origin} IN DNSKEY {public.to_text()}"
        self.configuration = self.folder / "unbound.conf"
        self.configuration.write_text(
            CONFIGURATION.format(folder=self.folder, port=self.port, anchor=anchor, origin=origin))
        self.log = self.folder / "log"

    @staticmethod
    def tear(zone, name):
        with zone.writer() as change:
            signed = change.get(name, dns.rdatatype.RRSIG, dns.rdatatype.TLSA)
            torn = [one.replace(signature=one.signature[:-1] + bytes([one.signature[-1] ^ 1])) for one in signed]
            change.replace(name, dns.rdataset.from_rdata_list(signed.ttl, torn))

    def __enter__(self):
        out = open(self.log, "wb")
        self.process = subprocess.Popen(
            [program("unbound"), "-d", "-c", str(self.configuration)], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        out.close()
        eventually(lambda: self.process.poll() is not None or "start of service" in self.said(), lambda: f"Unbound starts\n{self.said()}")
        assert self.process.poll() is None, f"Unbound ended by itself\n{self.said()}"
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        self.process.wait(10)
        if kind is not None:
            print(f"--- Unbound's last words ---\n{self.said()[-3000:]}")
        self.place.cleanup()

    def said(self):
        return self.log.read_text(errors="replace")
