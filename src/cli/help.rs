//! What `--help` says, at every level.

use crate::control::Exit;

/// A level of the command line: its words, its form, what it does.
struct Topic {
    words: &'static [&'static str],
    form: &'static str,
    about: &'static str,
}

const DATA: &str =
    "  --data DIR      the folder with the mail; without it: $STATE_DIRECTORY (systemd),
                  else /var/lib/pillarbox for root and ~/.local/share/pillarbox
                  (or $XDG_DATA_HOME/pillarbox) for everybody else
  --config FILE   the settings; without it: pillarbox.toml in the data folder, if it
                  is there; all settings have defaults
  --help          help for any of the commands";

const TOPICS: &[Topic] = &[
    Topic {
        words: &["run"],
        form: "[run] [--setup] [--boot DIR] [--loopback] [--card FD] [--rescue REASON] [--sandbox] [--print-settings]",
        about: "Runs the box until Ctrl-C, SIGTERM or a double press of the button; SIGHUP has it read the settings file and the certificates again. A first start makes the data folder, a certificate and a first person, and prints their password.\n--setup makes nobody: whoever stands next to the box claims it on the setup page, in the first minutes after a start.\n--boot takes the pillarbox.toml in DIR over at a first start; without it, the one beside the program.\n--loopback opens every door on this machine's own addresses only; no mail leaves, and the network is told of nothing.\n--card says that the box is on a card of its own, and that this descriptor leads to the init that started it: it says that it lives, hears of the network, and has the board switched off.\n--rescue serves no mail but one page on port 80 (8080), for the house, that says why mail cannot be kept: --data is a folder in memory then.\n--sandbox gives up first what the box does not need. Started by root it becomes the owner of the data folder (give it to a user of its own first), keeps the right to open ports below 1024 and no other; it sees the data folder, the folder of its settings file (keep that in one of its own) and those of the files that the settings name, and can start no program. Another --boot than a named one is not looked for. On a kernel that cannot do this it does not start.\n--print-settings prints the settings file with every setting, what it means and its default.",
    },
    Topic {
        words: &["account"],
        form: "account add|password|list|show|remove|name|address|quota|app-password|totp …",
        about: "People: each has an address, a password and mailboxes.",
    },
    Topic {
        words: &["account", "add"],
        form: "account add ADDRESS [--password-stdin]",
        about: "Adds a person. --password-stdin reads the password from standard input (one line); without it one is made and shown once.",
    },
    Topic {
        words: &["account", "password"],
        form: "account password ADDRESS [--password-stdin]",
        about: "Gives a person another password; the old one stops at once, and so do the sessions that are open. App passwords stay.",
    },
    Topic {
        words: &["account", "list"],
        form: "account list [--json]",
        about: "Lists everybody with what they keep.",
    },
    Topic {
        words: &["account", "show"],
        form: "account show ADDRESS [--json]",
        about: "Everything about one person: what they keep, whether two-step sign-in is on, and when and from where each of their passwords was last used.",
    },
    Topic {
        words: &["account", "remove"],
        form: "account remove ADDRESS",
        about: "Removes a person, their mail, and the aliases that lead to nobody else. There is no way back.",
    },
    Topic {
        words: &["account", "name"],
        form: "account name ADDRESS [NAME]",
        about: "Sets what a person is called, like \"Ann Smith\": in lists, and in what the box tells mail programs. Without NAME they have none.",
    },
    Topic {
        words: &["account", "address"],
        form: "account address ADDRESS NEW-ADDRESS",
        about: "Gives a person another address. Their mail, passwords and rights stay; the old address goes on as an alias. Programs log in with the new one.",
    },
    Topic {
        words: &["account", "quota"],
        form: "account quota ADDRESS SIZE|none|default | messages NUMBER|none",
        about: "Sets what a person may keep: a size as in the settings (\"2 GiB\", \"500 MB\", a number of octets), none for no limit, default for what [limits.store] says for everybody; and how many messages, which is any number at first.",
    },
    Topic {
        words: &["account", "app-password"],
        form: "account app-password add ADDRESS [--label TEXT] [--for imap,pop3,smtp] | list ADDRESS [--json] | remove ADDRESS NUMBER",
        about: "Passwords for single programs, so that a lost phone can be shut out alone. Shown once, when made.\n--for says what it opens: reading by imap or pop3, sending by smtp; without it imap,smtp. `list` shows what each opens, and when, by what and from where it was last used (to the hour; an address in the house whole, of the world its network).",
    },
    Topic {
        words: &["account", "totp"],
        form: "account totp off ADDRESS",
        about: "Switches two-step sign-in off, for somebody who has lost both the device with the codes and the recovery codes. It is switched on on the setup page, by its owner. While it is on, their own password opens no mail: programs need app passwords.",
    },
    Topic {
        words: &["junk"],
        form: "junk status|forget …",
        about: "What people have taught the box of their mail. They teach it in their mail program: by moving a message into Junk, or out of Junk or Rejects into another mailbox but Trash; by the marks that programs set ($Junk, $NotJunk); and by answering. What one person teaches counts for nobody else.",
    },
    Topic {
        words: &["junk", "status"],
        form: "junk status [ADDRESS] [--json]",
        about: "How many messages each person, or this one, has taught the box as junk and as wanted, and what it has yet to learn.",
    },
    Topic {
        words: &["junk", "forget"],
        form: "junk forget ADDRESS",
        about: "Forgets all that a person has taught, of words and of senders. Their mail stays where it is. There is no way back.",
    },
    Topic {
        words: &["owner"],
        form: "owner [--json] | owner forget | owner set ADDRESS",
        about: "Whose the box is: who may change it on the setup page, and gets mail for postmaster and abuse. The first person, if nobody has said otherwise.\n`owner forget` does what holding the button for 10 seconds does: the owner's password opens nothing any more, their sessions end, and whoever stands at the box claims it anew. Mail, app passwords and everybody else stay as they are.",
    },
    Topic {
        words: &["alias"],
        form: "alias add ALIAS ADDRESS… | remove ALIAS | list [--json]",
        about: "Other addresses for people of the house, and for people elsewhere. ALIAS is an address, or @DOMAIN for everything at that domain that nobody else has (catch-all).\nNo alias is needed for name+anything@domain, which goes to name@domain, nor for postmaster and abuse, which go to the owner.",
    },
    Topic {
        words: &["ban"],
        form: "ban list|add|lift …",
        about: "Who is kept out. The box itself bans addresses that try many wrong passwords (from logging in) or misbehave at port 25 (from bringing mail): ten minutes the first time, four times as long each further time, up to a week. It never bans the household's own network, nor one from which somebody of the house has logged in. [limits.bans] in the settings says how much is too much.",
    },
    Topic {
        words: &["ban", "list"],
        form: "ban list [--json]",
        about: "Lists who is kept out of what, for how long yet, and what for.",
    },
    Topic {
        words: &["ban", "add"],
        form: "ban add ADDRESS|NETWORK",
        about: "Keeps an address or a network (192.0.2.0/24, 2001:db8::/48) out of everything until it is lifted. An IPv6 address alone means its /64.",
    },
    Topic {
        words: &["ban", "lift"],
        form: "ban lift ADDRESS|NETWORK",
        about: "Lets it in again: lifts every ban that keeps the address, or any part of the network, out, and forgets what was counted against it.",
    },
    Topic {
        words: &["queue"],
        form: "queue list|show|retry|hold|release|drop …",
        about: "Mail on its way to other hosts.",
    },
    Topic {
        words: &["queue", "list"],
        form: "queue list [--json]",
        about: "Lists the letters that wait, oldest first, and for whom they wait.",
    },
    Topic {
        words: &["queue", "show"],
        form: "queue show LETTER [--json]",
        about: "Everything about one letter: each recipient, when the next attempt comes, and the last words of the other side.",
    },
    Topic {
        words: &["queue", "retry"],
        form: "queue retry LETTER|all",
        about: "Tries now what waits for its next attempt. What is held stays held.",
    },
    Topic {
        words: &["queue", "hold"],
        form: "queue hold LETTER",
        about: "Keeps a letter from leaving until it is released or dropped.",
    },
    Topic {
        words: &["queue", "release"],
        form: "queue release LETTER",
        about: "Lets a letter go that was held.",
    },
    Topic {
        words: &["queue", "drop"],
        form: "queue drop LETTER",
        about: "Throws a letter away, for all recipients that do not have it yet. Nobody is told. There is no way back.",
    },
    Topic {
        words: &["relay"],
        form: "relay set|list|remove|test …",
        about: "Another mail server that takes mail and delivers it: the way out for a home line whose port 25 is closed or has no good name.",
    },
    Topic {
        words: &["relay", "set"],
        form: "relay set HOST[:PORT] [--for DOMAIN | --fallback] [--user NAME --password-stdin] [--tls implicit|starttls|none]",
        about: "Sends mail through HOST: all of it, or with --for what goes to one domain, or with --fallback what other hosts refuse for reasons of policy.\nWithout --tls, port 465 has TLS from the first octet and every other one STARTTLS; without a port it is 465. The certificate must be valid for HOST.\nThe password is read from standard input, kept in the store and never shown; it is never sent without TLS.",
    },
    Topic {
        words: &["relay", "list"],
        form: "relay list [--json]",
        about: "Lists the relays, without their passwords.",
    },
    Topic {
        words: &["relay", "remove"],
        form: "relay remove [--for DOMAIN | --fallback]",
        about: "Forgets the relay for everything, for one domain, or the fall-back.",
    },
    Topic {
        words: &["relay", "test"],
        form: "relay test [--for DOMAIN | --fallback]",
        about: "Connects to the relay and logs in, and says how that went. Nothing is sent.",
    },
    Topic {
        words: &["dns"],
        form: "dns [DOMAIN] [--json] | dns check [DOMAIN] [--json]",
        about: "The records that the owner of DOMAIN (without it: the house's main domain) should publish, to copy and paste.\n`dns check` looks them up, and says what is right, missing or wrong, and whether this line lets mail out.",
    },
    Topic {
        words: &["why"],
        form: "why MESSAGE-ID [--json]",
        about: "Where a message from outside went, for each person who has it: INBOX, Junk, or refused with a copy in Rejects; which facts decided, what each weighs, and what to do if that was wrong.\nMESSAGE-ID is what a mail program shows as such in the message's source, with or without <>, or the name that follows \"id\" in its first Received line and \"kept\" in the log.",
    },
    Topic {
        words: &["reports"],
        form: "reports [--json]",
        about: "What other mail hosts have reported in the last 30 days: who sends in the name of the house, and how encryption toward it went. They write to mail-reports@DOMAIN, which the records of `pillarbox dns` name; the box reads those letters itself and keeps nothing but their numbers.",
    },
    Topic {
        words: &["status"],
        form: "status [--json]",
        about: "How the box is: light, troubles, ports, people, store.",
    },
    Topic {
        words: &["check"],
        form: "check [--reindex | --brief [--sandbox]] [--json]",
        about: "Walks the whole store and says in plain words what is wrong; ends with 1 if anything is.\nWith --reindex the search index is built anew.\nWith --brief it opens a store that no box has open and reads everybody's newest mail, the first MiB of each message, for at most 20 seconds, and changes nothing; 9: it cannot be opened at all. --sandbox gives up first everything but the data folder's files, as for a store that somebody else wrote.",
    },
    Topic {
        words: &["migrate"],
        form: "migrate [--keep-copy | --put-back] [--sandbox] [--json]",
        about: "Brings a store that no box has open to this program's form, as a start does. With --keep-copy it is copied first, if the program before this one could not read what comes; nothing is changed where the disk has no room for that.\n--put-back decides about such a copy, by the store's form alone: the store of a newer program than this one is replaced by it, and beside any other one it is deleted.\n--sandbox gives up first everything but the data folder's files, as for a store that somebody else wrote.",
    },
    Topic {
        words: &["self-test"],
        form: "self-test [--json]",
        about: "Starts a whole box of its own in a folder of $TMPDIR, on free ports of this machine's own addresses; sends it a message and reads it back over IMAP and POP3. Touches nothing of the owner's.",
    },
    Topic {
        words: &["verify"],
        form: "verify spf|message …",
        about: "Says who sent something, as far as the DNS proves it. Needs no box and changes nothing.",
    },
    Topic {
        words: &["verify", "spf"],
        form: "verify spf --ip ADDRESS [--helo NAME] [--from ADDRESS] [--dns ADDRESS[:PORT]] [--json]",
        about: "Whether the client at --ip may send mail for the domain of --from; without --from, for that of --helo (SPF). Says the result, the domain, and why.\n--dns asks this resolver and not that of the settings.",
    },
    Topic {
        words: &["verify", "message"],
        form: "verify message [--ip ADDRESS [--helo NAME] [--from ADDRESS]] [--dns ADDRESS[:PORT]] [--json] < FILE",
        about: "Judges the message on standard input: signatures (DKIM), the author (DMARC), those who passed it on (ARC); with --ip also the client that brought it (SPF, the name of its address). One result a line, with the reason.\nA line may end with LF alone, as in files: it is read as CRLF, without which no signature holds.",
    },
    Topic {
        words: &["update"],
        form: "update [FILE|URL] [--key KEY] [--json]",
        about: "Judges an update by its signature, and on a card writes it to the slot that does not run and starts the box anew to try it; if its trial fails, the system before runs again by itself.\nWithout FILE or URL it is fetched from `url` in [update]. --key names another public key of minisign, or its file. Where there is no card nothing is installed, and it ends with 8.",
    },
    Topic {
        words: &["light"],
        form: "light [--watch] [--json]",
        about: "What the status light of the running box shows, and the certificate's fingerprint with the words that the setup page shows for it. --watch shows the light in its rhythm, until Ctrl-C.",
    },
    Topic {
        words: &["press"],
        form: "press short|double|3s|10s",
        about: "Presses the button of the running box as a finger does, and takes as long: 3s a little over 3 seconds. short has the light show once more how the box is. double powers it off in good order.\n3s opens the setup page for a while. 10s makes the box nobody's: the owner's password opens nothing any more, and whoever stands there claims it; no mail, and nobody else, is touched.",
    },
];

