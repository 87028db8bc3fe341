//! URLFETCH (RFC 4467 §7) and its extended form (RFC 5524): what an authorized URL names, for whoever the URL lets have it.
//!
//! Promises: the answer to a URL that does not hold is NIL whatever the reason is, and takes as long to find out for a mailbox that there is as
//! for one that there is not; a URL reaches what its owner can read when it is fetched (RFC 4467 §7). The octets come in pieces,
//! without \Seen. Cannot: nobody is a submission server here, so that `submit+` URLs hold for no one.

mod structure;

use std::ops::Range;

use ::store::{AccountId, MailboxId, Read, Rights};

use crate::cmd::access;
use crate::cmd::fetch::octets::{Count, Literal, Octets, Through, part};
use crate::cmd::url::{self as names, Found};
use crate::cmd::urlauth::print_url;
use crate::command::{Partial, SectionText, UrlFetch, UrlWanted};
use crate::deed::{Done, Known, No, Turn, Verb, World};
use crate::print;
use crate::url::{self, Access, Url};

/// Octets of the store that one step looks at without printing: as FETCH.
const WORK: u64 = 512 * 1024;
/// Signs for nobody, so that a URL into a mailbox that there is not costs what another one costs (RFC 4467 §6).
const NOBODYS_KEY: [u8; 32] = [0x5a; 32];

/// URLFETCH.
pub(super) fn verb(urls: Vec<UrlFetch>) -> Box<dyn Verb<Known>> {
    Box::new(Fetching {
        urls,
        at: 0,
        item: 0,
        begun: false,
        stage: Stage::Item,
    })
}

struct Fetching {
    urls: Vec<UrlFetch>,
    /// the URL in hand, and the item of it
    at: usize,
    item: usize,
    begun: bool,
    stage: Stage,
}

enum Stage {
    Item,
    Counting(Box<Count>, Box<Source>, bool),
    Literal(Box<Literal>),
}

/// Where the octets of an item lie, to be run through twice.
struct Source {
    gid: ::store::Gid,
    range: Range<u64>,
    make: Make,
    partial: Option<Partial>,
}

/// How its octets are made.
enum Make {
    Fields { not: bool, names: Vec<String> },
    Decoded(crate::record::Encoding),
}

impl Source {
    fn octets(&self) -> Octets {
        let through = match &self.make {
            Make::Fields { not, names } => {
                Through::Fields(crate::record::FieldFilter::new(names, *not))
            }
            Make::Decoded(encoding) => Through::decoded(*encoding).unwrap_or(Through::Plain),
        };
        Octets::new(self.gid, self.range.clone(), through)
    }
}

