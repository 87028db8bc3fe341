//! Question 1: the box becomes somebody's, and they are signed in.

use mail::Address;
use sasl::Secret;

use crate::accounts::{Owner, RefusalKind};
use crate::setup::forms::Problems;
use crate::setup::names::{is_local, suggested_local};
use crate::setup::passwords;
use crate::setup::questions::you::{self, Claim};
use crate::setup::texts::fill;
use crate::setup::visit::{Answer, Visit};

/// The next page.
const NEXT: &str = "/setup/address";

/// The question.
pub(in crate::setup) async fn ask(visit: &Visit<'_>) -> Answer {
    let step = visit.step(1)?;
    if let Some(address) = visit.owner_address() {
        if visit.signed_in().is_none() {
            return visit.go("/sign-in");
        }
        let name = visit.owner_name()?;
        let page = you::owned(
            visit.frame,
            step,
            &name,
            &shown(address),
            &Problems::default(),
        );
        return visit.page(page);
    }
    let mut claim = claim_of(visit);
    if let Some((_, local)) = &claim.forgotten {
        claim.local.clone_from(local);
    }
    visit.page(you::claim(visit.frame, step, &claim, &Problems::default()))
}

/// The answer.
pub(in crate::setup) async fn answer(visit: &Visit<'_>) -> Answer {
    if visit.owner_address().is_some() {
        return match visit.signed_in() {
            Some(_) => rename(visit).await,
            None => visit.go("/sign-in"),
        };
    }
    let form = &visit.request.form;
    let problems_texts = &visit.texts().problems;
    let mut claim = claim_of(visit);
    claim.name = form.text("name").to_owned();
    claim.local = form.text("local").to_lowercase();
    let mut problems = Problems::default();
    name_problem(visit, &claim.name, &mut problems);
    if claim.local.is_empty() {
        claim.local = suggested_local(&claim.name);
    } else if let Some((local, _)) = claim.local.split_once('@') {
        claim.local = local.to_owned();
    }
    if claim.local.is_empty() {
        if problems.is_empty() {
            problems.add("local", problems_texts.local_missing);
        }
    } else if !is_local(&claim.local) {
        problems.add("local", problems_texts.local_wrong);
    }
    let password = form.get("password").unwrap_or_default();
    let own = [claim.name.as_str(), claim.local.as_str()];
    if let Some(wrong) = passwords::wrong(visit.texts(), password, &own) {
        problems.add("password", wrong);
    } else if form.get("again") != Some(password) {
        problems.add("again", problems_texts.password_differs);
    }
    let step = visit.step(1)?;
    if !problems.is_empty() {
        return visit.again(you::claim(visit.frame, step, &claim, &problems));
    }
    let address = match &visit.owner {
        Owner::Forgotten(old) if old.fold().local() == claim.local => old.clone(),
        _ => {
            let domain = visit.present.settings.main_domain();
            match Address::new(&claim.local, domain) {
                Ok(address) => address,
                Err(_) => {
                    problems.add("local", problems_texts.local_wrong);
                    return visit.again(you::claim(visit.frame, step, &claim, &problems));
                }
            }
        }
    };
    let accounts = &visit.present.accounts;
    match accounts
        .claim(&claim.name, &address, &Secret::from(password))
        .await
    {
        Ok(account) => Ok(visit.go(NEXT)?.sign_in(account)),
        Err(_) if matches!(accounts.owner()?, Owner::Person(..)) => visit.go("/sign-in"),
        Err(refusal) => {
            match refusal.kind {
                RefusalKind::Exists => {
                    let text = fill(problems_texts.local_taken, &[("local", &claim.local)]);
                    problems.add("local", text);
                }
                RefusalKind::NotAllowed | RefusalKind::NotFound => {
                    let texts = visit.texts();
                    let text = texts.refused(
                        refusal.reason.as_deref(),
                        &refusal.text,
                        problems_texts.not_taken,
                    );
                    problems.add("name", text);
                }
                RefusalKind::Failed => return Err(refusal),
            }
            visit.again(you::claim(visit.frame, step, &claim, &problems))
        }
    }
}

async fn rename(visit: &Visit<'_>) -> Answer {
    let Some(address) = visit.owner_address() else {
        return visit.go("/");
    };
    let name = visit.request.form.text("name");
    let mut problems = Problems::default();
    name_problem(visit, name, &mut problems);
    if problems.is_empty() {
        visit.present.accounts.set_name(address, name).await?;
        return visit.go(NEXT);
    }
    let step = visit.step(1)?;
    visit.again(you::owned(
        visit.frame,
        step,
        name,
        &shown(address),
        &problems,
    ))
}

fn name_problem(visit: &Visit<'_>, name: &str, problems: &mut Problems) {
    let texts = &visit.texts().problems;
    if name.is_empty() {
        problems.add("name", texts.name_missing);
    } else if name.len() > store::NAME_MAX || name.chars().any(char::is_control) {
        problems.add("name", texts.name_long);
    }
}

fn claim_of(visit: &Visit<'_>) -> Claim {
    Claim {
        forgotten: match &visit.owner {
            Owner::Forgotten(address) => Some((shown(address), address.local().to_owned())),
            Owner::Never | Owner::Person(..) => None,
        },
        ..Claim::default()
    }
}

/// An address as people write it.
pub(in crate::setup) fn shown(address: &Address) -> String {
    format!(
        "{}@{}",
        address.local(),
        mail::idna::to_unicode(address.domain())
    )
}
