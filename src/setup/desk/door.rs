//! Who comes in: hello, sign-in and out, the password, and the closing of the window.

use mail::Address;
use sasl::Secret;

use super::steps;
use crate::accounts::{Owner, Verified};
use crate::setup::forms::Problems;
use crate::setup::layout::{QUESTION_PATHS, QUESTIONS};
use crate::setup::questions::hello;
use crate::setup::visit::{Answer, Visit};
use crate::setup::{passwords, sign_in};
use crate::web::Reply;

/// The first page, whoever asks for it: hello, sign-in, the next question, or how the box is.
pub(in crate::setup) async fn first(visit: &Visit<'_>) -> Answer {
    match (visit.owner_address(), visit.signed_in()) {
        (None, _) => welcome(visit).await,
        (Some(_), None) => visit.go("/sign-in"),
        (Some(_), Some(_)) if visit.open()? > QUESTIONS => visit.go("/household"),
        (Some(_), Some(_)) => on(visit).await,
    }
}

/// The question that is open, or the summary.
pub(in crate::setup) async fn on(visit: &Visit<'_>) -> Answer {
    let open = usize::from(visit.open()?);
    let path = QUESTION_PATHS.get(open.saturating_sub(1));
    visit.go(path.copied().unwrap_or("/setup/done"))
}

/// Hello.
pub(in crate::setup) async fn welcome(visit: &Visit<'_>) -> Answer {
    let next = match visit.owner_address() {
        Some(_) => "/",
        None => "/setup/you",
    };
    // On the first page, the other language's link comes back to a page that says hello also to those who are signed in.
    let frame = crate::setup::layout::Frame {
        path: hello::WELCOME.to_owned(),
        ..visit.frame.clone()
    };
    visit.page(hello::hello(&frame, Some(&visit.sight()), next))
}

/// The light blinks otherwise.
pub(in crate::setup) async fn not_mine(visit: &Visit<'_>) -> Answer {
    visit.page(hello::not_mine(visit.frame, Some(&visit.sight())))
}

/// Sign-in.
pub(in crate::setup) async fn ask(visit: &Visit<'_>) -> Answer {
    if visit.owner_address().is_none() || visit.signed_in().is_some() {
        return visit.go("/");
    }
    visit.page(sign_in::page(visit.frame, "", &Problems::default()))
}

/// The owner signs in.
pub(in crate::setup) async fn answer(visit: &Visit<'_>) -> Answer {
    let Owner::Person(owner_number, owner) = &visit.owner else {
        return visit.go("/");
    };
    let form = &visit.request.form;
    let user = form.text("user");
    let address = match user.contains('@') {
        true => Address::parse(user).ok(),
        false => Address::new(user, owner.domain()).ok(),
    };
    let password = form.get("password").unwrap_or_default();
    // A name that cannot be one opens nothing, and costs as much time as any other.
    let (address, password) = match address {
        Some(address) => (address, Secret::from(password)),
        None => (owner.clone(), Secret::from("")),
    };
    let peer = visit.request.peer;
    let common = &visit.texts().common;
    let sentence = match visit
        .present
        .accounts
        .sign_in(&address, &password, peer)
        .await
    {
        Verified::TryLater => common.sign_in_slow,
        judged => {
            let found = match judged {
                Verified::Password(found) => found,
                Verified::Scram(_) | Verified::TryLater => None,
            };
            let name = address.fold().to_string();
            if let Some(reply) = steps::after_password(visit, *owner_number, found, &name)? {
                return Ok(reply);
            }
            common.sign_in_wrong
        }
    };
    let problems = Problems::one("password", sentence);
    visit.again(sign_in::page(visit.frame, user, &problems))
}

/// The owner leaves.
pub(in crate::setup) async fn sign_out(visit: &Visit<'_>) -> Answer {
    Ok(visit.go("/")?.sign_out())
}

/// How one gets in without the password.
pub(in crate::setup) async fn forgotten(visit: &Visit<'_>) -> Answer {
    visit.page(sign_in::forgotten(visit.frame))
}

/// The owner's own password.
pub(in crate::setup) async fn ask_password(visit: &Visit<'_>) -> Answer {
    let once = visit.present.accounts.must_change_password()?;
    visit.page(sign_in::password(visit.frame, once, &Problems::default()))
}

/// Another one.
pub(in crate::setup) async fn answer_password(visit: &Visit<'_>) -> Answer {
    let Some(owner) = visit.owner_address() else {
        return visit.go("/");
    };
    let form = &visit.request.form;
    let texts = visit.texts();
    let mut problems = Problems::default();
    let name = visit.owner_name()?;
    let password = form.get("password").unwrap_or_default();
    if let Some(wrong) = passwords::wrong(texts, password, &[&name, owner.local()]) {
        problems.add("password", wrong);
    } else if form.get("again") != Some(password) {
        problems.add("again", texts.problems.password_differs);
    }
    if problems.is_empty() {
        let now = Secret::from(form.get("now").unwrap_or_default());
        let accounts = &visit.present.accounts;
        match accounts.sign_in(owner, &now, visit.request.peer).await {
            Verified::Password(Some(account)) => {
                accounts
                    .set_password(owner, &Secret::from(password))
                    .await?;
                let page = sign_in::password_changed(visit.frame);
                return Ok(Reply::page(page).sign_in_alone(account));
            }
            Verified::TryLater => problems.add("now", texts.common.sign_in_slow),
            _ => problems.add("now", texts.problems.password_wrong_now),
        }
    }
    let once = visit.present.accounts.must_change_password()?;
    visit.again(sign_in::password(visit.frame, once, &problems))
}

/// The window closes.
pub(in crate::setup) async fn close(visit: &Visit<'_>) -> Answer {
    visit.world.window().close();
    Ok(Reply::page(sign_in::closed(visit.frame)).sign_out())
}