/// The help for these words, or for the longest beginning of them that there is help for, or for everything.
pub(super) fn of(words: &[impl AsRef<str>]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match find(&words) {
        Some(topic) => one(topic),
        None => all(),
    }
}

/// The words of the level that these words belong to.
pub(super) fn topic(words: &[&str]) -> Option<Vec<String>> {
    find(words).map(|topic| topic.words.iter().map(|word| (*word).to_owned()).collect())
}

fn find(words: &[&str]) -> Option<&'static Topic> {
    (1..=words.len()).rev().find_map(|length| {
        let head = words.get(..length)?;
        TOPICS.iter().find(|topic| topic.words == head)
    })
}

fn one(topic: &Topic) -> String {
    let mut text = format!("pillarbox {}\n\n{}\n", topic.form, topic.about);
    let below = TOPICS.iter().filter(|other| {
        other.words.len() == topic.words.len() + 1 && other.words.starts_with(topic.words)
    });
    for (at, other) in below.enumerate() {
        text.push_str(if at == 0 { "\n" } else { "" });
        text.push_str(&format!("  pillarbox {}\n", other.form));
    }
    text.push_str(&format!("\n{DATA}"));
    text
}

fn all() -> String {
    let mut text = String::from("pillarbox: a mail box for the home\n\n");
    for topic in TOPICS.iter().filter(|topic| topic.words.len() == 1) {
        text.push_str(&format!("  pillarbox {}\n", topic.form));
    }
    text.push_str(&format!("\n{DATA}\n  --version       the version\n"));
    text.push_str("\nA subcommand asks the box that runs on the data folder, or opens the store itself when none runs.\n\nExit codes:\n");
    for (exit, meaning) in Exit::TABLE {
        text.push_str(&format!("  {}  {meaning}\n", exit as u8));
    }
    text.trim_end().to_owned()
}
