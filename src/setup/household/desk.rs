//! Which path is which page, and where its data comes from.

use std::sync::Arc;

use mail::Address;
use store::Read as _;

use super::aliases::{self, Typed};
use super::checks::Checks;
use super::devices;
use super::give::{MADE, ONCE};
use super::house::{certificate, house};
use super::light::{self, LIGHT};
use super::lists::Part;
use super::made::Shelf;
use super::once::Once;
use super::overview::{self, Overview};
use super::people::{self, Newcomer, Person};
use super::records::{self, Records, ZONE_FILE};
use super::reports;
use super::settings::{self, InForce};
use super::update::UPDATE;
use crate::accounts::{Owner, Refusal};
use crate::client_setup::House;
use crate::control;
use crate::life::Ground;
use crate::net::Service;
use crate::publish::{self, RelayUse};
use crate::setup::Annex;
use crate::setup::forms::Problems;
use crate::setup::layout::Frame;
use crate::setup::visit::is_house_only;
use crate::web::percent;
use crate::web::{Method, Reply, Request, Visitor};

/// Answers for the pages after setup; clones share what was found and what waits.
#[derive(Clone)]
pub struct Desk {
    pub(super) ground: Ground,
    pub(super) checks: Checks,
    pub(super) once: Once,
    pub(super) shelf: Shelf,
}

/// One request at the desk.
pub(super) struct Visit<'v> {
    pub(super) desk: &'v Desk,
    pub(super) frame: &'v Frame,
    pub(super) request: &'v Request,
    pub(super) household: Arc<control::Household>,
}

impl Desk {
    /// A desk on this ground.
    pub fn new(ground: Ground) -> Desk {
        Desk {
            ground,
            checks: Checks::default(),
            once: Once::default(),
            shelf: Shelf::default(),
        }
    }

    /// For [`crate::setup::Site`].
    pub fn annex(self) -> Arc<Annex> {
        Arc::new(move |frame, request| {
            let desk = self.clone();
            Box::pin(async move { desk.answer(frame, request).await })
        })
    }

    /// The page or the deed that is asked for; `None`: it is none of these, or the visitor has to sign in first.
    pub async fn answer(&self, frame: &Frame, request: &Request) -> Option<Reply> {
        let owner = matches!(request.visitor, Visitor::Owner { .. });
        let ours = request.path == "/household" || request.path.starts_with("/household/");
        let once = request.path.strip_prefix(ONCE);
        // The light says to whoever sees it what it says.
        let light = request.path == LIGHT && request.method == Method::Get;
        if !(ours && owner || light || once.is_some()) {
            return None;
        }
        let frame = &about(frame, request);
        let visit = Visit {
            desk: self,
            frame,
            request,
            household: self.ground.household.get().await,
        };
        if let Some(rest) = once {
            return visit.handover(rest).await;
        }
        let answered = match request.method {
            Method::Get => visit.page().await,
            Method::Post => visit.deed().await,
        };
        match answered {
            Ok(reply) => reply,
            Err(refusal) => Some(visit.failed(&refusal)),
        }
    }
}

