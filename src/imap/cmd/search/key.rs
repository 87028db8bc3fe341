//! A search key made ready for one mailbox: names of keywords looked up, sets made ranges, cheap questions first.

mod membership;

use std::cell::Cell;

use ::store::{Columns, Entry, Flags, Gid, ModSeq, Read, ReadTx, Uid};

use crate::cmd::search::fuzzy::Fuzzy;
use crate::cmd::search::text::{Looking, Text};
use crate::cmd::walk::Met;
use crate::cmd::{date, flags};
use crate::command::{SearchKey, SequenceNumber, SequenceSet};
use crate::deed::World;
use crate::noted;
use crate::objectid::{self, ThreadId};
use crate::record::{Record, Threading};
use crate::view::{Ranges, View};
use membership::{Days, by_index, cost, is_indexed, plainly};

/// A key that messages can be held against.
pub(super) struct Key {
    node: Node,
    texts: Vec<Text>,
    modseq: bool,
    fuzzy: bool,
    plain: bool,
    indexed: bool,
}

/// What holding a message against the key came to.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// it matches, or not
    Answer(bool),
    /// that depends on whether the message has the text of this number
    Text(usize),
}

/// The key as a tree; no deeper than [`crate::Limits::DEPTH`], so that it may be walked by recursion.
enum Node {
    Always(bool),
    Flags(Flags),
    /// a keyword, and its flag if anybody has ever used it
    Keyword(String, Option<Flags>),
    Recent,
    Larger(u64),
    Smaller(u64),
    Ranges(Ranges),
    /// changed then or later
    Modseq(ModSeq),
    /// INTERNALDATE is so many seconds ago, or more
    Older(i64),
    /// INTERNALDATE is so many seconds ago, or less
    Younger(i64),
    /// the day it came into this mailbox
    Saved(Days),
    /// the message of this number
    Gid(Gid),
    /// the messages of this conversation
    Thread(ThreadId),
    /// INTERNALDATE's day
    Received(Days),
    /// the Date field's day
    Sent(Days),
    Text(usize),
    /// a text within FUZZY
    Fuzzy(Fuzzy),
    Not(Box<Node>),
    /// all of these, the cheap ones first
    And(Vec<Node>),
    /// any of these, the cheap ones first
    Or(Vec<Node>),
}

impl Key {
    /// Makes a key ready. `lasting`: it is to hold for messages to come as well, so that `*` in a set of UIDs has no end. Sequence numbers and `$` mean
    /// what they mean now (RFC 5267 §4.3).
    pub(super) fn new(
        key: &SearchKey,
        world: &World<'_>,
        view: &View,
        lasting: bool,
    ) -> ::store::Result<Key> {
        let mut names = flags::Names::default();
        let mut texts = Vec::new();
        let mut making = Making {
            names: names.read(world.tx, view.viewer)?,
            view,
            texts: &mut texts,
            modseq: false,
            fuzzy: false,
            inexact: false,
            lasting,
        };
        let node = making.node(key);
        let (modseq, fuzzy) = (making.modseq, making.fuzzy);
        let (plain, indexed) = (cost(&node) == 0, is_indexed(&node));
        Ok(Key {
            node,
            texts,
            modseq,
            fuzzy,
            plain,
            indexed,
        })
    }

