//! What is known, and for how long (RFC 1034 §5.3.4, negative answers RFC 2308).
//!
//! Bounded in entries and octets; what was used longest ago goes first. Time is an argument and is expected not to go back; if it does,
//! entries live longer by that much, no more than their TTL.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use crate::kind::{Answer, Data, Failure, Kind};
use crate::lookup::Found;

/// How much is kept, for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Answers, present and absent.
    pub entries: usize,
    /// Octets of all of them, about.
    pub octets: usize,
    /// An answer lives at most this long, whatever its TTL: who set a week by mistake mends it within a day.
    pub longest: Duration,
    /// An absence lives at most this long (RFC 2308 §5: one to three hours "work well").
    pub longest_absence: Duration,
    /// That nobody could say (SERVFAIL, silence) is believed this long (RFC 9520 §3.2: at least one second, five to begin with).
    pub failure: Duration,
}

impl Default for CacheLimits {
    fn default() -> CacheLimits {
        CacheLimits {
            entries: 2_000,
            octets: 512 * 1024,
            longest: Duration::from_secs(24 * 3600),
            longest_absence: Duration::from_secs(3600),
            failure: Duration::from_secs(5),
        }
    }
}

/// What an entry takes beside its texts.
const ENTRY: usize = 160;

/// Answers by name and kind.
#[derive(Debug)]
pub struct Cache {
    limits: CacheLimits,
    entries: HashMap<(String, Kind), Entry>,
    /// Keys by their last use.
    uses: BTreeMap<u64, (String, Kind)>,
    use_now: u64,
    octets: usize,
}

#[derive(Debug)]
struct Entry {
    result: Result<Answer, Failure>,
    expires: Instant,
    octets: usize,
    used: u64,
}

impl Cache {
    /// An empty one.
    #[must_use]
    pub fn new(limits: CacheLimits) -> Cache {
        Cache {
            limits,
            entries: HashMap::new(),
            uses: BTreeMap::new(),
            use_now: 0,
            octets: 0,
        }
    }

    /// What is known at `now`.
    pub fn get(&mut self, name: &str, kind: Kind, now: Instant) -> Option<Result<Answer, Failure>> {
        let key = key(name, kind);
        let entry = self.entries.get_mut(&key)?;
        if entry.expires <= now {
            self.remove(&key);
            return None;
        }
        self.uses.remove(&entry.used);
        self.use_now += 1;
        entry.used = self.use_now;
        let result = entry.result.clone();
        self.uses.insert(self.use_now, key);
        Some(result)
    }

    /// Keeps what a lookup brought at `now`, as long as it says. A TTL of 0 is not kept, nor what is larger than an eighth of the whole.
    pub fn put(&mut self, name: &str, kind: Kind, found: &Found, now: Instant) {
        let ttl = found.ttl.map(|seconds| Duration::from_secs(seconds.into()));
        let life = match (&found.result, ttl) {
            (Ok(_), Some(ttl)) => ttl.min(self.limits.longest),
            (Err(_), Some(ttl)) => ttl.min(self.limits.longest_absence),
            (_, None) => self.limits.failure,
        };
        let key = key(name, kind);
        self.remove(&key);
        let octets = ENTRY + 2 * key.0.len() + weight(&found.result);
        let Some(expires) = now.checked_add(life).filter(|_| !life.is_zero()) else {
            return;
        };
        if octets > self.limits.octets / 8 {
            return;
        }
        self.use_now += 1;
        self.octets += octets;
        self.uses.insert(self.use_now, key.clone());
        let entry = Entry {
            result: found.result.clone(),
            expires,
            octets,
            used: self.use_now,
        };
        self.entries.insert(key, entry);
        while self.octets > self.limits.octets || self.entries.len() > self.limits.entries {
            let Some((_, oldest)) = self.uses.pop_first() else {
                return;
            };
            self.remove(&oldest);
        }
    }

    /// Forgets everything: other servers may know otherwise.
    pub fn clear(&mut self) {
        *self = Cache::new(self.limits);
    }

    /// How many answers there are, expired ones included, and their octets, about.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.octets)
    }

    fn remove(&mut self, key: &(String, Kind)) {
        if let Some(entry) = self.entries.remove(key) {
            self.uses.remove(&entry.used);
            self.octets = self.octets.saturating_sub(entry.octets);
        }
    }
}

fn key(name: &str, kind: Kind) -> (String, Kind) {
    (
        name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase(),
        kind,
    )
}

fn weight(result: &Result<Answer, Failure>) -> usize {
    let of = |data: &Data| {
        size_of::<Data>()
            + match data {
                Data::A(_) | Data::Aaaa(_) => 0,
                Data::Mx { exchange: text, .. }
                | Data::Srv { target: text, .. }
                | Data::Ptr(text)
                | Data::Cname(text) => text.len(),
                Data::Txt(octets) | Data::Tlsa { data: octets, .. } => octets.len(),
            }
    };
    match result {
        Ok(answer) => answer.name.len() + answer.data.iter().map(of).sum::<usize>(),
        Err(Failure::Refused(words)) => words.len(),
        Err(_) => 0,
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
