//! Question 4: the line's address, and the box's name.

use mail::idna;

use crate::settings::Change;
use crate::setup::forms::Problems;
use crate::setup::names::host_name;
use crate::setup::questions::arriving::{self, Arriving, LineAddress};
use crate::setup::texts::fill;
use crate::setup::visit::{Answer, Visit, is_house_only};
use crate::setup::world::{address_towards, public_v6};

/// This page.
const HERE: &str = "/setup/arriving";
/// The next page.
const NEXT: &str = "/setup/place";
/// What a box is called in its domain unless somebody says otherwise.
const USUAL: &str = "mail";

/// The question.
pub(in crate::setup) async fn ask(visit: &Visit<'_>) -> Answer {
    let settings = &visit.present.settings;
    let main = settings.main_domain();
    let hostname = match is_house_only(&settings.hostname) {
        true => format!("{USUAL}.{main}"),
        false => settings.hostname.clone(),
    };
    let arriving = arriving_of(visit, idna::to_unicode(&hostname));
    let step = visit.step(4)?;
    visit.page(arriving::page(
        visit.frame,
        step,
        &arriving,
        &Problems::default(),
    ))
}

/// Looks for the address, or gives the box its name.
pub(in crate::setup) async fn answer(visit: &Visit<'_>) -> Answer {
    let form = &visit.request.form;
    if form.text("deed") == "look" {
        let world = visit.world.clone();
        let work = async move { ((), world.line_address().await) };
        visit.memory.address.begin(visit.world.window(), (), work);
        return visit.go(HERE);
    }
    let texts = &visit.texts().problems;
    let typed = form.text("hostname");
    let main = visit.present.settings.main_domain();
    let judged = match host_name(typed) {
        Some(name) if mail::domains_equal(&name, main) => Err(fill(
            texts.hostname_is_domain,
            &[("domain", &idna::to_unicode(main))],
        )),
        Some(name) if name.contains('.') && !is_house_only(&name) => Ok(name),
        _ => {
            let shown: String = typed.chars().take(80).collect();
            Err(fill(texts.hostname_wrong, &[("name", &shown)]))
        }
    };
    let changed = match judged {
        Ok(name) if name == visit.present.settings.hostname => Ok(()),
        Ok(name) => {
            let change = Change::set("", "hostname", name);
            let changed = visit.world.change(vec![change]).await;
            changed.map_err(|error| visit.not_taken(&error))
        }
        Err(text) => Err(text),
    };
    match changed {
        Ok(()) => visit.go(NEXT),
        Err(text) => {
            let arriving = arriving_of(visit, typed.to_owned());
            let problems = Problems::one("hostname", text);
            let step = visit.step(4)?;
            visit.again(arriving::page(visit.frame, step, &arriving, &problems))
        }
    }
}

fn arriving_of(visit: &Visit<'_>, hostname: String) -> Arriving {
    Arriving {
        house_only: visit.house_only(),
        hostname,
        line: match visit.memory.address.seen(visit.world.window()) {
            None => LineAddress::Unasked,
            Some((_, None)) => LineAddress::Running,
            Some((_, Some(found))) => LineAddress::Found(found),
        },
        v6: public_v6(),
        inside: address_towards(visit.request.peer),
        heard: visit.present.heard.clone(),
    }
}