    /// The ranges that every match lies in, if the key says some: then only these need be walked.
    pub(super) fn take_ranges(&mut self) -> Option<Ranges> {
        match &mut self.node {
            Node::Ranges(ranges) => {
                let ranges = std::mem::take(ranges);
                self.node = Node::Always(true);
                Some(ranges)
            }
            Node::And(nodes) => {
                let at = nodes
                    .iter()
                    .position(|node| matches!(node, Node::Ranges(_)))?;
                match nodes.remove(at) {
                    Node::Ranges(ranges) => Some(ranges),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The text of a number.
    pub(super) fn text(&self, index: usize) -> Option<&Text> {
        self.texts.get(index)
    }

    /// Names of keywords have been added.
    pub(super) fn learn(&mut self, names: &[String]) {
        let mut nodes = vec![&mut self.node];
        while let Some(node) = nodes.pop() {
            match node {
                Node::Keyword(name, flags) => *flags = flags::find(names, name),
                Node::Not(node) => nodes.push(node),
                Node::And(more) | Node::Or(more) => nodes.extend(more),
                _ => {}
            }
        }
    }

    /// Whether MODSEQ stands in it.
    pub(super) fn has_modseq(&self) -> bool {
        self.modseq
    }

    /// Whether FUZZY stands in it.
    pub(super) fn is_fuzzy(&self) -> bool {
        self.fuzzy
    }

    /// Holds a message against the key, with what is known of its texts.
    pub(super) fn matches<'s>(
        &self,
        world: &World<'s>,
        view: &View,
        met: &Met,
        looking: &Looking,
        columns: &Cell<Columns<'s>>,
    ) -> ::store::Result<Asked> {
        self.holding(world, view, met, looking, columns)
            .against(&self.node)
    }

    /// Whether a message's membership says all that is asked.
    pub(super) fn is_plain(&self) -> bool {
        self.plain
    }

    /// The same as [`Key::matches`] for a key that is plain.
    pub(super) fn matches_plainly(&self, view: &View, uid: Uid, entry: &Entry) -> bool {
        plainly(&self.node, view, uid, entry)
    }

    /// Whether a message's membership and the index say all that is asked, for most messages.
    pub(super) fn is_indexed(&self) -> bool {
        self.indexed
    }

    /// The same as [`Key::matches`] for a key that is indexed; `None`: that has to be asked.
    pub(super) fn matches_by_index(
        &self,
        tx: &ReadTx<'_>,
        view: &View,
        met: &Met,
    ) -> ::store::Result<Option<bool>> {
        by_index(&self.node, &self.texts, tx, view, met)
    }

    /// How well a message matches that does: 1 to 100 (RFC 6203 §4).
    pub(super) fn score(
        &self,
        world: &World<'_>,
        view: &View,
        met: &Met,
        looking: &Looking,
    ) -> ::store::Result<u8> {
        if !self.fuzzy {
            return Ok(100);
        }
        let columns = Cell::default();
        let score = self
            .holding(world, view, met, looking, &columns)
            .score(&self.node)?;
        Ok(u8::try_from(score.unwrap_or(100).clamp(1, 100)).unwrap_or(100))
    }

    fn holding<'h, 's>(
        &'h self,
        world: &'h World<'s>,
        view: &'h View,
        met: &'h Met,
        looking: &'h Looking,
        columns: &'h Cell<Columns<'s>>,
    ) -> Holding<'h, 's> {
        Holding {
            world,
            view,
            met,
            looking,
            columns,
            texts: &self.texts,
        }
    }
}

struct Making<'m> {
    names: &'m [String],
    view: &'m View,
    texts: &'m mut Vec<Text>,
    modseq: bool,
    fuzzy: bool,
    /// within FUZZY
    inexact: bool,
    lasting: bool,
}

impl Making<'_> {
    fn node(&mut self, key: &SearchKey) -> Node {
        let not = |node| Node::Not(Box::new(node));
        match key {
            SearchKey::And(keys) => {
                let nodes = keys.iter().map(|key| self.node(key)).collect();
                Node::And(cheap_first(nodes))
            }
            SearchKey::Or(one, other) => {
                Node::Or(cheap_first(vec![self.node(one), self.node(other)]))
            }
            SearchKey::Not(key) => not(self.node(key)),
            SearchKey::All => Node::Always(true),
            SearchKey::Flag(flags) => Node::Flags(*flags),
            SearchKey::NoFlag(flags) => not(Node::Flags(*flags)),
            SearchKey::Keyword(name) => self.keyword(name),
            SearchKey::NoKeyword(name) => not(self.keyword(name)),
            SearchKey::Recent => Node::Recent,
            SearchKey::New => Node::And(vec![Node::Recent, not(Node::Flags(Flags::SEEN))]),
            SearchKey::Old => not(Node::Recent),
            SearchKey::Header(name, text) => self.text(text, |text| Text::header(name, text)),
            SearchKey::Body(text) => self.text(text, Text::body),
            SearchKey::Text(text) => self.text(text, Text::header_or_body),
            SearchKey::Before(day) => Node::Received(Days(i64::MIN, *day)),
            SearchKey::On(day) => Node::Received(Days(*day, day.saturating_add(1))),
            SearchKey::Since(day) => Node::Received(Days(*day, i64::MAX)),
            SearchKey::SentBefore(day) => Node::Sent(Days(i64::MIN, *day)),
            SearchKey::SentOn(day) => Node::Sent(Days(*day, day.saturating_add(1))),
            SearchKey::SentSince(day) => Node::Sent(Days(*day, i64::MAX)),
            SearchKey::Larger(size) => Node::Larger(*size),
            SearchKey::Smaller(size) => Node::Smaller(*size),
            SearchKey::Older(seconds) => Node::Older(i64::from(seconds.get())),
            SearchKey::Younger(seconds) => Node::Younger(i64::from(seconds.get())),
            SearchKey::SavedBefore(day) => Node::Saved(Days(i64::MIN, *day)),
            SearchKey::SavedOn(day) => Node::Saved(Days(*day, day.saturating_add(1))),
            SearchKey::SavedSince(day) => Node::Saved(Days(*day, i64::MAX)),
            SearchKey::SaveDateSupported => Node::Always(true),
            SearchKey::ModSeq(modseq) => {
                self.modseq = true;
                Node::Modseq(*modseq)
            }
            SearchKey::EmailId(id) => {
                objectid::parse_email(id).map_or(Node::Always(false), Node::Gid)
            }
            SearchKey::ThreadId(id) => {
                ThreadId::parse(id).map_or(Node::Always(false), Node::Thread)
            }
            // What stands for a filter has been put in its place before.
            SearchKey::Filter(_) => Node::Always(false),
            SearchKey::Fuzzy(key) => {
                self.fuzzy = true;
                let outside = std::mem::replace(&mut self.inexact, true);
                let node = self.node(key);
                self.inexact = outside;
                node
            }
            SearchKey::Uid(set) if self.lasting => Node::Ranges(endless(set, self.view)),
            SearchKey::Uid(set) => Node::Ranges(self.view.ranges_leniently(set, true)),
            SearchKey::Sequence(set) => Node::Ranges(self.view.ranges_leniently(set, false)),
        }
    }

    fn keyword(&self, name: &str) -> Node {
        Node::Keyword(name.to_string(), flags::find(self.names, name))
    }

    fn text(&mut self, text: &str, make: impl Fn(&str) -> Text) -> Node {
        let whole = make(text);
        if whole.is_everywhere() {
            return Node::Always(true);
        }
        if self.inexact && !text.is_empty() {
            let texts = &mut self.texts;
            return Node::Fuzzy(Fuzzy::new(text, |text| {
                texts.push(make(text));
                texts.len().saturating_sub(1)
            }));
        }
        self.texts.push(whole);
        Node::Text(self.texts.len().saturating_sub(1))
    }
}

/// The UIDs of a set in which `*` is also every message to come.
fn endless(set: &SequenceSet, view: &View) -> Ranges {
    let SequenceSet::Ranges(ranges) = set else {
        return view.saved.clone();
    };
    let largest = view.uids.last().unwrap_or(0);
    let mut all = Vec::with_capacity(ranges.len());
    for range in ranges {
        let (low, high) = range.resolve(largest);
        let star = [range.first, range.last].contains(&SequenceNumber::Largest);
        all.push((low.max(1), if star { Uid::MAX } else { high }));
    }
    crate::cmd::results::merged(all)
}

fn cheap_first(mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.sort_by_cached_key(cost);
    nodes
}

/// A message held against a key.
struct Holding<'h, 's> {
    world: &'h World<'s>,
    view: &'h View,
    met: &'h Met,
    looking: &'h Looking,
    columns: &'h Cell<Columns<'s>>,
    texts: &'h [Text],
}

impl Holding<'_, '_> {
    /// INTERNALDATE, without its zone: from the columns, which are read one behind the other, or from the message's own record.
    fn received(&self) -> ::store::Result<i64> {
        let gid = self.met.entry.gid;
        let mut columns = self.columns.get();
        let column = self.world.tx.column(&mut columns, gid)?;
        self.columns.set(columns);
        match column {
            Some(column) => Ok(column.received),
            None => Ok(self.world.tx.head(gid)?.received),
        }
    }

