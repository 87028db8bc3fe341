//! Processes of a peer: master and what it forked, what they hold and have used.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::Outcome;

/// Jiffies a second in /proc/PID/stat.
const TICKS: u64 = 100;

/// `master` and all its children.
pub fn family(master: Option<u32>) -> Vec<u32> {
    let Some(master) = master else {
        return Vec::new();
    };
    let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().filter_map(|n| n.parse().ok());
    std::iter::once(master).chain(children).collect()
}

/// PSS of all of them, KB.
pub fn memory_kb(pids: &[u32]) -> u64 {
    let pss = |pid: &u32| -> Option<u64> {
        let told = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = told.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.split_whitespace().next()?.parse().ok()
    };
    pids.iter().filter_map(pss).sum()
}

/// Processor time of all of them, those that have ended too (they count with master, in hundredths of a second).
pub fn cpu(master: Option<u32>) -> Duration {
    let live: u64 = family(master)
        .into_iter()
        .filter_map(|pid| {
            let told = fs::read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
            told.split_whitespace().next()?.parse::<u64>().ok()
        })
        .sum();
    let ended = master.and_then(|master| {
        let told = fs::read_to_string(format!("/proc/{master}/stat")).ok()?;
        let fields: Vec<&str> = told.rsplit(')').next()?.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
        // cutime and cstime, fields 16 and 17 of proc(5); the first after the name is field 3.
        Some(ticks(13)? + ticks(14)?)
    });
    Duration::from_nanos(live + ended.unwrap_or(0) * (1_000_000_000 / TICKS))
}

/// What `id` says.
pub fn id(arguments: &[&str]) -> Outcome<u32> {
    let told = Command::new("id").args(arguments).output()?;
    Ok(String::from_utf8_lossy(&told.stdout).trim().parse()?)
}