impl Visit<'_> {
    async fn page(&self) -> Result<Option<Reply>, Refusal> {
        let (frame, query) = (self.frame, &self.request.query);
        let notice = self.notice();
        let none = Problems::default();
        let page = match self.request.path.as_str() {
            "/household" => self.overview(false),
            "/household/records" => records::page(frame, &self.records().await?),
            "/household/reports" => {
                let summary = self.household.reported().await;
                reports::page(frame, &summary.map_err(Refusal::from)?)
            }
            ZONE_FILE => {
                let shown = self.records().await?;
                let zone: String = shown
                    .records
                    .iter()
                    .map(|record| record.zone_line() + "\n")
                    .collect();
                let name = format!("{}.zone", shown.domain);
                return Ok(Some(Reply::file(
                    &name,
                    "text/plain; charset=utf-8",
                    zone.into_bytes(),
                )));
            }
            "/household/people" => {
                let people = Part::of(self.people()?, query.text("page"));
                people::list(frame, &people, notice)
            }
            "/household/people/add" => {
                people::add(frame, &Newcomer::default(), &self.domains(), &none)
            }
            "/household/person" => match self.person(query.text("person"))? {
                Some(person) => people::one(frame, &person, notice, &none),
                None => return Ok(None),
            },
            "/household/person/remove" => match self.person(query.text("person"))? {
                Some(person) if !person.owner => people::remove(frame, &person, &none),
                _ => return Ok(None),
            },
            "/household/aliases" => self.aliases(&Typed::default(), &none)?,
            "/household/devices" => {
                let people = self.people()?;
                let asked = query.text("person");
                let known = people.iter().find(|person| person.address == asked);
                let person = known
                    .or_else(|| people.iter().find(|person| person.owner))
                    .or(people.first());
                let person = person
                    .map(|person| person.address.clone())
                    .unwrap_or_default();
                let list: Vec<(String, String)> = people
                    .iter()
                    .map(|person| (person.address.clone(), person.address.clone()))
                    .collect();
                devices::choose(frame, &self.house(), &list, &person)
            }
            LIGHT => {
                let minutes = self.household.settings.setup.minutes;
                light::page(frame, self.desk.ground.health.shown(), minutes)
            }
            MADE => return Ok(Some(self.made())),
            UPDATE => return Ok(Some(super::update::reply(self))),
            "/household/settings" => settings::page(frame, &self.in_force()?),
            _ => return Ok(self.machine().await),
        };
        Ok(Some(shown(page)))
    }

    /// The overview; begins a look where it is time, or `anew`.
    pub(super) fn overview(&self, anew: bool) -> maud::Markup {
        let (desk, settings) = (self.desk, &self.household.settings);
        let domain = ascii(settings.main_domain());
        desk.checks.begin(&self.household, &domain, anew);
        let (found, looking) = desk.checks.seen(&domain);
        let doors = self
            .household
            .running
            .as_ref()
            .map(|running| running.doors.as_slice());
        let mut world = doors
            .unwrap_or_default()
            .iter()
            .filter(|door| door.service == Service::Smtp);
        let overview = Overview {
            facts: desk.ground.health.facts(),
            shown: desk.ground.health.shown(),
            house_only: is_house_only(&domain),
            found,
            looking,
            self_made: settings.tls.certificate.is_none(),
            clock: desk.ground.clock.trusted(),
            smtp_port: world.next().map(|door| door.address.port()),
        };
        overview::page(self.frame, &overview)
    }

    async fn records(&self) -> Result<Records, Refusal> {
        let domains: Vec<String> = self
            .domains()
            .into_iter()
            .map(|domain| ascii(&domain))
            .collect();
        let known: Vec<String> = domains
            .iter()
            .filter(|domain| !is_house_only(domain))
            .cloned()
            .collect();
        let asked = ascii(self.request.query.text("domain"));
        let main = ascii(self.household.settings.main_domain());
        let domain = known
            .iter()
            .find(|domain| **domain == asked)
            .cloned()
            .unwrap_or(main);
        let facts = self.household.facts(&domain).await?;
        Ok(Records {
            records: publish::records(&domain, &facts),
            advice: publish::advice(&domain, &facts),
            domains: known,
            domain,
        })
    }

    pub(super) fn aliases(
        &self,
        typed: &Typed,
        problems: &Problems,
    ) -> Result<maud::Markup, Refusal> {
        let list = Part::of(
            self.household.accounts.aliases()?,
            self.request.query.text("page"),
        );
        Ok(aliases::page(
            self.frame,
            &list,
            typed,
            self.notice(),
            problems,
        ))
    }

    fn in_force(&self) -> Result<InForce, Refusal> {
        let settings = &self.household.settings;
        let relays = self.household.accounts.store().read()?.relays()?;
        Ok(InForce {
            zone: settings.house.time_zone.clone(),
            wink: settings.light.unread,
            relay: match RelayUse::of(&relays) {
                RelayUse::Everything(relay) => Some(relay),
                RelayUse::Direct | RelayUse::Partly(_) => None,
            },
            hostname: settings.hostname.clone(),
            domain: mail::idna::to_unicode(settings.main_domain()),
        })
    }

    /// The house as programs know it.
    pub(super) fn house(&self) -> House {
        house(&self.household, certificate(&self.desk.ground))
    }

    /// The mail domains of the house, the main one first, as people write them.
    pub(super) fn domains(&self) -> Vec<String> {
        let settings = &self.household.settings;
        let mut domains = vec![settings.main_domain().to_owned()];
        let own = self.household.accounts.own_domains().unwrap_or_default();
        // Nobody lives at the host name of a house that has a domain.
        let others = own.into_iter().filter(|domain| {
            settings.domains.is_empty() || !mail::domains_equal(domain, &settings.hostname)
        });
        for domain in others {
            if !domains
                .iter()
                .any(|known| mail::domains_equal(known, &domain))
            {
                domains.push(domain);
            }
        }
        domains
            .iter()
            .map(|domain| mail::idna::to_unicode(domain))
            .collect()
    }

    pub(super) fn people(&self) -> Result<Vec<Person>, Refusal> {
        let accounts = &self.household.accounts;
        let owner = match accounts.owner()? {
            Owner::Person(account, _) => Some(account),
            Owner::Never | Owner::Forgotten(_) => None,
        };
        let members = accounts.members()?;
        let local = |unix| self.desk.ground.clock.date_time(unix);
        Ok(members
            .into_iter()
            .map(|member| people::known(member, owner, &local))
            .collect())
    }

    pub(super) fn person(&self, address: &str) -> Result<Option<Person>, Refusal> {
        let Ok(asked) = Address::parse(address) else {
            return Ok(None);
        };
        let asked = asked.fold().to_string();
        let mut people = self.people()?.into_iter();
        Ok(people.find(|person| {
            Address::parse(&person.address).is_ok_and(|address| address.fold().to_string() == asked)
        }))
    }

    /// The number of the window's opening, while it is open.
    pub(super) fn opening(&self) -> Option<u64> {
        let window = &self.desk.ground.window;
        window.is_open().then(|| window.generation())
    }

    /// What was done by the POST that led here.
    fn notice(&self) -> Option<&'static str> {
        let household = &self.frame.texts().household;
        Some(match self.request.query.text("done") {
            "added" => household.done_added,
            "named" => household.done_named,
            "password" => household.done_password,
            "quota" => household.done_quota,
            "app-removed" => household.done_app_removed,
            "removed" => household.done_removed,
            "alias" => household.done_alias,
            "alias-removed" => household.done_alias_removed,
            _ => return None,
        })
    }

    pub(super) fn failed(&self, refusal: &Refusal) -> Reply {
        let texts = self.frame.texts();
        let lead = texts.refused(
            refusal.reason.as_deref(),
            &refusal.text,
            texts.common.failed_text,
        );
        let page = self.frame.page(crate::setup::layout::Page {
            title: texts.common.failed_title,
            lead: &lead,
            navigation: true,
            ..Default::default()
        });
        shown(page).with_status(422)
    }

    /// Goes on at `path`, which has a query or none, and says what was done.
    pub(super) fn done(&self, path: &str, what: &str) -> Reply {
        let sign = if path.contains('?') { '&' } else { '?' };
        Reply::see_other(self.frame.link(&format!("{path}{sign}done={what}")))
    }
}

/// The frame with what the page is about, so that the link to the other language leads to the same; a form that is shown again leads to the page that it stands on.
fn about(frame: &Frame, request: &Request) -> Frame {
    let asked = |name: &str| match request.query.text(name) {
        "" => request.form.text(name).to_owned(),
        value => value.to_owned(),
    };
    let mut query = Vec::new();
    for name in ["person", "domain", "page"] {
        let value = asked(name);
        // Longer than any address is none.
        if !value.is_empty() && value.len() <= 500 {
            query.push(format!("{name}={}", percent::encode(&value)));
        }
    }
    let mut path = request.path.clone();
    if request.method == Method::Post {
        for page in ["/household/person", "/household/aliases"] {
            if path.starts_with(page) && !path.ends_with("/person/remove") {
                page.clone_into(&mut path);
            }
        }
    }
    Frame {
        path,
        query: query.join("&"),
        ..frame.clone()
    }
}

/// A page; its look is the site's.
pub(super) fn shown(page: maud::Markup) -> Reply {
    Reply::page(page)
}

pub(super) fn ascii(domain: &str) -> String {
    mail::idna::to_ascii(domain).unwrap_or_else(|| domain.to_ascii_lowercase())
}
