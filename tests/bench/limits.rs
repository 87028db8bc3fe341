//! What this machine can do without us: synced appends, and the bytes that reach its device.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;

const PAGE: usize = 4096;
const RUN: Duration = Duration::from_millis(1500);

/// Synced 4 KiB appends a second to one file in `folder`.
pub fn synced_appends(folder: &Path) -> Outcome<f64> {
    let path = folder.join("appends");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let page = [0x5a_u8; PAGE];
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < RUN {
        file.write_all(&page)?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    fs::remove_file(&path)?;
    Ok(rate)
}

/// Octets written so far to the device that holds `folder`, everyone's writes together (512-octet sectors of /proc/diskstats):
/// only a quiet machine gives a figure for one process. None where the device is not listed.
pub fn device_octets(folder: &Path) -> Option<u64> {
    let device = rustix::fs::stat(folder).ok()?.st_dev;
    let (major, minor) = (
        rustix::fs::major(device).to_string(),
        rustix::fs::minor(device).to_string(),
    );
    let table = fs::read_to_string("/proc/diskstats").ok()?;
    let row = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|w| w[0] == major && w[1] == minor)?;
    row.get(9)?.parse::<u64>().ok().map(|sectors| sectors * 512)
}