impl Verb<Known> for Fetching {
    fn step(
        &mut self,
        world: &World<'_>,
        known: &mut Known,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Known>, No> {
        if !self.begun {
            out.extend_from_slice(b"* URLFETCH");
            self.begun = true;
        }
        let mut work = WORK;
        loop {
            match &mut self.stage {
                Stage::Literal(literal) => {
                    if !literal.run(world.tx, world.limits.piece, out) {
                        return Ok(Turn::More);
                    }
                    self.item_ends(out);
                }
                Stage::Counting(count, source, binary) => {
                    if !count.run(world.tx, &mut work)? {
                        return Ok(Turn::More);
                    }
                    let (length, nul, binary) = (count.length, count.nul, *binary);
                    let range = part(length, source.partial);
                    if binary && nul {
                        out.push(b'~');
                    }
                    print::literal_head(range.end.saturating_sub(range.start), out);
                    let literal = Literal::new(source.octets(), &range);
                    self.stage = Stage::Literal(Box::new(literal));
                }
                Stage::Item => {
                    let Some(asked) = self.urls.get(self.at) else {
                        out.extend_from_slice(b"\r\n");
                        return Ok(Turn::Done(Done::ok("URLFETCH completed")));
                    };
                    if out.len() >= world.limits.piece {
                        return Ok(Turn::More);
                    }
                    let simple = asked.wanted.is_empty();
                    let wanted = if simple && self.item == 0 {
                        Some(UrlWanted::Body)
                    } else {
                        asked.wanted.get(self.item).copied()
                    };
                    let Some(wanted) = wanted else {
                        self.at = self.at.saturating_add(1);
                        self.item = 0;
                        continue;
                    };
                    let url = url::parse(&asked.url);
                    let found = match &url {
                        Some(url) => authorized(world, known, &asked.url, url)?,
                        None => None,
                    };
                    if self.item == 0 {
                        out.push(b' ');
                        print_url(&asked.url, out);
                    }
                    let (Some(url), Some(found)) = (url, found) else {
                        out.extend_from_slice(b" NIL");
                        self.at = self.at.saturating_add(1);
                        self.item = 0;
                        continue;
                    };
                    out.extend_from_slice(match (simple, wanted) {
                        (true, _) => b" ",
                        (_, UrlWanted::Body) => b" (BODY ",
                        (_, UrlWanted::Binary) => b" (BINARY ",
                        (_, UrlWanted::BodyPartStructure) => b" (BODYPARTSTRUCTURE ",
                    });
                    let utf8 = known.dialect.utf8();
                    match begin(found, &url, wanted, utf8, out) {
                        Some(stage) => self.stage = stage,
                        None => self.item_ends(out),
                    }
                }
            }
        }
    }
}

impl Fetching {
    fn item_ends(&mut self, out: &mut Vec<u8>) {
        if self
            .urls
            .get(self.at)
            .is_some_and(|asked| !asked.wanted.is_empty())
        {
            out.push(b')');
        }
        self.item = self.item.saturating_add(1);
        self.stage = Stage::Item;
    }
}

/// Prints what is short, and says how to go on with what is long.
fn begin(
    found: Found<'_>,
    url: &Url,
    wanted: UrlWanted,
    utf8: bool,
    out: &mut Vec<u8>,
) -> Option<Stage> {
    let partial = url.partial.map(|(offset, length)| Partial {
        offset,
        length: length.unwrap_or(u64::MAX),
    });
    let source = |make, range| {
        Box::new(Source {
            gid: found.gid,
            range,
            make,
            partial,
        })
    };
    match wanted {
        UrlWanted::BodyPartStructure => {
            let number = url
                .section
                .as_ref()
                .map_or(&[][..], |section| &section.part);
            let mut printed = Vec::new();
            if found.part(url).is_some() {
                found.record.body_structure(utf8, &mut printed);
            }
            match structure::part(&printed, number) {
                Some(structure) => out.extend_from_slice(structure),
                None => out.extend_from_slice(b"NIL"),
            }
            None
        }
        UrlWanted::Binary => {
            // A header or a MIME header has no encoding to undo.
            let (range, make) = match found.part(url) {
                Some(part) if url.section.is_some() => {
                    if Through::decoded(part.encoding).is_none() {
                        out.extend_from_slice(b"NIL");
                        return None;
                    }
                    (part.body, Make::Decoded(part.encoding))
                }
                _ => (
                    found.range.clone(),
                    fields(url).unwrap_or(Make::Decoded(crate::record::Encoding::Identity)),
                ),
            };
            let source = source(make, range);
            let count = Box::new(Count::new(source.octets()));
            Some(Stage::Counting(count, source, true))
        }
        UrlWanted::Body => match fields(url) {
            Some(make) => {
                let source = source(make, found.range.clone());
                let count = Box::new(Count::new(source.octets()));
                Some(Stage::Counting(count, source, false))
            }
            None => {
                let start = found.range.start;
                let length = found.range.end.saturating_sub(start);
                let wanted = part(length, partial);
                let length = wanted.end.saturating_sub(wanted.start);
                print::literal_head(length, out);
                let range = start.saturating_add(wanted.start)..start.saturating_add(wanted.end);
                let octets = Octets::new(found.gid, range, Through::Text);
                Some(Stage::Literal(Box::new(Literal::new(octets, &(0..length)))))
            }
        },
    }
}

fn fields(url: &Url) -> Option<Make> {
    match &url.section.as_ref()?.text {
        SectionText::HeaderFields { not, names } => Some(Make::Fields {
            not: *not,
            names: names.clone(),
        }),
        _ => None,
    }
}

/// What the URL names, if it holds here, now and for this person.
fn authorized<'r>(
    world: &World<'r>,
    known: &Known,
    text: &[u8],
    url: &Url,
) -> Result<Option<Found<'r>>, No> {
    let (Some(server), Some(auth)) = (&url.server, &url.auth) else {
        return Ok(None);
    };
    let Some((mechanism, token)) = &auth.verifier else {
        return Ok(None);
    };
    let owner = names::person(world, &server.user)?;
    let place = mailbox(world, owner, url)?;
    let key = match (owner, place) {
        (Some(owner), Some(mailbox)) => world.tx.mailbox_key(owner, mailbox)?,
        _ => None,
    };
    let signed = key.is_some();
    let key = key.map_or(NOBODYS_KEY, |key| *key);
    let rump = text.get(..auth.rump).unwrap_or_default();
    let fits = url::token_fits(&key, rump, token);
    let lets = match &auth.access {
        Access::User(name) => names::person(world, name)? == Some(known.account),
        Access::AuthUser | Access::Anonymous => true,
        Access::Submit(_) => false,
    };
    let holds = signed
        && fits
        && lets
        && mechanism == "INTERNAL"
        && names::is_here(server, world.hostname)
        && url.expire.is_none_or(|expire| world.unix <= expire);
    if !holds {
        return Ok(None);
    }
    names::find(world, place, url)
}

/// The mailbox as its owner knows it, if they can read it.
fn mailbox(
    world: &World<'_>,
    owner: Option<AccountId>,
    url: &Url,
) -> Result<Option<MailboxId>, No> {
    let (Some(owner), Some(name)) = (owner, &url.mailbox) else {
        return Ok(None);
    };
    let place = access::find_in(world.tx, owner, name)?;
    Ok(place
        .filter(|place| place.mailbox.selectable && place.rights.contains(Rights::READ))
        .map(|place| place.mailbox.id))
}
