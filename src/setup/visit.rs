//! One request as the pages see it: who asks, in which language, and what is in force.

use std::sync::Arc;

use maud::Markup;
use sasl::Secret;
use store::{AccountId, Read as _};

use mail::{Address, idna};

use super::errand::Errand;
use super::lamp::Sight;
use super::layout::{Frame, QUESTIONS, Step};
use super::questions::direct::Line;
use super::questions::provider::{Trial, Typed};
use super::questions::sending::Now;
use super::texts::Texts;
use super::two_steps::memory::StepsMemory;
use super::world::{Present, World, relay_of};
use crate::accounts::{Owner, Refusal};
use crate::settings::{DEFAULT_HOSTNAME, SettingsError};
use crate::web::{Reply, Request, Visitor};

/// The status of a page that shows a form again with what is wrong (RFC 9110 §15.5.21).
const UNPROCESSABLE: u16 = 422;

/// What the pages remember between two requests.
#[derive(Clone, Default)]
pub(super) struct Memory {
    /// A relay's trial.
    pub(super) trial: Errand<Tried, Trial>,
    /// What the line does.
    pub(super) line: Errand<(), Line>,
    /// What the world sees of the line.
    pub(super) address: Errand<(), Option<std::net::IpAddr>>,
    /// Who owes a code, and whose secret is on its way into an app.
    pub(super) steps: StepsMemory,
}

/// What was typed for a relay's trial. Debug would show a password, so there is none.
#[derive(Clone)]
pub(super) struct Tried {
    /// The preset's key, or `other`.
    pub(super) provider: String,
    /// As typed.
    pub(super) typed: Typed,
    /// Server, in A-labels.
    pub(super) host: String,
    /// Port.
    pub(super) port: u16,
    /// As long as it has not worked yet.
    pub(super) password: Option<Arc<Secret>>,
}

/// One request.
pub(super) struct Visit<'v> {
    pub(super) world: &'v Arc<dyn World>,
    pub(super) memory: &'v Memory,
    pub(super) request: &'v Request,
    pub(super) frame: &'v Frame,
    pub(super) present: Present,
    pub(super) owner: Owner,
}

/// How a page or a deed ends.
pub(super) type Answer = Result<Reply, Refusal>;

impl Visit<'_> {
    pub(super) fn texts(&self) -> &'static Texts {
        self.frame.texts()
    }

    /// Whether the owner is signed in.
    pub(super) fn signed_in(&self) -> Option<AccountId> {
        match self.request.visitor {
            Visitor::Owner { account, .. } => Some(account),
            Visitor::Stranger | Visitor::Public => None,
        }
    }

    /// A page.
    pub(super) fn page(&self, markup: Markup) -> Answer {
        Ok(Reply::page(markup))
    }

    /// The form again, with what is wrong.
    pub(super) fn again(&self, markup: Markup) -> Answer {
        Ok(Reply::page(markup).with_status(UNPROCESSABLE))
    }

    /// Why settings were not changed, in the page's language.
    pub(super) fn not_taken(&self, error: &SettingsError) -> String {
        let (texts, words) = (self.texts(), error.to_string());
        texts.refused(error.reason(), &words, texts.problems.not_taken)
    }

    /// On to a page of ours.
    pub(super) fn go(&self, path: &str) -> Answer {
        Ok(Reply::see_other(self.frame.link(path)))
    }

    /// What shows that the page is this box's.
    pub(super) fn sight(&self) -> Sight {
        let fingerprint = self.request.fingerprint();
        Sight {
            words: fingerprint.words(self.frame.language),
            rhythm: fingerprint.rhythm(),
        }
    }

    /// The owner's address; none while there is none.
    pub(super) fn owner_address(&self) -> Option<&Address> {
        match &self.owner {
            Owner::Person(_, address) => Some(address),
            Owner::Never | Owner::Forgotten(_) => None,
        }
    }

    /// The owner's name.
    pub(super) fn owner_name(&self) -> store::Result<String> {
        match &self.owner {
            Owner::Person(account, _) => self.present.accounts.store().read()?.name(*account),
            Owner::Never | Owner::Forgotten(_) => Ok(String::new()),
        }
    }

    /// Whether the box has no domain of its own.
    pub(super) fn house_only(&self) -> bool {
        is_house_only(self.present.settings.main_domain())
    }

    /// How mail goes out.
    pub(super) fn sending(&self) -> store::Result<Now> {
        let relay = relay_of(&self.present.accounts)?;
        Ok(Now {
            house_only: self.house_only(),
            unsaid: relay.is_none() && self.open()? <= 3,
            relay: relay.map(|relay| (idna::to_unicode(&relay.host), relay.user)),
        })
    }

    /// The first question that has no answer in force: nothing else is remembered of how far somebody came. To deliver directly is what a box does without an
    /// answer; so it counts as one as soon as a later question has its own.
    pub(super) fn open(&self) -> store::Result<u8> {
        let settings = &self.present.settings;
        let Some(address) = self.owner_address() else {
            return Ok(1);
        };
        let main = settings.main_domain();
        if settings.domains.is_empty() || !mail::domains_equal(address.domain(), main) {
            return Ok(2);
        }
        let house = self.house_only();
        let host = !is_house_only(&settings.hostname);
        let zone = settings.house.time_zone.is_some();
        let relay = relay_of(&self.present.accounts)?.is_some();
        Ok(match () {
            () if !(relay || house || host || zone) => 3,
            () if !(house || host) => 4,
            () if !zone => QUESTIONS,
            () => QUESTIONS + 1,
        })
    }

    /// Question `number` among the five.
    pub(super) fn step(&self, number: u8) -> store::Result<Step> {
        Ok(Step {
            number,
            open: self.open()?.max(number),
        })
    }
}

/// Whether a name means something only inside this house: it has no end that the world knows.
pub(super) fn is_house_only(domain: &str) -> bool {
    let end = domain.rsplit('.').next().unwrap_or_default();
    !domain.contains('.')
        || domain.ends_with(".home.arpa")
        || matches!(end, "local" | "lan" | "home" | "internal" | "localhost")
        || domain == DEFAULT_HOSTNAME
}
