//! Letters that read like mail: words by Zipf's law, replies that know what they answer, HTML twins, attachments. The same every time.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// In every letter's text but a few.
pub const COMMON: &str = "the";
/// In the text of some letters only, see [`RARE_EVERY`].
pub const RARE: &str = "quetzalcoatlus";
/// Two words that stand beside each other in the same letters.
pub const PHRASE: &str = "quetzalcoatlus northropi";
/// One letter in so many holds the rare words.
pub const RARE_EVERY: u64 = 2_500;
/// In the subject of one letter in [`SUBJECT_EVERY`].
pub const SUBJECT: &str = "aquarium";
pub const SUBJECT_EVERY: u64 = 100;

const VOCABULARY: u64 = 30_000;
const SYLLABLES: [&str; 32] = [
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su",
    "ta", "ve", "wi", "xo", "yu", "za", "ble", "chi", "dro", "fra", "gle", "spi", "sto", "thu",
    "tri", "ver", "ment",
];
const NAMES: [&str; 12] = [
    "Ann Example",
    "Bob Builder",
    "Carla Cook",
    "Dora Dunn",
    "Emil Eder",
    "Fay Fox",
    "Gus Gray",
    "Hana Hill",
    "Ivo Iser",
    "Jo Jones",
    "Kim Kern",
    "Lea Lang",
];

/// A source of numbers that is the same every time (xorshift64*).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Small ones often, large ones seldom: the logarithm is even.
    fn rank(&mut self) -> u64 {
        let even = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((VOCABULARY as f64 + 1.0).powf(even) - 1.0) as u64
    }
}

fn word(rank: u64, out: &mut String) {
    if rank == 0 {
        return out.push_str(COMMON);
    }
    let mut left = rank.wrapping_mul(2_654_435_761) % (1 << 25);
    for _ in 0..1 + rank.ilog2().min(15) / 4 {
        out.push_str(SYLLABLES[(left % 32) as usize]);
        left /= 32;
    }
}

fn text(chance: &mut Chance, octets: usize, rare: bool) -> String {
    let (mut text, mut column) = (String::with_capacity(octets + 80), 0);
    if rare {
        text.push_str("Look, a ");
        text.push_str(PHRASE);
        text.push_str("!\r\n");
    }
    while text.len() < octets {
        let before = text.len();
        word(chance.rank(), &mut text);
        column += text.len() - before + 1;
        if column > 68 {
            text.push_str(".\r\n");
            column = 0;
        } else {
            text.push(' ');
        }
    }
    text.push_str("\r\n");
    text
}

/// Letter `number`, CRLF at its line ends: six in ten are plain text of some 2 KB, three text and HTML of some 8 KB, one brings an attachment of
/// some 30 KB. Every second one answers an earlier one.
pub fn letter(number: u64) -> Vec<u8> {
    let chance = &mut Chance::new(number + 1);
    let mut letter = String::with_capacity(4096);
    let from = NAMES[chance.below(12) as usize];
    let address = from.to_ascii_lowercase().replace(' ', ".");
    let mut subject = String::new();
    for _ in 0..2 + chance.below(4) {
        word(chance.rank(), &mut subject);
        subject.push(' ');
    }
    if number.is_multiple_of(SUBJECT_EVERY) {
        subject.push_str(SUBJECT);
    }
    let reply = number > 10 && chance.below(2) == 0;
    let (day, second) = (chance.below(28) + 1, chance.below(86_400));
    let _ = write!(
        letter,
        "Return-Path: <{address}@far.test>\r\nReceived: from mx{}.far.test (mx.far.test [198.51.100.{}])\r\n by mail.house.test with ESMTPS id {:x}-{number}\r\n \
         for <p0@house.test>; Sun, 22 Nov 2026 02:23:54 +0000\r\nFrom: {from} <{address}@far.test>\r\nTo: Person <p0@house.test>\r\n\
         Subject: {}{}\r\nDate: {day} Oct 2026 {:02}:{:02}:{:02} +0100\r\nMessage-ID: <{number}.prose@far.test>\r\nMIME-Version: 1.0\r\n",
        chance.below(9),
        chance.below(250),
        chance.next() as u32,
        if reply { "Re: " } else { "" },
        subject.trim(),
        second / 3600,
        second / 60 % 60,
        second % 60
    );
    if reply {
        let to = number - 1 - chance.below(10);
        let _ = write!(
            letter,
            "In-Reply-To: <{to}.prose@far.test>\r\nReferences: <{}.prose@far.test> <{to}.prose@far.test>\r\n",
            to.saturating_sub(7)
        );
    }
    let rare = number.is_multiple_of(RARE_EVERY);
    match chance.below(10) {
        0..6 => {
            letter.push_str("Content-Type: text/plain; charset=utf-8\r\n\r\n");
            let octets = 600 + chance.below(2_400) as usize;
            letter.push_str(&text(chance, octets, rare));
        }
        6..9 => {
            let octets = 1_000 + chance.below(2_000) as usize;
            let plain = text(chance, octets, rare);
            let html: String = plain
                .lines()
                .map(|line| format!("<tr><td style=3D\"font-family:Arial;color:#333333;padding:4px\"><p>{line}</p></td></tr>\r\n"))
                .collect();
            let _ = write!(
                letter,
                "Content-Type: multipart/alternative; boundary=\"b{number}\"\r\n\r\n--b{number}\r\nContent-Type: text/plain\r\n\r\n{plain}\r\n--b{number}\r\n\
                 Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html><body><table>\r\n{html}</table></body></html>\r\n--b{number}--\r\n"
            );
        }
        _ => {
            let plain = text(chance, 700, rare);
            let octets: Vec<u8> = (0..16_000 + chance.below(12_000))
                .map(|_| chance.next() as u8)
                .collect();
            let _ = write!(
                letter,
                "Content-Type: multipart/mixed; boundary=\"b{number}\"\r\n\r\n--b{number}\r\nContent-Type: text/plain\r\n\r\n{plain}\r\n--b{number}\r\n\
                 Content-Type: image/jpeg; name=\"picture{number}.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            );
            for line in STANDARD.encode(octets).as_bytes().chunks(76) {
                letter.push_str(&String::from_utf8_lossy(line));
                letter.push_str("\r\n");
            }
            let _ = write!(letter, "--b{number}--\r\n");
        }
    }
    letter.into_bytes()
}
