//! Programs of the machine that builds, and the sentence for the person who lacks one.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Failure, Result, Tried};

/// Every program that is called, with the Debian package that brings it.
const PROGRAMS: &[(&str, &str)] = &[
    ("apt-get", "apt"),
    ("apt-cache", "apt"),
    ("dpkg-deb", "dpkg"),
    ("xz", "xz-utils"),
    ("mkfs.fat", "dosfstools"),
    ("mcopy", "mtools"),
    ("mke2fs", "e2fsprogs"),
];

/// Where Debian keeps what makes file systems; not on everybody's path.
const FURTHER: &[&str] = &["/usr/sbin", "/sbin"];

/// Asks for all that is missing at once, before anything is begun.
pub(crate) fn require() -> Result<()> {
    let missing: Vec<&(&str, &str)> = PROGRAMS
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
    let mut packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    packages.dedup();
    Err(Failure::new(format!(
        "these programs are needed and not here: {}. On Debian or Ubuntu: sudo apt-get install {}",
        names.join(", "),
        packages.join(" ")
    )))
}

/// A command with nothing of the caller's place and time in it: same words, same octets.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(find(program).unwrap_or_else(|| PathBuf::from(program)));
    command
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env_remove("MTOOLSRC");
    command
}

/// Runs it; what it printed on standard output. Its complaints are the failure's sentence.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command
        .stdin(Stdio::null())
        .output()
        .tried(format_args!("starting {name}"))?;
    judge(&name, &done)?;
    Ok(done.stdout)
}

/// Runs it with `input` on its standard input.
pub(crate) fn feed(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .tried(format_args!("starting {name}"))?;
    let pipe = child.stdin.take();
    let done = std::thread::scope(|scope| {
        let writing = scope.spawn(|| pipe.map_or(Ok(()), |mut pipe| pipe.write_all(input)));
        let done = child.wait_with_output();
        // A reader that stopped early says itself why.
        let _ = writing.join();
        done
    })
    .tried(format_args!("running {name}"))?;
    judge(&name, &done)?;
    Ok(done.stdout)
}

fn judge(name: &str, done: &std::process::Output) -> Result<()> {
    if done.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&done.stderr);
    Err(Failure::new(format!(
        "{name} ended with {}: {}",
        done.status,
        complaint.trim()
    )))
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(FURTHER.iter().map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| is_file(file))
}

fn is_file(file: &Path) -> bool {
    file.metadata().is_ok_and(|m| m.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_complains_is_quoted() {
        let complaint = output(command("sh").args(["-c", "echo no such card >&2; exit 3"]))
            .unwrap_err()
            .to_string();
        assert!(
            complaint.contains("no such card") && complaint.contains('3'),
            "{complaint}"
        );
    }

    #[test]
    fn what_is_fed_is_read_and_what_is_printed_comes_back() {
        let long = vec![b'x'; 1 << 20];
        assert_eq!(feed(&mut command("cat"), &long).unwrap(), long);
    }
}
