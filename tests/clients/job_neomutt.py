"""NeoMutt in a terminal, with its header cache, CONDSTORE and QRESYNC: reads, flags, tags, saves elsewhere, deletes, searches on the server; comes back to a
mailbox that another client has changed and believes its cache."""

import smtplib

from job_mbsync import certificate_of
from message import letter
from reading import imap, subjects, unverified
from screen import Screen
from world import eventually

COUNT = 15


def settings(box, home):
    path = home / "neomuttrc"
    path.write_text(
        f"""set folder = "imaps://127.0.0.1:{box.port('imaps')}/"
set spoolfile = "+INBOX"
set imap_user = "bob@house.test"
set imap_pass = "bob's password"
set certificate_file = "{certificate_of(box, home)}"
set ssl_verify_host = no
set header_cache = "{home}/cache/"
set message_cachedir = "{home}/cache/"
set imap_condstore = yes
set imap_qresync = yes
set imap_check_subscribed = no
set mail_check = 5
set timeout = 5
set imap_idle = yes
set confirm_append = no
set confirm_create = no
set delete = yes
set move = no
set quit = yes
set sort = date-received
set index_format = "%4C %S %s"
set wait_key = no
set record = ""
"""
    )
    (home / "cache").mkdir(exist_ok=True)
    return path


def send(box, names):
    with smtplib.SMTP_SSL("127.0.0.1", box.port("submissions"), context=unverified()) as client:
        client.login("ann@house.test", "ann's password")
        for name in names:
            client.sendmail("ann@house.test", ["bob@house.test"], letter(name).as_bytes())


def run(box):
    home = box.folder / "neomutt"
    home.mkdir()
    send(box, [f"Letter {n:02}" for n in range(COUNT)])
    far = imap(box, "bob@house.test", "bob's password", "INBOX")
    rc = settings(box, home)
    with Screen(home, "neomutt", "-n", "-F", rc) as screen:
        screen.see("Letter 00", "Letter 14")
        # The first is read, the second flagged, the third deleted, the fourth saved elsewhere.
        screen.keys("1", "Enter", "Enter")
        screen.see("a line that starts with a dot")
        screen.keys("i")
        screen.see("Letter 14")
        screen.keys("2", "Enter")
        screen.type("F")
        screen.keys("3", "Enter")
        screen.type("d")
        screen.keys("4", "Enter")
        screen.type("s")
        screen.keys("C-u")
        screen.type("=Reisen")
        screen.keys("Enter")
        eventually(lambda: far.list('""', "Reisen")[1] != [None], "the new mailbox")
        screen.type("$")
        screen.gone("Letter 02")
        screen.gone("Letter 03")
        eventually(lambda: subjects(far, "Reisen") == ["Letter 03"], "the saved one")
        eventually(lambda: len(subjects(far, "INBOX")) == COUNT - 2, "the deletion")
        eventually(lambda: subjects(far, "INBOX", "SEEN") == ["Letter 00"], "what was read")
        eventually(lambda: subjects(far, "INBOX", "FLAGGED") == ["Letter 01"], "the flag")
        # New mail is told to who looks on.
        send(box, ["While it looked"])
        screen.see("While it looked")
        # A search that the server answers.
        screen.type("l")
        screen.type("=b dots")
        screen.keys("Enter")
        screen.see("Letter 05")
        screen.type("q")
        screen.see("ended with 0")
    # Meanwhile the world goes on; the cache is brought up to date.
    far.select("INBOX")
    far.store(far.search(None, "SUBJECT", '"Letter 07"')[1][0], "+FLAGS", "(\\Deleted)")
    far.expunge()
    far.store(far.search(None, "SUBJECT", '"Letter 08"')[1][0], "+FLAGS", "(\\Flagged)")
    send(box, ["While it slept"])
    with Screen(home, "neomutt", "-n", "-F", rc) as screen:
        said = screen.see("While it slept", "Letter 14")
        assert "Letter 07" not in said, said
        assert any("Letter 08" in line and "!" in line for line in said.splitlines()), said
        assert sum("Letter" in line for line in said.splitlines()) == COUNT - 3, said
        screen.type("q")
        screen.see("ended with 0")
    far.logout()
