//! Contexts against a plain client that does what RFC 5267 says a client does, while others change the mailbox at random.

use store::Flags;

use crate::cmd::house::{Client, House};
use crate::context::CONTEXTS;

/// What the client believes: results of one context, and how many messages there are.
struct Belief {
    tag: &'static str,
    results: Vec<u32>,
}

fn numbers(set: &str) -> Vec<u32> {
    set.split(',')
        .flat_map(|run| {
            let (low, high) = run.split_once(':').unwrap_or((run, run));
            low.parse::<u32>().unwrap()..=high.parse().unwrap()
        })
        .collect()
}

/// Pairs of position and set between the parentheses behind a word.
fn pairs(line: &str, word: &str) -> Vec<(u32, Vec<u32>)> {
    let Some((_, rest)) = line.split_once(&format!(" {word} (")) else {
        return Vec::new();
    };
    let list: Vec<&str> = rest.split(')').next().unwrap().split(' ').collect();
    list.chunks(2)
        .map(|pair| (pair[0].parse().unwrap(), numbers(pair[1])))
        .collect()
}

impl Belief {
    fn hear(&mut self, line: &str, uid: bool) {
        if line.starts_with(&format!("* ESEARCH (TAG \"{}\")", self.tag)) {
            for (_, set) in pairs(line, "REMOVEFROM") {
                for number in set {
                    let at = self.results.iter().position(|n| *n == number);
                    self.results.remove(at.expect("it was a result"));
                }
            }
            for (_, set) in pairs(line, "ADDTO") {
                for number in set {
                    assert!(!self.results.contains(&number), "{line}");
                    self.results.push(number);
                    self.results.sort_unstable();
                }
            }
        }
        let gone = line
            .strip_prefix("* ")
            .and_then(|rest| rest.strip_suffix(" EXPUNGE"))
            .map(|number| number.parse::<u32>().unwrap());
        if let Some(gone) = gone.filter(|_| !uid) {
            assert!(!self.results.contains(&gone), "removed before: {line}");
            for number in &mut self.results {
                *number -= u32::from(*number > gone);
            }
        }
    }
}

fn found(client: &mut Client, key: &str, uid: bool) -> Vec<u32> {
    let prefix = if uid { "UID " } else { "" };
    let said = client.say(&format!("q {prefix}SEARCH RETURN (ALL) {key}"));
    let line = said
        .lines()
        .find(|line| line.contains("TAG \"q\""))
        .unwrap();
    line.split_once("ALL ")
        .map_or(Vec::new(), |(_, set)| numbers(set.trim()))
}

#[test]
fn results_are_kept_up_to_date() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let keys = [
        ("c1", "FLAGGED", true),
        ("c2", "NOT DELETED", false),
        ("c3", "OR KEYWORD Later SUBJECT 3", true),
        ("c4", "UID 5:* UNSEEN", false),
        ("c5", "2:4 SEEN", true),
    ];
    let house = House::new();
    house.fill("INBOX", 12);
    let mut client = house.selected("INBOX");
    let mut beliefs = Vec::new();
    for (tag, key, uid) in keys {
        let prefix = if uid { "UID " } else { "" };
        let said = client.say(&format!("{tag} {prefix}SEARCH RETURN (UPDATE ALL) {key}"));
        let line = said.lines().next().unwrap();
        let results = line
            .split_once("ALL ")
            .map_or(Vec::new(), |(_, set)| numbers(set));
        assert!(said.contains(&format!("{tag} OK")), "{said}");
        beliefs.push((Belief { tag, results }, key, uid));
    }
    let fixed = found(&mut client, "2:4", true);
    let mut other = house.selected("INBOX");
    for round in 0..400 {
        for _ in 0..=next(3) {
            let number = next(14) + 1;
            let flag = ["\\Flagged", "\\Deleted", "\\Seen", "Later"][next(4) as usize];
            let sign = ["+", "-"][next(2) as usize];
            match next(8) {
                0 => house.fill("INBOX", 3),
                1 => drop(other.say("e EXPUNGE")),
                2 => drop(
                    client
                        .say(&format!(
                            "o UID STORE {number}:* {sign}FLAGS.SILENT ({flag})"
                        ))
                        .lines()
                        .map(|line| {
                            beliefs
                                .iter_mut()
                                .for_each(|(belief, _, uid)| belief.hear(line, *uid))
                        })
                        .count(),
                ),
                _ => drop(other.say(&format!(
                    "s UID STORE {}:{} {sign}FLAGS ({flag})",
                    number,
                    number + next(60)
                ))),
            }
        }
        // SEARCH may not say EXPUNGE, but what is gone leaves the results at once.
        let command = ["n NOOP", "n FETCH 1 UID", "n CHECK"][next(3) as usize];
        let said = client.say(command);
        for line in said.lines() {
            for (belief, _, uid) in &mut beliefs {
                belief.hear(line, *uid);
            }
        }
        if command == "n FETCH 1 UID" {
            continue;
        }
        for (belief, key, uid) in &mut beliefs {
            let said = client.say("n NOOP");
            assert_eq!(said.lines().count(), 1, "nothing is said twice: {said}");
            let key = match *key {
                // The numbers of then.
                "2:4 SEEN" => format!(
                    "UID {} SEEN",
                    fixed
                        .iter()
                        .map(u32::to_string)
                        .collect::<Vec<_>>()
                        .join(",")
                ),
                key => key.to_string(),
            };
            // `n:*` holds for every message that came, and never for those below n.
            let key = if key.starts_with("UID 5:*") {
                "UID 5:4294967295 UNSEEN".to_string()
            } else {
                key
            };
            assert_eq!(
                belief.results,
                found(&mut client, &key, *uid),
                "round {round}: {key} {said}"
            );
        }
    }
}

