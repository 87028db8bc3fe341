"""The world around a box, on loopback: a name server, an authority for certificates, waiting for what is to come.

    with Names("post.test. MX 10 mx.post.test.\\nmx.post.test. A 127.0.11.1") as names:
        Box(settings(names, port=2525, authority=authority))

Every job has addresses of its own, 127.0.N.x: all hosts of one job answer at one port, as mail hosts do.
"""

import datetime
import ipaddress
import socket
import tempfile
import threading
import time
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SECONDS = 30


def eventually(probe, what, seconds=SECONDS):
    """What `probe` gives as soon as that is true; fails with `what` (a sentence, or a function that makes one) if it never is."""
    end = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.05)


def settings(names, port, authority=None, send="", dns=""):
    """The box's part: whom it asks, at which port the world takes mail, whom it believes."""
    roots = f'roots = "{authority.file}"\n' if authority else ""
    return (f'[dns]\nservers = ["127.0.0.1:{names.port}"]\n{dns}\n'
            f'[send]\nport = {port}\nlocal_networks = true\n{roots}{send}\n')


class Names:
    """A name server for the records it is given ("name. TYPE data" a line), and for nothing else in the world."""

    def __init__(self, records=""):
        self.sets = {}
        self.asked = []
        self.lock = threading.Lock()
        for line in records.splitlines():
            if line.strip():
                self.add(*line.split(None, 2))
        # The same port for both; another job may have the one of the two, so it is tried again.
        while True:
            self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.datagrams.bind(("127.0.0.1", 0))
            self.port = self.datagrams.getsockname()[1]
            try:
                self.streams = socket.create_server(("127.0.0.1", self.port))
                break
            except OSError:
                self.datagrams.close()

    def __enter__(self):
        for work in (self.by_datagram, self.by_stream):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.datagrams.close()
        self.streams.close()

    def add(self, name, kind, data):
        key = (dns.name.from_text(name), dns.rdatatype.from_text(kind))
        with self.lock:
            one = dns.rrset.from_text(key[0], 30, "IN", kind, data)
            if key in self.sets:
                self.sets[key].union_update(one)
            else:
                self.sets[key] = one

    def replace(self, name, kind, data):
        with self.lock:
            self.sets.pop((dns.name.from_text(name), dns.rdatatype.from_text(kind)), None)
        self.add(name, kind, data)

    def answer(self, wire, room):
        question = dns.message.from_wire(wire)
        reply = dns.message.make_response(question)
        reply.flags |= dns.flags.AA | dns.flags.RA
        asked = question.question[0]
        with self.lock:
            self.asked.append((asked.name.to_text().lower(), dns.rdatatype.to_text(asked.rdtype)))
            found = self.sets.get((asked.name, asked.rdtype))
            exists = any(name.is_subdomain(asked.name) for name, _ in self.sets)
        if found:
            reply.answer.append(found)
        elif not exists:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        try:
            return reply.to_wire(max_size=room)
        except dns.exception.TooBig:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            return reply.to_wire()

    def by_datagram(self):
        while True:
            try:
                wire, peer = self.datagrams.recvfrom(4096)
                self.datagrams.sendto(self.answer(wire, 1232), peer)
            except OSError:
                return
            except dns.exception.DNSException as error:
                print(f"the name server got nonsense: {error!r}")

    def by_stream(self):
        while True:
            try:
                client, _ = self.streams.accept()
            except OSError:
                return
            with client, client.makefile("rwb") as stream:
                while len(size := stream.read(2)) == 2:
                    wire = self.answer(stream.read(int.from_bytes(size, "big")), 65535)
                    stream.write(len(wire).to_bytes(2, "big") + wire)
                    stream.flush()


class Authority:
    """A throw-away authority; `file` is its certificate, `issue` makes (certificate file, key file) for names or addresses."""

    def __init__(self, name="Authority of a test"):
        # It goes with this object, at the latest at the end of the program.
        self.place = tempfile.TemporaryDirectory(prefix="pillarbox-authority-")
        self.folder = Path(self.place.name)
        # Mail hosts read their keys as users of their own; they are worth nothing.
        self.folder.chmod(0o755)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (
            self._certificate(self.subject, self.key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _certificate(self, subject, public_key):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self.subject).public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=7))
        )

    def issue(self, *names):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = (
            self._certificate(subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName([_general_name(n) for n in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / f"{names[0]}.pem"
        secret = self.folder / f"{names[0]}.key"
        pem = serialization.Encoding.PEM
        file.write_bytes(certificate.public_bytes(pem) + self.certificate.public_bytes(pem))
        secret.write_bytes(key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return file, secret

    @staticmethod
    def key_hash(file):
        """What a TLSA record 3 1 1 says of a certificate: the SHA-256 of its public key."""
        certificate = x509.load_pem_x509_certificate(Path(file).read_bytes())
        public_key = certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        digest = hashes.Hash(hashes.SHA256())
        digest.update(public_key)
        return digest.finalize().hex()


def _general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
