//! ESEARCH (RFC 7377): one search in several mailboxes.
//!
//! Promises: one ESEARCH response, with UIDs, for each mailbox in which something matches, none for the others; a mailbox is searched
//! once, however often it is named; one that a person may not read is as one that is not there (§2.2); the selected mailbox is searched
//! as its client knows it, the others as they are. They are searched one after another: what another one takes is given back before the next, and
//! tagged replies stay in order.
//! Cannot: fuzzy matching of plain texts, which §2.3 would allow.

use std::collections::{HashSet, VecDeque};

use ::store::{AccountId, Mailbox, MailboxId, Rights};

use crate::cmd::list::rows::{Row, Tree, rows};
use crate::cmd::search::{self, UnderWay};
use crate::command::{Esearch, SearchReturn, Source};
use crate::deed::{Done, Known, No, Open, Turn, Verb, World};
use crate::mailbox_name;
use crate::print;
use crate::view::View;

/// ESEARCH without a mailbox selected.
pub(super) fn known(search: Esearch) -> Box<dyn Verb<Known>> {
    let mut searching = Searching::new(search);
    super::verb(move |world, known: &mut Known, out| {
        let turn = searching.step(world, known, None, out)?;
        if searching.modseq {
            known.dialect.enable_condstore();
        }
        Ok(if turn { done() } else { Turn::More })
    })
}

/// The same with one.
pub(super) fn open(search: Esearch) -> Box<dyn Verb<Open>> {
    let mut searching = Searching::new(search);
    super::verb(move |world, open: &mut Open, out| {
        let saves = searching.give.save;
        if searching.mailboxes.is_none() {
            open.view.hold.expunges = searching.search.program.key.names_numbers();
        }
        let turn = searching.step(world, &open.known, Some(&mut open.view), out);
        if turn.is_err() && saves {
            open.view.saved.clear();
        }
        if std::mem::take(&mut searching.modseq) {
            open.known.dialect.enable_condstore();
        }
        Ok(if turn? { done() } else { Turn::More })
    })
}

fn done<S>() -> Turn<S> {
    Turn::Done(Done::ok("ESEARCH completed"))
}

struct Searching {
    search: Esearch,
    give: SearchReturn,
    /// not searched yet, with the names under which the person knows them
    mailboxes: Option<VecDeque<(MailboxId, String)>>,
    /// the mailbox that is being searched; the view of the selected one is the session's
    current: Option<(Option<View>, UnderWay)>,
    /// MODSEQ stands among the keys, which switches CONDSTORE on (RFC 7162 §3.1)
    modseq: bool,
}

impl Searching {
    fn new(search: Esearch) -> Searching {
        let all = SearchReturn {
            all: true,
            ..SearchReturn::default()
        };
        Searching {
            give: search.give.clone().unwrap_or(all),
            search,
            mailboxes: None,
            current: None,
            modseq: false,
        }
    }

    /// Goes on; `true`: all have been searched.
    fn step(
        &mut self,
        world: &World<'_>,
        known: &Known,
        mut selected: Option<&mut View>,
        out: &mut Vec<u8>,
    ) -> Result<bool, No> {
        if self.mailboxes.is_none() {
            self.mailboxes = Some(self.begin(world, known, selected.as_deref())?);
        }
        loop {
            if let Some((Some(view), under_way)) = &mut self.current
                && view.look_at_rights(world.tx).is_err()
            {
                // Shared no more since it was begun with.
                under_way.abandon(out);
                self.current = None;
            }
            if let Some((view, under_way)) = &mut self.current {
                let view = match (view, selected.as_deref_mut()) {
                    (Some(view), _) | (None, Some(view)) => view,
                    (None, None) => return Ok(true),
                };
                match under_way.go_on(world, view, out) {
                    Ok(true) => self.current = None,
                    Ok(false) => return Ok(false),
                    Err(no) => {
                        under_way.abandon(out);
                        return Err(no);
                    }
                }
            }
            let Some((mailbox, name)) = self.mailboxes.as_mut().and_then(VecDeque::pop_front)
            else {
                return Ok(true);
            };
            self.current = self.enter(world, known, selected.as_deref(), mailbox, &name)?;
            self.modseq |= self
                .current
                .as_ref()
                .is_some_and(|(_, search)| search.has_modseq());
            if out.len() >= world.limits.piece {
                return Ok(false);
            }
        }
    }

