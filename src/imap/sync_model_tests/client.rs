//! A client: the picture that the protocol lets it have of the mailbox, and what it does.

use std::collections::{BTreeMap, BTreeSet};

use store::AccountId;

use super::line::{Fetch, between, highest, numbers};
use super::model::{Flags, Message, Model};
use crate::cmd::house::{Client, House};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Rev1,
    Rev2,
    Condstore,
    Qresync,
    UidOnly,
    UidOnlyQresync,
}

impl Dialect {
    pub(super) const ALL: [Dialect; 6] = [
        Dialect::Rev1,
        Dialect::Qresync,
        Dialect::Rev2,
        Dialect::Condstore,
        Dialect::UidOnly,
        Dialect::UidOnlyQresync,
    ];

    pub(super) fn condstore(self) -> bool {
        matches!(
            self,
            Dialect::Condstore | Dialect::Qresync | Dialect::UidOnlyQresync
        )
    }

    pub(super) fn qresync(self) -> bool {
        matches!(self, Dialect::Qresync | Dialect::UidOnlyQresync)
    }

    pub(super) fn uid_only(self) -> bool {
        matches!(self, Dialect::UidOnly | Dialect::UidOnlyQresync)
    }
}

pub(super) struct Mirror {
    client: Client,
    account: AccountId,
    pub(super) person: usize,
    pub(super) dialect: Dialect,
    validity: String,
    /// the UID behind each number; UIDs at `next` and above have not been announced
    pub(super) uids: Vec<u32>,
    next: u32,
    /// what it knows of flags
    flags: BTreeMap<u32, Flags>,
    /// messages that others have changed, which it has not been told of
    untold: BTreeSet<u32>,
    /// HIGHESTMODSEQ as RFC 7162 §6 has a client count it
    pub(super) highest: u64,
    /// only FETCH has come since IDLE (A24)
    after_idle: bool,
}

/// What a command may be answered with.
struct Rules {
    /// numbers may change
    expunges: bool,
    /// FETCH may come of messages that nobody has changed
    fetches: bool,
    /// EXISTS is held back
    quiet: bool,
}

impl Mirror {
    pub(super) fn new(
        house: &House,
        account: AccountId,
        person: usize,
        dialect: Dialect,
        model: &mut Model,
    ) -> Mirror {
        let mut mirror = Mirror {
            client: house.client_of(account),
            account,
            person,
            dialect,
            validity: String::new(),
            uids: Vec::new(),
            next: 0,
            flags: BTreeMap::new(),
            untold: BTreeSet::new(),
            highest: 0,
            after_idle: false,
        };
        mirror.enable();
        let said = mirror.select("", model);
        mirror.highest = highest(&said).unwrap_or(0);
        mirror.run("UID FETCH 1:* (UID FLAGS)", model, &mut []);
        mirror
    }

    fn enable(&mut self) {
        let names = match self.dialect {
            Dialect::Rev1 => return,
            Dialect::Rev2 => "IMAP4rev2",
            Dialect::Condstore => "CONDSTORE",
            Dialect::Qresync => "QRESYNC",
            Dialect::UidOnly => "UIDONLY",
            Dialect::UidOnlyQresync => "QRESYNC UIDONLY",
        };
        let said = self.client.say(&format!("e ENABLE {names}"));
        assert!(said.contains("e OK"), "{said}");
    }

    fn select(&mut self, parameters: &str, model: &mut Model) -> String {
        let name = ["INBOX", "\"Other Users/ann@house.test/INBOX\""][self.person];
        let said = self.client.say(&format!("s SELECT {name}{parameters}"));
        assert!(said.contains("s OK [READ-WRITE]"), "{said}");
        self.uids = model.messages.keys().copied().collect();
        self.next = model.uid_next;
        self.untold.clear();
        assert!(
            said.contains(&format!("* {} EXISTS\n", self.uids.len())),
            "{said}"
        );
        self.validity = between(&said, "[UIDVALIDITY ", "]").unwrap().to_string();
        assert_eq!(
            said.contains("[HIGHESTMODSEQ "),
            self.dialect.condstore(),
            "{said}"
        );
        said
    }

