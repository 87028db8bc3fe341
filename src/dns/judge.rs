//! May this message be believed, and what does it say?
//!
//! What is not *the* answer to *this* question (id, question, letter case) is a stray and tells nothing about the server (RFC 5452 §9.1). Of an answer only
//! the records on the path from the name asked through its CNAMEs are heeded, of the authority section only a SOA whose zone holds the path's end: whatever
//! else a server adds is not looked at, so that it cannot plant anything (RFC 2181 §5.4.1).

use crate::kind::{Data, Kind};
use crate::message::{
    AUTHENTIC, AUTHORITATIVE, Header, MAX_MESSAGE, Malformed, OPCODE, RCODE, RECURSION_AVAILABLE,
    RESPONSE, Reader, Record, Section, TRUNCATED,
};
use crate::name::Name;
use crate::query::{Query, Transport};

/// The most CNAMEs from the name asked to the records; content networks use up to six.
pub const MAX_CHAIN: usize = 12;

/// The class of the Internet.
const IN: u16 = 1;
const CNAME: u16 = 5;
const NS: u16 = 2;
const SOA: u16 = 6;
const OPT: u16 = 41;
/// A TTL with the first bit set is none (RFC 2181 §8).
const TTL_MAX: u32 = 0x7fff_ffff;

/// What a message is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Not an answer to this question; the right one may still come. Says what is wrong.
    Stray(&'static str),
    /// Everything right but the case of the letters: the server does not keep it, or somebody guessed the rest. Over UDP only.
    OtherCase,
    /// It did not fit; ask over TCP.
    Truncated,
    /// The server does not understand the question (FORMERR, NOTIMP, BADVERS): EDNS may be why.
    Unversed(&'static str),
    /// The server will not or cannot say (SERVFAIL, REFUSED, ..).
    Unwilling(&'static str),
    /// The right answer's front with a body that makes no sense; says what is wrong.
    Nonsense(&'static str),
    /// An answer.
    Reply(Reply),
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Names that are aliases, from the one asked on; at most [`MAX_CHAIN`].
    pub aliases: Vec<Name>,
    /// Where the path ends.
    pub name: Name,
    /// What there is at its end.
    pub rest: Rest,
    /// Seconds that it holds; 0 is "not beyond this lookup".
    pub ttl: u32,
    /// The AD bit: the server says that it verified everything.
    pub authentic: bool,
    /// The question came back letter by letter.
    pub case_kept: bool,
}

/// What the end of the path holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// These records.
    Data(Vec<Data>),
    /// The server stopped at an alias: ask for its target.
    Alias,
    /// No record of the kind.
    NoData,
    /// No such name.
    NoSuchName,
}

/// Judges `octets` as the answer to `query`.
#[must_use]
pub fn judge(query: &Query, octets: &[u8]) -> Judgement {
    if octets.len() > MAX_MESSAGE {
        return Judgement::Stray("longer than a message can be");
    }
    let mut reader = Reader::new(octets);
    let Ok(header) = reader.header() else {
        return Judgement::Stray("shorter than a header");
    };
    if header.id != query.id {
        return Judgement::Stray("another id");
    }
    if header.flags & RESPONSE == 0 || header.flags & OPCODE != 0 {
        return Judgement::Stray("not an answer");
    }
    let trouble = trouble(header.flags & RCODE);
    if header.questions == 0
        && let Some(trouble) = &trouble
    {
        // Servers that could not read the question have none to repeat (RFC 6891 §7).
        return trouble.clone();
    }
    let Ok(question) = reader.question() else {
        return Judgement::Stray("no question");
    };
    let right = header.questions == 1
        && question.kind == query.kind.code()
        && question.class == IN
        && question.wire.eq_ignore_ascii_case(&query.cased);
    if !right {
        return Judgement::Stray("another question");
    }
    let case_kept = question.wire == query.cased;
    if !case_kept && query.transport == Transport::Udp {
        return Judgement::OtherCase;
    }
    if let Some(trouble) = trouble {
        return trouble;
    }
    if header.flags & TRUNCATED != 0 {
        return Judgement::Truncated;
    }
    match reader.records(&header) {
        Ok(records) => read(query, &header, &reader, &records, case_kept),
        Err(Malformed) => Judgement::Nonsense("a malformed answer"),
    }
}

/// What a RCODE (RFC 1035 §4.1.1, RFC 6895 §2.3) other than 0 and NXDOMAIN says.
fn trouble(rcode: u16) -> Option<Judgement> {
    Some(match rcode {
        0 | 3 => return None,
        1 => Judgement::Unversed("FORMERR"),
        2 => Judgement::Unwilling("SERVFAIL"),
        4 => Judgement::Unversed("NOTIMP"),
        5 => Judgement::Unwilling("REFUSED"),
        _ => Judgement::Unwilling("an error of another kind"),
    })
}

fn read(
    query: &Query,
    header: &Header,
    reader: &Reader<'_>,
    records: &[Record],
    case_kept: bool,
) -> Judgement {
    // OPT carries the upper bits of the RCODE where others have the TTL's (RFC 6891 §6.1.3).
    let extended = |record: &Record| {
        record.section == Section::Additional && record.kind == OPT && record.ttl >> 24 != 0
    };
    if records.iter().any(extended) {
        return Judgement::Unversed("BADVERS");
    }
    let path = match Path::walk(query, reader, records) {
        Ok(path) => path,
        Err(words) => return Judgement::Nonsense(words),
    };
    let no_such_name = header.flags & RCODE == 3;
    let authority = |kind| {
        records.iter().filter(move |record| {
            record.section == Section::Authority && record.kind == kind && record.class == IN
        })
    };
    let zone = authority(SOA).find(|record| path.end.is_within(&record.owner));
    let (rest, ttl) = if !path.data.is_empty() {
        if no_such_name {
            return Judgement::Nonsense("records and the word that there are none");
        }
        (Rest::Data(path.data), path.ttl)
    } else if no_such_name || zone.is_some() {
        let kept = match zone.map(|record| negative_ttl(reader, record)).transpose() {
            // Without a SOA nothing says how long it holds (RFC 2308 §5).
            Ok(ttl) => ttl.unwrap_or(0),
            Err(Malformed) => return Judgement::Nonsense("a malformed answer"),
        };
        (
            if no_such_name {
                Rest::NoSuchName
            } else {
                Rest::NoData
            },
            path.ttl.min(kept),
        )
    } else if !path.aliases.is_empty() {
        (Rest::Alias, path.ttl)
    } else if authority(NS).next().is_some()
        && header.flags & (RECURSION_AVAILABLE | AUTHORITATIVE) == 0
    {
        return Judgement::Unwilling("a referral: it does not look names up for others");
    } else {
        (Rest::NoData, 0)
    };
    Judgement::Reply(Reply {
        aliases: path.aliases,
        name: path.end,
        rest,
        ttl,
        authentic: header.flags & AUTHENTIC != 0,
        case_kept,
    })
}

/// From the name asked through its aliases to the records, in whatever order they came.
struct Path {
    aliases: Vec<Name>,
    end: Name,
    data: Vec<Data>,
    ttl: u32,
}

impl Path {
    fn walk(query: &Query, reader: &Reader<'_>, records: &[Record]) -> Result<Path, &'static str> {
        let mut path = Path {
            aliases: Vec::new(),
            end: query.name.clone(),
            data: Vec::new(),
            ttl: TTL_MAX,
        };
        loop {
            let mut target = None;
            let mine = records.iter().filter(|record| {
                record.section == Section::Answer && record.class == IN && record.owner == path.end
            });
            for record in mine {
                let mut data = reader.data(record);
                if record.kind == query.kind.code() {
                    path.data
                        .push(data_of(query.kind, &mut data).map_err(|_| "a malformed record")?);
                } else if record.kind == CNAME {
                    let alias = whole(&mut data, Reader::name).map_err(|_| "a malformed record")?;
                    if target
                        .replace(alias.clone())
                        .is_some_and(|other| other != alias)
                    {
                        return Err("a name that is an alias of two");
                    }
                } else {
                    continue;
                }
                path.ttl = path
                    .ttl
                    .min(if record.ttl > TTL_MAX { 0 } else { record.ttl });
            }
            let Some(target) = target else {
                return Ok(path);
            };
            if !path.data.is_empty() {
                return Err("an alias that has records of its own");
            }
            path.aliases.push(std::mem::replace(&mut path.end, target));
            if path.aliases.contains(&path.end) {
                return Err("a loop of aliases");
            }
            if path.aliases.len() > MAX_CHAIN {
                return Err("too many aliases in a row");
            }
        }
    }
}

/// How long an absence holds: the lesser of the SOA's own TTL and its last number (RFC 2308 §5).
fn negative_ttl(reader: &Reader<'_>, soa: &Record) -> Result<u32, Malformed> {
    let minimum = whole(&mut reader.data(soa), |data| {
        data.name()?;
        data.name()?;
        // Serial, refresh, retry, expire.
        data.take(16)?;
        data.u32()
    })?;
    let seconds = |ttl: u32| if ttl > TTL_MAX { 0 } else { ttl };
    Ok(seconds(soa.ttl).min(seconds(minimum)))
}

fn data_of(kind: Kind, data: &mut Reader<'_>) -> Result<Data, Malformed> {
    let text = |data: &mut Reader<'_>| data.name().map(|name| name.to_string());
    whole(data, |data| {
        Ok(match kind {
            Kind::A => Data::A(data.array::<4>()?.into()),
            Kind::Aaaa => Data::Aaaa(data.array::<16>()?.into()),
            Kind::Mx => Data::Mx {
                preference: data.u16()?,
                exchange: text(data)?,
            },
            Kind::Txt => {
                let mut joined = Vec::new();
                // At least one string (RFC 1035 §3.3.14).
                loop {
                    let length = data.u8()?;
                    joined.extend_from_slice(data.take(usize::from(length))?);
                    if data.is_done() {
                        break Data::Txt(joined);
                    }
                }
            }
            Kind::Ptr => Data::Ptr(text(data)?),
            Kind::Cname => Data::Cname(text(data)?),
            Kind::Tlsa => Data::Tlsa {
                usage: data.u8()?,
                selector: data.u8()?,
                matching: data.u8()?,
                data: data.rest()?.to_vec(),
            },
            Kind::Srv => Data::Srv {
                priority: data.u16()?,
                weight: data.u16()?,
                port: data.u16()?,
                target: text(data)?,
            },
        })
    })
}

/// Reads a record's data, which must end where the record does.
fn whole<'a, T>(
    data: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    let value = read(data)?;
    if data.is_done() {
        Ok(value)
    } else {
        Err(Malformed)
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
