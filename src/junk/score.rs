//! What the words say: the person's table asked about one message.
//!
//! Naive Bayes with Robinson's combining, of which the mean is taken and not the sum, section by section ([`crate::section`]). Each token has the log of
//! how much more often it was met in unwanted than in wanted messages; those that say little ([`SAYS_LITTLE`]) and those never met count nothing; a
//! section's mean is their sum by the number of all its tokens, and the score is the weighted sum of the means. Why this and not another, by
//! `examples/corpus` with 200 marks of each kind, fitted on one half of the corpus; unwanted caught where 1 in 1,000 wanted is lost:
//!
//! * Sums and Fisher's chi-square take tokens for independent. Words and pairs of words are not, so a long newsletter is
//!   "certainly" whatever it is; the mean is not. One mean over all tokens caught 75 of 100, the sections 85.
//! * Logistic regression caught 49 over the same tokens and 56 over runs of four characters, weighted by naive Bayes 32 and 50; added to the sections it
//!   brought less than 1. It needs more than 400 marks to learn from which of a million features the difference comes, and one mark cannot be taken
//!   back from its weights; counters can be.
//! * Unknown tokens in the divisor are doubt: a message of which nothing is known is near 0 and stays in the INBOX.
//!
//! Before there are [`MARKS_MIN`] marks of each kind there is no rate to compare. Then only what is nearly the same as [`ALIKE_MARKS`] messages that were marked
//! unwanted, and has nothing of a wanted one in it, is unwanted ([`Score::alike`]).

use crate::section::SECTIONS;
use crate::table::{Counts, Table, counts};
use crate::tokenize::Tokens;

/// Marks of each kind before rates are compared at all: fewer know one sender, not two kinds of mail.
pub const MARKS_MIN: u16 = 10;
/// Above this score a message is unwanted. Read off the fitted half of the corpus, where 1 wanted message in 1,000 was lost after 200 marks of each kind: see `examples/corpus`.
pub const UNWANTED: f64 = 1.65;
/// Unwanted messages that must share a piece of text before it shows that a message is alike: one is a mistake of the hand.
pub const ALIKE_MARKS: u16 = 3;
/// Share of a message's pairs of words, subject and links that makes it alike.
pub const ALIKE: f64 = 0.5;
/// Pieces that must be shared at the least: "see you" is no message.
const ALIKE_LEAST: usize = 6;
/// Log-odds below which a token is left out: e^2.5 is twelve times more often in one kind than in the other.
const SAYS_LITTLE: f64 = 2.5;
/// Met this often in each kind before anything was met (Laplace, Lidstone): a token met once in unwanted mail and never in wanted has odds of 51.
const BEFORE: f64 = 0.02;
/// Marks that the kind with fewer is taken to have beside its own, all of unknown messages: with 10 a score counts half, with 200 nearly whole. The first
/// marks come from few senders, and what they have in common looks like what their kind has in common.
const YOUNG: f64 = 10.0;
/// Tokens that are named to explain a score.
pub const CLUES_MAX: usize = 8;

/// What the words say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Weighted mean log-odds: above 0 unwanted, below wanted, within about -10 to 10. 0 while there are fewer than [`MARKS_MIN`] marks of either kind.
    pub value: f64,
    /// Share of the message that [`ALIKE_MARKS`] unwanted messages had and no wanted one, 0 to 1. 0 from [`MARKS_MIN`] marks of each kind on, when
    /// `value` speaks.
    pub alike: f64,
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
    /// Whether enough was marked for [`Score::value`] to say anything.
    pub fn counts_for_something(&self) -> bool {
        self.marks.wanted >= MARKS_MIN && self.marks.unwanted >= MARKS_MIN
    }

    /// Whether the message is unwanted by its words alone.
    pub fn unwanted(&self) -> bool {
        if self.counts_for_something() {
            self.value > UNWANTED
        } else {
            self.alike >= ALIKE
        }
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
        if marks.unwanted >= ALIKE_MARKS {
            alike(&mut score, tokens.cells(), &counts(table, tokens)?);
        }
        return Ok(score);
    }
    let found = counts(table, tokens)?;
    let rates = Rates::new(marks);
    let mut clues = Clues::default();
    let mut rest = (tokens.cells(), found.as_slice());
    for section in SECTIONS {
        let len = rest.0.partition_point(|&cell| cell < section.end());
        let (cells, after) = rest.0.split_at_checked(len).unwrap_or((rest.0, &[]));
        let (found, others) = rest.1.split_at_checked(len).unwrap_or((rest.1, &[]));
        rest = (after, others);
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let share = section.weight / (cells.len() as f64 + section.doubt);
        for (&cell, &counts) in cells.iter().zip(found) {
            let odds = rates.odds(counts);
            if odds.abs() >= SAYS_LITTLE {
                score.value += odds * share;
                clues.keep((odds * share).abs(), Clue { cell, odds, counts });
            }
        }
    }
    let fewer = f64::from(marks.wanted.min(marks.unwanted));
    score.value *= fewer / (fewer + YOUNG);
    score.clues = clues.0.into_iter().map(|(_, clue)| clue).collect();
    Ok(score)
}

/// How much of the message was in several unwanted messages and in no wanted one.
fn alike(score: &mut Score, cells: &[u32], found: &[Counts]) {
    let (mut all, mut shared) = (0, 0);
    let mut clues = Clues::default();
    for (&cell, &counts) in cells.iter().zip(found) {
        let at = SECTIONS.partition_point(|section| section.end() <= cell);
        if SECTIONS.get(at).is_some_and(|section| section.alike) {
            all += 1;
            if counts.unwanted >= ALIKE_MARKS && counts.wanted == 0 {
                shared += 1;
                clues.keep(
                    f64::from(counts.unwanted),
                    Clue {
                        cell,
                        odds: SAYS_LITTLE,
                        counts,
                    },
                );
            }
        }
    }
    if shared >= ALIKE_LEAST {
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let share = shared as f64 / all as f64;
        score.alike = share;
        score.clues = clues.0.into_iter().map(|(_, clue)| clue).collect();
    }
}

/// The strongest clues, strongest first; among equals those with the lower cell.
#[derive(Default)]
struct Clues(Vec<(f64, Clue)>);

impl Clues {
    fn keep(&mut self, strength: f64, clue: Clue) {
        let at = self.0.partition_point(|(other, _)| *other >= strength);
        if at < CLUES_MAX {
            self.0.insert(at, (strength, clue));
            self.0.truncate(CLUES_MAX);
        }
    }
}

/// What is the same for all tokens of a message.
struct Rates {
    wanted: f64,
    unwanted: f64,
    before: f64,
}

impl Rates {
    /// What was not met counts as met [`BEFORE`] times in the kind with fewer marks: ten wanted messages cannot tell that a word comes in fewer than one in
    /// ten of them, however many unwanted ones were marked.
    fn new(marks: Counts) -> Rates {
        Rates {
            wanted: f64::from(marks.wanted),
            unwanted: f64::from(marks.unwanted),
            before: BEFORE / f64::from(marks.wanted.min(marks.unwanted).max(1)),
        }
    }

    fn odds(&self, counts: Counts) -> f64 {
        if counts == Counts::default() {
            return 0.0;
        }
        let unwanted = f64::from(counts.unwanted) / self.unwanted + self.before;
        let wanted = f64::from(counts.wanted) / self.wanted + self.before;
        (unwanted / wanted).ln()
    }
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
