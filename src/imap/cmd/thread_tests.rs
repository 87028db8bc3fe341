//! THREAD: RFC 5256's own examples of answers, and random mailboxes against the RFC's steps written down as they stand there.

use std::collections::HashMap;

use ::store::{Gid, Read};

use crate::cmd::house::{Client, House};

/// A message of the tests.
#[derive(Clone, Default)]
pub(crate) struct Letter {
    pub(crate) id: Option<String>,
    pub(crate) references: Vec<String>,
    pub(crate) subject: String,
    /// seconds within one minute
    pub(crate) date: u32,
}

impl Letter {
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "From: a@far.test\nSubject: {}\nDate: Mon, 7 Feb 1994 23:52:{:02} +0000\n",
            self.subject, self.date
        );
        if let Some(id) = &self.id {
            text += &format!("Message-ID: <{id}>\n");
        }
        match self.references.as_slice() {
            [] => {}
            [one] => text += &format!("In-Reply-To: your letter of today <{one}>\n"),
            many => {
                let many: Vec<String> = many.iter().map(|id| format!("<{id}>")).collect();
                text += &format!("References: {}\n", many.join("\n "));
            }
        }
        text + "\nx\n"
    }
}

/// Numbers that look random, the same for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Fills the columns of every message whose arrival number says so.
pub(crate) fn fill(house: &House, which: impl Fn(Gid) -> bool) {
    let inbox = house.mailbox("INBOX");
    let mut gids = Vec::new();
    let tx = house.store.read().unwrap();
    tx.entries(inbox, 1..=u32::MAX, &mut |_, entry| {
        gids.push(entry.gid);
        true
    })
    .unwrap();
    drop(tx);
    gids.retain(|gid| which(*gid));
    house
        .store
        .write(move |tx| crate::columns::fill(tx, gids))
        .wait()
        .unwrap();
}

fn thread(client: &mut Client, rest: &str) -> String {
    let said = client.say(&format!("t THREAD {rest}"));
    let found = said
        .strip_prefix("* THREAD")
        .and_then(|found| found.strip_suffix("\nt OK THREAD completed\n"));
    found
        .unwrap_or_else(|| panic!("{rest}: {said}"))
        .trim()
        .to_string()
}

fn letter(id: &str, references: &str, subject: &str, date: u32) -> Letter {
    Letter {
        id: Some(id.to_owned()),
        references: references.split_whitespace().map(str::to_owned).collect(),
        subject: subject.to_owned(),
        date,
    }
}

fn house(letters: &[Letter]) -> House {
    let house = House::new();
    for letter in letters {
        house.deliver("INBOX", &letter.text());
    }
    house
}

