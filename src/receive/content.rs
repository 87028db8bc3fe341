//! A message that is coming: judged, cleaned, parsed and put down while it passes.
//!
//! ```text
//! octets -> verifier (as they came)
//!        -> stripper (fields that claim our name go) -> header filter -> parser, spool
//! ```

use std::io;

use mail::{DateTime, Parser};
use msgauth::Verifier;
use msgauth::results::Stripper;
use ring::rand::{SystemRandom, generate};
use store::Spool;

use super::header::HeaderFilter;
use super::judgement::{self, Share};
use crate::bans::Network;
use crate::reception::Desk;

/// A message that is coming.
pub(super) struct Content {
    pub(super) session: u64,
    /// The name of this message in its Received field and in the log.
    pub(super) id: String,
    pub(super) now: DateTime,
    /// Somebody sends it who is not logged in, at the world's port.
    pub(super) stranger: bool,
    /// Hears a stranger's message as it comes.
    pub(super) verifier: Option<Verifier>,
    /// What that holds.
    share: Share,
    stripper: Option<Stripper>,
    pub(super) filter: HeaderFilter,
    pub(super) parser: Parser,
    pub(super) spool: Spool,
    /// An octet above 127 has come.
    pub(super) eight_bit: bool,
    /// Why it cannot be kept; told at its end, because that is when SMTP answers.
    pub(super) failure: Option<io::Error>,
}

/// Who sends it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct From {
    /// By a port of the household's: what a mail program left out is added.
    pub(super) household: bool,
    /// Somebody who is not logged in, at the world's port.
    pub(super) stranger: bool,
    /// Where the client is.
    pub(super) network: Network,
}

impl Content {
    /// The `count`th message of the session.
    pub(super) fn new(desk: &Desk, session: u64, count: u32, from: From) -> Content {
        let now = desk.clock.date_time(desk.clock.unix());
        let (unique, failure) = match generate::<[u8; 16]>(&SystemRandom::new()) {
            Ok(random) => (random.expose(), None),
            Err(_) => ([0; 16], Some(io::Error::other("no random numbers"))),
        };
        let judges = from.stranger && desk.resolver.get().is_some();
        Content {
            session,
            id: format!("{:x}-{session:x}-{count:x}", now.unix),
            now,
            stranger: from.stranger,
            verifier: judges.then(|| judgement::verifier(desk)),
            // Whoever it is from: what stands in our name is believed.
            share: desk.turns.share(from.network),
            stripper: Some(Stripper::new(&desk.hostname)),
            filter: HeaderFilter::new(from.household, &desk.hostname, unique, now),
            parser: Parser::new(),
            spool: desk.store.spool(),
            eight_bit: false,
            failure,
        }
    }

    /// Takes the next octets.
    pub(super) fn write(&mut self, octets: &[u8]) {
        if self.failure.is_some() {
            return;
        }
        self.eight_bit |= mail::needs::needs_eight_bit(octets);
        if let Some(verifier) = &mut self.verifier {
            verifier.feed(octets);
            if !self.share.hold(verifier.held()) {
                let words = "the headers that are coming are too long together";
                self.failure = Some(io::Error::new(io::ErrorKind::WouldBlock, words));
                self.verifier = None;
                self.stripper = None;
                return;
            }
        }
        let (parser, spool, failure) = (&mut self.parser, &mut self.spool, &mut self.failure);
        let (filter, mut sink) = (&mut self.filter, into(parser, spool, failure));
        if let Some(stripper) = &mut self.stripper {
            stripper.feed(octets, &mut |passed| filter.feed(passed, &mut sink));
        }
    }

    /// The message ends here.
    pub(super) fn finish(&mut self) {
        let (parser, spool, failure) = (&mut self.parser, &mut self.spool, &mut self.failure);
        let (filter, mut sink) = (&mut self.filter, into(parser, spool, failure));
        if let Some(stripper) = self.stripper.take() {
            stripper.finish(&mut |passed| filter.feed(passed, &mut sink));
        }
        filter.finish(&mut sink);
    }
}

/// Where octets go that the filters let through.
fn into<'a>(
    parser: &'a mut Parser,
    spool: &'a mut Spool,
    failure: &'a mut Option<io::Error>,
) -> impl FnMut(&[u8]) + 'a {
    |octets| {
        if failure.is_none() {
            parser.feed(octets);
            *failure = spool.write(octets).err();
        }
    }
}
