"""Debian's Exim as a mail host of the world, or as a relay that wants a log-in: everything of its own, deliveries into files.

Its package cannot be installed beside Postfix, so `tests/run` unpacks it: it is an ordinary program.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import tool
from unpacked import program
from world import eventually

CONFIGURATION = """\
primary_hostname = {name}
exim_path = {folder}/exim4
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/pid
local_interfaces = {address}
daemon_smtp_ports = {port}
tls_on_connect_ports =
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
chunking_advertise_hosts = *
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
prdr_enable = true
accept_8bitmime = true
message_size_limit = 20M
host_lookup =
rfc1413_hosts =
log_selector = +all
never_users =
trusted_users = root
qualify_domain = {domain}
deliver_drop_privilege = true
keep_environment =
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data

begin acl
acl_rcpt:
  defer message = 4.7.1 the mill is full
       local_parts = later
  accept authenticated = *
  deny message = 5.1.1 nobody of that name lives here
       domains = {domain}
       !local_parts = {people}
  accept domains = {domain}
  deny message = 5.7.1 only for those who log in
acl_data:
  accept

begin routers
back:
  driver = manualroute
  domains = house.test
  route_list = house.test 127.0.0.1::{back} byname
  self = send
  transport = smtp
people:
  driver = accept
  domains = {domain}
  local_parts = {people}
  transport = file
relayed:
  driver = accept
  transport = relayed

begin transports
file:
  driver = appendfile
  directory = {folder}/mail/$local_part_data
  maildir_format
  create_directory
  user = Debian-exim
  envelope_to_add
  return_path_add
relayed:
  driver = appendfile
  directory = {folder}/mail/relayed
  maildir_format
  create_directory
  user = Debian-exim
  envelope_to_add
  return_path_add
smtp:
  driver = smtp
  tls_tempfail_tryclear = true

begin retry
* * F,2h,5m

begin authenticators
{authenticators}
"""

AUTHENTICATORS = {
    "PLAIN": """\
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and {{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = ${{if def:tls_in_cipher}}
""",
    "LOGIN": """\
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and {{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
  server_advertise_condition = ${{if def:tls_in_cipher}}
""",
}


class Exim:
    """`mechanisms`: the log-ins it knows, for the one user and password; who logs in may send anywhere, and all of it lies in `letters("relayed")`."""

    def __init__(self, name, domain, address, port, people, certificate, back=25, mechanisms=(), user="", password=""):
        self.folder = Path(tempfile.mkdtemp(prefix="pillarbox-exim-"))
        self.folder.chmod(0o755)
        for place, owner in (("spool", "Debian-exim"), ("log", "Debian-exim"), ("mail", "Debian-exim")):
            (self.folder / place).mkdir(mode=0o755)
            tool.as_root("chown", owner, str(self.folder / place))
        # It starts itself again as its own user, who may not see the folder it was unpacked in.
        self.program = shutil.copy(program("exim4"), self.folder / "exim4")
        self.configuration = self.folder / "exim.conf"
        self.configuration.write_text(CONFIGURATION.format(
            folder=self.folder, name=name, domain=domain, address=address, port=port, people=" : ".join(people),
            certificate=certificate[0], key=certificate[1], back=back,
            authenticators="\n".join(AUTHENTICATORS[m].format(user=user, password=password) for m in mechanisms)))
        # Started by root, it reads only what root has written.
        tool.as_root("chown", "root", str(self.configuration))
        self.process = None
        self.said = open(self.folder / "said", "wb")

    def __enter__(self):
        sudo = () if os.geteuid() == 0 else ("sudo",)
        self.process = subprocess.Popen(
            [*sudo, str(self.program), "-C", str(self.configuration), "-bdf"], cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said)
        eventually(lambda: self.process.poll() is not None or "daemon started" in self.log(), lambda: f"Exim starts\n{self.log()}")
        assert self.process.poll() is None, f"Exim ended by itself\n{self.log()}"
        return self

    def __exit__(self, kind, *_):
        tool.as_root("kill", "-TERM", str(self.process.pid), expect=(0, 1))
        self.process.wait(20)
        self.said.close()
        if kind is not None:
            print(f"--- Exim's last words ---\n{self.log()[-4000:]}")
        tool.as_root("rm", "-rf", str(self.folder))

    def log(self):
        said = (self.folder / "said").read_text(errors="replace")
        for name in ("main", "reject", "panic"):
            try:
                said += tool.as_root("cat", str(self.folder / "log" / f"{name}log")).decode(errors="replace")
            except AssertionError:
                pass
        return said

    def letters(self, who):
        """What was delivered to a person, oldest first, as octets."""
        place = self.folder / "mail" / who / "new"
        names = tool.as_root("find", str(place), "-type", "f", expect=(0, 1)).decode().split()
        return [tool.as_root("cat", name) for name in sorted(names)]

    def wait(self, who, count=1):
        eventually(lambda: len(self.letters(who)) >= count,
                   lambda: f"{count} letters for {who} at Exim, there are {len(self.letters(who))}\n{self.log()[-3000:]}")
        return self.letters(who)