    /// The connection breaks and the client comes back with what it knows: now it must know what there is (RFC 7162 §3.2, §6).
    pub(super) fn come_back(&mut self, house: &House, model: &mut Model) {
        self.client = house.client_of(self.account);
        self.enable();
        self.after_idle = false;
        let mut known = std::mem::take(&mut self.flags);
        let uids: Vec<String> = known.keys().map(u32::to_string).collect();
        if !self.dialect.condstore() || known.is_empty() || self.highest == 0 {
            let said = self.select("", model);
            self.highest = highest(&said).unwrap_or(0);
            return drop(self.run("UID FETCH 1:* (UID FLAGS)", model, &mut []));
        }
        let before = format!("{self}");
        let said = if self.dialect.qresync() {
            let parameters = format!(
                " (QRESYNC ({} {} {}))",
                self.validity,
                self.highest,
                uids.join(",")
            );
            self.select(&parameters, model)
        } else {
            let selected = self.select("", model);
            let changed = self.client.say(&format!(
                "c UID FETCH {} (FLAGS) (CHANGEDSINCE {})",
                uids.join(","),
                self.highest
            ));
            known.retain(|uid, _| model.messages.contains_key(uid));
            format!("{selected}{changed}")
        };
        for line in said.lines() {
            if let Some(set) = line.strip_prefix("* VANISHED (EARLIER) ") {
                for uid in numbers(set) {
                    assert!(!model.messages.contains_key(&uid), "{line}");
                    assert!(
                        known.remove(&uid).is_some(),
                        "{line}: UID {uid} was not asked about"
                    );
                }
            } else if let Some(fetch) = Fetch::read(line) {
                let uid = fetch.uid(&self.uids);
                model.check_modseq(self.person, uid, fetch.modseq.unwrap(), line);
                known.insert(uid, fetch.flags.unwrap());
            }
        }
        for (uid, flags) in &known {
            let is = model
                .messages
                .get(uid)
                .map(|message| message.flags(self.person));
            assert_eq!(
                Some(flags),
                is.as_ref(),
                "UID {uid} after coming back: {before}\n{said}"
            );
        }
        self.flags = known;
        self.highest = highest(&said).unwrap();
    }

