//! Question 2: the house gets its domain, and its people their addresses there.

use mail::idna;

use crate::accounts::RefusalKind;
use crate::settings::{Change, DEFAULT_HOSTNAME, Value};
use crate::setup::forms::Problems;
use crate::setup::names::own_domain;
use crate::setup::questions::address::{self, Answer as Said};
use crate::setup::texts::fill;
use crate::setup::visit::{Answer, Visit, is_house_only};

/// The next page.
const NEXT: &str = "/setup/sending";

/// The question.
pub(in crate::setup) async fn ask(visit: &Visit<'_>) -> Answer {
    let settings = &visit.present.settings;
    let main = settings.main_domain();
    let house = is_house_only(main);
    let said = Said {
        kind: match (settings.domains.is_empty(), house) {
            (true, _) => String::new(),
            (false, true) => "none".to_owned(),
            (false, false) => "own".to_owned(),
        },
        domain: match house || settings.domains.is_empty() {
            true => String::new(),
            false => idna::to_unicode(main),
        },
        ..said_of(visit)
    };
    let step = visit.step(2)?;
    visit.page(address::page(
        visit.frame,
        step,
        &said,
        &Problems::default(),
    ))
}

/// The answer.
pub(in crate::setup) async fn answer(visit: &Visit<'_>) -> Answer {
    let form = &visit.request.form;
    let texts = visit.texts();
    let typed = form.text("domain");
    let kind = match form.text("kind") {
        "" if !typed.is_empty() => "own",
        kind => kind,
    };
    let said = Said {
        kind: kind.to_owned(),
        domain: typed.to_owned(),
        ..said_of(visit)
    };
    let old = visit.present.settings.domains.clone();
    let judged = match kind {
        "own" => own_domain(texts, typed).map_err(|text| ("domain", text)),
        "none" => {
            // Whatever the house is called already, if it is called anything.
            let known = old.iter().find(|domain| is_house_only(domain)).cloned();
            Ok(known.unwrap_or_else(|| DEFAULT_HOSTNAME.to_owned()))
        }
        _ => Err(("kind", texts.problems.domain_choice.to_owned())),
    };
    let step = visit.step(2)?;
    let again = |field, text: String| {
        let problems = Problems::one(field, text);
        visit.again(address::page(visit.frame, step, &said, &problems))
    };
    let domain = match judged {
        Ok(domain) => domain,
        Err((field, text)) => return again(field, text),
    };
    let mut domains = vec![domain.clone()];
    let main = visit.present.settings.main_domain().to_owned();
    for other in &old {
        // The one from before stays if that is wanted; those beside it were somebody's wish.
        let stays = match mail::domains_equal(other, &main) {
            true => form.has("keep") && !is_house_only(other),
            false => !is_house_only(other),
        };
        if stays && !mail::domains_equal(other, &domain) {
            domains.push(other.clone());
        }
    }
    let Some(owner) = visit.owner_address() else {
        return visit.go("/");
    };
    // Until everybody has moved, where they lived is a domain of the house too: a power cut in between costs no letter.
    let meanwhile = while_moving(&domains, owner.domain());
    if meanwhile != old
        && let Err(text) = set(visit, &meanwhile).await
    {
        return again("domain", text);
    }
    if !mail::domains_equal(owner.domain(), &domain) {
        // The new life knows the domain, the old one did not.
        let accounts = visit.world.present().await.accounts;
        if let Err(refusal) = accounts.readdress(owner.domain(), &domain).await {
            let back = match old.is_empty() {
                true => Change::unset("", "domains"),
                false => Change::set("", "domains", Value::Texts(old)),
            };
            // What could not be done leaves nothing behind; if even that fails, the question is asked again as long as the addresses differ.
            let _ = visit.world.change(vec![back]).await;
            if refusal.kind == RefusalKind::Exists {
                let address = format!("{}@{domain}", owner.local());
                return again(
                    "domain",
                    fill(texts.problems.domain_taken, &[("address", &address)]),
                );
            }
            return Err(refusal);
        }
    }
    if meanwhile != domains
        && let Err(text) = set(visit, &domains).await
    {
        return again("domain", text);
    }
    visit.go(NEXT)
}

/// `Err`: what the page says.
async fn set(visit: &Visit<'_>, domains: &[String]) -> Result<(), String> {
    let change = Change::set("", "domains", Value::Texts(domains.to_vec()));
    let changed = visit.world.change(vec![change]).await;
    changed.map_err(|error| visit.not_taken(&error))
}

/// The house's domains while people move from `old` to the first of them.
fn while_moving(domains: &[String], old: &str) -> Vec<String> {
    let mut all = domains.to_vec();
    if !is_house_only(old) && !all.iter().any(|known| mail::domains_equal(known, old)) {
        all.push(old.to_owned());
    }
    all
}

fn said_of(visit: &Visit<'_>) -> Said {
    let settings = &visit.present.settings;
    let main = settings.main_domain();
    let local = visit
        .owner_address()
        .map(|address| address.local().to_owned());
    Said {
        local: local.unwrap_or_default(),
        old: (!settings.domains.is_empty() && !is_house_only(main)).then(|| idna::to_unicode(main)),
        ..Said::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_domain_goes_before_they_have_moved() {
        let new = ["new.example".to_owned()];
        assert_eq!(
            while_moving(&new, "old.example"),
            ["new.example", "old.example"]
        );
        for stays in ["NEW.example", "pillarbox.local"] {
            assert_eq!(while_moving(&new, stays), ["new.example"]);
        }
    }
}
