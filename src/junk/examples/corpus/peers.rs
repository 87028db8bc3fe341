//! The other two filters on the same draws and the same masked messages.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use junk::Kind;

use crate::{Judged, Sample};

/// Runs one of them in `folder`: learns, judges, and gives what it thinks of each, with the sample's number.
pub(crate) fn beside(
    folder: &Path,
    samples: &[Sample],
    learned: &[usize],
    judged: &[usize],
    run: fn(&Path) -> String,
) -> Vec<Judged> {
    fs::create_dir_all(folder).unwrap();
    let list = |name: &str, which: &mut dyn Iterator<Item = usize>| {
        let mut out = fs::File::create(folder.join(name)).unwrap();
        for at in which {
            writeln!(out, "{}", path(folder, at, &samples[at].octets).display()).unwrap();
        }
    };
    let kind = |kind| {
        let of = learned.iter().copied();
        of.filter(move |&at| samples[at].kind == kind)
    };
    list("unwanted", &mut kind(Kind::Unwanted));
    list("wanted", &mut kind(Kind::Wanted));
    list("judged", &mut judged.iter().copied());
    run(folder)
        .lines()
        .filter_map(|line| {
            let (path, chance) = line.rsplit_once(' ')?;
            let at: usize = path.rsplit('/').next()?.parse().ok()?;
            Some(Judged {
                score: chance.parse().ok()?,
                kind: samples[at].kind,
                folder: samples[at].folder,
            })
        })
        .collect()
}

/// The masked message as a file that all draws share.
fn path(folder: &Path, at: usize, octets: &[u8]) -> PathBuf {
    let all = folder.parent().unwrap().join("messages");
    fs::create_dir_all(&all).unwrap();
    let path = fs::canonicalize(all).unwrap().join(at.to_string());
    if !path.exists() {
        fs::write(&path, octets).unwrap();
    }
    path
}

pub(crate) fn bogofilter(folder: &Path) -> String {
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

pub(crate) fn spamassassin(folder: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/corpus/spamassassin.pl");
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