    /// Does a command: the model first, then the client, whose picture must be the model's in the end.
    pub(super) fn run(
        &mut self,
        command: &str,
        model: &mut Model,
        others: &mut [Mirror],
    ) -> String {
        let words: Vec<&str> = command.split(' ').collect();
        let by_uid = words[0] == "UID";
        let verb = words[usize::from(by_uid)];
        let rules = Rules {
            expunges: (by_uid || !matches!(verb, "FETCH" | "STORE" | "SEARCH"))
                && command != "UID SEARCH NOT 1",
            fetches: matches!(verb, "FETCH" | "STORE"),
            quiet: verb == "FETCH" && self.after_idle,
        };
        self.after_idle = verb == "IDLE" || rules.quiet;
        let targets = match verb {
            "FETCH" | "STORE" | "MOVE" | "COPY" => {
                self.targets(words[usize::from(by_uid) + 1], by_uid)
            }
            "EXPUNGE" if by_uid => self.targets(words[2], true),
            _ => Vec::new(),
        };
        let there: Vec<u32> = targets
            .iter()
            .copied()
            .filter(|uid| model.messages.contains_key(uid))
            .collect();
        let whole = there.len() == targets.len();

        let mut said = self.client.say(&format!("t {command}"));
        if verb == "IDLE" {
            said += &self.client.wake();
            said += &self.client.say("DONE");
        }
        let context = format!("{self}: {command}\n{said}");
        assert!(!said.contains(" BAD "), "{context}");
        let refused = said.contains("\nt NO") || said.starts_with("t NO");
        let modified: BTreeSet<u32> = between(&said, "[MODIFIED ", "]")
            .map(numbers)
            .unwrap_or_default()
            .into_iter()
            .map(|number| {
                if by_uid {
                    number
                } else {
                    self.uids[number as usize - 1]
                }
            })
            .collect();
        let mut changed = BTreeSet::new();
        match verb {
            "STORE" => {
                assert_eq!(refused, !whole && !by_uid, "{context}");
                let flag = between(command, "(\\", ")").map_or_else(
                    || {
                        between(command, "($", ")")
                            .map(|name| format!("${name}"))
                            .unwrap()
                    },
                    |name| format!("\\{name}"),
                );
                for uid in there.iter().filter(|uid| !modified.contains(uid)) {
                    let message = model.messages.get_mut(uid).unwrap();
                    let mut flags = message.flags(self.person);
                    if command.contains("-FLAGS") {
                        flags.remove(&flag);
                    } else {
                        if !command.contains("+FLAGS") {
                            flags.clear();
                        }
                        flags.insert(flag.clone());
                    }
                    // A client draws a silent change into its own picture.
                    if let Some(known) = self
                        .flags
                        .get_mut(uid)
                        .filter(|_| command.contains("SILENT"))
                    {
                        if command.contains("-FLAGS") {
                            known.remove(&flag);
                        } else {
                            if !command.contains("+FLAGS") {
                                known.clear();
                            }
                            known.insert(flag.clone());
                        }
                    }
                    changed.insert((*uid, message.set(self.person, &flags)));
                }
            }
            "FETCH" if command.contains("BODY[") => {
                for uid in &there {
                    let message = model.messages.get_mut(uid).unwrap();
                    let mut flags = message.flags(self.person);
                    flags.insert("\\Seen".into());
                    changed.insert((*uid, message.set(self.person, &flags)));
                }
            }
            "EXPUNGE" => {
                let all: BTreeSet<u32> = if by_uid {
                    targets.into_iter().collect()
                } else {
                    model.messages.keys().copied().collect()
                };
                model.expunge(model.deleted(&all));
            }
            "MOVE" if by_uid || whole => model.expunge(there),
            "COPY" => {
                for uid in there {
                    let from = &model.messages[&uid];
                    let mut copy = Message::default();
                    copy.own[self.person] = from.own[self.person].clone();
                    copy.deleted = from.deleted;
                    model.add(model.uid_next, copy);
                }
            }
            _ => {}
        }
        for other in others {
            for (uid, seen) in &changed {
                if seen[other.person] && *uid < other.next {
                    other.untold.insert(*uid);
                }
            }
        }
        self.hear(&said, &rules, model, &context);
        if !refused {
            self.agree(&rules, model, &context);
        }
        said
    }

    /// The messages that a set means to this client.
    fn targets(&self, set: &str, by_uid: bool) -> Vec<u32> {
        let (first, last) = set.split_once(':').unwrap();
        let largest = if by_uid {
            self.uids.last().copied().unwrap_or(0)
        } else {
            self.uids.len() as u32
        };
        let number = |text: &str| text.parse().unwrap_or(largest);
        let (first, last) = (
            number(first).min(number(last)),
            number(first).max(number(last)),
        );
        let each = (1..).zip(&self.uids);
        each.filter(|(number, uid)| (first..=last).contains(if by_uid { *uid } else { number }))
            .map(|(_, uid)| *uid)
            .collect()
    }

