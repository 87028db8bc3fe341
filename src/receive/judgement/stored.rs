//! The verdicts as they lie in the record of a stored message: lines of words, so that a later version can say more and an older one skips what it does not know.
//!
//! ```text
//! ip 192.0.2.1 | author far.example | proven far.example | own | spf pass far.example | helo none - | dkim pass far.example | arc pass
//! seal lists.example | dmarc pass reject none | wish suspect
//! ```
//!
//! At most [`STORED_MAX`] octets. Whoever reads it later (what a person's marks are about, `pillarbox why`) needs no DNS, which would say something else by then.

use std::fmt::Write as _;
use std::net::IpAddr;

use msgauth::dmarc::DmarcResult;

use super::{Judged, Wish};

/// Longest note, in octets; lines behind it are left out.
const STORED_MAX: usize = 2048;
/// Signatures and sealers that are noted, each.
const NAMES_MAX: usize = 10;

/// A note read: what was found out when the message came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Noted {
    /// Who connected.
    pub(crate) peer: Option<IpAddr>,
    /// The domain of the author; empty if there was not exactly one.
    pub(crate) author: String,
    /// The organizational domain of the author, if it was proven ([`Judged::proven_domain`]).
    pub(crate) proven: Option<String>,
    /// SPF's word for the return path, and its domain.
    pub(crate) spf: Option<(String, String)>,
    /// Each signature's word and domain.
    pub(crate) dkim: Vec<(String, String)>,
    /// ARC's word.
    pub(crate) arc: String,
    /// Who sealed, oldest first; empty unless the chain held.
    pub(crate) sealers: Vec<String>,
    /// DMARC's word.
    pub(crate) dmarc: String,
}

impl Judged {
    /// The note.
    pub(crate) fn note(&self) -> Vec<u8> {
        let verdicts = &self.verdicts;
        let mut lines = vec![format!("ip {}", self.peer)];
        let author = self.author_domain();
        if !author.is_empty() {
            lines.push(format!("author {author}"));
        }
        lines.extend(self.proven_domain().map(|name| format!("proven {name}")));
        if self.own {
            lines.push("own".to_owned());
        }
        for (what, spf) in [("spf", &verdicts.spf), ("helo", &verdicts.helo)] {
            if let Some(spf) = spf {
                lines.push(format!(
                    "{what} {} {}",
                    spf.result.word(),
                    or_dash(&spf.domain)
                ));
            }
        }
        if let Some(dmarc) = &verdicts.dmarc {
            let mut line = format!("dmarc {}", dmarc.result.word());
            if dmarc.result != DmarcResult::None {
                let policy = dmarc.policy.map_or("-", |policy| policy.word());
                let _ = write!(line, " {policy} {}", dmarc.disposition.word());
            }
            lines.push(line);
        }
        match self.wish().0 {
            Wish::Nothing => {}
            Wish::Suspect => lines.push("wish suspect".to_owned()),
            Wish::Refuse => lines.push("wish refuse".to_owned()),
        }
        if let Some(arc) = &verdicts.arc {
            lines.push(format!("arc {}", arc.result.word()));
            // The newest matter most.
            let behind = arc.sets.len().saturating_sub(NAMES_MAX);
            let seals = arc.sets.iter().skip(behind);
            lines.extend(seals.map(|set| format!("seal {}", set.domain)));
        }
        for dkim in verdicts.dkim.iter().take(NAMES_MAX) {
            lines.push(format!(
                "dkim {} {}",
                dkim.result.word(),
                or_dash(&dkim.domain)
            ));
        }
        let mut note = String::new();
        for line in lines {
            if note.len() + line.len() < STORED_MAX {
                note.push_str(&line);
                note.push('\n');
            }
        }
        note.into_bytes()
    }
}

fn or_dash(name: &str) -> &str {
    match name {
        "" => "-",
        name => name,
    }
}

impl Noted {
    /// Reads a note; what is not understood is left out.
    pub(crate) fn read(note: &[u8]) -> Noted {
        let text = String::from_utf8_lossy(note);
        let mut noted = Noted::default();
        for line in text.lines() {
            let mut words = line.split(' ');
            let mut word = || words.next().unwrap_or_default().to_owned();
            match word().as_str() {
                "ip" => noted.peer = word().parse().ok(),
                "author" => noted.author = word(),
                "proven" => noted.proven = Some(word()),
                "spf" => noted.spf = Some((word(), word())),
                "dkim" => noted.dkim.push((word(), word())),
                "arc" => noted.arc = word(),
                "seal" => noted.sealers.push(word()),
                "dmarc" => noted.dmarc = word(),
                _ => {}
            }
        }
        noted
    }
}
