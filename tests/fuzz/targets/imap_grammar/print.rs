//! Commands as a client would send them.

use imap::command::{
    Command, Create, Esearch, KnownCommand, List, OpenCommand, RightsChange, Select,
    SequenceNumber, SequenceSet, Source, StatusItem, Store, StoreChange, Transfer, UrlWanted,
};
use imap::mailbox_name;
use store::{Flags, SpecialUse};

use crate::{items, search};

/// One line, tag `a`.
pub(crate) fn command(command: &Command, utf8: bool) -> Vec<u8> {
    let mut line = Line {
        out: b"a ".to_vec(),
        utf8,
    };
    line.command(command);
    line.out
}

pub(crate) struct Line {
    pub(crate) out: Vec<u8>,
    pub(crate) utf8: bool,
}

impl Line {
    pub(crate) fn put(&mut self, text: impl AsRef<[u8]>) -> &mut Line {
        self.out.extend_from_slice(text.as_ref());
        self
    }

    /// Quoted where it can be, else a literal.
    pub(crate) fn string(&mut self, text: &[u8]) -> &mut Line {
        if text
            .iter()
            .all(|octet| matches!(octet, b' '..=b'~') && !matches!(octet, b'"' | b'\\'))
        {
            self.put("\"").put(text).put("\"")
        } else {
            self.put(format!("{{{}}}\r\n", text.len())).put(text)
        }
    }

    pub(crate) fn mailbox(&mut self, name: &str) -> &mut Line {
        match self.utf8 {
            true => self.string(name.as_bytes()),
            false => self.string(mailbox_name::encode(name).as_bytes()),
        }
    }

    /// Elements in parentheses.
    pub(crate) fn list<T>(&mut self, all: &[T], mut each: impl FnMut(&mut Line, &T)) -> &mut Line {
        self.put("(");
        for (place, one) in all.iter().enumerate() {
            if place > 0 {
                self.put(" ");
            }
            each(self, one);
        }
        self.put(")")
    }

