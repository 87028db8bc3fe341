//! DEFLATE (RFC 1951) around a connection's octets: what IMAP's COMPRESS asks for (RFC 4978).
//!
//! Outgoing, each piece is packed by itself and ends on an octet with nothing behind it that refers back (what zlib calls a full flush), so that between two pieces
//! nothing is kept. Incoming, a client may refer back 32 KiB, so what it sent last is kept, as much as there was: a client that idles has sent a few hundred octets.
//! Within a block the decoder's tables are kept as well (some 10 KB); a client that flushes what it sends, as it must to be answered, is never left within one.
//!
//! Promises: what comes out of one step is bounded by what was asked for, however well it was packed, so that a session's limits count what they always count; memory is
//! bounded by the window, one read and the tables; the work is linear in what comes in and out. Cannot: unpack past a stream that its sender has ended.

use std::cell::Cell;
use std::io;

use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, compress_to_output};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY,
    TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{BlockBoundaryState, DecompressorOxide, decompress};

/// How far a client may refer back (RFC 1951 §2).
const WINDOW: usize = 32 * 1024;
/// The most that one step unpacks.
const STEP: usize = 64 * 1024;
/// A window grows by this much.
const GROWTH: usize = 512;
/// Pieces up to this go out as they are: Huffman's codes would save less than the end of a flush costs.
const SHORT: usize = 64;
/// The longest stored block (RFC 1951 §3.2.4).
const STORED: usize = 0xFFFF;
/// zlib's `Z_BEST_SPEED`, one step above: most of what can be won with mail, for little.
const LEVEL: u8 = 2;

/// What a client sends, unpacked.
pub(super) struct Inflate {
    /// What came out last.
    window: Vec<u8>,
    /// What has come in and was not used yet, from `used` on.
    held: Vec<u8>,
    used: usize,
    place: Place,
    /// The socket may have more.
    pub(super) more: bool,
}

/// Where in the stream the next octet belongs.
enum Place {
    /// Between two blocks; some bits of the last octet belong to the next one. `starved`: what is held is the beginning of a block and no more.
    Between { bits: u8, count: u8, starved: bool },
    /// Within a block. `full`: more can come out without more coming in.
    Within {
        decoder: Box<DecompressorOxide>,
        full: bool,
    },
    /// The client has ended its stream.
    Ended,
    /// Both have: what follows is plain, but for what is left of a flush.
    Plain,
    /// And that has passed.
    Over,
}

impl Inflate {
    /// At the beginning of a stream of which this much has come already.
    pub(super) fn new(held: Vec<u8>) -> Inflate {
        Inflate {
            window: Vec::new(),
            held,
            used: 0,
            place: Place::Between {
                bits: 0,
                count: 0,
                starved: false,
            },
            more: false,
        }
    }

    /// Takes what has come, to be unpacked.
    pub(super) fn hold(&mut self, octets: &[u8]) {
        if self.used > 0 {
            self.held.drain(..self.used.min(self.held.len()));
            self.used = 0;
        }
        self.held.extend_from_slice(octets);
        if let Place::Between { starved, .. } = &mut self.place {
            *starved = false;
        }
    }

    /// Whether there may be more to unpack without anything more coming in.
    pub(super) fn holds(&self) -> bool {
        match self.place {
            Place::Within { full: true, .. } => true,
            Place::Between { starved: true, .. } => false,
            _ => !self.rest().is_empty(),
        }
    }

    /// What follows is plain. The end of a flush, which may still come, is dropped: none of its octets is printable, and no command begins with another.
    pub(super) fn end(&mut self) {
        self.place = Place::Plain;
        self.window = Vec::new();
    }

