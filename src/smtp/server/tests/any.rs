//! Any sequence of lines, in any pieces: no panic, the same answers, the same mail.

use super::super::*;
use super::player::*;

/// What is thrown together, at random but always the same.
const WORDS: [&[u8]; 40] = [
    b"EHLO a\r\n",
    b"HELO b\r\n",
    b"MAIL FROM:<>\r\n",
    b"MAIL FROM:<alice@example.org>\r\n",
    b"MAIL FROM:<> BODY=BINARYMIME SIZE=10\r\n",
    b"RCPT TO:<alice@example.org>\r\n",
    b"RCPT TO:<bob@example.org>\r\n",
    b"RCPT TO:<nobody@example.org>\r\n",
    b"RCPT TO:<Postmaster>\r\n",
    b"DATA\r\n",
    b"Subject: a\r\n",
    b"Received: a\r\n",
    b"\r\n",
    b".\r\n",
    b"..\r\n",
    b"\r\n.\r\n",
    b"\r\n.\r\n",
    b".",
    b"\r",
    b"\n",
    b"\0",
    b"BDAT 3 LAST\r\na\r\n",
    b"BDAT 3\r\na\r\n",
    b"BDAT 0 LAST\r\n",
    b"BDAT 99999999999\r\n",
    b"BDAT\r\n",
    b"RSET\r\n",
    b"NOOP\r\n",
    b"VRFY a\r\n",
    b"HELP\r\n",
    b"QUIT\r\n",
    b"WHAT\r\n",
    b"GET / HTTP/1.1\r\n",
    b"\x16\x03",
    b"AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==\r\n",
    b"AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==\r\n",
    b"AUTH LOGIN\r\n",
    b"*\r\n",
    b"\xff\xfe\r\n",
    b"AUTH SCRAM-SHA-256 bixhPSxuPWEscj1i\r\n",
];

/// xorshift64: enough to shuffle words.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

fn talk(kind: Kind, talk: &[u8], pieces: usize) -> Stage {
    let limits = Limits {
        bad_commands: 20,
        size: 40,
        hops: 3,
        drain: 200,
        ..Limits::default()
    };
    let mut stage = Stage::new(profile(kind, active()), limits);
    talk.chunks(pieces).for_each(|piece| stage.feed(piece));
    stage
}

/// Fed at once, a client that did not wait for the answer to DATA may be cut off where it would not be octet by octet; up to there all is alike.
#[test]
fn pieces_change_nothing() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut kept, mut cut_off) = (0, 0);
    for round in 0..4000 {
        let kind = if round % 2 == 0 {
            Kind::World
        } else {
            Kind::Submission
        };
        let mut words = Vec::new();
        if dice.roll(4) > 0 {
            words.extend_from_slice(WORDS[0]);
            if kind == Kind::Submission {
                words.extend_from_slice(WORDS[34]);
            }
            for word in [2, 5, 9].into_iter().take(dice.roll(4)) {
                words.extend_from_slice(WORDS[word]);
            }
        }
        for _ in 0..dice.roll(20) {
            words.extend_from_slice(WORDS[dice.roll(WORDS.len())]);
        }
        let mut single = talk(kind, &words, 1);
        let said = single.said();
        for pieces in [2, 3, 7, words.len().max(1)] {
            let mut other = talk(kind, &words, pieces);
            let other_said = other.said();
            let place = format!(
                "{}\nby octets:\n{said}\nby {pieces}:\n{other_said}",
                words.escape_ascii()
            );
            assert!(said.starts_with(&other_said), "{place}");
            assert!(single.world.kept.starts_with(&other.world.kept), "{place}");
            if other_said.len() == said.len() {
                assert_eq!(other.world.kept.len(), single.world.kept.len(), "{place}");
            } else {
                assert!(other.closed, "{place}");
                cut_off += 1;
            }
        }
        kept += single.world.kept.len();
    }
    assert!(
        kept > 200 && cut_off > 0,
        "the dice are no good: {kept} kept, {cut_off} cut off"
    );
}

/// How fast a message goes through a session: `cargo test -p smtp --release -- --ignored --nocapture fast`.
#[test]
#[ignore = "a measurement, meant for a release build"]
fn fast() {
    let now = Instant::now();
    let limits = Limits {
        size: u64::MAX,
        ..Limits::default()
    };
    let line = [&[b'x'; 76][..], b"\r\n"].concat();
    for start in [&b"DATA\r\n\r\n"[..], b"BDAT 1000000000000 LAST\r\n\r\n"] {
        let mut session = Session::new(profile(Kind::World, Tls::None), limits.clone(), now);
        let mut out = Vec::new();
        session.feed(b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\n");
        session.step(now, &mut out);
        session.recipient(RecipientVerdict::Accepted);
        session.feed(start);
        let (piece, mut octets) = (line.repeat(16_384 / line.len()), 0);
        let began = Instant::now();
        while octets < 1_000_000_000 {
            match session.step(now, &mut out) {
                Step::Read => session.feed(&piece),
                Step::Content(content) => octets += content.len(),
                other => panic!("{other:?}"),
            }
        }
        println!(
            "{}: {:.0} MB/s",
            start.escape_ascii(),
            octets as f64 / 1e6 / began.elapsed().as_secs_f64()
        );
    }
}