    pub(crate) fn set(&mut self, set: &SequenceSet) -> &mut Line {
        let SequenceSet::Ranges(ranges) = set else {
            return self.put("$");
        };
        let number = |number| match number {
            SequenceNumber::Number(number) => number.to_string(),
            SequenceNumber::Largest => "*".into(),
        };
        let ranges = ranges.iter().map(|range| match range.first == range.last {
            true => number(range.first),
            false => format!("{}:{}", number(range.first), number(range.last)),
        });
        self.put(ranges.collect::<Vec<String>>().join(","))
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Capability => self.put("CAPABILITY"),
            Command::Noop => self.put("NOOP"),
            Command::Check => self.put("CHECK"),
            Command::Logout => self.put("LOGOUT"),
            Command::Id => self.put("ID NIL"),
            Command::StartTls => self.put("STARTTLS"),
            Command::Authenticate(asked) => {
                self.put("AUTHENTICATE ").put(&asked.mechanism);
                match &asked.initial {
                    // Two spaces and nothing: an empty response.
                    Some(initial) if initial.as_bytes().is_empty() => self.put("  "),
                    Some(initial) => self.put(" ").put(initial.as_bytes()),
                    None => self,
                }
            }
            Command::Login(login) => self
                .put("LOGIN ")
                .string(login.user.as_bytes())
                .put(" ")
                .string(login.password.as_bytes()),
            Command::Enable(names) => self.put("ENABLE ").put(names.join(" ")),
            Command::Idle => self.put("IDLE"),
            Command::Compress => self.put("COMPRESS DEFLATE"),
            Command::Unauthenticate => self.put("UNAUTHENTICATE"),
            Command::Language(ranges) => {
                self.put("LANGUAGE");
                for range in ranges {
                    self.put(" ").string(range.as_bytes());
                }
                self
            }
            Command::Append(append) => {
                match &append.replace {
                    None => self.put("APPEND "),
                    Some(replace) => self.put(format!(
                        "{}REPLACE {} ",
                        if replace.uid { "UID " } else { "" },
                        replace.number
                    )),
                };
                self.mailbox(&append.mailbox).put(&append.rest)
            }
            Command::Esearch(asked) => self.esearch(asked),
            Command::Known(known) => self.known(known),
            Command::Open(open) => self.open(open),
        };
    }

    fn esearch(&mut self, asked: &Esearch) -> &mut Line {
        self.put("ESEARCH ");
        if !asked.sources.is_empty() {
            self.put("IN ").list(&asked.sources, Line::source).put(" ");
        }
        search::returned(self, asked.give.as_ref());
        search::program(self, &asked.program);
        self
    }

    fn source(&mut self, source: &Source) {
        match source {
            Source::Selected => self.put("selected"),
            Source::Inboxes => self.put("inboxes"),
            Source::Personal => self.put("personal"),
            Source::Subscribed => self.put("subscribed"),
            Source::Subtree(names) => self.put("subtree ").names(names),
            Source::SubtreeOne(names) => self.put("subtree-one ").names(names),
            Source::Mailboxes(names) => self.put("mailboxes ").names(names),
        };
    }

    pub(crate) fn names(&mut self, names: &[String]) -> &mut Line {
        self.list(names, |line, name| {
            line.mailbox(name);
        })
    }

    fn known(&mut self, known: &KnownCommand) -> &mut Line {
        match known {
            KnownCommand::Esearch(asked) => self.esearch(asked),
            KnownCommand::Select(asked) => self.select(asked),
            KnownCommand::Create(Create {
                mailbox,
                special_use,
            }) => {
                self.put("CREATE ").mailbox(mailbox);
                match special_use {
                    Some(usage) => self.put(format!(" (USE ({}))", special(*usage))),
                    None => self,
                }
            }
            KnownCommand::Delete(name) => self.put("DELETE ").mailbox(name),
            KnownCommand::Rename { from, to } => {
                self.put("RENAME ").mailbox(from).put(" ").mailbox(to)
            }
            KnownCommand::GenUrlAuth(urls) => {
                self.put("GENURLAUTH");
                for (url, mechanism) in urls {
                    self.put(" ").string(url).put(" ").put(mechanism);
                }
                self
            }
            KnownCommand::UrlFetch(urls) => {
                self.put("URLFETCH");
                for asked in urls {
                    self.put(" (").string(&asked.url);
                    for one in &asked.wanted {
                        self.put(match one {
                            UrlWanted::Body => " BODY",
                            UrlWanted::Binary => " BINARY",
                            UrlWanted::BodyPartStructure => " BODYPARTSTRUCTURE",
                        });
                    }
                    self.put(")");
                }
                self
            }
            KnownCommand::ResetKey(None) => self.put("RESETKEY"),
            KnownCommand::ResetKey(Some(name)) => {
                self.put("RESETKEY ").mailbox(name).put(" INTERNAL")
            }
            KnownCommand::Subscribe(name) => self.put("SUBSCRIBE ").mailbox(name),
            KnownCommand::Unsubscribe(name) => self.put("UNSUBSCRIBE ").mailbox(name),
            KnownCommand::List(list) => self.list_command(list),
            KnownCommand::Lsub { reference, pattern } => self
                .put("LSUB ")
                .mailbox(reference)
                .put(" ")
                .mailbox(pattern),
            KnownCommand::Namespace => self.put("NAMESPACE"),
            KnownCommand::Notify { set: None, .. } => self.put("NOTIFY NONE"),
            KnownCommand::Notify { set: Some(set), .. } => self.notify(set),
            KnownCommand::Status { mailbox, items } => self
                .put("STATUS ")
                .mailbox(mailbox)
                .put(" ")
                .list(items, Line::status),
            KnownCommand::SetAcl {
                mailbox,
                identifier,
                change,
            } => {
                let rights = match change {
                    RightsChange::Replace(rights) => rights.to_string(),
                    RightsChange::Add(rights) => format!("+{rights}"),
                    RightsChange::Remove(rights) => format!("-{rights}"),
                };
                self.put("SETACL ")
                    .mailbox(mailbox)
                    .put(" ")
                    .string(identifier.given.as_bytes())
                    .put(" ")
                    .string(rights.as_bytes())
            }
            KnownCommand::DeleteAcl {
                mailbox,
                identifier,
            } => self
                .put("DELETEACL ")
                .mailbox(mailbox)
                .put(" ")
                .string(identifier.given.as_bytes()),
            KnownCommand::GetAcl(name) => self.put("GETACL ").mailbox(name),
            KnownCommand::ListRights {
                mailbox,
                identifier,
            } => self
                .put("LISTRIGHTS ")
                .mailbox(mailbox)
                .put(" ")
                .string(identifier.given.as_bytes()),
            KnownCommand::MyRights(name) => self.put("MYRIGHTS ").mailbox(name),
            KnownCommand::GetMetadata(get) => self.get_metadata(get),
            KnownCommand::SetMetadata(set) => self.set_metadata(set),
            KnownCommand::GetQuota(root) => self.put("GETQUOTA ").string(root.as_bytes()),
            KnownCommand::GetQuotaRoot(name) => self.put("GETQUOTAROOT ").mailbox(name),
            KnownCommand::SetQuota { root, limits } => self.set_quota(root, limits),
        }
    }

    fn select(&mut self, asked: &Select) -> &mut Line {
        self.put(if asked.read_only {
            "EXAMINE "
        } else {
            "SELECT "
        })
        .mailbox(&asked.mailbox);
        let mut parameters: Vec<Option<&imap::command::Resync>> = Vec::new();
        if asked.condstore {
            parameters.push(None);
        }
        if let Some(resync) = &asked.resync {
            parameters.push(Some(resync));
        }
        if parameters.is_empty() {
            return self;
        }
        self.put(" ").list(&parameters, |line, parameter| {
            let Some(resync) = parameter else {
                line.put("CONDSTORE");
                return;
            };
            line.put(format!(
                "QRESYNC ({} {}",
                resync.uid_validity, resync.modseq
            ));
            if let Some(known) = &resync.known {
                line.put(" ").set(known);
            }
            if let Some((numbers, uids)) = &resync.matches {
                line.put(" (").set(numbers).put(" ").set(uids).put(")");
            }
            line.put(")");
        })
    }

    fn list_command(&mut self, list: &List) -> &mut Line {
        self.put("LIST ");
        let (select, give) = (list.select, &list.give);
        if list.extended {
            let options = [
                (select.subscribed, "SUBSCRIBED"),
                (select.remote, "REMOTE"),
                (select.recursive_match, "RECURSIVEMATCH"),
                (select.special_use, "SPECIAL-USE"),
            ];
            self.put(format!("({}) ", chosen(&options)));
        }
        self.mailbox(&list.reference).put(" ");
        if !list.extended {
            return self.mailbox(&list.patterns[0]);
        }
        self.names(&list.patterns).put(" RETURN (");
        let options = [
            (give.subscribed, "SUBSCRIBED"),
            (give.children, "CHILDREN"),
            (give.special_use, "SPECIAL-USE"),
            (give.my_rights, "MYRIGHTS"),
        ];
        let options = chosen(&options);
        self.put(&options);
        let mut more = !options.is_empty();
        if !give.status.is_empty() {
            self.put(if more { " STATUS " } else { "STATUS " })
                .list(&give.status, Line::status);
            more = true;
        }
        if !give.metadata.is_empty() {
            self.put(if more { " METADATA " } else { "METADATA " })
                .list(&give.metadata, |line, name| {
                    line.string(name.0.as_bytes());
                });
        }
        self.put(")")
    }

    fn status(&mut self, item: &StatusItem) {
        self.put(match item {
            StatusItem::Messages => "MESSAGES",
            StatusItem::Recent => "RECENT",
            StatusItem::UidNext => "UIDNEXT",
            StatusItem::UidValidity => "UIDVALIDITY",
            StatusItem::Unseen => "UNSEEN",
            StatusItem::Deleted => "DELETED",
            StatusItem::Size => "SIZE",
            StatusItem::AppendLimit => "APPENDLIMIT",
            StatusItem::MailboxId => "MAILBOXID",
            StatusItem::HighestModSeq => "HIGHESTMODSEQ",
            StatusItem::DeletedStorage => "DELETED-STORAGE",
        });
    }

    fn open(&mut self, open: &OpenCommand) -> &mut Line {
        match open {
            OpenCommand::Close => self.put("CLOSE"),
            OpenCommand::Unselect => self.put("UNSELECT"),
            OpenCommand::Expunge(None) => self.put("EXPUNGE"),
            OpenCommand::Expunge(Some(set)) => self.put("UID EXPUNGE ").set(set),
            OpenCommand::Esearch(asked) => self.esearch(asked),
            OpenCommand::Search(asked) => {
                self.uid(asked.uid).put("SEARCH ");
                search::returned(self, asked.give.as_ref());
                search::program(self, &asked.program);
                self
            }
            OpenCommand::Sort(asked) => {
                self.uid(asked.uid).put("SORT ");
                search::returned(self, asked.give.as_ref());
                self.list(&asked.criteria, search::criterion).put(" UTF-8 ");
                search::program(self, &asked.program);
                self
            }
            OpenCommand::Thread(asked) => {
                self.uid(asked.uid)
                    .put("THREAD ")
                    .put(search::algorithm(asked.algorithm))
                    .put(" UTF-8 ");
                search::program(self, &asked.program);
                self
            }
            OpenCommand::CancelUpdate(tags) => {
                self.put("CANCELUPDATE");
                for tag in tags {
                    self.put(" ").string(tag.as_bytes());
                }
                self
            }
            OpenCommand::UidBatches(asked) => {
                self.put(format!("UIDBATCHES {}", asked.size));
                match asked.range {
                    Some((first, last)) => self.put(format!(" {first}:{last}")),
                    None => self,
                }
            }
            OpenCommand::Fetch(fetch) => {
                self.uid(fetch.uid)
                    .put("FETCH ")
                    .set(&fetch.set)
                    .put(" ")
                    .list(&fetch.items, items::item);
                items::modifiers(self, fetch);
                self
            }
            OpenCommand::Store(store) => self.store(store),
            OpenCommand::Copy(transfer) => self.transfer("COPY ", transfer),
            OpenCommand::Move(transfer) => self.transfer("MOVE ", transfer),
        }
    }

    fn uid(&mut self, uid: bool) -> &mut Line {
        self.put(if uid { "UID " } else { "" })
    }

    fn transfer(&mut self, verb: &str, transfer: &Transfer) -> &mut Line {
        self.uid(transfer.uid)
            .put(verb)
            .set(&transfer.set)
            .put(" ")
            .mailbox(&transfer.mailbox)
    }

    fn store(&mut self, store: &Store) -> &mut Line {
        self.uid(store.uid).put("STORE ").set(&store.set).put(" ");
        if let Some(since) = store.unchanged_since {
            self.put(format!("(UNCHANGEDSINCE {since}) "));
        }
        let change = match store.change {
            StoreChange::Replace => "FLAGS",
            StoreChange::Add => "+FLAGS",
            StoreChange::Remove => "-FLAGS",
        };
        self.put(change)
            .put(if store.silent { ".SILENT " } else { " " });
        let system = [
            (Flags::ANSWERED, "\\Answered"),
            (Flags::FLAGGED, "\\Flagged"),
            (Flags::DELETED, "\\Deleted"),
            (Flags::SEEN, "\\Seen"),
            (Flags::DRAFT, "\\Draft"),
        ];
        let system = system
            .into_iter()
            .filter(|(flag, _)| store.flags.system.contains(*flag));
        let names: Vec<&str> = system
            .map(|(_, name)| name)
            .chain(store.flags.keywords.iter().map(String::as_str))
            .collect();
        self.list(&names, |line, name| {
            line.put(name);
        })
    }
}

/// The words of what was asked.
pub(crate) fn chosen(options: &[(bool, &str)]) -> String {
    let chosen = options
        .iter()
        .filter(|(asked, _)| *asked)
        .map(|(_, word)| *word);
    chosen.collect::<Vec<&str>>().join(" ")
}

fn special(usage: SpecialUse) -> &'static str {
    match usage {
        SpecialUse::Sent => "\\Sent",
        SpecialUse::Drafts => "\\Drafts",
        SpecialUse::Trash => "\\Trash",
        SpecialUse::Junk => "\\Junk",
        SpecialUse::Archive => "\\Archive",
        SpecialUse::Flagged => "\\Flagged",
        SpecialUse::All => "\\All",
        SpecialUse::Important => "\\Important",
    }
}
