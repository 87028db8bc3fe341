//! The sections of a message, each with its own part of the table.
//!
//! A long text has a thousand pairs of words and one subject. In one mean over all tokens the subject, the sender and how the header is made would drown;
//! so each section has a mean of its own, and the score is their weighted sum. Weights and doubts were fitted on one half of the corpus (16 draws of 200
//! marks of each kind) and rounded; what they give was measured on the other half: see `examples/corpus`. A section is known by the
//! cell: it owns a range of chunks, so nothing is stored beside the counters.

use crate::table::{CHUNK_CELLS, CHUNKS};
use crate::tokenize::{BODY, FORM};

/// A part of the table and how much it says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    /// The first chunk behind it.
    end: u32,
    /// What its mean counts in the score.
    pub(crate) weight: f64,
    /// Tokens that it is taken to have beside its own, all unknown: three known words are no certainty.
    pub(crate) doubt: f64,
    /// Whether its tokens show that a message is nearly the same as another.
    pub(crate) alike: bool,
}

const fn section(end: u32, weight: f64, doubt: f64, alike: bool) -> Section {
    Section {
        end,
        weight,
        doubt,
        alike,
    }
}

/// All of them, in the order of their cells. Pairs of words are by far the most.
pub(crate) const SECTIONS: [Section; 9] = [
    section(WORDS_END, 1.25, 20.0, false),
    section(PAIRS_END, 1.4, 10.0, true),
    section(SUBJECT_END, 1.0, 18.0, true),
    section(TRACE_END, 1.0, 22.0, false),
    section(LINKS_END, 1.0, 15.0, true),
    section(ADDRESSES_END, 1.5, 26.0, false),
    section(FORM_END, 0.7, 14.0, false),
    section(IDS_END, 0.5, 20.0, false),
    // Types, charsets and names of parts: of little use in the corpus, which has few attachments.
    section(CHUNKS, 0.2, 15.0, false),
];
const WORDS_END: u32 = 224;
const PAIRS_END: u32 = 704;
const SUBJECT_END: u32 = 752;
const TRACE_END: u32 = 800;
const LINKS_END: u32 = 848;
const ADDRESSES_END: u32 = 920;
const FORM_END: u32 = 968;
const IDS_END: u32 = 1000;

impl Section {
    /// The first cell behind the section.
    pub(crate) fn end(&self) -> u32 {
        self.end * CHUNK_CELLS
    }
}

/// The cell of a token: `what` it was found as, and whether it is a pair of words.
pub(crate) fn cell_of(what: &str, pair: bool, hash: u64) -> u32 {
    let (from, to) = match what {
        BODY if pair => (WORDS_END, PAIRS_END),
        BODY => (0, WORDS_END),
        "subject" => (PAIRS_END, SUBJECT_END),
        "received" => (SUBJECT_END, TRACE_END),
        "link" => (TRACE_END, LINKS_END),
        "type" | "encoding" | "charset" | "disposition" | "attachment" | "attachment type" => {
            (IDS_END, CHUNKS)
        }
        FORM | "field" => (ADDRESSES_END, FORM_END),
        "message-id" | "references" | "in-reply-to" | "mailer" => (FORM_END, IDS_END),
        // The fields that hold addresses, by their names.
        _ => (LINKS_END, ADDRESSES_END),
    };
    let cells = (to - from) * CHUNK_CELLS;
    let within = u32::try_from((u128::from(hash) * u128::from(cells)) >> 64).unwrap_or(0);
    from * CHUNK_CELLS + within
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::CELLS;

    #[test]
    fn sections_fill_the_table_and_each_keeps_to_its_own() {
        assert!(SECTIONS.is_sorted_by(|one, next| one.end < next.end));
        assert_eq!(SECTIONS.last().map(Section::end), Some(CELLS));
        let rows = [
            (BODY, false, 0),
            (BODY, true, 1),
            ("subject", true, 2),
            ("received", false, 3),
            ("link", false, 4),
            ("from", true, 5),
            (FORM, false, 6),
            ("mailer", true, 7),
            ("type", false, 8),
        ];
        for (what, pair, expected) in rows {
            for hash in [0, 1 << 40, u64::MAX / 3, u64::MAX] {
                let cell = cell_of(what, pair, hash);
                let at = SECTIONS.partition_point(|section| section.end() <= cell);
                assert_eq!(at, expected, "{what} {hash}");
            }
        }
    }
}