#[test]
fn small_mailboxes() {
    let rows: [(&[Letter], &str, &str, &str); 8] = [
        (&[], "", "", ""),
        (&[letter("a@x", "", "hello", 1)], "(1)", "(1)", "(1)"),
        // RFC 5256 §4: (3 6 (4 23)(44 7 96)).
        (
            &[
                letter("3@x", "", "t", 1),
                letter("6@x", "3@x", "Re: t", 2),
                letter("4@x", "3@x 6@x", "Re: t", 3),
                letter("23@x", "3@x 6@x 4@x", "Re: t", 4),
                letter("44@x", "3@x 6@x", "Re: t", 5),
                letter("7@x", "3@x 6@x 44@x", "Re: t", 6),
                letter("96@x", "3@x 6@x 44@x 7@x", "Re: t", 7),
            ],
            "(1 2 (3 4)(5 6 7))",
            "(1 2 (3 4)(5 6 7))",
            "(1 (2)(3)(4)(5)(6)(7))",
        ),
        // ((3)(5)): the parent is not there.
        (
            &[letter("3@x", "1@x", "a", 1), letter("5@x", "1@x", "b", 2)],
            "((1)(2))",
            "((1)(2))",
            "(1)(2)",
        ),
        // One child of a message that is not there stands alone.
        (&[letter("3@x", "1@x 2@x", "a", 1)], "(1)", "(1)", "(1)"),
        // By the subject: a reply goes under what it answers, two of the same subject side by side.
        (
            &[
                letter("1@x", "", "a", 2),
                letter("2@x", "", "Re: a", 1),
                letter("3@x", "", "b", 3),
                letter("4@x", "", "B", 4),
            ],
            "(1 2)((3)(4))",
            "(2)(1)(3)(4)",
            "(2 1)(3 4)",
        ),
        // No loops.
        (
            &[letter("1@x", "2@x", "a", 1), letter("2@x", "1@x", "b", 2)],
            "(2 1)",
            "(2 1)",
            "(1)(2)",
        ),
        // The second of two with one identifier is nobody's parent.
        (
            &[
                letter("1@x", "", "a", 1),
                letter("1@x", "", "b", 2),
                letter("3@x", "1@x", "c", 3),
            ],
            "(1 3)(2)",
            "(1 3)(2)",
            "(1)(2)(3)",
        ),
    ];
    for (letters, references, refs, subject) in rows {
        let house = house(letters);
        let mut client = house.selected("INBOX");
        for filled in [false, true] {
            if filled {
                fill(&house, |_| true);
            }
            assert_eq!(thread(&mut client, "REFERENCES UTF-8 ALL"), references);
            assert_eq!(thread(&mut client, "ORDEREDSUBJECT us-ascii ALL"), subject);
            let mut unordered: Vec<_> = thread(&mut client, "REFS UTF-8 ALL")
                .replace(")(", ") (")
                .split(' ')
                .map(str::to_owned)
                .collect();
            let mut expected: Vec<_> = refs
                .replace(")(", ") (")
                .split(' ')
                .map(str::to_owned)
                .collect();
            unordered.sort();
            expected.sort();
            assert_eq!(unordered, expected);
        }
    }
}

#[test]
fn uids_subsets_and_refusals() {
    let house = house(&[
        letter("1@x", "", "a", 1),
        letter("2@x", "1@x", "Re: a", 2),
        letter("3@x", "1@x", "Re: a", 3),
    ]);
    let mut client = house.selected("INBOX");
    client.say("d UID STORE 1 +FLAGS (\\Deleted)");
    client.say("d EXPUNGE");
    assert_eq!(
        client.say("t UID THREAD REFERENCES UTF-8 ALL"),
        "* THREAD ((2)(3))\nt OK THREAD completed\n"
    );
    assert_eq!(thread(&mut client, "REFERENCES UTF-8 2"), "(2)");
    assert_eq!(thread(&mut client, "REFERENCES UTF-8 TEXT gewp"), "");
    assert!(
        client
            .say("t THREAD REFERENCES X-NONE ALL")
            .starts_with("t NO [BADCHARSET")
    );
    assert!(client.say("t THREAD JWZ UTF-8 ALL").starts_with("t BAD"));
    assert!(client.say("t THREAD REFERENCES ALL").starts_with("t BAD"));
}

/// Deep threads need no stack, and come out whole in pieces.
#[test]
fn a_thread_of_three_thousand_generations() {
    const DEEP: usize = 3_000;
    let mut house = House::new();
    house.limits.piece = 1_024;
    for n in 0..DEEP {
        let before = if n == 0 {
            String::new()
        } else {
            format!("{}@x", n - 1)
        };
        house.deliver(
            "INBOX",
            &letter(&format!("{n}@x"), &before, "Re: a", 1).text(),
        );
    }
    let mut client = house.selected("INBOX");
    let all: Vec<String> = (1..=DEEP).map(|n| n.to_string()).collect();
    assert_eq!(
        thread(&mut client, "REFERENCES UTF-8 ALL"),
        format!("({})", all.join(" "))
    );
}

