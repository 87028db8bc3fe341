//! The index's answers beside the scanner's, on random mail that comes, goes and is merged.

use ::store::index::{IndexBatch, IndexWriter};
use ::store::{Entry, Flags, Gid, Uid};

use super::*;
use crate::cmd::house::House;
use crate::words;

/// A source of numbers that a seed repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len())]
    }
}

const WORDS: &[&str] = &[
    "the",
    "meeting",
    "Straße",
    "STRASSE",
    "résumé",
    "resume",
    "naïve",
    "plan",
    "planning",
    "a",
    "I",
    "Ünlü",
    "привет",
    "Приветствие",
    "会议记录",
    "会議の記録",
    "東京",
    "東",
    "한국어",
    "ﬁle",
    "file",
    "ＡＢＣ",
    "abc",
    "x1y2z3",
    "a1b2c3d4e5",
    "2026",
    "20261122101112",
    "3.14",
    "foo-bar",
    "foo_bar",
    "user@example.org",
    "https://example.org/a/b?c=d&e=f",
    "<tag>",
    "&amp;",
    "100%",
    "C++",
    "😀",
    "e\u{301}te\u{301}",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "supercalifragilisticexpialidocious",
    "\"quoted\"",
    "don't",
    "--",
    "iPhone手机",
    "ขอบคุณ",
    "q",
    "zz",
    "\u{1}ctl",
    "tab\there",
    "_",
    "ß",
];

/// A text of some words.
fn text(dice: &mut Dice, words: usize) -> String {
    let mut out = String::new();
    for _ in 0..words {
        match dice.roll(12) {
            0 => (0..dice.roll(40)).for_each(|_| {
                out.push(char::from(
                    b"abcdefghijklmnopqrstuvwxyz0123456789+/=ABCXYZ"[dice.roll(45)],
                ))
            }),
            _ => out.push_str(dice.one(WORDS)),
        }
        out.push_str(dice.one(&[" ", " ", " ", "  ", "\r\n", ", ", ".", ""]));
    }
    out
}

fn base64(octets: &[u8]) -> String {
    use base64::Engine as _;
    let all = base64::engine::general_purpose::STANDARD.encode(octets);
    all.as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line) + "\r\n")
        .collect()
}

fn quoted(octets: &[u8]) -> String {
    octets
        .iter()
        .map(|octet| match octet {
            b'\n' | b'\r' | b' '..=b'<' | b'>'..=b'~' => char::from(*octet).to_string(),
            other => format!("={other:02X}"),
        })
        .collect()
}

fn header(dice: &mut Dice) -> String {
    let words = 1 + dice.roll(6);
    let said = text(dice, words).replace(['\r', '\n', '\u{1}'], " ");
    let said = match dice.roll(3) {
        0 if said.is_ascii() => said,
        _ => mail::header::encode_words(&said),
    };
    let many: String = (0..40)
        .map(|n| format!("\"Some{n} One\" <one{n}@far{n}.example>,\r\n "))
        .collect();
    let id = dice.roll(1_000_000_007);
    let mut out = match dice.roll(4) {
        0 => format!("Subject:{said}\r\n"),
        _ => format!("Subject: {said}\r\n"),
    };
    out += &format!(
        "From: \"{}\" <ann@house.test>\r\n",
        dice.one(&["Ann", "Bob B.", "plan"])
    );
    match dice.roll(5) {
        0 => out += &format!("To: {many}last@far.example\r\n"),
        1 => out += "To: ann@house.test\r\nCc: plan <cc@far.test>\r\nBcc: x@y\r\n",
        _ => {}
    }
    out += &format!(
        "Message-ID: <{id:x}.{}@mail.far.example>\r\n",
        dice.roll(100_000)
    );
    if dice.roll(2) == 0 {
        out += &format!(
            "Received: from mx{id}.far.example (1.2.3.4) by here\r\n\twith ESMTP id {id:x}; Mon, 1 Jan\r\n"
        );
    }
    if dice.roll(3) == 0 {
        out += &format!(
            "X-Thing: {}\r\n",
            dice.one(&["plan", "Meeting room", "x1y2z3", "v=1; 123456789"])
        );
    }
    if dice.roll(9) == 0 {
        out += "junk line without colon\r\n";
    }
    out
}

