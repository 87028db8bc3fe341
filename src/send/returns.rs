//! Reports to the sender: what became of a letter, composed, parsed and staged, so that the settling deed only has to deliver it.

use std::io;

use mail::dsn::{self, Content, Kind, Original, RecipientReport, Report, Words};
use mail::{Address, EnhancedStatus, Parser};
use queue::{Cause, Explanation, Finding, Reason, Tell, explain, explain_expired};
use store::{
    AccountId, Delivery, Head, Letter, Origin, QueueTime, Read as _, Ret, Row, Spool, Staged, Store,
};

use super::content::Stored;
use super::{Office, random};

/// A report's recipient with all that is to be said.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) row: Row,
    pub(super) action: Kind,
    pub(super) status: EnhancedStatus,
    pub(super) host: String,
    pub(super) finding: Finding,
    /// Why it was given up, if it was.
    pub(super) reason: Option<Reason>,
    /// Until when a delayed letter is tried.
    pub(super) until: Option<QueueTime>,
    pub(super) tell: Tell,
}

/// A message of the box's own, ready to be delivered.
pub(super) struct Composed {
    body: Staged,
    head: Head,
    record: Vec<u8>,
}

impl Composed {
    /// Into no mailbox yet.
    pub(super) fn into_delivery(self) -> Delivery {
        Delivery {
            body: self.body,
            head: self.head,
            record: self.record,
            into: Vec::new(),
            letters: Vec::new(),
        }
    }
}

/// A message being written.
pub(super) struct Draft {
    spool: Spool,
    parser: Parser,
}

impl Draft {
    /// One of the box's own, from nobody.
    pub(super) fn new(store: &Store) -> store::Result<Draft> {
        Draft::from(store, None)
    }

    /// One from this sender.
    pub(super) fn from(store: &Store, reverse_path: Option<&Address>) -> store::Result<Draft> {
        let mut draft = Draft {
            spool: store.spool(),
            parser: Parser::new(),
        };
        draft.put(mail::trace::return_path(reverse_path).as_bytes())?;
        Ok(draft)
    }

    pub(super) fn put(&mut self, octets: &[u8]) -> io::Result<()> {
        self.parser.feed(octets);
        self.spool.write(octets)
    }

    pub(super) async fn finish(self, unix: i64, store: &Store) -> store::Result<Composed> {
        let message = self.parser.finish();
        let (head, record) = (
            imap::record::head(&message, unix, 0),
            imap::record::render(&message),
        );
        let body = store.stage(self.spool).await?;
        Ok(Composed { body, head, record })
    }
}

/// A report and the people whose INBOX it goes to.
pub(super) struct Addressed {
    pub(super) people: Vec<AccountId>,
    pub(super) delivery: Delivery,
}

impl Office {
    /// The reports that these items ask for: one for each kind of news and reader.
    pub(super) async fn reports(
        &self,
        letter: &Letter,
        items: Vec<Item>,
    ) -> store::Result<Vec<Addressed>> {
        let mut groups: Vec<(Kind, Tell, Vec<Item>)> = Vec::new();
        for item in items {
            if item.tell == Tell::Nobody {
                continue;
            }
            let group = groups
                .iter_mut()
                .find(|(kind, tell, _)| *kind == item.action && *tell == item.tell);
            match group {
                Some((_, _, items)) => items.push(item),
                None => groups.push((item.action, item.tell, vec![item])),
            }
        }
        let mut reports = Vec::new();
        for (kind, tell, items) in groups {
            let Some((people, to)) = self.readers(letter, tell)? else {
                continue;
            };
            let report = self.report(letter, kind, to, items);
            let composed = self.compose(letter, &report).await?;
            reports.push(Addressed {
                people,
                delivery: composed.into_delivery(),
            });
        }
        Ok(reports)
    }

