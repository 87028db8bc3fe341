//! `pillarbox status`: how the box is, whose it is, what it does, in one page. What is wrong is told with what to do, as the light sums it up.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::report::{duration, size};
use super::{Answer, Household, Running};
use crate::accounts::Owner;
use crate::clock::Clock;
use crate::health::Fact;
use crate::status_light;
use crate::web::Presented;

/// A page for people and the same for programs, in the order of the page.
#[derive(Default)]
struct Page {
    text: String,
    data: Map<String, Value>,
}

impl Page {
    fn line(&mut self, name: &str, said: impl std::fmt::Display) {
        let _ = writeln!(self.text, "{name:<12} {said}");
    }

    fn value(&mut self, name: &str, value: Value) {
        self.data.insert(name.to_owned(), value);
    }
}

/// How the box and its store are.
pub(super) fn status(household: &Household) -> store::Result<Answer> {
    let facts = household.accounts.store().facts()?;
    let settings = &household.settings;
    let (version, domains) = (env!("CARGO_PKG_VERSION"), household.accounts.own_domains()?);
    let mut page = Page::default();
    let _ = writeln!(page.text, "pillarbox {version}, {}", settings.hostname);
    page.line("mail for", domains.join(", "));
    page.value("version", json!(version));
    page.value("hostname", json!(settings.hostname));
    page.value("domains", json!(domains));
    page.value("running", json!(household.running.is_some()));
    owner(&mut page, &household.accounts.owner()?);
    match &household.running {
        None => page.text.push_str("no box runs on this data folder\n"),
        Some(running) => tell_running(&mut page, running),
    }
    let (said, data) = super::ban::summary(household);
    page.line("banned", said);
    page.value("banned", data);
    if let Some(running) = &household.running {
        let asks = household.settings.verify.strangers;
        let lists = running.blocklists.lines(asks, &household.resolver);
        for line in &lists {
            page.line("junk", line);
        }
        page.value("blocklists", json!(lists));
    }
    page.line("people", facts.accounts);
    page.line("messages", facts.messages);
    let queue = &facts.queue;
    page.line("queue", super::queue::summary(queue));
    let _ = write!(
        page.text,
        "{:<12} {} used, {} free for reuse, may grow to {}",
        "store",
        size(facts.used),
        size(facts.free),
        size(facts.map_size)
    );
    if let Some(little) = crate::room::sentence(facts.map_size) {
        let _ = write!(page.text, "\n{:<12} {little}", "");
    }
    page.value("people", json!(facts.accounts));
    page.value("messages", json!(facts.messages));
    page.value(
        "queue",
        json!({"letters": queue.letters, "rows": queue.rows, "held": queue.held}),
    );
    page.value(
        "store",
        json!({"used": facts.used, "free": facts.free, "map_size": facts.map_size, "commits": facts.last_commit}),
    );
    Ok(Answer::done(page.text).with(Value::Object(page.data)))
}

fn tell_running(page: &mut Page, running: &Running) {
    let (shown, facts) = (running.health.shown(), running.health.facts());
    page.line("light", status_light::meaning(&shown));
    for fact in &facts {
        page.line("", fact.sentence());
    }
    page.value("light", json!(status_light::name(&shown)));
    page.value("troubles", json!(troubles(&facts)));
    page.value("facts", facts_json(&facts));
    window(page, running.window.left());
    clock(page, &running.clock);
    let local_name = running.announcer.name();
    if let Some(name) = &local_name {
        page.line("found as", name);
    }
    page.value("local_name", json!(local_name));
    let presented = (running.presented)();
    for (name, said) in presented.iter().flat_map(Presented::lines) {
        page.line(name, said);
    }
    let presented = presented.iter().map(Presented::json).collect();
    page.value("certificates", presented);

    let up = running.since.elapsed().as_secs();
    let connections = (running.connections)();
    page.line("running for", duration(up));
    page.line("connections", connections);
    page.value("uptime_seconds", json!(up));
    page.value("connections", json!(connections));
    let mut listen = Map::new();
    let web = running.web_doors.get().map_or(&[][..], Vec::as_slice);
    let mail = running.doors.iter();
    let mail = mail.map(|door| (door.service.name(), door.address));
    for (name, address) in mail.chain(web.iter().copied()) {
        page.line(name, address);
        let list = listen.entry(name).or_insert(json!([]));
        if let Value::Array(list) = list {
            list.push(json!(address.to_string()));
        }
    }
    page.value("listen", Value::Object(listen));
}