    /// Whether this has nothing to do any more.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.place, Place::Over)
    }

    /// Unpacks some of it, at most `most` octets, and stops early at the end of a block that ends a line: a command that changes the stream is then the last thing that
    /// came out.
    pub(super) fn some(&mut self, most: usize, sink: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let (decoder, full) = match std::mem::replace(&mut self.place, Place::Ended) {
            Place::Between { bits, count, .. } => (decoder(bits, count), false),
            Place::Within { decoder, full } => (decoder, full),
            Place::Ended if self.rest().is_empty() => return Ok(()),
            Place::Ended => return Err(broken("goes on after its end")),
            Place::Plain => {
                self.plain(false, sink);
                return Ok(());
            }
            Place::Over => {
                self.plain(true, sink);
                return Ok(());
            }
        };
        let kept = self.window.len();
        let end = kept.saturating_add(most.clamp(1, STEP));
        let mut room = ROOM.take();
        room.resize(room.len().max(end), 0);
        let out = room.get_mut(..end).unwrap_or_default();
        out.get_mut(..kept)
            .unwrap_or_default()
            .copy_from_slice(&self.window);
        let filled = self.unpack(decoder, full, kept, out)?;
        sink(out.get(kept..filled).unwrap_or_default());
        let first = filled.saturating_sub(WINDOW);
        self.remember(out.get(first..filled).unwrap_or_default());
        ROOM.set(room);
        self.tidy();
        Ok(())
    }

    /// Unpacks behind the first `kept` octets of `out`; where it ends.
    fn unpack(
        &mut self,
        mut decoder: Box<DecompressorOxide>,
        mut full: bool,
        kept: usize,
        out: &mut [u8],
    ) -> io::Result<usize> {
        /// A block of which no more than this has come is begun anew when there is more: the empty block that a partial flush ends with comes in two parts, and
        /// what an idle client has to keep of it is an octet and not the tables.
        const BEGUN: usize = 8;
        let mut filled = kept;
        let mut boundary = decoder
            .block_boundary_state()
            .map(|state| (state, self.used));
        self.place = loop {
            if self.rest().is_empty() && !full {
                break place(decoder);
            }
            let before = filled;
            let (status, used, made) = decompress(&mut decoder, self.rest(), out, filled, FLAGS);
            self.used = self.used.saturating_add(used);
            filled = filled.saturating_add(made);
            match (status, boundary) {
                (TINFLStatus::BlockBoundary, _) => {
                    full = false;
                    boundary = decoder
                        .block_boundary_state()
                        .map(|state| (state, self.used));
                    let line_ends =
                        filled > kept && out.get(filled.wrapping_sub(1)) == Some(&b'\n');
                    if line_ends || filled >= out.len() {
                        break place(decoder);
                    }
                }
                (TINFLStatus::NeedsMoreInput, Some((state, from)))
                    if filled == before && self.used.saturating_sub(from) <= BEGUN =>
                {
                    self.used = from;
                    break Place::Between {
                        bits: state.bit_buf,
                        count: state.num_bits,
                        starved: true,
                    };
                }
                (TINFLStatus::NeedsMoreInput, _) => break place(decoder),
                (TINFLStatus::HasMoreOutput, _) => {
                    break Place::Within {
                        decoder,
                        full: true,
                    };
                }
                (TINFLStatus::Done, _) => break Place::Ended,
                _ => return Err(broken("is damaged")),
            }
        };
        Ok(filled)
    }

    /// `begun`: a command has begun, so that everything is its.
    fn plain(&mut self, begun: bool, sink: &mut dyn FnMut(&[u8])) {
        self.place = Place::Plain;
        let rest = self.rest();
        let printable = |octet: &u8| begun || (b' '..0x7f).contains(octet);
        if let Some(from) = rest.iter().position(printable) {
            sink(rest.get(from..).unwrap_or_default());
            self.place = Place::Over;
        }
        self.held = Vec::new();
        self.used = 0;
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.used..).unwrap_or_default()
    }

    /// Frees what is used.
    fn tidy(&mut self) {
        if self.rest().is_empty() {
            self.held = Vec::new();
            self.used = 0;
        }
    }

    fn remember(&mut self, last: &[u8]) {
        self.window.clear();
        if self.window.capacity() < last.len() {
            let room = last.len().next_multiple_of(GROWTH);
            self.window.reserve_exact(room);
        }
        self.window.extend_from_slice(last);
    }

    /// Octets of memory held.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        let tables = match self.place {
            Place::Within { .. } => size_of::<DecompressorOxide>(),
            _ => 0,
        };
        size_of::<Inflate>() + self.window.capacity() + self.held.capacity() + tables
    }
}