/// A text part in one of many charsets and encodings.
fn part(dice: &mut Dice) -> String {
    let words = dice.roll(60);
    let mut said = text(dice, words);
    let html = dice.roll(3) == 0;
    if html {
        said = format!(
            "<html><head><title>hidden</title><style>p {{ color: red }}</style></head><body class=\"meeting\"><p>{}</p><b>pl</b>an</body></html>",
            said.replace(' ', dice.one(&[" ", "<br>", "<i> </i>"]))
        );
    }
    let label = dice.one(&[
        "utf-8",
        "iso-8859-1",
        "koi8-r",
        "iso-2022-jp",
        "gb18030",
        "us-ascii",
        "x-none",
        "",
    ]);
    let octets = match label {
        "iso-8859-1" => said
            .chars()
            .map(|c| u8::try_from(c).unwrap_or(b'?'))
            .collect(),
        "gb18030" | "iso-2022-jp" | "koi8-r" if dice.roll(2) == 0 => {
            // Some of their own octets.
            let own: &[u8] = match label {
                "koi8-r" => b" \xF0\xD2\xC9\xD7\xC5\xD4 plan",
                "gb18030" => b" \xBB\xE1\xD2\xE9\xBC\xC7\xC2\xBC plan",
                _ => b" \x1B$B2q5D\x1B(B plan",
            };
            own.repeat(1 + dice.roll(2000))
        }
        _ => said.into_bytes(),
    };
    let (encoding, body) = match dice.roll(3) {
        0 => ("base64", base64(&octets)),
        1 => ("quoted-printable", quoted(&octets)),
        _ => ("8bit", String::from_utf8_lossy(&octets).into_owned()),
    };
    let kind = if html { "html" } else { "plain" };
    format!(
        "Content-Type: text/{kind}; charset={label}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"
    )
}

fn message(dice: &mut Dice, depth: usize) -> String {
    let head = header(dice);
    match dice.roll(5) {
        0 if depth < 2 => {
            let inner = message(dice, depth + 1);
            let part = part(dice);
            format!(
                "{head}Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\npreamble plan\r\n--b{depth}\r\n{part}\r\n--b{depth}\r\nContent-Type: message/rfc822\r\nX-Part: meeting\r\n\r\n{inner}\r\n--b{depth}--\r\n"
            )
        }
        1 => {
            let (one, other) = (part(dice), part(dice));
            format!(
                "{head}Content-Type: multipart/alternative; boundary=\"c{depth}12345678901\"\r\n\r\n--c{depth}12345678901\r\n{one}\r\n--c{depth}12345678901\r\n{other}\r\n--c{depth}12345678901\r\nContent-Type: application/octet-stream; name=plan.pdf\r\n\r\nplan\r\n--c{depth}12345678901--\r\n"
            )
        }
        _ => head + &part(dice),
    }
}

/// A text to look for: mostly a piece of a message's own.
fn needle(dice: &mut Dice, messages: &[String]) -> String {
    let own = &messages[dice.roll(messages.len())];
    match dice.roll(6) {
        0 => dice.one(WORDS).to_string(),
        1 => format!("{} {}", dice.one(WORDS), dice.one(WORDS)),
        2 => dice
            .one(&[
                "a",
                "q",
                "zz",
                "<",
                ">",
                "@",
                " ",
                "ann@house",
                "lan",
                "plan.",
                "mx",
                "subject",
                "subject: ",
                ": ",
                "x1y",
                "手",
                "e手",
                "会议",
                "议记录",
                "の",
                "hidden",
                "color",
                "pl</b>",
                "1",
                "12",
                "d8",
                "SS",
                "ü",
                "\u{308}",
            ])
            .to_string(),
        _ => {
            let chars: Vec<char> = own.chars().collect();
            let length = 1 + [1, 3, 8, 20, 100][dice.roll(5)];
            let length = 1 + dice.roll(length);
            let from = dice.roll(chars.len().saturating_sub(length).max(1));
            chars
                .iter()
                .skip(from)
                .take(length)
                .filter(|c| **c != '\0')
                .collect()
        }
    }
}

