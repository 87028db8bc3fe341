//! Random numbers: the kernel's are waited for before any key is made, and a seed goes from one start to the next.
//!
//! The boards' generators (bcm2835_rng, iproc_rng200) and the kernel's own measuring of jitter make it ready within a second or two; asking for an
//! octet starts that measuring. The seed is mixed in but *not* credited (no RNDADDENTROPY): crediting would save that second, and a card that was copied with
//! its seed would make two boxes that trust the same numbers. Mixed in, it can only help. It is replaced right after its use and again at an orderly end, so no seed is
//! used twice.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::rand::{GetRandomFlags, getrandom};

use super::log::Log;
use crate::data;

/// As much as the kernel's generator holds.
const SEED: usize = 32;

/// Returns when the kernel's random numbers are to be trusted.
pub(super) fn await_ready(log: &mut Log) {
    let mut octet = [0; 1];
    if getrandom(&mut octet, GetRandomFlags::NONBLOCK).is_ok() {
        return;
    }
    log.say("waiting for the kernel's random numbers");
    let begun = Instant::now();
    while let Err(rustix::io::Errno::INTR) = getrandom(&mut octet, GetRandomFlags::empty()) {}
    log.say(format_args!(
        "there are random numbers after {} ms",
        begun.elapsed().as_millis()
    ));
}

/// Where it is kept.
pub(super) fn seed(own: &Path) -> PathBuf {
    own.join("seed")
}

/// Mixes the seed in, and leaves another one.
pub(super) fn use_seed(path: &Path) {
    if let Ok(seed) = fs::read(path) {
        let seed = seed.get(..SEED).unwrap_or(&seed);
        let device = fs::File::options().write(true).open("/dev/urandom");
        let _ = device.and_then(|mut device| device.write_all(seed));
    }
    save_seed(path);
}

/// Leaves a seed for the next start. A full card has none.
pub(super) fn save_seed(path: &Path) {
    let mut seed = [0; SEED];
    if getrandom(&mut seed, GetRandomFlags::NONBLOCK) == Ok(SEED) {
        let _ = data::write(path, &seed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_seed_is_used_twice() {
        let path = std::env::temp_dir().join(format!("pillarbox-seed-{}", std::process::id()));
        let mut seen = vec![vec![]];
        for _ in 0..3 {
            use_seed(&path);
            let seed = fs::read(&path).unwrap();
            assert!(seed.len() == SEED && !seen.contains(&seed));
            seen.push(seed);
        }
        fs::remove_file(path).unwrap();
    }
}
