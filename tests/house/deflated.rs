//! A client's end of COMPRESS=DEFLATE (RFC 4978), blocking.

use std::io::{self, Read, Write};

use miniz_oxide::deflate::CompressionLevel;
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, compress_to_output};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use crate::Result;

pub(crate) struct Deflated<S> {
    stream: S,
    compressor: CompressorOxide,
    decompressor: Box<InflateState>,
    /// What came packed and is not unpacked yet.
    packed: Vec<u8>,
    /// The server has ended its stream.
    ended: bool,
}

impl<S: Read + Write> Deflated<S> {
    pub(crate) fn new(stream: S) -> Deflated<S> {
        Deflated {
            stream,
            compressor: CompressorOxide::with_format_and_level(
                DataFormat::Raw,
                CompressionLevel::DefaultLevel,
            ),
            decompressor: InflateState::new_boxed(DataFormat::Raw),
            packed: Vec::new(),
            ended: false,
        }
    }

    /// The plain stream, once the server has ended its own.
    pub(crate) fn end(self) -> Result<S> {
        if !self.ended || !self.packed.is_empty() {
            return Err("the server has not ended its packed stream".into());
        }
        Ok(self.stream)
    }
}

impl<S: Read + Write> Read for Deflated<S> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let done = inflate(&mut self.decompressor, &self.packed, room, MZFlush::None);
            self.packed.drain(..done.bytes_consumed);
            self.ended |= done.status == Ok(MZStatus::StreamEnd);
            if done.bytes_written > 0 {
                // Whether this was the last of the stream shows only now.
                if self.packed.is_empty() && !self.ended {
                    let done = inflate(&mut self.decompressor, &[], &mut [], MZFlush::None);
                    self.ended = done.status == Ok(MZStatus::StreamEnd);
                }
                return Ok(done.bytes_written);
            }
            if self.ended {
                return Ok(0);
            }
            if let Err(error) = done.status
                && error != miniz_oxide::MZError::Buf
            {
                return Err(io::Error::other(format!(
                    "what the server packs: {error:?}"
                )));
            }
            let mut piece = [0; 4096];
            let read = self.stream.read(&mut piece)?;
            if read == 0 {
                return Ok(0);
            }
            self.packed.extend_from_slice(&piece[..read]);
        }
    }
}

impl<S: Read + Write> Write for Deflated<S> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut packed = Vec::new();
        compress_to_output(&mut self.compressor, octets, TDEFLFlush::Sync, |piece| {
            packed.extend_from_slice(piece);
            true
        });
        self.stream.write_all(&packed)?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