fn asked(dice: &mut Dice, needle: &str) -> Text {
    match dice.roll(5) {
        0 => Text::body(needle),
        1 | 2 => Text::header_or_body(needle),
        3 => Text::header(dice.one(&["subject", "from", "to", "cc", "bcc"]), needle),
        _ => {
            let name = dice.one(&[
                "message-id",
                "x-thing",
                "received",
                "x-none",
                "content-type",
                "Subject",
            ]);
            Text::header(name, if dice.roll(6) == 0 { "" } else { needle })
        }
    }
}

/// Puts what waits into the index, at most `most` messages a segment.
fn build(house: &House, writer: &mut IndexWriter, most: usize) {
    loop {
        let pending = writer.pending().unwrap();
        if !pending.any {
            return;
        }
        let (mut batch, mut next) = (IndexBatch::new(pending.from), pending.from);
        {
            let tx = house.store.read().unwrap();
            while next < pending.to && batch.len() < most && !batch.is_full() {
                assert!(words::collect(&tx, next, &mut batch).unwrap());
                next = Gid(next.0 + 1);
            }
        }
        writer.add(batch, next).unwrap();
    }
}

fn entries(house: &House) -> Vec<(Uid, Entry)> {
    let mut all = Vec::new();
    let tx = house.store.read().unwrap();
    tx.entries(house.mailbox("INBOX"), 1..=Uid::MAX, &mut |uid, entry| {
        all.push((uid, *entry));
        true
    })
    .unwrap();
    all
}

fn scanned(tx: &ReadTx<'_>, uid: Uid, entry: &Entry, text: &Text) -> bool {
    let met = Met {
        number: 1,
        uid,
        entry: *entry,
        expunged: false,
    };
    let mut looking = Looking::default();
    while !looking.run(tx, &met, 0, Some(text), &mut 40_000).unwrap() {}
    looking.answer(0).unwrap()
}

#[test]
fn the_index_says_what_the_scanner_says() {
    let seed = std::env::var("PILLARBOX_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(0x5EED_1234_u64);
    let rounds = std::env::var("PILLARBOX_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(5);
    println!("PILLARBOX_SEED={seed}");
    let mut dice = Dice(seed);
    let house = House::new();
    let mut writer = IndexWriter::open((*house.store).clone(), words::VERSION)
        .unwrap()
        .fan(3);
    let mut messages = Vec::new();
    let (mut known, mut open, mut found) = (0_u64, 0_u64, 0_u64);
    for _ in 0..rounds {
        for _ in 0..1 + dice.roll(20) {
            let message = message(&mut dice, 0);
            house.deliver_octets("INBOX", message.as_bytes(), Flags::default());
            messages.push(message);
        }
        let all = entries(&house);
        let gone: Vec<Uid> = all
            .iter()
            .filter(|_| dice.roll(12) == 0)
            .map(|(uid, _)| *uid)
            .collect();
        let inbox = house.mailbox("INBOX");
        house
            .store
            .write(move |tx| tx.expunge(inbox, &gone))
            .wait()
            .unwrap();
        if dice.roll(3) > 0 {
            let most = 1 + dice.roll(9);
            build(&house, &mut writer, most);
        }
        for _ in 0..dice.roll(30) {
            writer.tend().unwrap();
        }
        let all = entries(&house);
        for _ in 0..60 {
            let needle = needle(&mut dice, &messages);
            let text = asked(&mut dice, &needle);
            let tx = house.store.read().unwrap();
            for (uid, entry) in &all {
                let plain = scanned(&tx, *uid, entry, &text);
                match text.known(&tx, entry.gid).unwrap() {
                    Some(answer) => {
                        assert_eq!(
                            answer,
                            plain,
                            "{:?} {needle:?} in message {}:\n{}",
                            text.place,
                            entry.gid.0,
                            messages[entry.gid.0 as usize - 1]
                        );
                        known += 1;
                        found += u64::from(answer);
                    }
                    None => open += 1,
                }
            }
        }
    }
    println!("{known} known, {found} found, {open} left open");
    assert!(found > known / 50, "{found} of {known} found");
    assert!(open < known / 2, "{open} left open, {known} known");
}
