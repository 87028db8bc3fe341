//! What has to change where: the message cut into segments in their order, each with what is done to it.
//!
//! It promises segments that cover the message without a gap, at most three a part, and to find every obstacle before a single
//! octet is written. It holds one header at a time.

use std::ops::Range;

use super::header::{Wish, rewrite};
use super::{DowngradeError, HEADER_MAX, Obstacle, Target};
use crate::content::decode_transfer;
use crate::message::{Message, Part};
use crate::needs::Octets;
use crate::source::{ReadAt, each_piece};

/// A range of the message and what becomes of it.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) range: Range<u64>,
    pub(super) action: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Copy,
    Header(Wish),
    /// A body, decoded from `from` if that is set, and encoded.
    Encode {
        from: Option<&'static str>,
        to: Encoding,
    },
    /// What stands before a multipart's first part: only its last line stays, the delimiter.
    LastLine,
    /// What stands behind a part of a multipart: only its first line stays, the delimiter.
    FirstLine,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Quoted { text: bool },
    Base64,
}

/// The plan, and whether something inside a `multipart/signed` changes.
pub(super) struct Plan {
    pub(super) segments: Vec<Segment>,
    pub(super) breaks_signature: bool,
}

pub(super) fn plan<E>(
    message: &Message,
    target: Target,
    read: &mut ReadAt<'_, E>,
) -> Result<Plan, DowngradeError<E>> {
    let mut planner = Planner {
        message,
        target,
        wishes: vec![Wish::default(); message.parts.len()],
        segments: Vec::new(),
    };
    if !message.complete {
        return planner.whole(read);
    }
    planner.cut();
    planner.bodies(read)?;
    planner.headers(read)?;
    let breaks_signature = planner.breaks_signature();
    Ok(Plan {
        segments: merged(planner.segments),
        breaks_signature,
    })
}

struct Planner<'m> {
    message: &'m Message,
    target: Target,
    /// What has to change in the header of each part.
    wishes: Vec<Wish>,
    /// With the part that each belongs to.
    segments: Vec<(Role, u32, Segment)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Header,
    Leaf,
    /// Before the first part of a multipart.
    Lead,
    Between,
    /// Behind the last part of a multipart.
    Tail,
}

