//! Base64 as mail carries it (RFC 2045 §6.8): any characters may stand between, and bodies may be joined ones.

/// A streaming decoder. It keeps at most three characters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decoder {
    bits: u32,
    /// Characters of the unfinished group of four.
    count: u8,
    /// Whether the group was ended by padding, so that more padding may follow.
    padded: bool,
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BLANK: u8 = 64;
const PAD: u8 = 65;
const JUNK: u8 = 66;

/// What each octet means: a value below 64, or one of the constants above.
const MEANING: [u8; 256] = meaning();

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn meaning() -> [u8; 256] {
    let mut table = [JUNK; 256];
    let mut value: u8 = 0;
    while value < 64 {
        table[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    table[b' ' as usize] = BLANK;
    table[b'\t' as usize] = BLANK;
    table[b'\r' as usize] = BLANK;
    table[b'\n' as usize] = BLANK;
    table[b'=' as usize] = PAD;
    table
}

fn value(octet: u8) -> u8 {
    MEANING.get(usize::from(octet)).copied().unwrap_or(JUNK)
}

impl Decoder {
    /// Decodes a piece; false if it holds characters that have no business there. Those are passed over.
    pub(crate) fn feed(&mut self, octets: &[u8], out: &mut Vec<u8>) -> bool {
        out.reserve(octets.len() / 4 * 3 + 3);
        let mut good = true;
        let mut rest = octets;
        loop {
            // Whole groups, which are nearly everything.
            while let &[a, b, c, d, ref after @ ..] = rest
                && self.count == 0
            {
                let (a, b, c, d) = (value(a), value(b), value(c), value(d));
                if (a | b | c | d) >= 64 {
                    break;
                }
                let bits =
                    u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
                let [_, group @ ..] = bits.to_be_bytes();
                out.extend_from_slice(&group);
                self.padded = false;
                rest = after;
            }
            let Some((&octet, after)) = rest.split_first() else {
                return good;
            };
            rest = after;
            match value(octet) {
                BLANK => {}
                PAD => good &= self.pad(out),
                JUNK => good = false,
                value => self.push(value, out),
            }
        }
    }

    /// The end; false if a character is left over.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> bool {
        // Missing padding is forgiven: the octets are whole without it.
        self.count == 0 || self.pad(out)
    }

    fn push(&mut self, value: u8, out: &mut Vec<u8>) {
        self.padded = false;
        self.bits = self.bits << 6 | u32::from(value);
        self.count += 1;
        if self.count == 4 {
            let [_, group @ ..] = self.bits.to_be_bytes();
            out.extend_from_slice(&group);
            (self.bits, self.count) = (0, 0);
        }
    }

    /// Ends the group here. After it a new one may begin: some senders join whole bodies.
    fn pad(&mut self, out: &mut Vec<u8>) -> bool {
        let good = match self.count {
            0 => self.padded,
            1 => false,
            count => {
                let [_, first, second, _] =
                    (self.bits << (6 * (4 - u32::from(count)))).to_be_bytes();
                out.push(first);
                if count == 3 {
                    out.push(second);
                }
                true
            }
        };
        self.padded = self.count == 2;
        (self.bits, self.count) = (0, 0);
        good
    }
}

/// Decodes a whole text, forgiving everything.
pub(crate) fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut decoder = Decoder::default();
    decoder.feed(text, &mut out);
    decoder.finish(&mut out);
    out
}

/// Encodes with padding, on one line.
pub(crate) fn encode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().div_ceil(3) * 4);
    for group in octets.chunks(3) {
        let bits =
            group.iter().fold(0, |bits, &b| bits << 8 | u32::from(b)) << (8 * (3 - group.len()));
        for index in 0..4 {
            let value = (bits >> (18 - 6 * index)) & 63;
            let digit = ALPHABET.get(value as usize).copied().unwrap_or(b'=');
            text.push(if index > group.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    text
}