#[test]
fn contexts_are_few_and_end() {
    let house = House::new();
    house.fill("INBOX", 3);
    let mut client = house.selected("INBOX");
    for n in 0..CONTEXTS {
        assert!(
            !client
                .say(&format!("t{n} SEARCH RETURN (UPDATE COUNT) ALL"))
                .contains("NOUPDATE")
        );
    }
    assert_eq!(
        client
            .say("t0 SEARCH RETURN (UPDATE) ALL")
            .split(' ')
            .nth(1),
        Some("BAD")
    );
    assert_eq!(
        client.say("full SEARCH RETURN (UPDATE COUNT) ALL"),
        "* ESEARCH (TAG \"full\") COUNT 3\n* NO [NOUPDATE \"full\"] Too many results are kept up to date: CANCELUPDATE one\n\
         full OK SEARCH completed\n"
    );
    assert!(
        client
            .say("c CANCELUPDATE \"t0\" \"t1\" \"never\"")
            .contains("c OK")
    );
    assert!(
        !client
            .say("more SEARCH RETURN (UPDATE COUNT) ALL")
            .contains("NOUPDATE")
    );
    house.fill("INBOX", 1);
    let said = client.say("n NOOP");
    assert!(
        !said.contains("\"t0\"") && !said.contains("\"t1\""),
        "{said}"
    );
    assert!(
        said.contains("* ESEARCH (TAG \"t2\") ADDTO (0 4)\n"),
        "{said}"
    );
    // Another mailbox, or the same again: no more updates.
    client.say("s SELECT INBOX");
    house.fill("INBOX", 1);
    assert!(!client.say("n NOOP").contains("ESEARCH"));
}

/// RFC 5465 §7: what is new is fetched before it is told; the FETCH of a large message is cut, and its line stays whole.
#[test]
fn new_messages_are_fetched() {
    let mut house = House::new();
    house.limits.piece = 700;
    let mut client = house.selected("INBOX");
    client.say(
        "a00 SEARCH RETURN (COUNT UPDATE (UID BODY[HEADER.FIELDS (SUBJECT)] BODY[TEXT])) FROM boss",
    );
    let text = "line\n".repeat(1_000);
    house.deliver(
        "INBOX",
        &format!("From: boss@far.test\nSubject: raise\n\n{text}"),
    );
    house.deliver_octets("INBOX", b"From: bob@far.test\r\n\r\n", Flags::SEEN);
    let said = client.say("n NOOP");
    let expected = format!(
        "* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {{18}}\nSubject: raise\n\n BODY[TEXT] {{6000}}\n{text})\n\
         * ESEARCH (TAG \"a00\") ADDTO (0 1)\nn OK NOOP completed\n"
    );
    assert!(said.ends_with(&expected), "{said}");
    assert!(said.starts_with("* 2 EXISTS\n"), "{said}");
    assert_eq!(
        client.say("f FETCH 1 FLAGS"),
        "* 1 FETCH (FLAGS (\\Recent))\nf OK FETCH completed\n"
    );
    // A message that matches because of a flag is not new (§7).
    client.say("b SEARCH RETURN (UPDATE (UID)) FLAGGED");
    assert_eq!(
        client.say("s STORE 2 +FLAGS.SILENT (\\Flagged)"),
        "* ESEARCH (TAG \"b\") ADDTO (0 2)\ns OK STORE completed\n"
    );
}