impl Planner<'_> {
    /// A message whose structure is not wholly known: nothing may have to change.
    fn whole<E>(&self, read: &mut ReadAt<'_, E>) -> Result<Plan, DowngradeError<E>> {
        let range = 0..self.message.size;
        let octets = look(read, range.clone()).map_err(DowngradeError::Read)?;
        let header = self
            .message
            .parts
            .first()
            .map_or(0..0, |part| part.header.clone());
        let header = look(read, header).map_err(DowngradeError::Read)?;
        if self.is_bad(&octets) || (header.eight_bit && !self.target.utf8_headers) {
            return Err(DowngradeError::Obstacle(Obstacle::TooComplex));
        }
        Ok(Plan {
            segments: vec![Segment {
                range,
                action: Action::Copy,
            }],
            breaks_signature: false,
        })
    }

    /// Cuts the message into segments, in order: a walk over the tree without recursion.
    fn cut(&mut self) {
        let mut cursor = 0;
        // The part and how many of its children were walked.
        let mut open: Vec<(u32, usize)> = Vec::new();
        self.enter(0, &mut cursor, &mut open);
        while let Some((index, walked)) = open.last_mut() {
            let index = *index;
            let Some(part) = self.message.part(index) else {
                break;
            };
            match part.children.get(*walked) {
                Some(&child) => {
                    let first = *walked == 0;
                    *walked += 1;
                    let start = self.message.part(child).map_or(cursor, |c| c.header.start);
                    self.push(
                        if first { Role::Lead } else { Role::Between },
                        index,
                        cursor..start,
                    );
                    cursor = cursor.max(start);
                    self.enter(child, &mut cursor, &mut open);
                }
                None => {
                    let role = if part.children.is_empty() {
                        Role::Leaf
                    } else {
                        Role::Tail
                    };
                    self.push(role, index, cursor..part.body.end);
                    cursor = cursor.max(part.body.end);
                    open.pop();
                }
            }
        }
    }

    fn enter(&mut self, index: u32, cursor: &mut u64, open: &mut Vec<(u32, usize)>) {
        if let Some(part) = self.message.part(index) {
            self.push(Role::Header, index, part.header.clone());
            *cursor = part.header.end.max(*cursor);
            open.push((index, 0));
        }
    }

    fn push(&mut self, role: Role, part: u32, range: Range<u64>) {
        // An empty header may yet get fields; an empty body can have none that are bad.
        if role == Role::Header || range.start < range.end {
            self.segments.push((
                role,
                part,
                Segment {
                    range,
                    action: Action::Copy,
                },
            ));
        }
    }

    /// Looks at everything but the headers.
    fn bodies<E>(&mut self, read: &mut ReadAt<'_, E>) -> Result<(), DowngradeError<E>> {
        let mut segments = std::mem::take(&mut self.segments);
        for (role, index, segment) in &mut segments {
            let Some(part) = self.message.part(*index) else {
                continue;
            };
            if *role == Role::Header {
                continue;
            }
            let octets = look(read, segment.range.clone()).map_err(DowngradeError::Read)?;
            match role {
                Role::Leaf => segment.action = self.leaf(*index, part, &octets),
                _ if !self.is_bad(&octets) => {}
                Role::Lead if segment.range.end < part.body.end => {
                    segment.action = Action::LastLine
                }
                Role::Tail | Role::Between => segment.action = Action::FirstLine,
                // All text and no part: dropping it would lose the letter.
                _ => return Err(DowngradeError::Obstacle(Obstacle::TooComplex)),
            }
        }
        self.segments = segments;
        self.containers();
        Ok(())
    }

    /// What a body without parts needs; notes what its header then has to say.
    fn leaf(&mut self, index: u32, part: &Part, octets: &Octets) -> Action {
        let encoded = ["base64", "quoted-printable"]
            .into_iter()
            .find(|name| part.encoding == *name);
        let is_text = matches!(part.media_type.as_str(), "text" | "message");
        let loose_lines = octets.bare_lf && !is_text && encoded.is_none() && !self.target.binary;
        if !self.is_bad(octets) && !loose_lines {
            let label = self.label(&part.encoding, octets.eight_bit);
            self.wish(index, label);
            return Action::Copy;
        }
        let to = match encoded {
            Some("base64") => Encoding::Base64,
            Some(_) => Encoding::Quoted { text: is_text },
            // NUL in a text: a charset of 16 bits, in which line ends are no octets.
            None if is_text && !octets.nul => Encoding::Quoted { text: true },
            None => Encoding::Base64,
        };
        if encoded.is_none() {
            self.wish(
                index,
                Some(if to == Encoding::Base64 {
                    "base64"
                } else {
                    "quoted-printable"
                }),
            );
        }
        Action::Encode { from: encoded, to }
    }

    /// The label that replaces one which the target would not understand.
    fn label(&self, encoding: &str, eight_bit: bool) -> Option<&'static str> {
        let fits = match encoding {
            "8bit" => self.target.eight_bit,
            "binary" => self.target.binary,
            _ => true,
        };
        (!fits).then_some(if eight_bit && self.target.eight_bit {
            "8bit"
        } else {
            "7bit"
        })
    }

    /// Multiparts and embedded messages must not claim another encoding than 7bit, 8bit or binary (RFC 2045 §6.4).
    fn containers(&mut self) {
        for index in (0..self.message.parts.len()).rev() {
            let Some(part) = self.message.parts.get(index) else {
                continue;
            };
            let Ok(number) = u32::try_from(index) else {
                continue;
            };
            if !part.children.is_empty() {
                let label = self.label(&part.encoding, true);
                self.wish(number, label);
                let changed = |child: &u32| {
                    self.wishes
                        .get(*child as usize)
                        .is_some_and(|w| w.encoding.is_some())
                };
                // A child without any header lies where its container's header would be read.
                let bare = part.is_message() && part.header.is_empty();
                if (decode_transfer(&part.encoding).is_none() || is_encoded(part) || bare)
                    && part.children.iter().any(changed)
                {
                    self.wish(number, Some("7bit"));
                }
            }
        }
    }

    fn wish(&mut self, index: u32, encoding: Option<&'static str>) {
        let is_message = self
            .message
            .part(index)
            .is_some_and(|part| part.envelope.is_some());
        if let (Some(wish), Some(encoding)) = (self.wishes.get_mut(index as usize), encoding) {
            wish.encoding = Some(encoding);
            wish.mime_version = is_message;
        }
    }

    /// Looks at the headers, and rewrites those that change once, to meet the obstacles now.
    fn headers<E>(&mut self, read: &mut ReadAt<'_, E>) -> Result<(), DowngradeError<E>> {
        let mut segments = std::mem::take(&mut self.segments);
        for (_, index, segment) in segments
            .iter_mut()
            .filter(|(role, ..)| *role == Role::Header)
        {
            let octets = look(read, segment.range.clone()).map_err(DowngradeError::Read)?;
            let Some(wish) = self.wishes.get(*index as usize) else {
                continue;
            };
            let wish = Wish {
                ascii: octets.eight_bit && self.must_be_ascii(*index),
                mend: !self.target.binary && (octets.nul || octets.bare_cr || octets.long_line),
                ..*wish
            };
            if wish.is_none() {
                continue;
            }
            if segment.range.end - segment.range.start > HEADER_MAX {
                return Err(DowngradeError::Obstacle(Obstacle::TooComplex));
            }
            let block = gather(read, segment.range.clone()).map_err(DowngradeError::Read)?;
            rewrite(&block, &wish).map_err(DowngradeError::Obstacle)?;
            segment.action = Action::Header(wish);
        }
        self.segments = segments;
        Ok(())
    }

    /// With 8BITMIME the headers inside an embedded message are octets of a body.
    fn must_be_ascii(&self, index: u32) -> bool {
        if !self.target.eight_bit {
            return true;
        }
        !self.target.utf8_headers && !self.any_around(index, Part::is_message)
    }

    fn breaks_signature(&self) -> bool {
        let is_signed = |part: &Part| part.media_type == "multipart" && part.subtype == "signed";
        self.segments.iter().any(|(_, index, segment)| {
            segment.action != Action::Copy && self.any_around(*index, is_signed)
        })
    }

    /// Whether an entity around this one is such. Nesting is bounded by the parser.
    fn any_around(&self, index: u32, is_such: impl Fn(&Part) -> bool) -> bool {
        let mut around = self.message.part(index).and_then(|part| part.parent);
        while let Some(part) = around.and_then(|index| self.message.part(index)) {
            if is_such(part) {
                return true;
            }
            around = part.parent;
        }
        false
    }

    fn is_bad(&self, octets: &Octets) -> bool {
        (octets.eight_bit && !self.target.eight_bit)
            || (!self.target.binary && (octets.nul || octets.bare_cr || octets.long_line))
    }
}

fn is_encoded(part: &Part) -> bool {
    matches!(part.encoding.as_str(), "base64" | "quoted-printable")
}

fn look<E>(read: &mut ReadAt<'_, E>, range: Range<u64>) -> Result<Octets, E> {
    let mut octets = Octets::default();
    each_piece(read, range, |piece| {
        octets.feed(piece);
        Ok(())
    })?;
    Ok(octets.finish())
}

pub(super) fn gather<E>(read: &mut ReadAt<'_, E>, range: Range<u64>) -> Result<Vec<u8>, E> {
    let mut octets = Vec::new();
    each_piece(read, range, |piece| {
        octets.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(octets)
}

/// Neighbours that are copied become one.
fn merged(segments: Vec<(Role, u32, Segment)>) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    for (_, _, segment) in segments {
        match out.last_mut() {
            Some(last) if last.action == Action::Copy && segment.action == Action::Copy => {
                last.range.end = segment.range.end.max(last.range.end)
            }
            _ => out.push(segment),
        }
    }
    out
}