const FLAGS: u32 = TINFL_FLAG_HAS_MORE_INPUT
    | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
    | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;

/// A decoder between two blocks.
fn decoder(bits: u8, count: u8) -> Box<DecompressorOxide> {
    let boundary = BlockBoundaryState {
        bit_buf: bits,
        num_bits: count,
        ..BlockBoundaryState::default()
    };
    Box::new(DecompressorOxide::from_block_boundary_state(&boundary))
}

/// Where a decoder stands that has used everything.
fn place(decoder: Box<DecompressorOxide>) -> Place {
    match decoder.block_boundary_state() {
        Some(boundary) => Place::Between {
            bits: boundary.bit_buf,
            count: boundary.num_bits,
            starved: false,
        },
        None => Place::Within {
            decoder,
            full: false,
        },
    }
}

fn broken(how: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("what the client compresses {how}"),
    )
}

thread_local! {
    /// Where a window and what comes out behind it lie side by side; all connections of the thread share it, and nothing stays in it between two calls.
    static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    /// The compressor: 300 KB of tables, cleared for each piece.
    static COMPRESSOR: Cell<Option<Box<CompressorOxide>>> = const { Cell::new(None) };
}

/// Packs a piece so that the other end can unpack all of it.
pub(super) fn pack(piece: &[u8]) -> Vec<u8> {
    if piece.len() <= SHORT || looks_random(piece) {
        return store(piece, false);
    }
    let mut compressor = COMPRESSOR.take().unwrap_or_default();
    compressor.reset();
    compressor.set_format_and_level(miniz_oxide::DataFormat::Raw, LEVEL);
    let mut packed = Vec::new();
    compress_to_output(&mut compressor, piece, TDEFLFlush::Full, |octets| {
        packed.extend_from_slice(octets);
        true
    });
    COMPRESSOR.set(Some(compressor));
    packed
}

/// The last piece of the stream: it ends with the last octet of `piece`, and whoever unpacks it is told so.
pub(super) fn pack_last(piece: &[u8]) -> Vec<u8> {
    store(piece, true)
}

/// Stored blocks (RFC 1951 §3.2.4).
fn store(piece: &[u8], last: bool) -> Vec<u8> {
    let blocks = piece.len().div_ceil(STORED);
    let mut packed = Vec::with_capacity(piece.len() + 5 * blocks);
    for (number, block) in piece.chunks(STORED).enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        packed.push(u8::from(last && number + 1 == blocks));
        packed.extend_from_slice(&length.to_le_bytes());
        packed.extend_from_slice(&(!length).to_le_bytes());
        packed.extend_from_slice(block);
    }
    packed
}

/// Whether packing is not worth the time: pictures and archives sent as they are (BINARY). Each octet of a sample is about as frequent as any other.
fn looks_random(piece: &[u8]) -> bool {
    const SAMPLE: usize = 2_048;
    /// Of the 256 octets, how many would have to be equally frequent to coincide as seldom as these do: about 20 for text, 60 for base64, 228 for random octets.
    const ENOUGH: usize = 190;
    if piece.len() < SAMPLE {
        return false;
    }
    let mut seen = [0u32; 256];
    for octet in piece.iter().step_by(piece.len() / SAMPLE).take(SAMPLE) {
        if let Some(count) = seen.get_mut(usize::from(*octet)) {
            *count += 1;
        }
    }
    let coincidences: usize = seen.iter().map(|count| (count * count) as usize).sum();
    SAMPLE * SAMPLE >= ENOUGH * coincidences
}

#[cfg(test)]
#[path = "deflate_tests.rs"]
mod tests;
