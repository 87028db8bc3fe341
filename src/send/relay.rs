//! A relay that does not take the password: the mail is kept, the light shows it, and the owner gets one clear letter a day.

use mail::notice::Notice;
use mail::{Address, DateTime};
use queue::{Cause, Finding};
use smtp::client::{Fate, Stage};
use store::{AccountId, QueueTime, Read as _, Relay, RelayScope, RelayTls};

use super::attempt::Ended;
use super::returns::{Composed, Draft};
use super::{Office, lock, random};
use crate::health::{Fact, Part};
use crate::log;

/// Between two letters about the same trouble, seconds.
const AGAIN: u64 = 24 * 60 * 60;
/// Relays whose trouble is remembered: more than any house has. The oldest trouble is forgotten first.
const REMEMBERED_MAX: usize = 32;

/// Relays that do not let us in, and when the owner was told.
#[derive(Default)]
pub(super) struct Complaints {
    of: Vec<Complaint>,
}

struct Complaint {
    host: String,
    port: u16,
    user: Option<String>,
    told: Option<QueueTime>,
}

impl Complaint {
    fn is_about(&self, relay: &Relay) -> bool {
        self.host == relay.host && self.port == relay.port && self.user == relay.user
    }
}

impl Complaints {
    /// Notes that the relay refuses us now. True if the owner is to be told.
    fn add(&mut self, relay: &Relay, now: QueueTime) -> bool {
        let lately = |told: QueueTime| now.0 < told.0.saturating_add(AGAIN);
        let known = self.of.iter_mut().find(|known| known.is_about(relay));
        match known {
            Some(known) if known.told.is_some_and(lately) => false,
            Some(known) => {
                known.told = Some(now);
                true
            }
            None => {
                if self.of.len() >= REMEMBERED_MAX {
                    self.of.remove(0);
                }
                self.of.push(Complaint {
                    host: relay.host.clone(),
                    port: relay.port,
                    user: relay.user.clone(),
                    told: Some(now),
                });
                true
            }
        }
    }

    /// The owner could not be told after all.
    fn untold(&mut self, relay: &Relay) {
        for known in self.of.iter_mut().filter(|known| known.is_about(relay)) {
            known.told = None;
        }
    }

    /// Forgets what is not to be `kept`. True if anything was there.
    fn retain(&mut self, kept: impl Fn(&Complaint) -> bool) -> bool {
        let before = self.of.len();
        self.of.retain(kept);
        self.of.len() < before
    }

    /// `None` if all is well. Several: the oldest.
    fn fact(&self) -> Option<Fact> {
        let of = self.of.first()?;
        Some(Fact::RelayPassword {
            relay: of.host.clone(),
        })
    }
}

/// Whether the relay refused who we say we are: at the log-in, or later because there was none (RFC 4954 §6), or because it relays nothing for us.
fn is_login_refused(finding: &Finding) -> bool {
    finding.cause == Cause::RelayLogin
        || finding.stage == Stage::Login
        || matches!(finding.code, Some(530 | 534 | 535 | 538))
        || queue::classify(finding) == queue::Kind::NotTheirs
}

impl Office {
    /// What came of an attempt tells whether the relay lets us in.
    pub(super) async fn heed_relay(&self, relay: &Relay, ended: &[Ended]) {
        let mut findings = ended.iter().map(|ended| &ended.finding);
        if let Some(finding) = findings.clone().find(|finding| is_login_refused(finding)) {
            self.login_refused(relay, finding).await;
        } else if findings.any(|finding| finding.fate == Fate::Delivered)
            && lock(&self.complaints).retain(|known| !known.is_about(relay))
        {
            self.show_relays();
        }
    }

    async fn login_refused(&self, relay: &Relay, finding: &Finding) {
        let tell = lock(&self.complaints).add(relay, self.clock.now());
        self.show_relays();
        if !tell {
            return;
        }
        log::warn(
            0,
            format_args!("relay {}: log-in refused: {}", relay.host, finding.words),
        );
        if let Err(error) = self.write_to_owner(relay, finding).await {
            log::error(
                0,
                format_args!("the letter about the relay could not be kept: {error}"),
            );
            lock(&self.complaints).untold(relay);
        }
    }

    /// The owner has set up relays anew: what was wrong with another one than are there now is over.
    pub(super) fn relays_changed(&self, relays: &[Relay]) {
        let is_there = |known: &Complaint| relays.iter().any(|relay| known.is_about(relay));
        if lock(&self.complaints).retain(is_there) {
            self.show_relays();
        }
        self.relays_kept(relays);
    }

    fn show_relays(&self) {
        match lock(&self.complaints).fact() {
            Some(fact) => self.health.report(fact),
            None => self.health.well(Part::RelayLogin),
        }
    }

    async fn write_to_owner(&self, relay: &Relay, finding: &Finding) -> store::Result<()> {
        let Some((owner, to)) = self.owner()? else {
            return Ok(());
        };
        let letter = mail::notice::notice(&Notice {
            host: self.settings.hostname.clone(),
            from: self.postmaster(&to),
            to,
            date: self.date(self.clock.unix()),
            unique: random(),
            subject: format!("Mail is not going out: {} refuses the log-in", relay.host),
            text: text(relay, finding),
        });
        let mut draft = Draft::new(&self.store)?;
        draft.put(&letter)?;
        let composed: Composed = draft.finish(self.clock.unix(), &self.store).await?;
        let delivery = composed.into_delivery();
        let deed = self.store.write(move |tx| {
            let mut delivery = delivery;
            let Some(inbox) = tx.mailbox_by_name(owner, "INBOX")? else {
                return Ok(());
            };
            delivery.into.push((inbox.id, store::Flags::default()));
            tx.deliver(&delivery).map(drop)
        });
        deed.await
    }

