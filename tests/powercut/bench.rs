//! A child process that judges states: LMDB over a damaged file may end the process that opens it (SIGBUS), and that is a verdict too.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::judge::Reference;

/// Stands before each verdict on a line of its own.
const VERDICT: &str = "verdict: ";
const SOUND: &str = "sound";

/// The judge, and where the states are laid before it.
pub(crate) struct Bench {
    folder: PathBuf,
    child: Option<(Child, BufReader<std::process::ChildStdout>)>,
}

impl Bench {
    /// `folder` has a file `answered`: all that was told, one line a deed.
    pub(crate) fn new(folder: &Path) -> Bench {
        Bench {
            folder: folder.to_owned(),
            child: None,
        }
    }

    /// Judges the store in `state`, after `answered` answers.
    pub(crate) fn judge(&mut self, state: &Path, answered: usize) -> Result<(), String> {
        let folder = &self.folder;
        let (child, said) = self.child.get_or_insert_with(|| start(folder));
        let wish = format!("{answered} {}\n", state.display());
        let _ = child.stdin.as_mut().unwrap().write_all(wish.as_bytes());
        let (mut line, mut whole) = (String::new(), String::new());
        while said.read_line(&mut line).unwrap() > 0 {
            if let Some((_, verdict)) = line.split_once(VERDICT) {
                return match verdict.trim_end() {
                    SOUND => Ok(()),
                    why => Err(why.replace('\r', "\n")),
                };
            }
            whole.push_str(&line);
            line.clear();
        }
        let status = self.child.take().unwrap().0.wait().unwrap();
        Err(format!("the judge died: {status}: {whole}"))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some((mut child, _)) = self.child.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

fn start(folder: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "bench::child_judges",
            "--test-threads=1",
            "--nocapture",
        ])
        .env("JUDGE_FOLDER", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    (child, said)
}

/// The child's part; does nothing when run as an ordinary test.
#[test]
fn child_judges() {
    let Some(folder) = std::env::var_os("JUDGE_FOLDER").map(PathBuf::from) else {
        return;
    };
    let reference = folder.join(format!("reference-{}", std::process::id()));
    std::fs::create_dir_all(&reference).unwrap();
    let reference = Reference::new(&reference);
    let answered = std::fs::read_to_string(folder.join("answered")).unwrap();
    let answered: Vec<String> = answered.lines().map(str::to_owned).collect();
    assert_eq!(answered.len(), reference.deeds());
    for wish in std::io::stdin().lines() {
        let wish = wish.unwrap();
        let (done, state) = wish.split_once(' ').unwrap();
        let verdict = reference.judge(Path::new(state), &answered[..done.parse().unwrap()]);
        let word = verdict.map_or_else(|why| why.replace('\n', "\r"), |()| SOUND.into());
        println!("\n{VERDICT}{word}");
    }
}
