//! What is judged while a message passes: its size, its lines, its hops. No octet of it is kept here.

use crate::bdat::Lines;
use crate::data::Fault;
use crate::hops::Hops;
use crate::server::{BodyType, Step};
use crate::{Limits, Reply};
use std::mem::discriminant;

/// Octets of the line that ends DATA.
const TERMINATOR: u64 = 3;

/// A message as far as it has come.
pub(in crate::server) struct Body {
    body_type: BodyType,
    octets: u64,
    hops: Hops,
    /// Only BDAT needs them: DATA's reader judges lines itself.
    lines: Lines,
    refusal: Option<Refusal>,
    /// The driver holds content.
    given: bool,
    /// Octets that DATA's reader may still read (see [`Limits::drain`]).
    budget: u64,
    /// Octets since the client's time was last set anew.
    since_progress: u64,
}

/// Why a message is not taken, the weightiest last: which reason is told must not depend on how the octets were cut, and a fault of
/// lines behind DATA ends the connection whatever else is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::server) enum Refusal {
    /// [`Limits::hops`] Received fields.
    Loop,
    /// Larger than [`Limits::size`].
    Size,
    /// Behind BDAT: where it ends is certain.
    ChunkLine(Fault),
    /// Behind DATA: the client may count ends differently than we do.
    Line(Fault),
}

impl Body {
    pub(in crate::server) fn new(body_type: BodyType, limits: &Limits) -> Body {
        Body {
            body_type,
            octets: 0,
            hops: Hops::new(),
            lines: Lines::default(),
            refusal: None,
            given: false,
            budget: limits
                .size
                .saturating_add(limits.size / 2)
                .saturating_add(limits.drain)
                .saturating_add(TERMINATOR),
            since_progress: 0,
        }
    }

    /// Octets of content so far.
    pub(in crate::server) fn octets(&self) -> u64 {
        self.octets
    }

    pub(in crate::server) fn hops(&self) -> u32 {
        self.hops.count()
    }

    /// Whether the driver holds content that was not discarded.
    pub(in crate::server) fn was_given(&self) -> bool {
        self.given
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// Judges the next content and hands it on.
    pub(super) fn take(&mut self, content: Vec<u8>, limits: &Limits) -> Option<Step> {
        self.hops.feed(&content);
        self.judged(content, limits)
    }

    /// The same for content whose lines nobody has judged. BINARYMIME is free behind the header only.
    pub(super) fn take_lines(&mut self, content: Vec<u8>, limits: &Limits) -> Option<Step> {
        let header = self.hops.feed(&content);
        let text = if self.body_type == BodyType::BinaryMime {
            content.get(..header)
        } else {
            Some(&*content)
        };
        match self.lines.feed(text.unwrap_or_default()) {
            Ok(()) => self.judged(content, limits),
            Err(fault) => {
                let discard = self.refuse(Refusal::ChunkLine(fault));
                discard.or(self.judged(content, limits))
            }
        }
    }

    fn judged(&mut self, content: Vec<u8>, limits: &Limits) -> Option<Step> {
        self.octets = self.octets.saturating_add(content.len() as u64);
        let discard = if self.octets > limits.size {
            self.refuse(Refusal::Size)
        } else if self.hops.count() >= limits.hops {
            self.refuse(Refusal::Loop)
        } else {
            None
        };
        if self.is_refused() || content.is_empty() {
            return discard;
        }
        self.given = true;
        Some(Step::Content(content))
    }

    /// After the last chunk: a text message whose last line lacks its CRLF gets one, so that every reader finds whole lines. (DKIM's
    /// digests are the same with and without: RFC 6376 §3.4.3, §3.4.4.)
    pub(super) fn finish_lines(&mut self) -> Option<Step> {
        if self.is_refused() {
            return None;
        }
        match self.lines.finish() {
            Ok(true) if self.body_type != BodyType::BinaryMime => {
                self.octets = self.octets.saturating_add(2);
                Some(Step::Content(b"\r\n".to_vec()))
            }
            Ok(_) => None,
            Err(fault) => self.refuse(Refusal::ChunkLine(fault)),
        }
    }

    /// Decides against the message; of several reasons the weightiest stays, of several faults the first. What the driver holds is to be
    /// forgotten.
    pub(super) fn refuse(&mut self, refusal: Refusal) -> Option<Step> {
        let first = self.refusal.is_none_or(|before| {
            discriminant(&before) != discriminant(&refusal) && before < refusal
        });
        if first {
            self.refusal = Some(refusal);
        }
        std::mem::take(&mut self.given).then_some(Step::Discard)
    }

    /// Whether the client has sent enough to deserve more time.
    pub(super) fn progressed(&mut self, octets: usize, enough: u64) -> bool {
        self.since_progress = self.since_progress.saturating_add(octets as u64);
        let deserves = self.since_progress >= enough;
        if deserves {
            self.since_progress = 0;
        }
        deserves
    }

    /// How many of the next octets DATA's reader may look at; none is left only of a message that is refused.
    pub(super) fn budget(&self) -> usize {
        usize::try_from(self.budget).unwrap_or(usize::MAX)
    }

    /// Counts what DATA's reader took.
    pub(super) fn spend(&mut self, octets: usize) {
        self.budget = self.budget.saturating_sub(octets as u64);
    }

    /// Whether what follows this message cannot be trusted to be commands.
    pub(super) fn ends_connection(&self) -> bool {
        matches!(self.refusal, Some(Refusal::Line(_)))
    }

    pub(super) fn refusal_reply(&self) -> Reply {
        match self.refusal {
            Some(Refusal::Size) => {
                Reply::new(552, (5, 3, 4), "The message is larger than SIZE allows")
            }
            Some(Refusal::Loop) => Reply::new(
                554,
                (5, 4, 6),
                "Too many Received fields: the message travels in a circle",
            ),
            Some(Refusal::Line(fault) | Refusal::ChunkLine(fault)) => Reply::new(
                550,
                (5, 6, 0),
                match fault {
                    Fault::BareCr => "The message holds a CR without LF; lines end with CRLF",
                    Fault::BareLf => "The message holds a LF without CR; lines end with CRLF",
                    Fault::Nul => "The message holds a NUL",
                },
            ),
            None => Reply::new(451, (4, 3, 0), "Internal trouble; try again later"),
        }
    }
}