    /// The first person, whose box it is.
    pub(super) fn owner(&self) -> store::Result<Option<(AccountId, Address)>> {
        let read = self.store.read()?;
        let Some(first) = self.accounts.first_person(&read)? else {
            return Ok(None);
        };
        Ok(Some((first, read.account(first)?.address)))
    }

    /// Who letters of the box are from.
    pub(super) fn postmaster(&self, otherwise: &Address) -> Address {
        Address::new("postmaster", self.settings.main_domain())
            .unwrap_or_else(|_| otherwise.clone())
    }

    /// A wall time for texts, in the house's zone.
    pub(super) fn date(&self, unix: i64) -> DateTime {
        self.clock.date_time(unix)
    }
}

fn text(relay: &Relay, finding: &Finding) -> String {
    let user = relay.user.as_deref();
    let whom = user.map_or_else(
        || "without a user name".to_owned(),
        |user| format!("as {user}"),
    );
    format!(
        "This box sends its mail through the relay {host}. The relay did not let it in {whom}:\n\n    {words}\n\n\
         Nothing is lost: the mail waits in the box and goes out as soon as the relay takes the log-in. Letters that wait for several days are returned to who wrote them.\n\n\
         What to do: ask your provider for the right user name and password (some want one that was made for mail programs only), then set them on the box:\n\n    {set}\n\n\
         `pillarbox relay test{scope}` tries it, and `pillarbox queue retry all` sends at once what waits. This letter comes at most once a day.\n",
        host = relay.host,
        words = finding.words,
        set = set_command(relay),
        scope = scope_options(relay),
    )
}

/// The command that gives this very relay another password.
fn set_command(relay: &Relay) -> String {
    let tls = match relay.tls {
        RelayTls::Implicit => " --tls implicit",
        RelayTls::StartTls | RelayTls::None => " --tls starttls",
    };
    format!(
        "pillarbox relay set {}:{}{}{tls} --user {} --password-stdin",
        relay.host,
        relay.port,
        scope_options(relay),
        relay.user.as_deref().unwrap_or("NAME"),
    )
}

fn scope_options(relay: &Relay) -> String {
    match &relay.scope {
        RelayScope::Everything => String::new(),
        RelayScope::Domain(domain) => format!(" --for {domain}"),
        RelayScope::Fallback => " --fallback".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(host: &str) -> Relay {
        Relay {
            scope: RelayScope::Domain("far.example".to_owned()),
            host: host.to_owned(),
            port: 587,
            tls: RelayTls::StartTls,
            user: Some("ann".to_owned()),
            password: None,
        }
    }

    #[test]
    fn each_relay_is_complained_of_once_a_day_whatever_the_others_do() {
        let (one, two) = (relay("one.test"), relay("two.test"));
        let mut complaints = Complaints::default();
        assert!(complaints.add(&one, QueueTime(10)) && complaints.add(&two, QueueTime(20)));
        assert!(
            complaints.retain(|known| !known.is_about(&two)),
            "it works again"
        );
        assert!(!complaints.add(&one, QueueTime(30)));
        assert!(
            complaints
                .fact()
                .is_some_and(|fact| fact.sentence().contains("one.test"))
        );
        assert!(complaints.add(&one, QueueTime(10 + AGAIN)));
        complaints.untold(&one);
        assert!(complaints.add(&one, QueueTime(11 + AGAIN)));
        assert!(!complaints.retain(|known| known.is_about(&one)));
        assert!(complaints.retain(|_| false) && complaints.fact().is_none());
        for number in 0..100 {
            complaints.add(&relay(&format!("{number}.test")), QueueTime(1));
        }
        assert_eq!(complaints.of.len(), REMEMBERED_MAX);
    }

    #[test]
    fn a_relay_that_relays_nothing_for_us_is_one_that_does_not_let_us_in() {
        let said = |code, words| Finding {
            stage: Stage::Rcpt,
            code: Some(code),
            ..Finding::of(Cause::Remote, words)
        };
        assert!(is_login_refused(&said(
            554,
            "554 5.7.1 <x@y.test>: Relay access denied"
        )));
        assert!(is_login_refused(&said(
            530,
            "530 5.7.0 Authentication required"
        )));
        assert!(!is_login_refused(&said(550, "550 5.1.1 No such user")));
    }

    #[test]
    fn the_letter_names_commands_that_exist() {
        assert_eq!(
            set_command(&relay("one.test")),
            "pillarbox relay set one.test:587 --for far.example --tls starttls --user ann --password-stdin"
        );
        let words: Vec<std::ffi::OsString> = set_command(&relay("one.test"))
            .split(' ')
            .skip(1)
            .filter(|word| *word != "--password-stdin")
            .map(Into::into)
            .collect();
        assert!(crate::cli::understands(words));
        let retry = ["queue", "retry", "all"].map(Into::into).to_vec();
        assert!(crate::cli::understands(retry));
    }
}
