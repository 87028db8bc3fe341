//! What this machine can do without us, measured in the same run: its disk, its loopback, its client's end of TLS.

mod tls;

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;

pub use tls::{handshakes, octets as tls_octets, server as tls_server};

const PAGE: usize = 4096;
const APPENDS: Duration = Duration::from_millis(1500);
const LOOPBACK: Duration = Duration::from_millis(700);
/// Octets in one write and one read of the loopback's measure: what the box sends at once.
const PIECE: usize = 64 * 1024;
/// A small answer.
const LINE: usize = 64;

/// Synced appends to one file.
pub struct Appends {
    /// A second.
    pub rate: f64,
    /// Processor time that one costs who makes it, ms.
    pub cpu_ms: f64,
}

/// Synced appends of 4 KiB to one file in `folder`.
pub fn synced_appends(folder: &Path) -> Outcome<Appends> {
    let path = folder.join("appends");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let page = [0x5a_u8; PAGE];
    let (begun, cpu) = (Instant::now(), own_cpu()?);
    let mut count = 0_u32;
    while begun.elapsed() < APPENDS {
        file.write_all(&page)?;
        file.sync_data()?;
        count += 1;
    }
    let appends = Appends {
        rate: f64::from(count) / begun.elapsed().as_secs_f64(),
        cpu_ms: (own_cpu()? - cpu) / 1e6 / f64::from(count),
    };
    fs::remove_file(&path)?;
    Ok(appends)
}

/// Processor time of this thread, nanoseconds.
fn own_cpu() -> Outcome<f64> {
    let told = fs::read_to_string("/proc/thread-self/schedstat")?;
    let used = told.split_whitespace().next().unwrap_or_default();
    Ok(used.parse()?)
}

/// MB/s from one thread to another over a loopback connection, 64 KiB at a time.
pub fn loopback_octets() -> Outcome<f64> {
    let (mut sender, mut receiver) = connection()?;
    let begun = Instant::now();
    let octets = std::thread::scope(|scope| -> Outcome<u64> {
        scope.spawn(move || {
            let piece = vec![0x5a_u8; PIECE];
            while begun.elapsed() < LOOPBACK && sender.write_all(&piece).is_ok() {}
            let _ = sender.shutdown(Shutdown::Write);
        });
        let (mut piece, mut octets) = (vec![0; PIECE], 0);
        loop {
            match receiver.read(&mut piece)? {
                0 => return Ok(octets),
                n => octets += n as u64,
            }
        }
    })?;
    Ok(octets as f64 / 1e6 / begun.elapsed().as_secs_f64())
}

/// Round trips of a line over a loopback connection, a second.
pub fn loopback_round_trips() -> Outcome<f64> {
    let (mut client, mut server) = connection()?;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut line = [0; LINE];
            while server.read_exact(&mut line).is_ok() && server.write_all(&line).is_ok() {}
        });
        let (mut line, begun, mut count) = ([0x5a; LINE], Instant::now(), 0_u32);
        while begun.elapsed() < LOOPBACK {
            client.write_all(&line)?;
            client.read_exact(&mut line)?;
            count += 1;
        }
        let rate = f64::from(count) / begun.elapsed().as_secs_f64();
        client.shutdown(Shutdown::Both)?;
        Ok(rate)
    })
}

fn connection() -> Outcome<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    Ok((client, server))
}

/// Octets that the process has handed to the kernel's write calls so far (`wchar` of /proc/PID/io). The box's answers leave by send(2), which is not
/// in it, so with a quiet log this is the store's pages, its zeros ahead and 8 octets for each time a thread wakes another. (`write_bytes` counts
/// pages that were only mapped.)
pub fn written(pid: u32) -> Outcome<u64> {
    let io = fs::read_to_string(format!("/proc/{pid}/io"))?;
    let count = io
        .lines()
        .find_map(|line| line.strip_prefix("wchar: "))
        .ok_or("/proc/PID/io has no wchar")?;
    Ok(count.trim().parse()?)
}

/// Octets written so far to the device that holds `folder`, everyone's writes and the file system's journal together (512-octet sectors of
/// /proc/diskstats): one process's only where nobody else writes to the device. None where the device is not listed.
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
