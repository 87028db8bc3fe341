"""Debian's Postfix as a mail host of the world: a configuration, queue and log of its own, deliveries into files.

It takes mail for one domain and for the people it is given, over STARTTLS, and sends what it has to say (reports) to the box.
"""

import pwd
import tempfile
from pathlib import Path

import tool
from world import eventually

MASTER = """\
{address}:{port} inet n - n - - smtpd
{services}pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = {name}
mydestination =
mynetworks =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
disable_dns_lookups = yes
smtp_host_lookup = native
relayhost = [127.0.0.1]:{back}
smtp_tls_security_level = may
smtp_sasl_auth_enable = no
message_size_limit = 20480000
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/people
recipient_delimiter = +
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = {restrictions}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_received_header = yes
smtpd_tls_loglevel = 1
"""


class Postfix:
    """`back`: the port on 127.0.0.1 where the box takes mail from the world. `domains` have the same people; `services` are lines for master.cf."""

    def __init__(self, name, domain, address, port, people, certificate, back, restrictions="", domains=(), services=""):
        self.folder = Path(tempfile.mkdtemp(prefix="pillarbox-postfix-"))
        self.folder.chmod(0o755)
        for place in ("etc", "queue", "queue/pid", "mail"):
            (self.folder / place).mkdir(mode=0o755)
        # Its daemons write as this user; the mail itself is written as whoever runs the test, so that it can be read and removed.
        (self.folder / "data").mkdir(mode=0o755)
        tool.as_root("chown", "postfix", str(self.folder / "data"))
        (self.folder / "people").write_text("".join(f"{who}@{one} {who}/\n" for who in people for one in (domain, *domains)))
        (self.folder / "etc/master.cf").write_text(MASTER.format(address=address, port=port, services=services))
        nobody = _user("nobody")
        tool.as_root("chown", f"{nobody[0]}:{nobody[1]}", str(self.folder / "mail"))
        (self.folder / "etc/main.cf").write_text(MAIN.format(
            folder=self.folder, name=name, domains=" ".join((domain, *domains)), address=address, back=back,
            uid=nobody[0], gid=nobody[1], certificate=certificate[0], key=certificate[1], restrictions=restrictions))

    def _postfix(self, verb, expect=0):
        return tool.as_root("postfix", "-c", str(self.folder / "etc"), verb, expect=expect)

    def __enter__(self):
        self._postfix("start")
        eventually(lambda: "daemon started" in self.log(), lambda: f"Postfix starts\n{self.log()}")
        return self

    def __exit__(self, kind, *_):
        # Ends the one master whose number stands in this queue's pid file.
        self._postfix("stop", expect=(0, 1))
        if kind is not None:
            print(f"--- Postfix's last words ---\n{self.log()[-4000:]}")
        tool.as_root("rm", "-rf", str(self.folder))

    def log(self):
        try:
            return tool.as_root("cat", str(self.folder / "log")).decode(errors="replace")
        except AssertionError:
            return ""

    def letters(self, who):
        """What was delivered to a person, oldest first, as octets."""
        place = self.folder / "mail" / who / "new"
        names = tool.as_root("find", str(place), "-type", "f", expect=(0, 1)).decode().split()
        return [tool.as_root("cat", name) for name in sorted(names)]

    def wait(self, who, count=1):
        eventually(lambda: len(self.letters(who)) >= count,
                   lambda: f"{count} letters for {who} at Postfix, there are {len(self.letters(who))}\n{self.log()[-3000:]}")
        return self.letters(who)


def _user(name):
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid
