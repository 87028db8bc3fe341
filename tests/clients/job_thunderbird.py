"""Thunderbird under a screen that nobody looks at: it finds its settings by the domain; reading, flagging, moving, a new folder, deleting, a search on the server, while another client changes
the same mailbox; then offline with work of its own, and back."""

import os
import smtplib
import subprocess

from box import free_ports
from marionette import Marionette
from message import letter
from reading import imap, subjects, unverified
from world import eventually

COUNT = 12
SETTINGS = {
    "mail.accountmanager.accounts": "account1,account2",
    "mail.accountmanager.defaultaccount": "account1",
    "mail.accountmanager.localfoldersserver": "server2",
    "mail.account.account1.server": "server1",
    "mail.account.account1.identities": "id1",
    "mail.account.account2.server": "server2",
    "mail.identity.id1.useremail": "bob@house.test",
    "mail.identity.id1.fullName": "Bob",
    "mail.server.server1.type": "imap",
    "mail.server.server1.hostname": "127.0.0.1",
    "mail.server.server1.socketType": 3,
    "mail.server.server1.authMethod": 3,
    "mail.server.server1.userName": "bob@house.test",
    "mail.server.server1.name": "bob",
    "mail.server.server1.offline_download": True,
    "mail.server.server2.type": "none",
    "mail.server.server2.hostname": "Local Folders",
    "mail.server.server2.userName": "nobody",
    # Nothing that would ask a person, or the world.
    "mail.shell.checkDefaultClient": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mail.rights.version": 1,
    "mailnews.start_page.enabled": False,
    "app.donation.eoy.version.viewed": 999,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "offline.autoDetect": False,
    "offline.send.unsent_messages": 2,
    "offline.download.download_messages": 2,
}
# What the scripts below share.
HELPERS = """
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const window = Services.wm.getMostRecentWindow("mail:3pane");
const server = MailServices.accounts.accounts.find(a => a.incomingServer.type == "imap").incomingServer;
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const pause = ms => new Promise(go => setTimeout(go, ms));
const until = async (what, say) => { const end = Date.now() + 30000; while (Date.now() < end) { const got = await what(); if (got) return got; await pause(100); }
  throw new Error("never: " + (typeof say == "function" ? say() : say)); };
const folder = name => server.rootFolder.descendants.find(f => f.name == name);
const listening = (start, what) => new Promise((good, bad) => { pause(20000).then(() => bad(new Error("never ended: " + (what || start)))); start({
  QueryInterface: ChromeUtils.generateQI(["nsIUrlListener", "nsIMsgCopyServiceListener"]),
  OnStartRunningUrl() {}, OnStopRunningUrl(url, status) { status ? bad(new Error("url failed: " + status)) : good(); },
  onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() { return null; },
  onStopCopy(status) { status ? bad(new Error("copy failed: " + status)) : good(); },
}); });
const update = name => listening(l => folder(name).QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(window.msgWindow, l));
const letters = name => [...folder(name).msgDatabase.enumerateMessages()];
const one = (name, subject) => letters(name).find(h => h.mime2DecodedSubject == subject);
const told = name => letters(name).map(h => [h.mime2DecodedSubject, h.isRead, h.isFlagged]).sort();
"""


class Thunderbird:
    def __init__(self, box):
        self.profile = box.folder / "thunderbird"
        self.profile.mkdir()
        marionette = free_ports(1)[0]
        settings = {**SETTINGS, "mail.server.server1.port": box.port("imaps"), "marionette.port": marionette}
        said = {True: "true", False: "false"}
        (self.profile / "user.js").write_text("".join(
            f'user_pref("{name}", {said[value] if isinstance(value, bool) else repr(value).replace(chr(39), chr(34))});\n'
            for name, value in settings.items()
        ))
        # Xvfb takes a number that is free, and says which, ended by a newline.
        read, write = os.pipe()
        self.log = open(box.folder / "thunderbird.log", "wb")
        self.screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1200x900x24"], pass_fds=[write], stdout=self.log, stderr=self.log
        )
        os.close(write)
        with open(read) as told:
            number = told.readline().strip()
        self.program = subprocess.Popen(
            ["thunderbird", "--profile", self.profile, "--no-remote", "--marionette", "--remote-allow-system-access"],
            env={**os.environ, "HOME": str(self.profile), "DISPLAY": f":{number}", "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
            stdout=self.log, stderr=self.log,
        )
        try:
            self.remote = Marionette(marionette)
        except OSError as error:
            self.__exit__()
            raise AssertionError(f"{error}: {(box.folder / 'thunderbird.log').read_text(errors='replace')[-3000:]}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.program, self.screen):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.log.close()

    def __call__(self, script, *arguments):
        return self.remote.script(HELPERS + script, *arguments)


def send(box, subjects):
    with smtplib.SMTP_SSL("127.0.0.1", box.port("submissions"), context=unverified()) as client:
        client.login("ann@house.test", "ann's password")
        for subject in subjects:
            client.sendmail("ann@house.test", ["bob@house.test"], letter(subject).as_bytes())


def finds_its_settings(box, bird):
    """The account hub's own look-up at http://autoconfig.house.test/. A proxy stands in for the DNS and for port 80: the box's own HTTP door, asked for that host."""
    found = bird("""const set = (name, value) => (typeof value == "number" ? Services.prefs.setIntPref : typeof value == "boolean" ? Services.prefs.setBoolPref
            : Services.prefs.setCharPref).call(Services.prefs, name, value);
        set("mailnews.auto_config.fetchFromISP.sslOnly", false);
        set("network.proxy.type", 1); set("network.proxy.http", "127.0.0.1"); set("network.proxy.http_port", args[0]);
        try {
            const { FetchConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/FetchConfig.sys.mjs");
            const config = await FetchConfig.fromISP("house.test", "bob@house.test", new AbortController().signal);
            return [config.incoming, config.outgoing, ...config.incomingAlternatives].map(s => [s.type, s.hostname, s.port, s.socketType, s.auth, s.username]);
        } finally { Services.prefs.clearUserPref("network.proxy.type"); }""", box.port("http"))
    # 3: TLS from the first octet, and for the way to log in, the password as it is.
    user = "%EMAILADDRESS%"
    assert found[0] == ["imap", "mail.house.test", box.port("imaps"), 3, 3, user], found
    assert found[1] == ["smtp", "mail.house.test", box.port("submissions"), 3, 3, user], found
    assert ["pop3", "mail.house.test", box.port("pop3s"), 3, 3, user] in found, found


def run(box):
    send(box, [f"Letter {n}" for n in range(COUNT)])
    far = imap(box, "bob@house.test", "bob's password", "INBOX")
    with Thunderbird(box) as bird:
        finds_its_settings(box, bird)
        # The box made its certificate itself.
        bird("""Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService).setDisableAllSecurityChecksAndLetAttackersInterceptMyData(true);
            server.password = args[0];
            server.performExpand(window.msgWindow);
            await until(() => folder("Archive") && folder("Trash"), "folders");
            await update("INBOX");
            await until(() => letters("INBOX").length == args[1], "letters");""", "bob's password", COUNT)
        uses = bird("""const flag = name => Ci.nsMsgFolderFlags[name];
            return ["SentMail", "Drafts", "Trash", "Junk", "Archive"].filter(n => server.rootFolder.getFolderWithFlags(flag(n)));""")
        assert len(uses) == 5, uses
        body = bird("""const uri = one("INBOX", "Letter 3").folder.getUriForMsg(one("INBOX", "Letter 3"));
            const service = MailServices.messageServiceFromURI(uri);
            return await new Promise((good, bad) => { let text = ""; service.streamMessage(uri, {
                QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]), onStartRequest() {},
                onDataAvailable(r, stream, offset, count) { const s = Cc["@mozilla.org/scriptableinputstream;1"].createInstance(Ci.nsIScriptableInputStream); s.init(stream); text += s.read(count); },
                onStopRequest(r, status) { status ? bad(new Error("stream " + status)) : good(text); } }, null, null, false, "", false); });""")
        assert "Subject: Letter 3" in body, body[:400]

        # It reads, flags, moves, makes a folder, deletes.
        bird("""folder("INBOX").markMessagesRead([one("INBOX", "Letter 1"), one("INBOX", "Letter 2")], true);
            folder("INBOX").markMessagesFlagged([one("INBOX", "Letter 2")], true);
            folder("INBOX").addKeywordsToMessages([one("INBOX", "Letter 2")], "$label1");
            server.rootFolder.createSubfolder("Reisen & Höhlen", window.msgWindow);
            await until(() => folder("Reisen & Höhlen"), "the new folder");
            const inbox = folder("INBOX");
            await listening(l => MailServices.copy.copyMessages(inbox, [one("INBOX", "Letter 4"), one("INBOX", "Letter 5")], folder("Reisen & Höhlen"), true, l, window.msgWindow, false));
            await listening(l => inbox.deleteMessages([one("INBOX", "Letter 6")], window.msgWindow, false, true, l, false));
            await update("INBOX");""")
        eventually(lambda: subjects(far, "INBOX", "FLAGGED", "SEEN") == ["Letter 2"], "the flag")
        eventually(lambda: subjects(far, "INBOX", "KEYWORD", "$label1") == ["Letter 2"], "the tag")
        eventually(lambda: subjects(far, '"Reisen &- H&APY-hlen"') == ["Letter 4", "Letter 5"], "the move")
        eventually(lambda: subjects(far, "Trash") == ["Letter 6"], "the deletion")
        eventually(lambda: len(subjects(far, "INBOX")) == COUNT - 3, "what is left")

        # What another client does meanwhile is seen.
        far.select("INBOX")
        number = far.search(None, "SUBJECT", '"Letter 7"')[1][0]
        far.store(number, "+FLAGS", "(\\Deleted)")
        far.expunge()
        far.store(far.search(None, "SUBJECT", '"Letter 8"')[1][0], "+FLAGS", "(\\Seen \\Flagged)")
        send(box, ["While it looked"])
        bird("""await until(async () => { await update("INBOX"); return one("INBOX", "While it looked") && !one("INBOX", "Letter 7")
            && one("INBOX", "Letter 8").isFlagged && one("INBOX", "Letter 8").isRead; }, () => "the other client's work: " + told("INBOX"));""")

        # A search that the server answers.
        found = bird("""const session = Cc["@mozilla.org/messenger/searchSession;1"].createInstance(Ci.nsIMsgSearchSession);
            session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, folder("INBOX"));
            const term = session.createTerm(); const value = term.value; value.attrib = Ci.nsMsgSearchAttrib.Subject; value.str = "letter 1";
            term.attrib = Ci.nsMsgSearchAttrib.Subject; term.op = Ci.nsMsgSearchOp.Contains; term.value = value; term.booleanAnd = true; session.appendTerm(term);
            return await new Promise((good, bad) => { const hits = []; session.registerListener({ onSearchHit(h) { hits.push(h.mime2DecodedSubject); }, onNewSearch() {},
                onSearchDone(status) { status ? bad(new Error("search " + status)) : good(hits.sort()); } }); session.search(window.msgWindow); });""")
        assert found == ["Letter 1", "Letter 10", "Letter 11"], found

        # Offline: it goes on by itself, so does the world; then both meet.
        bird("""await listening(l => folder("INBOX").downloadAllForOffline(l, window.msgWindow));
            Services.io.offline = true;
            const inbox = folder("INBOX");
            inbox.markMessagesRead([one("INBOX", "Letter 9")], true);
            inbox.markMessagesFlagged([one("INBOX", "Letter 10")], true);
            inbox.addKeywordsToMessages([one("INBOX", "Letter 11")], "$label2");
            await listening(l => MailServices.copy.copyMessages(inbox, [one("INBOX", "Letter 0")], folder("Archive"), true, l, window.msgWindow, false));""")
        send(box, ["While it slept"])
        far.select("INBOX")
        far.store(far.search(None, "SUBJECT", '"Letter 3"')[1][0], "+FLAGS", "(\\Deleted)")
        far.expunge()
        assert "Letter 9" not in subjects(far, "INBOX", "SEEN")
        bird("""const offline = Cc["@mozilla.org/messenger/offline-manager;1"].getService(Ci.nsIMsgOfflineManager);
            offline.goOnline(false, true, window.msgWindow);
            await until(() => !Services.io.offline, "online");
            // An update meanwhile would cut the playback short.
            await pause(3000);
            await until(() => !offline.inProgress, "all played");
            await until(async () => { await update("INBOX"); return one("INBOX", "While it slept") && !one("INBOX", "Letter 3"); }, () => "what came meanwhile: " + told("INBOX"));""")
        eventually(lambda: "Letter 9" in subjects(far, "INBOX", "SEEN"), "read offline")
        eventually(lambda: "Letter 10" in subjects(far, "INBOX", "FLAGGED"), "flagged offline")
        eventually(lambda: "Letter 11" in subjects(far, "INBOX", "KEYWORD", "$label2"), "tagged offline")
        eventually(lambda: subjects(far, "Archive") == ["Letter 0"], "moved offline")
        bird("""await until(async () => { await update("INBOX"); return letters("INBOX").length == args[0]; }, () => "both agree: " + told("INBOX"));""",
             len(subjects(far, "INBOX")))
        seen = [name for name, _, _ in bird('return told("INBOX");')]
        assert seen == subjects(far, "INBOX"), seen
    far.logout()
