//! What a POST does. Each ends in a redirect, or in a page that shows what is wrong with the form.

use mail::Address;
use sasl::Secret;
use store::Doors;
use zeroize::Zeroizing;

use super::aliases::Typed;
use super::desk::{Visit, shown};
use super::devices::Device;
use super::made::Made;
use super::overview::LOOK_AGAIN;
use super::people::{self, Newcomer, Person, of};
use super::settings::FORGET_VISITS;
use crate::accounts::{Refusal, RefusalKind, UNLIMITED, readable_password};
use crate::reason::Reason;
use crate::settings::octets;
use crate::setup::forms::Problems;
use crate::setup::texts::fill;
use crate::web::Reply;

/// Groups of four letters in a password that the box makes for a person: 72 bits.
const PASSWORD_GROUPS: usize = 4;
/// A password that somebody chose has at least so many characters (NIST SP 800-63B §5.1.1.1).
const PASSWORD_LEAST: usize = 8;

/// A password, and the same to be shown if the box made it.
type Chosen = (Secret, Option<Zeroizing<String>>);

impl Visit<'_> {
    pub(super) async fn deed(&self) -> Result<Option<Reply>, Refusal> {
        if let Some(reply) = self.update_deed().await {
            return Ok(Some(reply));
        }
        let form = &self.request.form;
        let path = self.request.path.as_str();
        match path {
            LOOK_AGAIN => {
                self.overview(true);
                return Ok(Some(Reply::see_other(self.frame.link("/household"))));
            }
            FORGET_VISITS => {
                let reply = Reply::see_other(self.frame.link("/"));
                return Ok(Some(reply.sign_out_everywhere()));
            }
            "/household/people/add" => return self.add_person().await.map(Some),
            "/household/aliases/add" => return self.add_alias().await.map(Some),
            "/household/aliases/remove" => {
                self.household
                    .accounts
                    .remove_alias(form.text("alias"))
                    .await?;
                return Ok(Some(self.done("/household/aliases", "alias-removed")));
            }
            _ => {}
        }
        if let Some(reply) = self.end()? {
            return Ok(Some(reply));
        }
        let Some(person) = self.person(form.text("person"))? else {
            return Ok(None);
        };
        let address = parse(&person.address)?;
        let here = of("/household/person", &person.address);
        let accounts = &self.household.accounts;
        let reply = match path {
            "/household/devices" => match Device::named(form.text("device")) {
                Some(device) => self.hand_out(&address, device).await?,
                None => return Ok(None),
            },
            "/household/person/name" => match form.text("name") {
                "" => self.again(&person, "name", self.frame.texts().problems.name_missing),
                name => match accounts.set_name(&address, name).await {
                    Ok(()) => self.done(&here, "named"),
                    Err(refusal) => self.again(&person, "name", &self.sentence(&refusal)),
                },
            },
            "/household/person/app" => match form.text("label") {
                "" => self.again(
                    &person,
                    "label",
                    self.frame.texts().household.app_label_missing,
                ),
                label => match accounts
                    .add_app_password(&address, label, self.doors())
                    .await
                {
                    Ok(made) => self.shown(&person.address, made.password)?,
                    Err(refusal) => {
                        let nothing = matches!(refusal.reason.as_deref(), Some(Reason::NoDoors));
                        let field = if nothing { "doors" } else { "label" };
                        self.again(&person, field, &self.sentence(&refusal))
                    }
                },
            },
            "/household/person/app/remove" => {
                // Two taps on one button are one wish.
                let number = form.text("number").parse().unwrap_or(0);
                match accounts.remove_app_password(&address, number).await {
                    Err(refusal) if refusal.kind != RefusalKind::NotFound => return Err(refusal),
                    _ => self.done(&here, "app-removed"),
                }
            }
            "/household/person/password" if !person.owner => {
                let (password, made) = match self.password() {
                    Ok(password) => password?,
                    Err(problem) => return Ok(Some(self.again(&person, "password", &problem))),
                };
                match accounts.set_password(&address, &password).await {
                    Err(refusal) => self.again(&person, "password", &self.sentence(&refusal)),
                    Ok(()) => match made {
                        Some(made) => self.shown(&person.address, made)?,
                        None => self.done(&here, "password"),
                    },
                }
            }
            "/household/person/quota" => match quota(form.text("quota")) {
                Some(quota) => {
                    accounts.set_quota(&address, quota).await?;
                    self.done(&here, "quota")
                }
                None => self.again(&person, "quota", self.frame.texts().household.quota_wrong),
            },
            "/household/person/remove" if !person.owner => {
                let typed = Address::parse(form.text("typed")).map(|typed| typed.fold());
                if typed.as_ref() != Ok(&address.fold()) {
                    let problems =
                        Problems::one("typed", self.frame.texts().household.remove_wrong);
                    let page = people::remove(self.frame, &person, &problems);
                    return Ok(Some(shown(page).with_status(422)));
                }
                accounts.remove(&address).await?;
                self.done("/household/people", "removed")
            }
            _ => return Ok(None),
        };
        Ok(Some(reply))
    }

    async fn add_person(&self) -> Result<Reply, Refusal> {
        let (texts, form) = (self.frame.texts(), &self.request.form);
        let typed = Newcomer {
            name: form.text("name").to_owned(),
            local: form.text("local").to_owned(),
            domain: form.text("domain").to_owned(),
        };
        let domains = self.domains();
        let domain = domains
            .iter()
            .find(|domain| mail::domains_equal(domain, &typed.domain));
        let domain = domain.or(domains.first()).cloned().unwrap_or_default();
        // Somebody may well type the whole address.
        let local = match typed.local.rsplit_once('@') {
            Some((local, behind)) if mail::domains_equal(behind, &domain) => local,
            _ => typed.local.as_str(),
        };
        let mut problems = Problems::default();
        if typed.name.is_empty() {
            problems.add("name", texts.problems.name_missing);
        }
        let address = Address::new(local, &domain);
        if address.is_err() || local.contains('@') {
            problems.add(
                "local",
                fill(texts.household.local_wrong, &[("local", local)]),
            );
        }
        let password = self.password();
        if let Err(problem) = &password {
            problems.add("password", problem.as_str());
        }
        let (Ok(address), Ok(password), true) = (address, password, problems.is_empty()) else {
            return Ok(self.add_again(&typed, &domains, &problems));
        };
        let (password, made) = password?;
        let accounts = &self.household.accounts;
        if let Err(refusal) = accounts.add(&address, &password).await {
            let problem = match refusal.kind {
                RefusalKind::Exists => fill(
                    texts.household.local_taken,
                    &[("address", &address.to_string())],
                ),
                _ => self.sentence(&refusal),
            };
            return Ok(self.add_again(&typed, &domains, &Problems::one("local", problem)));
        }
        // The person is there; a name that cannot be is no reason to take them away again.
        let named = accounts.set_name(&address, &typed.name).await;
        if let Err(refusal) = &named {
            crate::log::info(
                0,
                format_args!("the name of {address} was not taken: {refusal}"),
            );
        }
        let address = address.to_string();
        match made {
            Some(made) => self.shown(&address, made),
            None => Ok(self.done(&of("/household/person", &address), "added")),
        }
    }

    fn add_again(&self, typed: &Newcomer, domains: &[String], problems: &Problems) -> Reply {
        shown(people::add(self.frame, typed, domains, problems)).with_status(422)
    }

    async fn add_alias(&self) -> Result<Reply, Refusal> {
        let (texts, form) = (self.frame.texts(), &self.request.form);
        let typed = Typed {
            alias: form.text("alias").to_owned(),
            targets: form.text("targets").to_owned(),
        };
        // A bare name is one at the main domain.
        let main = self.household.settings.main_domain();
        let whole = |name: &str| match name.contains('@') {
            true => name.to_owned(),
            false => format!("{name}@{main}"),
        };
        let names = typed
            .targets
            .split([',', ';', ' ', '\n', '\t'])
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let targets: Result<Vec<Address>, String> = names
            .map(|name| Address::parse(&whole(name)).map_err(|_| name.to_owned()))
            .collect();
        let mut problems = Problems::default();
        if typed.alias.is_empty() {
            problems.add("alias", texts.household.alias_missing);
        }
        let targets = match targets {
            Ok(targets) if targets.is_empty() => {
                problems.add("targets", texts.household.alias_target_missing);
                targets
            }
            Ok(targets) => targets,
            Err(name) => {
                problems.add(
                    "targets",
                    fill(texts.household.local_wrong, &[("local", &name)]),
                );
                Vec::new()
            }
        };
        if problems.is_empty() {
            match self
                .household
                .accounts
                .set_alias(&whole(&typed.alias), &targets)
                .await
            {
                Ok(()) => return Ok(self.done("/household/aliases", "alias")),
                Err(refusal) if refusal.kind == RefusalKind::NotFound => {
                    problems.add("targets", self.sentence(&refusal))
                }
                Err(refusal) if refusal.kind == RefusalKind::Failed => return Err(refusal),
                Err(refusal) => problems.add("alias", self.sentence(&refusal)),
            }
        }
        Ok(shown(self.aliases(&typed, &problems)?).with_status(422))
    }

    /// The password that was typed, or one that is made and has to be shown; the outer error: what is wrong with the typed one.
    fn password(&self) -> Result<Result<Chosen, Refusal>, String> {
        let typed = self.request.form.get("password").unwrap_or_default();
        if typed.is_empty() {
            let made = readable_password(PASSWORD_GROUPS).map_err(Refusal::from);
            return Ok(made.map(|made| (Secret::from(made.as_str()), Some(made))));
        }
        if typed.chars().count() < PASSWORD_LEAST {
            let least = PASSWORD_LEAST.to_string();
            return Err(fill(
                self.frame.texts().household.password_short,
                &[("least", &least)],
            ));
        }
        Ok(Ok((Secret::from(typed), None)))
    }

    /// What is ticked of what an app password may open.
    fn doors(&self) -> Doors {
        let form = &self.request.form;
        let ticked = people::door_labels(self.frame.texts())
            .into_iter()
            .filter(|(_, name, _)| form.has(name));
        ticked.fold(Doors::NONE, |doors, (door, ..)| doors.with(door))
    }

    fn shown(&self, address: &str, password: Zeroizing<String>) -> Result<Reply, Refusal> {
        let address = address.to_owned();
        self.leads_to(Made::Password { address, password })
    }

    fn sentence(&self, refusal: &Refusal) -> String {
        let texts = self.frame.texts();
        texts.refused(
            refusal.reason.as_deref(),
            &refusal.text,
            texts.problems.not_taken,
        )
    }

    fn again(&self, person: &Person, field: &'static str, problem: &str) -> Reply {
        let problems = Problems::one(field, problem);
        shown(people::one(self.frame, person, None, &problems)).with_status(422)
    }
}

fn parse(address: &str) -> Result<Address, Refusal> {
    Address::parse(address).map_err(|error| {
        let (text, words) = (address.to_owned(), error.to_string());
        Reason::NoAddress { text, words }.into()
    })
}

/// `Some(None)`: what holds for everybody; `None`: no such size.
fn quota(text: &str) -> Option<Option<u64>> {
    match text {
        "" => Some(None),
        "none" | "0" => Some(Some(UNLIMITED)),
        _ => {
            // "2 GB" is meant as the box shows it.
            let size = match text.parse::<u64>() {
                Ok(number) => number.checked_mul(1 << 30),
                Err(_) => octets(text),
            };
            size.filter(|size| *size > 0).map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_as_people_type_them() {
        for (text, expected) in [
            ("", Some(None)),
            ("none", Some(Some(UNLIMITED))),
            ("5", Some(Some(5 << 30))),
            ("2 GiB", Some(Some(2 << 30))),
            ("500 MB", Some(Some(500_000_000))),
            ("much", None),
            ("99999999999999999999", None),
            ("0 GB", None),
        ] {
            assert_eq!(quota(text), expected, "{text}");
        }
    }
}
