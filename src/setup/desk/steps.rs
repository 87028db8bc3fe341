//! The second step of the sign-in, and switching it on and off.
//!
//! Once it is on, the page after name and password asks for the code whatever the password was, and says of a wrong code and of a wrong password the same: whoever guesses
//! passwords learns nothing from coming that far. The price is that somebody who mistypes their password hears so one page later.

use std::time::Instant;

use sasl::Secret;
use store::{AccountId, UsedAt};

use crate::accounts::{Enrolment, Proved, Refusal, SecondStep, Verified};
use crate::reason::Reason;
use crate::setup::forms::Problems;
use crate::setup::two_steps::memory::Owed;
use crate::setup::two_steps::pages::{self, ENROL, SECOND, STEPS};
use crate::setup::used;
use crate::setup::visit::{Answer, Visit};
use crate::web::{Reply, Visitor};

/// After name and password: signed in, or on to the second step.
pub(super) fn after_password(
    visit: &Visit<'_>,
    owner: AccountId,
    found: Option<AccountId>,
    user: &str,
) -> Result<Option<Reply>, Refusal> {
    let accounts = &visit.present.accounts;
    if accounts.two_steps(owner)?.is_some() {
        let owed = Owed {
            found,
            user: user.to_owned(),
        };
        let peer = visit.request.peer;
        let ticket = visit.memory.steps.give(owed, peer, Instant::now())?;
        return visit.go(&format!("{SECOND}?ticket={ticket}")).map(Some);
    }
    found.map(|account| signed_in(visit, account)).transpose()
}

fn signed_in(visit: &Visit<'_>, account: AccountId) -> Answer {
    let peer = visit.request.peer;
    let accounts = &visit.present.accounts;
    accounts.note_use(account, Proved::Own, UsedAt::Page, peer);
    Ok(visit.go("/")?.sign_in(account))
}

/// The page that asks for the code.
pub(in crate::setup) async fn ask_second(visit: &Visit<'_>) -> Answer {
    let ticket = visit.request.query.text("ticket");
    let known = visit
        .memory
        .steps
        .knows(ticket, visit.request.peer, Instant::now());
    if visit.signed_in().is_some() || !known {
        return visit.go("/");
    }
    let clock = visit.world.date().is_some();
    visit.page(pages::second(
        visit.frame,
        ticket,
        clock,
        &Problems::default(),
    ))
}

/// The code.
pub(in crate::setup) async fn answer_second(visit: &Visit<'_>) -> Answer {
    let (texts, form) = (visit.texts(), &visit.request.form);
    let ticket = visit.request.query.text("ticket");
    let (memory, peer) = (&visit.memory.steps, visit.request.peer);
    let Some(owed) = memory.owed(ticket, peer, Instant::now()) else {
        return visit.go("/sign-in");
    };
    let (field, code) = match form.text("recovery") {
        "" => ("code", form.text("code")),
        recovery => ("recovery", recovery),
    };
    let time = visit.world.date();
    // Without the time there is one field only.
    let field = if time.is_some() { field } else { "recovery" };
    let judged = visit
        .present
        .accounts
        .second_step(owed.found, &owed.user, code, peer, time)
        .await?;
    let sentence = match (judged, owed.found) {
        (SecondStep::Right, Some(account)) => {
            memory.spend(ticket);
            return signed_in(visit, account);
        }
        (SecondStep::TryLater, _) => texts.common.sign_in_slow,
        _ => texts.steps.second_wrong,
    };
    let problems = Problems::one(field, sentence);
    visit.again(pages::second(
        visit.frame,
        ticket,
        time.is_some(),
        &problems,
    ))
}

/// Whether it is on, and what would change.
pub(in crate::setup) async fn show(visit: &Visit<'_>) -> Answer {
    let late = visit.request.query.has("late");
    let page = state(visit, late, &Problems::default())?;
    visit.page(page)
}

fn state(visit: &Visit<'_>, late: bool, problems: &Problems) -> Result<maud::Markup, Refusal> {
    let Some(account) = visit.signed_in() else {
        return Ok(maud::html! {});
    };
    let accounts = &visit.present.accounts;
    let local = |unix| visit.world.date_time(unix);
    if let Some(on) = accounts.two_steps(account)? {
        let since = used::date(local(on.since));
        return Ok(pages::on(visit.frame, &since, on.recovery_codes, problems));
    }
    let mut uses = accounts.last_uses(account)?;
    uses.retain(|row| row.id == 0 && row.at != UsedAt::Page);
    let uses = used::known(&uses, &local);
    let clock = visit.world.date().is_some();
    Ok(pages::off(visit.frame, &uses, clock, late))
}

/// A new secret, on the page to which this leads.
pub(in crate::setup) async fn begin(visit: &Visit<'_>) -> Answer {
    let (Some(account), Some(session)) = (visit.signed_in(), session(visit)) else {
        return visit.go("/");
    };
    if visit.present.accounts.two_steps(account)?.is_some() {
        return visit.go(STEPS);
    }
    let enrolment = Enrolment::new()?;
    visit.memory.steps.enrol(session, enrolment, Instant::now());
    visit.go(ENROL)
}

