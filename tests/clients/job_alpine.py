"""Alpine in a terminal: opens, reads, flags, saves to a new folder, deletes and expunges, has the server sort and search, hears of new mail."""

from job_neomutt import send
from reading import imap, subjects
from screen import Screen
from world import eventually

COUNT = 9


def run(box):
    home = box.folder / "alpine"
    home.mkdir()
    (home / ".pinerc").write_text(
        f"""personal-name=Bob
user-domain=house.test
inbox-path={{127.0.0.1:{box.port('imaps')}/ssl/novalidate-cert/user=bob@house.test}}INBOX
folder-collections=Mail {{127.0.0.1:{box.port('imaps')}/ssl/novalidate-cert/user=bob@house.test}}[]
feature-list=enable-aggregate-command-set,enable-flag-cmd,expunge-without-confirm-everywhere,quit-without-confirm,enable-flag-screen-implicitly,enable-newmail-in-xterm-icon,auto-move-read-msgs,no-auto-unzoom-after-apply
initial-keystroke-list=
last-version-used=9.99
mail-check-interval=15
index-format=STATUS MSGNO SUBJECT(60%)
default-fcc=""
"""
    )
    send(box, [f"Letter {n:02}" for n in range(COUNT)])
    far = imap(box, "bob@house.test", "bob's password", "INBOX")
    with Screen(home, "alpine", "-p", home / ".pinerc", "-i") as screen:
        screen.see("ENTER PASSWORD")
        screen.type("bob's password")
        screen.keys("Enter")
        screen.see("Preserve password")
        screen.type("N")
        screen.see("Letter 00", "Letter 08")
        # The first is read; 2 is flagged important; 3 goes to a folder that is made for it; 4 is deleted.
        screen.type("J1")
        screen.keys("Enter")
        screen.keys("Enter")
        screen.see("a line that starts with a dot")
        screen.type("<")
        screen.see("Letter 08")
        screen.type("J2")
        screen.keys("Enter")
        screen.type("*")
        screen.see("FLAG MAINTENANCE")
        screen.type("X")
        screen.type("E")
        eventually(lambda: subjects(far, "INBOX", "FLAGGED") == ["Letter 01"], lambda: screen.text())
        screen.type("J3")
        screen.keys("Enter")
        screen.type("S")
        screen.see("SAVE")
        screen.keys("C-u")
        screen.type("Reisen")
        screen.keys("Enter")
        screen.see("Create?")
        screen.type("y")
        eventually(lambda: far.list('""', "Reisen")[1] != [None] and subjects(far, "Reisen") == ["Letter 02"], lambda: screen.text())
        screen.type("J4")
        screen.keys("Enter")
        screen.type("D")
        screen.type("X")
        screen.gone("Letter 03")
        eventually(lambda: len(subjects(far, "INBOX")) == COUNT - 2, lambda: screen.text())
        # Sorted by subject, backwards; then new mail.
        screen.type("$")
        screen.type("R")
        screen.type("$")
        screen.type("S")
        send(box, ["While it looked"])
        screen.keys("C-l")
        screen.see("While it looked")
        screen.type("Q")
        screen.see("ended with 0")
    far.logout()