    /// Who reads a report, and to which address it is written.
    fn readers(
        &self,
        letter: &Letter,
        tell: Tell,
    ) -> store::Result<Option<(Vec<AccountId>, Address)>> {
        match tell {
            Tell::Nobody => Ok(None),
            Tell::Sender(person) => {
                let read = self.store.read()?;
                let own = match read.account(person) {
                    Ok(account) => account.address,
                    // Removed meanwhile: nobody is left to be told.
                    Err(store::Error::NoSuchAccount) => return Ok(None),
                    Err(error) => return Err(error),
                };
                let to = letter.reverse_path.clone().unwrap_or(own);
                Ok(Some((vec![person], to)))
            }
            Tell::Household => {
                let alias = match &letter.origin {
                    Origin::Forward { alias } => self.accounts.recipient(alias)?.people().to_vec(),
                    Origin::Submission | Origin::Return => Vec::new(),
                };
                let read = self.store.read()?;
                match alias.first() {
                    Some(first) => {
                        let to = read.account(*first)?.address;
                        Ok(Some((alias, to)))
                    }
                    None => {
                        drop(read);
                        Ok(self.owner()?.map(|(owner, to)| (vec![owner], to)))
                    }
                }
            }
        }
    }

    fn report(&self, letter: &Letter, kind: Kind, to: Address, items: Vec<Item>) -> Report {
        Report {
            kind,
            host: self.settings.hostname.clone(),
            from: self.postmaster(&to),
            to,
            date: self.date(self.clock.unix()),
            unique: random(),
            arrival: Some(self.date(letter.accepted)),
            envid: letter.envid.clone(),
            content: match letter.ret {
                Some(Ret::Full) => Content::Full,
                Some(Ret::Headers) | None => Content::Headers,
            },
            smtputf8: letter.smtputf8,
            recipients: items
                .into_iter()
                .map(|item| self.recipient(letter, item))
                .collect(),
        }
    }

    fn recipient(&self, letter: &Letter, item: Item) -> RecipientReport {
        let finding = &item.finding;
        let said = self.explanation(letter, &item);
        let words = match finding.cause {
            Cause::Remote | Cause::RelayLogin if finding.code.is_some() => {
                Words::Remote(finding.words.clone())
            }
            _ => Words::Ours(finding.words.clone()),
        };
        RecipientReport {
            action: item.action,
            original: item.row.orcpt.clone(),
            recipient: item.row.recipient.clone(),
            status: item.status,
            remote: (!item.host.is_empty()).then(|| item.host.clone()),
            words: (!finding.words.is_empty()).then_some(words),
            last_attempt: Some(self.date(self.clock.unix())),
            retry_until: item.until.map(|until| self.date(self.clock.wall_of(until))),
            reason: said.what,
            advice: said.advice.to_owned(),
        }
    }

    fn explanation(&self, letter: &Letter, item: &Item) -> Explanation {
        let (finding, recipient) = (&item.finding, &item.row.recipient);
        match item.reason {
            Some(Reason::Expired) => {
                let lived = letter.expires.0.saturating_sub(letter.enqueued.0);
                let days = lived.div_ceil(86_400);
                explain_expired(finding, recipient, &item.host, days)
            }
            Some(Reason::TooLate) => {
                let said = explain(finding, recipient, &item.host);
                Explanation {
                    what: format!(
                        "It was to be returned unless it was delivered by a certain time, and that time is over. {}",
                        said.what
                    ),
                    ..said
                }
            }
            Some(Reason::Refused) | None => explain(finding, recipient, &item.host),
        }
    }

    async fn compose(&self, letter: &Letter, report: &Report) -> store::Result<Composed> {
        let stored = Stored::open(&self.store, letter)?;
        let draft = Draft::new(&self.store)?;
        let draft = if report.content == Content::Full {
            // A large letter is copied whole: off the one thread that serves everybody.
            let report = report.clone();
            off_thread(move || write(draft, &report, &stored)).await?
        } else {
            write(draft, report, &stored)?
        };
        draft.finish(self.clock.unix(), &self.store).await
    }
}

fn write(mut draft: Draft, report: &Report, stored: &Stored) -> store::Result<Draft> {
    let mut read = |offset, room: &mut [u8]| stored.read(offset, room);
    let original = Original {
        size: stored.size,
        read: &mut read,
    };
    dsn::write(report, original, &mut |octets| {
        draft.put(octets).map_err(store::Error::from)
    })?;
    Ok(draft)
}

/// Runs `work` on a thread of its own.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> store::Result<T> + Send + 'static,
) -> store::Result<T> {
    let (give, take) = async_channel::bounded(1);
    std::thread::Builder::new()
        .name("report".into())
        .spawn(move || {
            // Whoever waited may be gone.
            let _ = give.send_blocking(work());
        })?;
    take.recv().await.unwrap_or(Err(store::Error::Busy))
}