fn owner(page: &mut Page, owner: &Owner) {
    let (said, state, address) = match owner {
        Owner::Never => (
            "nobody yet: open the setup page from a phone in this house".to_owned(),
            "never",
            None,
        ),
        Owner::Forgotten(address) => (
            format!(
                "forgotten; it was {address}: open the setup page and choose the same address to go on with the mail there"
            ),
            "forgotten",
            Some(address),
        ),
        Owner::Person(_, address) => (address.to_string(), "claimed", Some(address)),
    };
    page.line("owner", said);
    let address = address.map(ToString::to_string);
    page.value("owner", json!({"state": state, "address": address}));
}

fn window(page: &mut Page, left: Option<Duration>) {
    page.line(
        "setup page",
        match left {
            Some(left) => format!("open for another {}", duration(left.as_secs())),
            None => "closed: hold the button for 3 seconds, or `pillarbox press 3s`, opens it"
                .to_owned(),
        },
    );
    let left = left.map(|left| left.as_secs());
    page.value("setup_seconds_left", json!(left));
}

fn clock(page: &mut Page, clock: &Clock) {
    let unix = clock.unix();
    let believed = match (clock.trusted(), clock.vouched()) {
        (_, true) => "right: it is kept by the network or by this machine's own service",
        (true, false) => "believed: nobody vouches for it, and nothing speaks against it",
        (false, _) => "not set: mail is kept, and waits until the time is known",
    };
    page.line(
        "clock",
        format!("{}, {believed}", clock.date_time(unix).rfc5322()),
    );
    page.value(
        "clock",
        json!({"unix": unix, "trusted": clock.trusted(), "vouched": clock.vouched()}),
    );
}

/// The facts in words.
pub(super) fn troubles(facts: &[Fact]) -> Vec<String> {
    facts.iter().map(Fact::sentence).collect()
}

/// The facts for programs: what each is, and its values.
fn facts_json(facts: &[Fact]) -> Value {
    let one = |fact: &Fact| {
        let values = fact.values().into_iter();
        let values = values.map(|(name, value)| (name.to_owned(), json!(value)));
        json!({
            "key": fact.key(),
            "gravity": fact.gravity().name(),
            "values": Value::Object(values.collect()),
            "sentence": fact.sentence(),
        })
    };
    facts.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_told_with_its_values() {
        let facts = [Fact::RelayPassword {
            relay: "relay.test".to_owned(),
        }];
        assert_eq!(
            facts_json(&facts),
            json!([{
                "key": "relay-password",
                "gravity": "attention",
                "values": {"relay": "relay.test"},
                "sentence": facts[0].sentence(),
            }])
        );
    }

    #[test]
    fn whose_the_box_is_and_what_to_do_stand_on_the_page() {
        let ann = mail::Address::new("ann", "house.test").unwrap();
        for (whose, state, said) in [
            (Owner::Never, "never", "nobody yet: open the setup page"),
            (
                Owner::Forgotten(ann.clone()),
                "forgotten",
                "it was ann@house.test",
            ),
            (
                Owner::Person(store::AccountId(1), ann),
                "claimed",
                "owner        ann@house.test\n",
            ),
        ] {
            let mut page = Page::default();
            owner(&mut page, &whose);
            assert!(page.text.contains(said), "{}", page.text);
            assert_eq!(page.data["owner"]["state"], state);
        }
    }

    #[test]
    fn the_window_is_told_with_what_is_left_of_it() {
        let mut page = Page::default();
        window(&mut page, Some(Duration::from_secs(14 * 60 + 5)));
        assert_eq!(page.text, "setup page   open for another 14 min\n");
        assert_eq!(page.data["setup_seconds_left"], 845);
        let mut page = Page::default();
        window(&mut page, None);
        assert!(page.text.contains("hold the button for 3 seconds"));
        assert_eq!(page.data["setup_seconds_left"], Value::Null);
    }
}
