//! A relay that does not take the password: the mail is kept, the light shows it, and the owner gets one clear letter a day.

use mail::notice::Notice;
use mail::{Address, DateTime};
use queue::{Cause, Finding};
use smtp::client::Stage;
use store::{AccountId, QueueTime, Read as _, Relay};

use super::returns::{Composed, Draft};
use super::{Office, lock, random};
use crate::log;
use crate::status_light::Gravity;

/// Between two letters about the same trouble, seconds.
const AGAIN: u64 = 24 * 60 * 60;
/// What sending's trouble with the relay is called at the light.
const PART: &str = "relay";

/// What the owner was told, and when.
#[derive(Default)]
pub(super) struct Complaints {
    told: Option<QueueTime>,
    /// The light shows a trouble.
    shown: bool,
}

impl Office {
    /// A relay could not be used. If that is for its password, the owner hears of it.
    pub(super) async fn relay_failed(&self, relay: &Relay, finding: &Finding) {
        if finding.cause != Cause::RelayLogin && finding.stage != Stage::Login {
            return;
        }
        let now = self.clock.now();
        let tell = {
            let mut complaints = lock(&self.complaints);
            complaints.shown = true;
            let lately = |told: QueueTime| now.0 < told.0.saturating_add(AGAIN);
            let tell = !complaints.told.is_some_and(lately);
            if tell {
                complaints.told = Some(now);
            }
            tell
        };
        let sentence = format!(
            "the relay {} does not take the user name and password: mail waits; set them with `pillarbox relay set`",
            relay.host
        );
        self.light.trouble(PART, Gravity::Attention, sentence);
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
            lock(&self.complaints).told = None;
        }
    }

    /// It took the log-in.
    pub(super) fn relay_works(&self, _: &Relay) {
        let mut complaints = lock(&self.complaints);
        complaints.told = None;
        if std::mem::take(&mut complaints.shown) {
            self.light.well(PART);
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
        let people = self.store.read()?.accounts()?;
        let first = people.into_iter().min_by_key(|person| person.id);
        Ok(first.map(|person| (person.id, person.address)))
    }

    /// Who letters of the box are from.
    pub(super) fn postmaster(&self, otherwise: &Address) -> Address {
        Address::new("postmaster", self.settings.main_domain())
            .unwrap_or_else(|_| otherwise.clone())
    }

    /// A wall time for texts.
    pub(super) fn date(&self, unix: i64) -> DateTime {
        DateTime {
            unix,
            zone_minutes: 0,
        }
    }
}

fn text(relay: &Relay, finding: &Finding) -> String {
    let user = relay.user.as_deref().unwrap_or("(none)");
    format!(
        "This box sends its mail through the relay {host}. The relay refused to log it in as {user}:\n\n    {words}\n\n\
         Nothing is lost: the mail waits in the box and goes out as soon as the relay takes the log-in. Letters that wait for several days are returned to who wrote them.\n\n\
         What to do: ask your provider for the right user name and password (some want one that was made for mail programs only), then set them on the box:\n\n    pillarbox relay set {host} --port {port} --user NAME\n\n\
         `pillarbox relay test` tries it, and `pillarbox queue retry` sends at once what waits. This letter comes at most once a day.\n",
        host = relay.host,
        port = relay.port,
        words = finding.words,
    )
}