#[test]
fn random_mailboxes_are_threaded_as_the_rfc_says() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    for round in 0..60 {
        let seed = seed.unwrap_or(round);
        let mut random = Random(seed);
        let count = 1 + random.below(24);
        let ids = 2 + random.below(count * 2);
        let letters: Vec<Letter> = (0..count)
            .map(|n| {
                let mut references: Vec<String> = Vec::new();
                for _ in 0..random.below(5) {
                    references.push(format!("{}@x", random.below(ids)));
                }
                Letter {
                    id: (random.below(8) > 0).then(|| {
                        if random.below(3) == 0 {
                            format!("{}@x", random.below(ids))
                        } else {
                            format!("{n}@x")
                        }
                    }),
                    references,
                    subject: format!(
                        "{}{}",
                        ["", "", "Re: ", "[l] ", "Fwd: "][random.below(5)],
                        ["a", "b", "A", "", "c d"][random.below(5)]
                    ),
                    date: random.below(12) as u32,
                }
            })
            .collect();
        let house = house(&letters);
        let mut client = house.selected("INBOX");
        for filled in 0..3 {
            fill(&house, |gid| filled == 2 || filled == 1 && gid.0 % 2 == 0);
            for (algorithm, expected) in [
                ("REFERENCES", references(&letters)),
                ("ORDEREDSUBJECT", ordered_subject(&letters)),
            ] {
                let found = thread(&mut client, &format!("{algorithm} UTF-8 ALL"));
                assert_eq!(found, expected, "{algorithm}, seed {seed}");
            }
        }
    }
}

/// The RFC's steps, word by word.
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Default, Clone)]
struct Node {
    message: Option<usize>,
    parent: Option<usize>,
    children: Vec<usize>,
}

fn base(letter: &Letter) -> (String, bool) {
    let base = mail::subject::base_subject(letter.subject.as_bytes());
    (base.text.to_lowercase(), base.reply)
}

fn references(letters: &[Letter]) -> String {
    let mut tree = Tree { nodes: Vec::new() };
    let mut ids: HashMap<String, usize> = HashMap::new();
    for (n, letter) in letters.iter().enumerate() {
        tree.nodes.push(Node {
            message: Some(n),
            ..Node::default()
        });
        if let Some(id) = &letter.id {
            ids.entry(id.clone()).or_insert(n);
        }
    }
    for (n, letter) in letters.iter().enumerate() {
        let mut before = None;
        for id in &letter.references {
            let node = *ids.entry(id.clone()).or_insert_with(|| {
                tree.nodes.push(Node::default());
                tree.nodes.len() - 1
            });
            if let Some(before) = before
                && tree.nodes[node].parent.is_none()
            {
                tree.link(before, node);
            }
            before = Some(node);
        }
        tree.unlink(n);
        if let Some(before) = before {
            tree.link(before, n);
        }
    }
    let mut roots: Vec<usize> = (0..tree.nodes.len())
        .filter(|node| tree.nodes[*node].parent.is_none())
        .collect();
    roots = tree.pruned(roots, true);
    tree.sort(&mut roots, letters);
    let mut table: HashMap<String, usize> = HashMap::new();
    let subject = |tree: &Tree, node: usize| base(&letters[tree.first(node)]);
    for &root in &roots {
        let (text, reply) = subject(&tree, root);
        if text.is_empty() {
            continue;
        }
        let dummy = tree.nodes[root].message.is_none();
        match table.get(&text) {
            None => {
                table.insert(text, root);
            }
            Some(&other) => {
                let other_dummy = tree.nodes[other].message.is_none();
                if !other_dummy && (dummy || subject(&tree, other).1 && !reply) {
                    table.insert(text, root);
                }
            }
        }
    }
    for root in roots.clone() {
        let (text, reply) = subject(&tree, root);
        if text.is_empty() || table[&text] == root {
            continue;
        }
        let other = table[&text];
        let (dummy, other_dummy) = (
            tree.nodes[root].message.is_none(),
            tree.nodes[other].message.is_none(),
        );
        roots.retain(|node| *node != root);
        if dummy && other_dummy {
            for child in tree.nodes[root].children.clone() {
                tree.unlink(child);
                tree.link(other, child);
            }
        } else if other_dummy || reply && !subject(&tree, other).1 {
            tree.link(other, root);
        } else {
            tree.nodes.push(Node::default());
            let new = tree.nodes.len() - 1;
            roots.retain(|node| *node != other);
            roots.push(new);
            tree.link(new, root);
            tree.link(new, other);
            table.insert(text, new);
        }
    }
    tree.sort(&mut roots, letters);
    roots.iter().map(|root| tree.list(*root)).collect()
}