/// The secret, and the question for its first code.
pub(in crate::setup) async fn ask_enrol(visit: &Visit<'_>) -> Answer {
    match enrolment(visit) {
        Some(enrolment) => visit.page(enrol(visit, &enrolment, &Problems::default())),
        None => visit.go(&format!("{STEPS}?late=yes")),
    }
}

/// Its first code: it is on.
pub(in crate::setup) async fn answer_enrol(visit: &Visit<'_>) -> Answer {
    let (Some(enrolment), Some(address), Some(account), Some(session)) = (
        enrolment(visit),
        visit.owner_address(),
        visit.signed_in(),
        session(visit),
    ) else {
        return visit.go(&format!("{STEPS}?late=yes"));
    };
    let accounts = &visit.present.accounts;
    if accounts.two_steps(account)?.is_some() {
        return visit.go(STEPS);
    }
    let code = visit.request.form.text("code");
    let time = visit.world.date();
    match accounts.switch_on(address, &enrolment, code, time).await {
        Ok(codes) => {
            visit.memory.steps.enrolled(session);
            let page = pages::codes(visit.frame, &shown(&codes));
            // Whoever came in elsewhere with the password alone has to come back with a code.
            Ok(Reply::page(page).sign_in_alone(account))
        }
        Err(refusal) => match refusal.reason.as_deref() {
            Some(reason @ (Reason::CodeWrong | Reason::TimeUnknown)) => {
                let problems = Problems::one("code", visit.texts().refusal(reason));
                visit.again(enrol(visit, &enrolment, &problems))
            }
            _ => Err(refusal),
        },
    }
}

fn enrol(visit: &Visit<'_>, enrolment: &Enrolment, problems: &Problems) -> maud::Markup {
    let address = visit.owner_address();
    let address = address.map(ToString::to_string).unwrap_or_default();
    let (uri, key) = (enrolment.uri(&address), enrolment.readable());
    pages::enrol(visit.frame, &uri, &key, problems)
}

/// Off, with the password and a code.
pub(in crate::setup) async fn switch_off(visit: &Visit<'_>) -> Answer {
    let (Some(address), Some(account)) = (visit.owner_address(), visit.signed_in()) else {
        return visit.go("/");
    };
    let (texts, form) = (visit.texts(), &visit.request.form);
    let (accounts, peer) = (&visit.present.accounts, visit.request.peer);
    let password = Secret::from(form.get("password").unwrap_or_default());
    let sentence = match accounts.sign_in(address, &password, peer).await {
        Verified::Password(Some(found)) if found == account => {
            let user = address.fold().to_string();
            let (code, time) = (form.text("code"), visit.world.date());
            match accounts
                .second_step(Some(account), &user, code, peer, time)
                .await?
            {
                SecondStep::Right => {
                    accounts.switch_off(address).await?;
                    return visit.go(STEPS);
                }
                SecondStep::Wrong => texts.steps.off_wrong,
                SecondStep::TryLater => texts.common.sign_in_slow,
            }
        }
        Verified::TryLater => texts.common.sign_in_slow,
        _ => texts.steps.off_wrong,
    };
    let page = state(visit, false, &Problems::one("password", sentence))?;
    visit.again(page)
}

/// Other recovery codes, with a code.
pub(in crate::setup) async fn fresh(visit: &Visit<'_>) -> Answer {
    let (Some(address), Some(account)) = (visit.owner_address(), visit.signed_in()) else {
        return visit.go("/");
    };
    let (texts, code) = (visit.texts(), visit.request.form.text("fresh"));
    let (accounts, peer) = (&visit.present.accounts, visit.request.peer);
    let user = address.fold().to_string();
    let time = visit.world.date();
    let judged = accounts
        .second_step(Some(account), &user, code, peer, time)
        .await?;
    let sentence = match judged {
        SecondStep::Right => {
            let codes = accounts.new_recovery_codes(address).await?;
            return visit.page(pages::codes(visit.frame, &shown(&codes)));
        }
        SecondStep::Wrong => texts.steps.fresh_wrong,
        SecondStep::TryLater => texts.common.sign_in_slow,
    };
    let page = state(visit, false, &Problems::one("fresh", sentence))?;
    visit.again(page)
}

fn shown(codes: &[zeroize::Zeroizing<String>]) -> Vec<&str> {
    codes.iter().map(|code| code.as_str()).collect()
}

fn enrolment(visit: &Visit<'_>) -> Option<Enrolment> {
    visit
        .memory
        .steps
        .enrolment(session(visit)?, Instant::now())
}

fn session(visit: &Visit<'_>) -> Option<u64> {
    match visit.request.visitor {
        Visitor::Owner { session, .. } => Some(session),
        Visitor::Stranger | Visitor::Public => None,
    }
}