    fn against(&self, node: &Node) -> ::store::Result<Asked> {
        let entry = &self.met.entry;
        Ok(Asked::Answer(match node {
            Node::Thread(id) => {
                let (_, stored) = self.world.tx.record(entry.gid)?;
                let Some(record) = Record::new(stored) else {
                    return Ok(Asked::Answer(false));
                };
                let threading = noted::threading_of(self.world.tx, entry.gid, &record)?;
                Threading::new(&threading)
                    .is_some_and(|threading| ThreadId::of(entry.gid, &threading) == *id)
            }
            // RFC 5032 §2: at the very second both match.
            Node::Older(seconds) => self.received()? <= self.world.unix.saturating_sub(*seconds),
            Node::Younger(seconds) => self.received()? >= self.world.unix.saturating_sub(*seconds),
            Node::Received(days) => match days.contain_in_any_zone(self.received()?) {
                Some(answer) => answer,
                None => {
                    let head = self.world.tx.head(entry.gid)?;
                    days.contain(date::day(head.received, head.zone))
                }
            },
            Node::Sent(days) => {
                let (_, stored) = self.world.tx.record(entry.gid)?;
                Record::new(stored)
                    .and_then(|record| record.sent_day())
                    .is_some_and(|day| days.contain(day))
            }
            Node::Text(index) => match self.has(*index)? {
                Some(answer) => answer,
                None => return Ok(Asked::Text(*index)),
            },
            Node::Fuzzy(fuzzy) => match self.fuzzy(fuzzy)? {
                Ok(score) => score > 0,
                Err(index) => return Ok(Asked::Text(index)),
            },
            plain @ (Node::Always(_)
            | Node::Flags(_)
            | Node::Keyword(..)
            | Node::Recent
            | Node::Larger(_)
            | Node::Smaller(_)
            | Node::Ranges(_)
            | Node::Modseq(_)
            | Node::Saved(_)
            | Node::Gid(_)) => plainly(plain, self.view, self.met.uid, entry),
            Node::Not(node) => match self.against(node)? {
                Asked::Answer(answer) => !answer,
                asked => return Ok(asked),
            },
            Node::And(nodes) => return self.any(nodes, false),
            Node::Or(nodes) => return self.any(nodes, true),
        }))
    }