fn ordered_subject(letters: &[Letter]) -> String {
    let mut threads: Vec<(String, Vec<usize>)> = Vec::new();
    let mut order: Vec<usize> = (0..letters.len()).collect();
    order.sort_by_key(|n| (letters[*n].date, *n));
    for n in order {
        let text = base(&letters[n]).0;
        match threads.iter_mut().find(|(other, _)| *other == text) {
            Some((_, thread)) => thread.push(n),
            None => threads.push((text, vec![n])),
        }
    }
    let print = |(_, thread): &(String, Vec<usize>)| match thread.as_slice() {
        [one] => format!("({})", one + 1),
        [one, two] => format!("({} {})", one + 1, two + 1),
        [one, more @ ..] => {
            let more: String = more.iter().map(|n| format!("({})", n + 1)).collect();
            format!("({} {more})", one + 1)
        }
        [] => String::new(),
    };
    threads.iter().map(print).collect()
}

impl Tree {
    fn is_under(&self, node: usize, above: usize) -> bool {
        node == above
            || self.nodes[node]
                .parent
                .is_some_and(|parent| self.is_under(parent, above))
    }

    fn link(&mut self, parent: usize, child: usize) {
        if !self.is_under(parent, child) {
            self.nodes[child].parent = Some(parent);
            self.nodes[parent].children.push(child);
        }
    }

    fn unlink(&mut self, child: usize) {
        if let Some(parent) = self.nodes[child].parent.take() {
            self.nodes[parent].children.retain(|other| *other != child);
        }
    }

    fn pruned(&mut self, siblings: Vec<usize>, root: bool) -> Vec<usize> {
        let mut kept = Vec::new();
        for node in siblings {
            let children = std::mem::take(&mut self.nodes[node].children);
            let children = self.pruned(children, false);
            let dummy = self.nodes[node].message.is_none();
            if dummy && (children.is_empty() || !root || children.len() == 1) {
                for child in &children {
                    self.nodes[*child].parent = None;
                }
                kept.extend(children);
            } else {
                for child in &children {
                    self.nodes[*child].parent = Some(node);
                }
                self.nodes[node].children = children;
                kept.push(node);
            }
        }
        kept
    }

    /// The message itself, or a dummy's first child.
    fn first(&self, node: usize) -> usize {
        self.nodes[node]
            .message
            .unwrap_or_else(|| self.nodes[self.nodes[node].children[0]].message.unwrap())
    }

    fn sort(&mut self, siblings: &mut [usize], letters: &[Letter]) {
        for node in siblings.iter() {
            let mut children = std::mem::take(&mut self.nodes[*node].children);
            self.sort(&mut children, letters);
            self.nodes[*node].children = children;
        }
        siblings.sort_by_key(|node| {
            let first = self.first(*node);
            (letters[first].date, first)
        });
    }

    fn list(&self, node: usize) -> String {
        format!("({})", self.members(node))
    }

    fn members(&self, node: usize) -> String {
        let mut text = self.nodes[node]
            .message
            .map_or(String::new(), |message| (message + 1).to_string());
        match self.nodes[node].children.as_slice() {
            [] => {}
            [child] => text += &format!(" {}", self.members(*child)),
            children => {
                if !text.is_empty() {
                    text += " ";
                }
                for child in children {
                    text += &self.list(*child);
                }
            }
        }
        text
    }
}