    /// Begins with a mailbox; `None`: it is gone.
    fn enter(
        &self,
        world: &World<'_>,
        known: &Known,
        selected: Option<&View>,
        mailbox: MailboxId,
        name: &str,
    ) -> Result<Option<(Option<View>, UnderWay)>, No> {
        let selected = selected.filter(|view| view.mailbox == mailbox);
        let mut own = None;
        let view = match selected {
            Some(view) => view,
            None => match View::new(world.store, known.account, mailbox, true) {
                // Shared no more since the search began.
                Ok(view) if !view.rights.contains(Rights::READ) => return Ok(None),
                Ok(view) => own.insert(view),
                Err(::store::Error::NoSuchMailbox) => return Ok(None),
                Err(error) => return Err(error.into()),
            },
        };
        let mut give = self.give.clone();
        if selected.is_none() {
            // Updates are for the selected mailbox (§2.2).
            give.update = None;
        }
        let mut correlator = b" MAILBOX ".to_vec();
        mailbox_name::print(name, known.dialect.utf8(), &mut correlator);
        correlator.extend_from_slice(b" UIDVALIDITY ");
        print::number(view.uid_validity.into(), &mut correlator);
        let under_way = UnderWay::new(
            Some(give),
            true,
            &self.search.program,
            Some(correlator),
            world,
            view,
        )?;
        Ok(Some((own, under_way)))
    }

    /// Which mailboxes are to be searched.
    fn begin(
        &self,
        world: &World<'_>,
        known: &Known,
        selected: Option<&View>,
    ) -> Result<VecDeque<(MailboxId, String)>, No> {
        search::charset_may_be_named(&self.search.program, known.dialect)?;
        let sources = match self.search.sources.as_slice() {
            [] => &[Source::Selected],
            sources => sources,
        };
        let only_selected = sources.iter().all(|source| *source == Source::Selected);
        if self.give.save && !only_selected {
            return Err(No::bad(
                "SAVE keeps what is found in the selected mailbox alone",
            ));
        }
        if selected.is_none() && (sources.contains(&Source::Selected) || self.give.update.is_some())
        {
            return Err(No::bad("Select a mailbox first"));
        }
        let tree = Tree::read(world.tx, known.account)?;
        let rows = rows(&tree);
        let mut chosen = Chosen {
            seen: HashSet::new(),
            list: VecDeque::new(),
        };
        for source in sources {
            if *source == Source::Selected
                && let Some(view) = selected
            {
                let name = rows.iter().find(|(_, row)| {
                    row.mailbox
                        .is_some_and(|mailbox| mailbox.id == view.mailbox)
                });
                // One that was shared and is hidden now is still open.
                let name = name.map_or("", |((_, name), _)| name);
                chosen.take(view.mailbox, name);
            }
            for ((_, name), row) in &rows {
                if let Some(mailbox) = wanted(source, name, row, known.account) {
                    chosen.take(mailbox.id, name);
                }
            }
        }
        Ok(chosen.list)
    }
}

struct Chosen {
    seen: HashSet<MailboxId>,
    list: VecDeque<(MailboxId, String)>,
}

impl Chosen {
    fn take(&mut self, mailbox: MailboxId, name: &str) {
        if self.seen.insert(mailbox) {
            self.list.push_back((mailbox, name.to_string()));
        }
    }
}

/// The row's mailbox, if this source names it and it can be read.
fn wanted<'a>(source: &Source, name: &str, row: &Row<'a>, me: AccountId) -> Option<&'a Mailbox> {
    let mailbox = row
        .mailbox
        .filter(|mailbox| mailbox.selectable && row.rights.contains(Rights::READ))?;
    let own = mailbox.id.account == me;
    let below = |above: &String, deep: bool| match name.strip_prefix(above.as_str()) {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix('/')
            .is_some_and(|rest| deep || !rest.contains('/')),
        None => false,
    };
    let named = match source {
        Source::Selected => false,
        // The box delivers there and nowhere else.
        Source::Inboxes => own && name == "INBOX",
        Source::Personal => own,
        Source::Subscribed => row.subscribed,
        Source::Subtree(names) => names.iter().any(|above| below(above, true)),
        Source::SubtreeOne(names) => names.iter().any(|above| below(above, false)),
        Source::Mailboxes(names) => names.iter().any(|other| other == name),
    };
    named.then_some(mailbox)
}

#[cfg(test)]
#[path = "esearch_tests.rs"]
mod tests;