    /// Whether the message has a text; `None`: it must be looked into.
    fn has(&self, index: usize) -> ::store::Result<Option<bool>> {
        if let Some(answer) = self.looking.answer(index) {
            return Ok(Some(answer));
        }
        match self.texts.get(index) {
            Some(text) => text.known(self.world.tx, self.met.entry.gid),
            None => Ok(Some(false)),
        }
    }

    /// The score by a text within FUZZY, 0 if it does not match; the inner error is the text that must be looked for first.
    fn fuzzy(&self, fuzzy: &Fuzzy) -> ::store::Result<Result<u8, usize>> {
        let mut broken = Ok(());
        let score = fuzzy.score(|index| match self.has(index) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(index),
            Err(error) => {
                broken = Err(error);
                Ok(false)
            }
        });
        broken.map(|()| score)
    }

    /// How well a message matches that does: by what FUZZY asks for, as far as that is known. `None`: nothing fuzzy matches.
    fn score(&self, node: &Node) -> ::store::Result<Option<u32>> {
        let (nodes, all) = match node {
            Node::Fuzzy(fuzzy) => {
                let score = self.fuzzy(fuzzy)?.unwrap_or(0);
                return Ok((score > 0).then_some(u32::from(score)));
            }
            Node::And(nodes) => (nodes, true),
            Node::Or(nodes) => (nodes, false),
            _ => return Ok(None),
        };
        let (mut sum, mut best, mut count) = (0_u32, 0_u32, 0_u32);
        for node in nodes {
            if let Some(score) = self.score(node)? {
                sum = sum.saturating_add(score);
                best = best.max(score);
                count = count.saturating_add(1);
            }
        }
        let mean = sum.checked_div(count);
        Ok(if all { mean } else { mean.map(|_| best) })
    }

    /// Looks for an answer that decides.
    fn any(&self, nodes: &[Node], decides: bool) -> ::store::Result<Asked> {
        for node in nodes {
            match self.against(node)? {
                Asked::Answer(answer) if answer != decides => {}
                asked => return Ok(asked),
            }
        }
        Ok(Asked::Answer(!decides))
    }
}
