//! The daily task: yesterday's counts become letters in the queue.
//!
//! Promises: a day is reported once: the letter goes into the queue in the deed that takes the counts away, so that a crash leaves either both or none; nothing is sent without a
//! trusted time; at most [`LETTERS_MAX`] letters a day, those about most mail first; nobody outside is written to about a domain unless it agrees (RFC 7489 §7.1); a
//! report that cannot be delivered is reported to nobody.
//!
//! What it cannot do: a report by HTTPS POST (RFC 8460 §5.4): a domain that takes no other gets none.

use std::time::Duration;

use dns::Data;
use event_listener::listener;
use futures_lite::FutureExt as _;
use mail::{Address, Parser};
use msgauth::report::{
    Aggregate, Mailto, Permission, TlsRecord, TlsReport, gzip, permission_name, write_aggregate,
};
use store::{BodyKind, Delivery, NewLetter, NewRow, Notify, Origin, QueueTime, ReportKind, Store};

use super::letter::{Body, Letter, name};
use super::summary::sum;
use super::tally::{Seen, Toward};
use super::{DAY, Tally, day_of};
use crate::accounts::{Accounts, REPORTS, destination};
use crate::clock::Clock;
use crate::log;
use crate::net::Closing;
use crate::resolver::Resolver;
use crate::send::QueueClock;
use crate::settings::{DEFAULT_HOSTNAME, Settings};

/// Between two looks, and between two writings of what was counted.
const LOOK_EVERY: Duration = Duration::from_secs(15 * 60);
/// The moment of the day at which reports are sent lies this far behind midnight (UTC), at random: who gets many is not to get them all at once (RFC 8460 §4.1).
const EARLIEST: u32 = 10 * 60;
const LATEST: u32 = 4 * 60 * 60;
/// Letters of one day: each is mail that nobody in the house has written, and a relay may count it.
const LETTERS_MAX: usize = 50;
/// Addresses that one report is sent to; RFC 7489 §6.3 wants two at the least.
const ADDRESSES_MAX: usize = 2;
/// Days after which counts that could not be sent are dropped.
const WAIT_MAX: u32 = 3;
/// Days for which it is kept what others report.
pub(super) const KEPT: u32 = 30;

/// What the task needs.
pub struct Reports {
    /// What is counted.
    pub tally: Tally,
    /// Where counts and letters go.
    pub store: Store,
    /// Whose domains are the house's own.
    pub accounts: Accounts,
    /// Who wants reports.
    pub resolver: Resolver,
    /// The time.
    pub clock: QueueClock,
    /// Who the box is, and how long a letter lives.
    pub settings: Settings,
    /// Ends it.
    pub closing: Closing,
}

/// What came of one domain's counts.
enum Came {
    /// They are over: these letters go out.
    Letters(Vec<Sent>),
    /// The DNS did not answer: another time.
    Later,
}

/// A letter of a report.
struct Sent {
    to: Address,
    octets: Vec<u8>,
    /// TLS is tried and not demanded (RFC 8460 §3).
    tls_optional: bool,
}

impl Reports {
    /// Counts are kept and sent until the box goes down; then they are kept once more. To be spawned.
    pub async fn run(self) {
        let moment = at_random(EARLIEST, LATEST);
        loop {
            listener!(self.closing.event() => closed);
            if !self.closing.has_begun() {
                let clock: &Clock = self.clock.machine();
                let look = clock.sleep(LOOK_EVERY);
                closed.or(look).await;
            }
            if let Err(error) = self.tally.keep(&self.store).await {
                log::warn(0, format_args!("counts for reports were not kept: {error}"));
            }
            if self.closing.has_begun() {
                return;
            }
            let Some(now) = self.clock.machine().date() else {
                continue;
            };
            if now.rem_euclid(DAY) >= i64::from(moment)
                && let Err(error) = self.send(now).await
            {
                log::warn(0, format_args!("reports were not sent: {error}"));
            }
        }
    }

    /// Sends what was counted on the days before that of `now` (unix seconds, trusted), and forgets what is old. Returns how many letters were put into the queue.
    ///
    /// # Errors
    /// The store's; what was not sent is sent the next time.
    pub async fn send(&self, now: i64) -> store::Result<usize> {
        let today = day_of(now);
        self.forget(today).await?;
        let mut letters = 0;
        for (kind, day, domain) in self.due(today) {
            if self.closing.has_begun() {
                break;
            }
            let room = LETTERS_MAX.saturating_sub(letters);
            let came = match room {
                0 => Came::Letters(Vec::new()),
                _ => self.compose(kind, day, &domain, now).await?,
            };
            let sent = match came {
                Came::Letters(sent) => sent,
                Came::Later if day.saturating_add(WAIT_MAX) > today => continue,
                Came::Later => Vec::new(),
            };
            letters += sent.len();
            self.put(kind, day, &domain, sent).await?;
        }
        if letters > 0 {
            log::info(
                0,
                format_args!("{letters} reports to other domains are on their way"),
            );
        }
        Ok(letters)
    }