    fn hear(&mut self, said: &str, rules: &Rules, model: &mut Model, context: &str) {
        let mut seen = 0;
        for line in said.lines().filter(|line| line.starts_with("* ")) {
            let mut words: Vec<&str> = line.splitn(4, ' ').collect();
            words.resize(3, "");
            let number: usize = words[1].parse().unwrap_or(0);
            match words[2] {
                "EXISTS" => {
                    assert!(!rules.quiet, "EXISTS after IDLE: {context}");
                    let come: Vec<u32> = model
                        .messages
                        .range(self.next..)
                        .map(|(uid, _)| *uid)
                        .collect();
                    assert!(!come.is_empty(), "EXISTS twice: {context}");
                    self.uids.extend(come);
                    self.next = model.uid_next;
                    assert_eq!(number, self.uids.len(), "EXISTS: {context}");
                }
                "RECENT" => assert_ne!(self.dialect, Dialect::Rev2, "{context}"),
                "EXPUNGE" => {
                    assert!(
                        rules.expunges && !self.dialect.qresync() && !self.dialect.uid_only(),
                        "{context}"
                    );
                    let uid = self.uids.get(number.wrapping_sub(1));
                    let uid = *uid.unwrap_or_else(|| panic!("{line}: {context}"));
                    self.forget(uid, model, context);
                }
                _ if words[1] == "VANISHED" => {
                    assert!(
                        rules.expunges && (self.dialect.qresync() || self.dialect.uid_only()),
                        "{context}"
                    );
                    for uid in numbers(words[2]) {
                        self.forget(uid, model, context);
                    }
                }
                _ => {
                    if let Some(fetch) = Fetch::read(line) {
                        assert_eq!(fetch.is_uid, self.dialect.uid_only(), "{context}");
                        seen = seen.max(fetch.modseq.unwrap_or(0));
                        self.learn(fetch, rules, model, line, context);
                    }
                }
            }
        }
        self.highest = highest(said).unwrap_or(self.highest.max(seen));
    }

    fn forget(&mut self, uid: u32, model: &Model, context: &str) {
        let at = self.uids.iter().position(|known| *known == uid);
        let at = at.unwrap_or_else(|| panic!("UID {uid} was not there: {context}"));
        assert!(
            !model.messages.contains_key(&uid),
            "UID {uid} is still there: {context}"
        );
        self.uids.remove(at);
        self.flags.remove(&uid);
        self.untold.remove(&uid);
    }

    fn learn(&mut self, fetch: Fetch, rules: &Rules, model: &mut Model, line: &str, context: &str) {
        let uid = fetch.uid(&self.uids);
        let news = self.untold.remove(&uid);
        assert!(rules.fetches || news, "{line} is no news: {context}");
        if !rules.fetches && !self.dialect.uid_only() {
            assert!(line.contains("UID "), "{context}");
        }
        assert!(
            self.dialect.condstore() || fetch.modseq.is_none(),
            "{line}: nobody asked: {context}"
        );
        if !rules.fetches || line.contains("BODY[") && fetch.flags.is_some() {
            assert_eq!(
                fetch.modseq.is_some(),
                self.dialect.condstore(),
                "{line}: {context}"
            );
        }
        if let Some(modseq) = fetch.modseq {
            model.check_modseq(self.person, uid, modseq, &format!("{line}: {context}"));
        }
        if let Some(flags) = fetch.flags {
            let is = model
                .messages
                .get(&uid)
                .or_else(|| model.gone.get(&uid))
                .unwrap();
            assert_eq!(flags, is.flags(self.person), "{line}: {context}");
            self.flags.insert(uid, flags);
        } else if news {
            self.untold.insert(uid);
        }
    }

    /// All that must have been told has been told.
    fn agree(&mut self, rules: &Rules, model: &Model, context: &str) {
        let alive = |uid: &&u32| model.messages.contains_key(uid);
        let known: Vec<u32> = self.uids.iter().filter(alive).copied().collect();
        let is: Vec<u32> = model
            .messages
            .keys()
            .copied()
            .filter(|uid| !rules.quiet || *uid < self.next)
            .collect();
        assert_eq!(known, is, "messages: {context}");
        if rules.expunges {
            assert_eq!(known, self.uids, "expunges: {context}");
        }
        self.untold.retain(|uid| model.messages.contains_key(uid));
        assert!(
            self.untold.is_empty(),
            "{:?} were not told: {context}",
            self.untold
        );
        for (uid, flags) in &self.flags {
            if let Some(message) = model.messages.get(uid) {
                assert_eq!(flags, &message.flags(self.person), "UID {uid}: {context}");
            }
        }
    }
}

impl std::fmt::Display for Mirror {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} of {} with {:?} at {}",
            self.dialect,
            ["ann", "bob"][self.person],
            self.uids,
            self.highest
        )
    }
}
