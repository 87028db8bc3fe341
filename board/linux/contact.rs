//! A button's line: its level, and a descriptor that wakes whoever waits for edges.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::vec::Vec;

use embedded_hal::digital::{ErrorType, InputPin};
use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeKind, Value};
use linux_embedded_hal::CdevPin;
use linux_embedded_hal::gpio_cdev::LineEventHandle;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::lamp::{LineError, holder};
use super::{CONSUMER, Places, Trouble, chip, v1};
use crate::Pull;

/// The edges that the kernel keeps for one line.
const EDGES_KEPT: usize = 16;
/// The most edges that one look takes: a contact that makes more is broken.
const EDGES_MAX: usize = 4 * EDGES_KEPT;
const NANOSECONDS: u64 = 1_000_000;

/// An edge, and when it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineEdge {
    /// The level that begins.
    pub high: bool,
    /// Milliseconds of the monotonic clock.
    pub at: u64,
}

/// An input line with its real levels.
pub struct Contact {
    line: Line,
}

enum Line {
    /// With edges, or only levels.
    V2(Request, bool),
    V1Edges(LineEventHandle),
    V1Level(CdevPin),
}

impl Contact {
    /// The line of this number on the chip of this label. A chip that has no resistors leaves the level to those on the board, and a chip that
    /// tells of no edges gives levels only ([`Contact::descriptor`]).
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn open(places: &Places, label: &str, line: u32, pull: Pull) -> Result<Contact, Trouble> {
        let path = chip::find(places, label)?;
        if let Some(holder) = holder(&path, line) {
            return Err(Trouble::Busy {
                what: std::format!("line {line} of {label}"),
                holder,
            });
        }
        let mut first = None;
        for pull in [pull, Pull::None] {
            for edges in [true, false] {
                match second(&path, line, pull, edges) {
                    Ok(request) => {
                        let line = Line::V2(request, edges);
                        return Ok(Contact { line });
                    }
                    Err(error) => drop(first.get_or_insert(error)),
                }
                let old = if edges {
                    v1::edges(&path, line, pull).map(Line::V1Edges)
                } else {
                    v1::level(&path, line, pull).map(Line::V1Level)
                };
                if let Ok(line) = old {
                    return Ok(Contact { line });
                }
            }
        }
        Err(match first {
            Some(error) => Trouble::failed(label, line, error),
            None => Trouble::failed(label, line, "no interface of the kernel knows it"),
        })
    }

    /// What becomes readable at an edge; `None`: this chip gives levels only.
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match &self.line {
            Line::V2(request, true) => Some(request.as_fd()),
            Line::V1Edges(handle) => Some(handle.as_fd()),
            Line::V2(_, false) | Line::V1Level(_) => None,
        }
    }

    /// Takes the edges that have come. Those of the first interface have no time that is surely of the monotonic clock: they wake, and none is
    /// told. How many came is the second answer.
    ///
    /// # Errors
    /// What the kernel refuses.
    pub fn edges(&mut self) -> Result<(Vec<LineEdge>, usize), LineError> {
        let mut edges = Vec::new();
        let mut count = 0;
        while let Some(descriptor) = self.descriptor() {
            if count >= EDGES_MAX || !readable(descriptor).map_err(LineError)? {
                break;
            }
            match &mut self.line {
                Line::V2(request, _) => {
                    let read = read_edges(request);
                    let read = read.map_err(|error| LineError(io::Error::other(error)))?;
                    count += read.len();
                    edges.extend(read);
                }
                Line::V1Edges(handle) => {
                    let edge = handle.get_event();
                    edge.map_err(|error| LineError(io::Error::other(error)))?;
                    count += 1;
                }
                Line::V1Level(_) => {}
            }
        }
        Ok((edges, count))
    }
}

fn second(path: &Path, line: u32, pull: Pull, edges: bool) -> gpiocdev::Result<Request> {
    let mut builder = Request::builder();
    builder
        .on_chip(path)
        .with_consumer(CONSUMER)
        .with_line(line)
        .as_input()
        .with_bias(match pull {
            Pull::None => None,
            Pull::Up => Some(Bias::PullUp),
            Pull::Down => Some(Bias::PullDown),
        });
    if edges {
        builder.with_edge_detection(EdgeDetection::BothEdges);
    }
    builder.request()
}

/// All edges of one read. gpiocdev's `read_edge_event` is not used: built for the second interface alone it reads up to eight and answers one.
fn read_edges(request: &Request) -> gpiocdev::Result<Vec<LineEdge>> {
    let size = request.edge_event_u64_size();
    let mut buffer = std::vec![0; size * EDGES_KEPT];
    let words = request.read_edge_events_into_slice(&mut buffer)?;
    let events = buffer.get(..words).unwrap_or_default().chunks_exact(size);
    events
        .map(|event| {
            let edge = request.edge_event_from_slice(event)?;
            Ok(LineEdge {
                high: edge.kind == EdgeKind::Rising,
                at: edge.timestamp_ns / NANOSECONDS,
            })
        })
        .collect()
}

/// gpiocdev can tell, too, but reckons time as the C library of some 32-bit targets no longer does.
fn readable(descriptor: BorrowedFd<'_>) -> io::Result<bool> {
    let mut fds = [PollFd::from_borrowed_fd(descriptor, PollFlags::IN)];
    Ok(poll(&mut fds, Some(&Timespec::default()))? > 0)
}

impl ErrorType for Contact {
    type Error = LineError;
}

impl InputPin for Contact {
    fn is_high(&mut self) -> Result<bool, LineError> {
        match &mut self.line {
            Line::V2(request, _) => {
                let value = request.lone_value();
                let value = value.map_err(|error| LineError(io::Error::other(error)))?;
                Ok(value == Value::Active)
            }
            Line::V1Edges(handle) => {
                let value = handle.get_value();
                Ok(value.map_err(|error| LineError(io::Error::other(error)))? != 0)
            }
            Line::V1Level(pin) => {
                let high = pin.is_high();
                high.map_err(|error| LineError(io::Error::other(error)))
            }
        }
    }

    fn is_low(&mut self) -> Result<bool, LineError> {
        Ok(!self.is_high()?)
    }
}
