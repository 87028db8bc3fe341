//! What the words say: the person's table asked about one message.
//!
//! Naive Bayes with Robinson's combining, of which the mean is taken and not the sum. Each token has the log of how much more often it was met in
//! unwanted than in wanted messages; those that say little ([`SAYS_LITTLE`]) and those never met count nothing; the score is their sum by the number
//! of all tokens. Why this and not another, by `examples/corpus.rs`:
//!
//! * Sums and Fisher's chi-square take tokens for independent. Words and pairs of words are not, so a long newsletter is
//!   "certainly" whatever it is; the mean is not.
//! * Logistic regression (and passive-aggressive steps) needs more than 400 marks to learn from which of a million features the difference comes, and one
//!   mark cannot be taken back from its weights; counters can be.
//! * Unknown tokens in the divisor are doubt: a message of which nothing is known is near 0 and stays in the INBOX.

use crate::table::{Counts, Table, counts};
use crate::tokenize::Tokens;

/// Marks of each kind before the words are listened to at all: fewer know one sender, not two kinds of mail.
pub const MARKS_MIN: u16 = 10;
/// Above this score a message is unwanted. Read off the corpus after 200 marks of each kind: see `examples/corpus.rs`.
pub const UNWANTED: f64 = 0.5;
/// Log-odds below which a token is left out: e^2.5 is twelve times more often in one kind than in the other.
const SAYS_LITTLE: f64 = 2.5;
/// Met this often in each kind before anything was met (Laplace, Lidstone): a token met once in unwanted mail and never in wanted has odds of 51.
const BEFORE: f64 = 0.02;
/// Tokens that every message is taken to have beside its own, all unknown: three known words are no certainty.
const UNKNOWN: f64 = 20.0;
/// Tokens that are named to explain a score.
pub const CLUES_MAX: usize = 8;

/// What the words say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Mean log-odds: above 0 unwanted, below wanted, within about -3 to 3. 0 while there are fewer than [`MARKS_MIN`] marks of either kind.
    pub value: f64,
    /// Marks that it rests on.
    pub marks: Counts,
    /// The cells that say most, strongest first, at most [`CLUES_MAX`]; [`crate::spell`] gives their names.
    pub clues: Vec<Clue>,
}

/// One token that said much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clue {
    /// Its cell.
    pub cell: u32,
    /// Its log-odds: above 0 speaks for unwanted.
    pub odds: f64,
    /// In how many marked messages it was met.
    pub counts: Counts,
}

impl Score {
    /// Whether enough was marked for the score to say anything.
    pub fn counts_for_something(&self) -> bool {
        self.marks.wanted >= MARKS_MIN && self.marks.unwanted >= MARKS_MIN
    }

    /// Whether the message is unwanted by its words alone.
    pub fn unwanted(&self) -> bool {
        self.counts_for_something() && self.value > UNWANTED
    }
}

/// Asks the table about a message.
///
/// # Errors
/// The keeper's.
pub fn score<T: Table + ?Sized>(table: &T, tokens: &Tokens) -> Result<Score, T::Error> {
    let marks = table.head()?.marks;
    let mut score = Score {
        marks,
        ..Score::default()
    };
    if !score.counts_for_something() {
        return Ok(score);
    }
    let found = counts(table, tokens)?;
    let rates = Rates::new(marks);
    let mut sum = 0.0;
    for (&cell, &counts) in tokens.cells().iter().zip(&found) {
        let odds = rates.odds(counts);
        if odds.abs() >= SAYS_LITTLE {
            sum += odds;
            keep(&mut score.clues, Clue { cell, odds, counts });
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let tokens = tokens.cells().len() as f64;
    score.value = sum / (tokens + UNKNOWN);
    Ok(score)
}

/// The strongest clues stay, strongest first; among equals those met more often, then those with the lower cell.
fn keep(clues: &mut Vec<Clue>, clue: Clue) {
    let strength = |clue: &Clue| clue.odds.abs();
    let at = clues.partition_point(|other| strength(other) >= strength(&clue));
    if at < CLUES_MAX {
        clues.insert(at, clue);
        clues.truncate(CLUES_MAX);
    }
}

/// What is the same for all tokens of a message.
struct Rates {
    wanted: f64,
    unwanted: f64,
}

impl Rates {
    fn new(marks: Counts) -> Rates {
        Rates {
            wanted: f64::from(marks.wanted) + 2.0 * BEFORE,
            unwanted: f64::from(marks.unwanted) + 2.0 * BEFORE,
        }
    }

    fn odds(&self, counts: Counts) -> f64 {
        if counts == Counts::default() {
            return 0.0;
        }
        let unwanted = (f64::from(counts.unwanted) + BEFORE) / self.unwanted;
        let wanted = (f64::from(counts.wanted) + BEFORE) / self.wanted;
        (unwanted / wanted).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Kind, Memory, learn};

    fn cells(from: u32) -> Tokens {
        Tokens::from_cells((0..100).map(|n| from + 1000 * n).collect())
    }

    #[test]
    fn what_was_marked_is_known_and_what_was_not_is_doubt() {
        let mut table = Memory::default();
        let (good, bad, new) = (cells(1), cells(2), cells(3));
        for marks in 0..MARKS_MIN {
            let early = score(&table, &bad).unwrap();
            assert!(!early.unwanted() && early.value == 0.0, "{marks}");
            learn(&mut table, &good, Kind::Wanted).unwrap();
            learn(&mut table, &bad, Kind::Unwanted).unwrap();
        }
        let of = |tokens: &Tokens| score(&table, tokens).unwrap();
        assert!(of(&bad).unwanted() && of(&bad).value > 3.0);
        assert!(of(&good).value < -3.0 && of(&new).value == 0.0);
        assert!(!of(&new).unwanted() && of(&new).clues.is_empty());
        // Both kinds' words in one message balance.
        let both = Tokens::from_cells([good.cells(), bad.cells()].concat());
        assert!(of(&both).value.abs() < 1e-9);
        assert_eq!(of(&both).clues.len(), CLUES_MAX);
    }

    #[test]
    fn three_known_words_are_no_certainty() {
        let mut table = Memory::default();
        for _ in 0..MARKS_MIN {
            learn(&mut table, &cells(1), Kind::Wanted).unwrap();
            learn(&mut table, &Tokens::from_cells(vec![7]), Kind::Unwanted).unwrap();
        }
        let one = score(&table, &Tokens::from_cells(vec![7])).unwrap();
        assert!(one.value > 0.0 && !one.unwanted(), "{one:?}");
    }
}
