//! Several clients do verbs at random in one mailbox, each keeping the picture that RFC 9051 lets it keep: how many messages there are
//! and which flags each has. Whenever a client asks, the store must agree with its picture.

use crate::cmd::house::{Client, House};

/// What a client knows of a message. `None`: never told.
#[derive(Clone, Default, Debug, PartialEq)]
struct Known {
    uid: Option<u32>,
    flags: Option<Vec<String>>,
}

struct Mirror {
    client: Client,
    messages: Vec<Known>,
}

const FLAGS: [&str; 5] = ["\\Seen", "\\Flagged", "\\Deleted", "$One", "$Two"];

impl Mirror {
    fn new(house: &House) -> Mirror {
        let mut mirror = Mirror {
            client: house.client(),
            messages: Vec::new(),
        };
        mirror.say("s SELECT INBOX", true);
        mirror.say("f FETCH 1:* (UID FLAGS)", false);
        mirror
    }

    /// Does a command and takes in what it says. `expunges`: the numbers may change.
    fn say(&mut self, command: &str, expunges: bool) -> String {
        let said = self.client.say(command);
        for line in said.lines().filter(|line| line.starts_with("* ")) {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            let number: usize = words
                .get(1)
                .and_then(|number| number.parse().ok())
                .unwrap_or(0);
            match words.get(2).copied() {
                Some("EXISTS") => {
                    assert!(
                        number >= self.messages.len(),
                        "{command}: EXISTS shrank: {said}"
                    );
                    self.messages.resize(number, Known::default());
                }
                Some("EXPUNGE") => {
                    assert!(expunges, "{command}: EXPUNGE where it must not be: {said}");
                    self.messages.remove(number - 1);
                }
                Some("FETCH") => {
                    assert!(
                        (1..=self.messages.len()).contains(&number),
                        "{command}: FETCH before EXISTS: {said}"
                    );
                    self.learn(number, line);
                }
                _ => {}
            }
        }
        said
    }

    fn learn(&mut self, number: usize, line: &str) {
        let known = &mut self.messages[number - 1];
        if let Some(uid) = after(line, "UID ") {
            let uid = uid.split([' ', ')']).next().unwrap().parse().unwrap();
            assert!(
                known.uid.is_none_or(|known| known == uid),
                "number {number} was UID {:?}: {line}",
                known.uid
            );
            known.uid = Some(uid);
        }
        if let Some(flags) = after(line, "FLAGS (") {
            known.flags = Some(sorted(flags.split(')').next().unwrap()));
        }
    }

    /// Everything has been told: what the client knows is what there is.
    fn agrees(&mut self) {
        self.say("n NOOP", true);
        let before = self.messages.clone();
        if before.is_empty() {
            return assert_eq!(
                self.say("q UID SEARCH ALL", true),
                "* SEARCH\nq OK SEARCH completed\n"
            );
        }
        let said = self.say("f FETCH 1:* (UID FLAGS)", false);
        assert_eq!(said.lines().count(), before.len() + 1, "{said}");
        for (number, (was, is)) in (1..).zip(before.iter().zip(&self.messages)) {
            assert!(
                was.flags.is_none() || was.flags == is.flags,
                "message {number} was told as {was:?}, and is {is:?}"
            );
            assert!(
                was.uid.is_none() || was.uid == is.uid,
                "message {number} was told as {was:?}, and is {is:?}"
            );
        }
    }

    fn anything(&mut self, random: &mut dyn FnMut(usize) -> usize, house: &House) {
        let count = self.messages.len();
        let flag = FLAGS[random(FLAGS.len())];
        let (one, other) = (1 + random(count.max(1)), 1 + random(count.max(1)));
        let sign = ["+", "-", ""][random(3)];
        match random(20) {
            0 => house.fill("INBOX", 1 + random(3) as u32),
            1 => drop(self.say("e EXPUNGE", true)),
            2 => self.agrees(),
            3 => drop(self.say("c UID COPY 1:* INBOX", true)),
            4 if count > 0 => drop(self.say(&format!("m MOVE {one} Trash"), true)),
            5 if count > 0 => drop(self.say(&format!("f FETCH {one}:{other} (BODY[TEXT])"), false)),
            6 => drop(self.say(&format!("x UID EXPUNGE {}:*", random(200) + 1), true)),
            7..=12 if count > 0 => {
                // A silent change: the client draws it into its own picture, before what it hears.
                let mut expected = self.messages.clone();
                for known in &mut expected[one.min(other) - 1..one.max(other)] {
                    if let Some(flags) = &mut known.flags {
                        flags.retain(|other| !sign.is_empty() && other != flag);
                        if sign != "-" {
                            flags.push(flag.to_string());
                            flags.sort();
                        }
                    }
                }
                let said = self.client.say(&format!(
                    "s STORE {one}:{other} {sign}FLAGS.SILENT ({flag})"
                ));
                // Numbers of messages that others have expunged: nothing is said of those, so forget what was drawn.
                if said.contains("[EXPUNGEISSUED]") {
                    for known in &mut expected[one.min(other) - 1..one.max(other)] {
                        known.flags = None;
                    }
                }
                self.messages = expected;
                self.hear(&said);
            }
            _ if count > 0 => drop(self.say(
                &format!("s STORE {one}:{other} {sign}FLAGS ({flag})"),
                false,
            )),
            _ => {}
        }
    }

    /// Takes in what a STORE said.
    fn hear(&mut self, said: &str) {
        for line in said.lines().filter(|line| line.starts_with("* ")) {
            let mut words = line.split(' ').skip(1);
            let number = words
                .next()
                .and_then(|number| number.parse().ok())
                .unwrap_or(0);
            match words.next() {
                Some("EXISTS") => self.messages.resize(number, Known::default()),
                Some("FETCH") => self.learn(number, line),
                Some("EXPUNGE") => panic!("EXPUNGE in STORE: {said}"),
                _ => {}
            }
        }
    }
}

fn after<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    text.split_once(mark).map(|(_, rest)| rest)
}

fn sorted(flags: &str) -> Vec<String> {
    let mut flags: Vec<String> = flags
        .split(' ')
        .filter(|flag| !flag.is_empty() && *flag != "\\Recent")
        .map(str::to_string)
        .collect();
    flags.sort();
    flags
}

#[test]
fn clients_pictures_stay_true() {
    for seed in 1..=6_u64 {
        eprintln!("seed {seed}");
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % below
        };
        let mut house = House::new();
        if seed % 3 == 0 {
            // News that do not fit in one piece.
            house.limits.piece = 100;
        }
        house.fill("INBOX", 6);
        let mut clients: Vec<Mirror> = (0..3).map(|_| Mirror::new(&house)).collect();
        for _ in 0..150 {
            let who = random(clients.len());
            clients[who].anything(&mut random, &house);
            // The mailbox does not grow for ever.
            if clients[who].messages.len() > 60 {
                clients[who].say("d UID STORE 1:* +FLAGS (\\Deleted)", true);
                clients[who].say("e EXPUNGE", true);
            }
        }
        for client in &mut clients {
            client.agrees();
        }
    }
}