    /// Days that are over, those of which most is to be told first.
    fn due(&self, today: u32) -> Vec<(ReportKind, u32, String)> {
        let days = self.tally.days();
        let seen = days.seen.iter().map(|((day, domain), seen)| {
            let count = sum(seen.records.iter().map(|record| record.count));
            (count, ReportKind::Seen, *day, domain.clone())
        });
        let tls = days.tls.iter().map(|((day, domain), tls)| {
            let count = tls.policies.iter();
            let count = count.map(|part| part.successes.saturating_add(part.failures));
            (sum(count), ReportKind::Tls, *day, domain.clone())
        });
        let mut due: Vec<_> = seen.chain(tls).filter(|one| one.2 < today).collect();
        due.sort_by_key(|one| std::cmp::Reverse(one.0));
        due.into_iter()
            .map(|(_, kind, day, domain)| (kind, day, domain))
            .collect()
    }

    async fn compose(
        &self,
        kind: ReportKind,
        day: u32,
        domain: &str,
        now: i64,
    ) -> store::Result<Came> {
        let at = (day, domain.to_owned());
        let main = self.main_domain();
        let own = {
            let read = self.store.read()?;
            self.accounts.is_own_domain(&read, domain)?
        };
        // A box without a name in the DNS can be no reporter, and to itself it need not write: its owner sees it on the page.
        let (Some(main), false) = (main, own) else {
            return Ok(Came::Letters(Vec::new()));
        };
        let found = {
            let days = self.tally.days();
            match kind {
                ReportKind::Seen => days.seen.get(&at).cloned().map(Counted::Seen),
                _ => days.tls.get(&at).cloned().map(Counted::Toward),
            }
        };
        let Some(counted) = found else {
            return Ok(Came::Letters(Vec::new()));
        };
        let wanted = match &counted {
            Counted::Seen(seen) => self.agreeing(domain, &seen.wanted).await,
            Counted::Toward(_) => self.asking(domain).await,
        };
        let Some(wanted) = wanted else {
            return Ok(Came::Later);
        };
        let begin = i64::from(day).saturating_mul(DAY);
        let end = begin.saturating_add(DAY - 1);
        let from = Address::new(REPORTS, &main);
        let contact = Address::new("postmaster", &main);
        let (Ok(from), Ok(contact)) = (from, contact) else {
            return Ok(Came::Letters(Vec::new()));
        };
        let mut sent = Vec::new();
        for mailto in wanted.into_iter().take(ADDRESSES_MAX) {
            let Some(unique) = random() else {
                break;
            };
            let name = name(day, unique, &main);
            let tls_optional = matches!(counted, Counted::Toward(_));
            let packed = match &counted {
                Counted::Seen(seen) => gzip(
                    write_aggregate(&Aggregate {
                        organization: main.clone(),
                        email: contact.to_string(),
                        id: name.clone(),
                        begin,
                        end,
                        policy: seen.policy.clone(),
                        records: seen.records.clone(),
                        left_out: seen.left_out,
                    })
                    .as_bytes(),
                ),
                Counted::Toward(toward) => gzip(
                    TlsReport {
                        organization: main.clone(),
                        contact: contact.to_string(),
                        id: name.clone(),
                        begin,
                        end,
                        policies: toward.policies.clone(),
                    }
                    .write()
                    .as_bytes(),
                ),
            };
            let letter = Letter {
                from: &from,
                to: &mailto.address,
                submitter: &main,
                domain,
                date: self.clock.date_time(now),
                begin,
                end,
                unique,
                body: match &counted {
                    Counted::Seen(_) => Body::Dmarc(&packed),
                    Counted::Toward(_) => Body::Tls(&packed),
                },
            };
            let octets = letter.write(&name);
            let most = mailto.most.unwrap_or(u64::MAX);
            if octets.len() as u64 <= most {
                sent.push(Sent {
                    to: mailto.address,
                    octets,
                    tls_optional,
                });
            }
        }
        Ok(Came::Letters(sent))
    }

    /// The addresses of `wanted` that may be written to about `domain`; `None`: ask another time.
    async fn agreeing(&self, domain: &str, wanted: &[String]) -> Option<Vec<Mailto>> {
        let mut agreeing = Vec::new();
        for mailto in wanted.iter().filter_map(|uri| Mailto::parse(uri)) {
            if !self.may_write_to(&mailto.address) {
                continue;
            }
            let Some(question) = permission_name(domain, mailto.address.domain()) else {
                agreeing.push(mailto);
                continue;
            };
            let reply = self.resolver.lookup(&question.name, question.kind).await;
            match Permission::of(&mailto, &reply) {
                Permission::Given(other) => agreeing.push(other.unwrap_or(mailto)),
                Permission::Refused => {}
                Permission::Unknown => return None,
            }
        }
        Some(agreeing)
    }

