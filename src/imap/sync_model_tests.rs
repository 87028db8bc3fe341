//! Clients of every dialect, of two people, do verbs at random in one shared mailbox; a plain model of the mailbox says after each what a client
//! may have been told and must have been told: numbers, UIDs, flags, modseqs, what is gone; nothing twice, nothing never.
//!
//! `PILLARBOX_STEPS_SECONDS` says how long it runs (3 by default), `PILLARBOX_STEPS_SEED` which seed it begins with; each seed is printed.

#[path = "sync_model_tests/choice.rs"]
mod choice;
#[path = "sync_model_tests/client.rs"]
mod client;
#[path = "sync_model_tests/line.rs"]
mod line;
#[path = "sync_model_tests/model.rs"]
mod model;

use std::time::{Duration, Instant};

use crate::cmd::house::House;
use client::{Dialect, Mirror};
use model::Model;

/// Verbs of one seed.
const VERBS: usize = 250;
/// The mailbox is emptied when it has grown to this.
const MOST: usize = 40;

/// A small generator whose numbers a seed repeats.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }
}

#[test]
fn all_devices_stay_in_step() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse().ok())
    };
    let seconds = number("PILLARBOX_STEPS_SECONDS").unwrap_or(3);
    let first: u64 = number("PILLARBOX_STEPS_SEED").unwrap_or(1);
    let began = Instant::now();
    let mut seed = first;
    while seed == first || began.elapsed() < Duration::from_secs(seconds) {
        eprintln!("PILLARBOX_STEPS_SEED={seed}");
        one(seed);
        seed += 1;
    }
}

fn one(seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut house = House::new();
    let bob = house.add("bob@house.test");
    if seed.is_multiple_of(3) {
        // What is told does not fit in one piece.
        house.limits.piece = 200;
    }
    let mut model = Model::default();
    for _ in 0..6 {
        model.deliver(&house);
    }
    let mut ann = house.client();
    assert!(
        ann.say("a SETACL INBOX bob@house.test lrswipkxte")
            .contains("a OK")
    );
    let mut clients: Vec<Mirror> = Dialect::ALL
        .into_iter()
        .enumerate()
        .map(|(at, dialect)| {
            let person = (at + seed as usize) % 2;
            let who = [house.account, bob][person];
            Mirror::new(&house, who, person, dialect, &mut model)
        })
        .collect();
    for _ in 0..VERBS {
        let who = random.below(clients.len());
        if model.messages.len() > MOST {
            let all = |command: &str, clients: &mut Vec<Mirror>, model: &mut Model| {
                let mut client = clients.swap_remove(who);
                client.run(command, model, clients);
                clients.push(client);
            };
            all("UID STORE 1:* +FLAGS (\\Deleted)", &mut clients, &mut model);
            all("EXPUNGE", &mut clients, &mut model);
            continue;
        }
        let mut client = clients.swap_remove(who);
        if random.below(12) == 0 {
            model.deliver(&house);
        } else if random.below(25) == 0 {
            client.come_back(&house, &mut model);
        } else {
            let command = client.choose(&mut random);
            client.run(&command, &mut model, &mut clients);
        }
        clients.push(client);
    }
    for at in (0..clients.len()).rev() {
        let mut client = clients.swap_remove(at);
        client.run("NOOP", &mut model, &mut clients);
        client.come_back(&house, &mut model);
        clients.push(client);
    }
}
