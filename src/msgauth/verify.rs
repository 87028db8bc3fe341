//! A message and its sender judged by everything at once: one machine that takes the octets, names the questions and gives the verdicts.
//!
//! Questions that do not hang on each other are named together, and as soon as they are known: those about the client before the first octet, those about the header when it has
//! ended. Answers may be given in any order, while the body still comes in.

use std::collections::BTreeSet;

use crate::arc::{ArcVerdict, Chain};
use crate::dkim::check::Bodies;
use crate::dkim::{DkimVerdict, Piece, Signatures, Splitter};
use crate::dmarc::{Dmarc, DmarcVerdict, NoAuthor, author};
use crate::head::Head;
use crate::iprev::{IpRev, IpRevVerdict};
use crate::question::{Question, Reply};
use crate::spf::{Client, Identity, Spf, SpfVerdict};

/// What the machine has to be told.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// Our name, for `%{r}` in SPF's explanations.
    pub receiver: String,
    /// Unix seconds, if the clock is trusted: without it no signature is too old.
    pub now: Option<i64>,
    /// A random number from 0 to 99, for `pct` of DMARC.
    pub sample: u8,
}

/// Everything that was found out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdicts {
    /// The client's name. Without a client: `None`, as all that hangs on it.
    pub iprev: Option<IpRevVerdict>,
    /// SPF for the return path.
    pub spf: Option<SpfVerdict>,
    /// SPF for the HELO name; `None` if that stood for the return path already.
    pub helo: Option<SpfVerdict>,
    /// Signatures, from the top.
    pub dkim: Vec<DkimVerdict>,
    /// The chain of those who passed it on.
    pub arc: Option<ArcVerdict>,
    /// The author.
    pub dmarc: Option<DmarcVerdict>,
    /// Why there is no one author's domain, if there is none.
    pub no_author: Option<NoAuthor>,
    /// A message was judged, and not the client alone.
    pub judged: bool,
}

/// Judges one message.
pub struct Verifier {
    circumstances: Circumstances,
    iprev: Option<IpRev>,
    spf: Option<Spf>,
    helo: Option<Spf>,
    splitter: Splitter,
    letter: Letter,
    ended: bool,
}

/// What is kept of the message.
struct Letter {
    head: Head,
    bodies: Bodies,
    now: Option<i64>,
    judged: Option<Judged>,
}

/// What hangs on the header.
struct Judged {
    dkim: Signatures,
    arc: Chain,
    dmarc: Dmarc,
    no_author: Option<NoAuthor>,
}

impl Verifier {
    /// For one message. Without a `client`, as for a file, nothing is said about SPF, and DMARC goes by DKIM alone.
    pub fn new(circumstances: Circumstances, client: Option<&Client>) -> Verifier {
        let mut verifier = Verifier {
            iprev: None,
            spf: None,
            helo: None,
            splitter: Splitter::new(),
            letter: Letter {
                head: Head::default(),
                bodies: Bodies::default(),
                now: circumstances.now,
                judged: None,
            },
            ended: false,
            circumstances,
        };
        if let Some(client) = client {
            verifier.meet(client);
        }
        verifier
    }

    /// Who sends it, for whoever has heard of the message first.
    pub fn meet(&mut self, client: &Client) {
        let Circumstances { receiver, now, .. } = &self.circumstances;
        let check = |identity| Some(Spf::new(client, identity, receiver, *now));
        self.iprev = Some(IpRev::new(client.address));
        self.spf = check(Identity::MailFrom);
        // With an empty return path, that one is about the HELO name already.
        self.helo = match client.mail_from.is_empty() {
            true => None,
            false => check(Identity::Helo),
        };
    }

    /// The next octets of the message, as they came, with CRLF line ends.
    pub fn feed(&mut self, octets: &[u8]) {
        let letter = &mut self.letter;
        self.splitter.feed(octets, &mut |piece| letter.hear(piece));
        if self.splitter.in_body() {
            self.letter.judge();
        }
    }

    /// Octets that are held of the message: at most twice [`crate::HEAD_MAX`].
    pub fn held(&self) -> usize {
        self.letter.head.held()
    }

    /// The message has ended.
    pub fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let letter = &mut self.letter;
        std::mem::take(&mut self.splitter).finish(&mut |piece| letter.hear(piece));
        letter.judge();
        letter.bodies.finish();
    }

    /// What it wants to know now: each question once, at most a few dozen.
    pub fn needs(&self) -> Vec<Question> {
        let mut all: BTreeSet<Question> = BTreeSet::new();
        all.extend(self.iprev.as_ref().and_then(IpRev::wants).cloned());
        for spf in [&self.spf, &self.helo] {
            all.extend(spf.as_ref().and_then(Spf::wants).cloned());
        }
        if let Some(judged) = &self.letter.judged {
            all.extend(judged.dkim.wants().cloned());
            all.extend(judged.arc.wants().cloned());
            all.extend(judged.dmarc.wants().cloned());
        }
        all.into_iter().collect()
    }

    /// The answer to one of those; to anything else it is not listened to.
    pub fn give(&mut self, question: &Question, reply: &Reply) {
        if let Some(iprev) = &mut self.iprev
            && iprev.wants() == Some(question)
        {
            iprev.give(reply);
        }
        for spf in [&mut self.spf, &mut self.helo].into_iter().flatten() {
            if spf.wants() == Some(question) {
                spf.give(reply);
            }
        }
        if let Some(judged) = &mut self.letter.judged {
            judged.dkim.give(question, reply);
            judged.arc.give(&self.letter.head, question, reply);
            judged.dmarc.give(question, reply);
        }
    }

    /// The verdicts, once the message has ended and every question is answered. The signatures are computed here.
    pub fn verdicts(&mut self) -> Option<Verdicts> {
        if !self.ended || !self.needs().is_empty() {
            return None;
        }
        let Letter {
            head,
            bodies,
            judged,
            ..
        } = &mut self.letter;
        let judged = judged.as_mut()?;
        let dkim = judged.dkim.verdicts(head, bodies)?;
        let arc = judged.arc.verdict(head, bodies)?;
        let spf = self.spf.as_ref().and_then(Spf::verdict).cloned();
        let sample = self.circumstances.sample;
        let dmarc = judged.dmarc.verdict(spf.as_ref(), &dkim, sample)?;
        Some(Verdicts {
            iprev: self.iprev.as_ref().and_then(IpRev::verdict),
            spf,
            helo: self.helo.as_ref().and_then(Spf::verdict).cloned(),
            dkim,
            arc: Some(arc),
            dmarc: Some(dmarc),
            no_author: judged.no_author,
            judged: true,
        })
    }
}

impl Letter {
    fn hear(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Body(octets) => {
                self.judge();
                self.bodies.feed(octets);
            }
            piece => self.head.hear(piece),
        }
    }

    /// The header has ended.
    fn judge(&mut self) {
        if self.judged.is_none() {
            let (head, bodies, now) = (&self.head, &mut self.bodies, self.now);
            let author = author(head);
            self.judged = Some(Judged {
                no_author: author.as_ref().err().copied(),
                dkim: Signatures::of(head, bodies, now),
                arc: Chain::of(head, bodies, now),
                dmarc: Dmarc::of(author),
            });
        }
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