    /// The addresses that `domain` names for TLS reports; it names them itself, so that nobody else is asked (RFC 8460 §3).
    async fn asking(&self, domain: &str) -> Option<Vec<Mailto>> {
        let name = format!("_smtp._tls.{domain}");
        match self.resolver.lookup(&name, dns::Kind::Txt).await {
            Ok(answer) => {
                let texts = answer.data.iter().filter_map(|data| match data {
                    Data::Txt(text) => Some(text.as_slice()),
                    _ => None,
                });
                let record = TlsRecord::of(texts).unwrap_or_default();
                let mut addresses = record.addresses;
                addresses.retain(|mailto| self.may_write_to(&mailto.address));
                Some(addresses)
            }
            Err(failure) if failure.is_permanent() => Some(Vec::new()),
            Err(_) => None,
        }
    }

    /// Whether mail can go there, in plain ASCII.
    fn may_write_to(&self, address: &Address) -> bool {
        address.is_ascii() && destination(address).is_some()
    }

    /// One deed: the letters in the queue, the counts gone.
    async fn put(
        &self,
        kind: ReportKind,
        day: u32,
        domain: &str,
        sent: Vec<Sent>,
    ) -> store::Result<()> {
        let mut deliveries = Vec::new();
        for one in sent {
            deliveries.extend(self.delivery(one).await?);
        }
        let row = domain.to_owned();
        let deed = move |tx: &mut store::WriteTx<'_>| {
            for delivery in &deliveries {
                tx.deliver(delivery)?;
            }
            tx.delete_report(kind, day, &row).map(drop)
        };
        self.store.write(deed).await?;
        let at = (day, domain.to_owned());
        let mut days = self.tally.days();
        match kind {
            ReportKind::Seen => drop(days.seen.remove(&at)),
            _ => drop(days.tls.remove(&at)),
        }
        Ok(())
    }

    async fn delivery(&self, sent: Sent) -> store::Result<Option<Delivery>> {
        let Some(main) = self.main_domain() else {
            return Ok(None);
        };
        let (Ok(from), Some(destination)) = (Address::new(REPORTS, &main), destination(&sent.to))
        else {
            return Ok(None);
        };
        let (unix, queue) = (self.clock.unix(), self.clock.now());
        let mut parser = Parser::new();
        let mut spool = self.store.spool();
        let path = mail::trace::return_path(Some(&from));
        for piece in [path.as_bytes(), &sent.octets] {
            parser.feed(piece);
            spool.write(piece)?;
        }
        let message = parser.finish();
        let lives = self.settings.send.expire.as_secs();
        let letter = NewLetter {
            sender: None,
            reverse_path: Some(from),
            body: BodyKind::SevenBit,
            smtputf8: false,
            require_tls: false,
            tls_optional: sent.tls_optional,
            envid: None,
            ret: None,
            priority: 0,
            accepted: unix,
            enqueued: queue,
            expires: QueueTime(queue.0.saturating_add(lives)),
            deliver_by: None,
            // Whatever becomes of it, nobody is told.
            origin: Origin::Return,
            rows: vec![NewRow {
                recipient: sent.to,
                destination,
                orcpt: None,
                notify: Notify::never(),
                due: queue,
            }],
        };
        Ok(Some(Delivery {
            head: imap::record::head(&message, unix, 0),
            record: imap::record::render(&message),
            body: self.store.stage(spool).await?,
            into: Vec::new(),
            letters: vec![letter],
        }))
    }

    async fn forget(&self, today: u32) -> store::Result<()> {
        let waited = today.saturating_sub(WAIT_MAX);
        {
            let mut days = self.tally.days();
            days.seen.retain(|(day, _), _| *day >= waited);
            days.tls.retain(|(day, _), _| *day >= waited);
        }
        let kept = today.saturating_sub(KEPT);
        for (kind, before) in [
            (ReportKind::Seen, waited),
            (ReportKind::Tls, waited),
            (ReportKind::AboutUs, kept),
            (ReportKind::TlsAboutUs, kept),
        ] {
            while self
                .store
                .write(move |tx| tx.sweep_reports(kind, before))
                .await?
            {}
        }
        Ok(())
    }

    /// The main domain in A-labels, unless it is none that the DNS could know.
    fn main_domain(&self) -> Option<String> {
        let main = mail::idna::to_ascii(self.settings.main_domain())?;
        let known = main != DEFAULT_HOSTNAME && !main.ends_with(".local") && main.contains('.');
        known.then_some(main)
    }
}

/// What was counted of one domain on one day.
enum Counted {
    Seen(Seen),
    Toward(Toward),
}

fn at_random(from: u32, to: u32) -> u32 {
    let octets = random().unwrap_or_default();
    let number = octets.first_chunk().map_or(0, |n| u32::from_ne_bytes(*n));
    from.saturating_add(number % to.saturating_sub(from).max(1))
}

fn random() -> Option<[u8; 16]> {
    let random = ring::rand::generate::<[u8; 16]>(&ring::rand::SystemRandom::new()).ok()?;
    Some(random.expose())
}
