//! What a URL names, and its octets (RFC 5092 §6, RFC 4469 §3).
//!
//! Promises: a URL reaches what its person could FETCH and nothing else; reading it sets no \Seen; the octets come in bounded steps, none
//! of them held.

use std::ops::Range;

use ::store::{AccountId, Gid, MailboxId, Read, ReadTx, Rights};

use crate::cmd::access;
use crate::cmd::fetch::octets::{Octets, Through};
use crate::code::Code;
use crate::command::{Section, SectionText};
use crate::deed::{Known, No, World};
use crate::record::{FieldFilter, Part, Record};
use crate::url::{self, Server, Url};
use crate::view::View;

/// Octets of the store that one step looks at: as FETCH.
const WORK: u64 = 512 * 1024;

/// A message or a part of one that is being copied.
pub(crate) struct Copying {
    octets: Octets,
    skip: u64,
    left: u64,
    at_most: u64,
    url: String,
}

impl Copying {
    /// Octets that will come, at most.
    pub(crate) fn at_most(&self) -> u64 {
        self.at_most
    }

    /// Hands on a bounded part of them; whether it was the last.
    pub(crate) fn step(
        &mut self,
        tx: &ReadTx<'_>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), No>,
    ) -> Result<bool, No> {
        let mut work = WORK;
        while work > 0 && self.left > 0 {
            let (skip, left) = (&mut self.skip, &mut self.left);
            let mut failed = None;
            let looked = self.octets.next(tx, &mut |made| {
                let skipped = usize::try_from(*skip).unwrap_or(usize::MAX).min(made.len());
                *skip = skip.saturating_sub(skipped as u64);
                let rest = made.get(skipped..).unwrap_or_default();
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                *left = left.saturating_sub(taken as u64);
                if failed.is_none() {
                    failed = take(rest.get(..taken).unwrap_or_default()).err();
                }
            });
            if let Some(no) = failed {
                return Err(no);
            }
            match looked {
                Ok(Some(looked)) => work = work.saturating_sub(looked.max(1)),
                Ok(None) => return Ok(true),
                Err(::store::Error::NoSuchMessage) => return Err(bad_url(self.url.as_bytes())),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.left == 0)
    }
}

/// What a URL of CATENATE names, or NO [BADURL].
pub(crate) fn copying(
    world: &World<'_>,
    known: &Known,
    view: Option<&View>,
    hostname: &str,
    text: &[u8],
) -> Result<Copying, No> {
    let bad = || bad_url(text);
    let parsed = url::parse(text)
        .filter(|url| url.auth.is_none())
        .ok_or_else(bad)?;
    if let Some(server) = &parsed.server
        && !(is_here(server, hostname) && is_me(world, known, server)?)
    {
        return Err(bad());
    }
    let mailbox = match (&parsed.mailbox, view) {
        (Some(name), _) => readable(world, known, name)?,
        // The view has the rights of the command before.
        (None, Some(view)) => {
            let rights = world.tx.rights(view.viewer, view.mailbox)?;
            Some(view.mailbox).filter(|_| rights.contains(Rights::READ))
        }
        (None, None) => None,
    };
    let found = find(world, mailbox, &parsed)?.ok_or_else(bad)?;
    let (skip, left) = parsed
        .partial
        .map_or((0, None), |(offset, length)| (offset, length));
    let left = left.unwrap_or(u64::MAX);
    let size = found.range.end.saturating_sub(found.range.start);
    Ok(Copying {
        octets: found.octets(),
        skip,
        left,
        at_most: size.saturating_sub(skip).min(left),
        url: String::from_utf8_lossy(text).into_owned(),
    })
}

/// NO [BADURL].
pub(crate) fn bad_url(text: &[u8]) -> No {
    No::with(
        Code::BadUrl(String::from_utf8_lossy(text).into_owned()),
        "This URL names no message or part that you can read here",
    )
}

/// Where the octets of a URL lie.
pub(crate) struct Found<'r> {
    pub(crate) gid: Gid,
    pub(crate) range: Range<u64>,
    pub(crate) through: Through,
    /// the record, for its structure
    pub(crate) record: Record<'r>,
}

impl Found<'_> {
    pub(crate) fn octets(self) -> Octets {
        Octets::new(self.gid, self.range, self.through)
    }

    /// The part, if the URL names one as a whole.
    pub(crate) fn part(&self, url: &Url) -> Option<Part<'_>> {
        match &url.section {
            None => self.record.part(&[]),
            Some(section) if section.text == SectionText::Whole => self.record.part(&section.part),
            Some(_) => None,
        }
    }
}

/// Finds the message and the part in a mailbox that may be read; `None`: there is none.
pub(crate) fn find<'r>(
    world: &World<'r>,
    mailbox: Option<MailboxId>,
    url: &Url,
) -> Result<Option<Found<'r>>, No> {
    let Some(mailbox) = mailbox else {
        return Ok(None);
    };
    if let Some(validity) = url.uid_validity
        && world.tx.counters(mailbox)?.uid_validity != validity
    {
        return Ok(None);
    }
    let Some(entry) = world.tx.entry(mailbox, url.uid)? else {
        return Ok(None);
    };
    let tx: &'r ReadTx<'r> = world.tx;
    let (_, stored) = tx.record(entry.gid)?;
    let Some(record) = Record::new(stored) else {
        return Ok(None);
    };
    let whole = Section {
        part: Vec::new(),
        text: SectionText::Whole,
    };
    let section = url.section.as_ref().unwrap_or(&whole);
    let range = if *section == whole {
        0..u64::from(entry.size)
    } else {
        match record.section(section) {
            Some(range) => range,
            None => return Ok(None),
        }
    };
    let through = match &section.text {
        SectionText::HeaderFields { not, names } => Through::Fields(FieldFilter::new(names, *not)),
        _ => Through::Plain,
    };
    Ok(Some(Found {
        gid: entry.gid,
        range,
        through,
        record,
    }))
}

/// The mailbox of this name, if this person may read it.
pub(crate) fn readable(
    world: &World<'_>,
    known: &Known,
    name: &str,
) -> Result<Option<MailboxId>, No> {
    let found = access::find(world, known, name)?;
    Ok(found
        .filter(|place| place.mailbox.selectable && place.rights.contains(Rights::READ))
        .map(|place| place.mailbox.id))
}

/// Whether a URL's server is this one.
pub(crate) fn is_here(server: &Server, hostname: &str) -> bool {
    server
        .host
        .trim_end_matches('.')
        .eq_ignore_ascii_case(hostname)
}

/// Whether a URL's user is the one who has logged in.
pub(crate) fn is_me(world: &World<'_>, known: &Known, server: &Server) -> Result<bool, No> {
    Ok(person(world, &server.user)? == Some(known.account))
}

/// Who logs in by this name: an address of the house, or what its person goes by.
pub(crate) fn person(world: &World<'_>, user: &str) -> Result<Option<AccountId>, No> {
    Ok(access::People::read(world.tx)?.find(user))
}
