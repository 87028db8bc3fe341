//! A large file in a form, handed to the page piece by piece after the guards have looked at everything before it.
//!
//! The token's field must stand before the file: a form's fields come in the order of the page, so ours does. The connection's own limit waits for a file that still
//! comes; in exchange the file has limits of its own: silence ends it, and so does its length.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_io::Timer;
use futures_lite::FutureExt as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::Form;
use super::multipart::{Found, Multipart};

/// The browser may say nothing for so long.
const SILENCE: Duration = Duration::from_secs(30);

/// A file on its way.
pub struct Upload {
    body: Incoming,
    multipart: Multipart,
    /// Octets that the form may yet have.
    left: u64,
    /// Octets that the whole form was said to have: the file is a little less.
    length: u64,
    _receiving: Receiving,
}

/// Why a file does not come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UploadError {
    /// The browser has left, or says nothing.
    BrokenOff,
    /// It is no form with a file.
    Malformed,
}

/// Counts files on their way through one connection.
pub(super) struct Receiving(Arc<AtomicUsize>);

impl Receiving {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Receiving {
        count.fetch_add(1, Ordering::Relaxed);
        Receiving(count.clone())
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Upload {
    /// Reads the fields up to the file; they, and the rest.
    pub(super) async fn begin(
        body: Incoming,
        multipart: Multipart,
        length: u64,
        receiving: Receiving,
    ) -> Result<(Form, Upload), UploadError> {
        let mut upload = Upload {
            body,
            multipart,
            left: length,
            length,
            _receiving: receiving,
        };
        let mut fields = Vec::new();
        loop {
            match upload.found().await? {
                Found::Field(name, value) => fields.push((name, value)),
                Found::File(_) => return Ok((Form::of_fields(fields), upload)),
                _ => return Err(UploadError::Malformed),
            }
        }
    }

    /// Octets that the form has in all: no less than the file.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// More of the file; `None`: that was all of it.
    ///
    /// # Errors
    /// [`UploadError`].
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, UploadError> {
        match self.found().await? {
            Found::Octets(octets) => Ok(Some(octets)),
            Found::FileEnds | Found::Over => Ok(None),
            _ => Err(UploadError::Malformed),
        }
    }

    /// Reads on and keeps nothing: a browser that is answered before it has sent everything shows its user a broken line instead of the answer.
    pub async fn pass_over(&mut self) {
        while let Ok(Some(_)) = self.octets().await {}
    }

    async fn found(&mut self) -> Result<Found, UploadError> {
        loop {
            match self.multipart.next() {
                Ok(Found::More) => {}
                Ok(found) => return Ok(found),
                Err(_) => return Err(UploadError::Malformed),
            }
            let octets = self.octets().await?.ok_or(UploadError::BrokenOff)?;
            self.multipart.feed(&octets);
        }
    }

    async fn octets(&mut self) -> Result<Option<hyper::body::Bytes>, UploadError> {
        loop {
            let frame = async { Ok(self.body.frame().await) };
            let late = async {
                Timer::after(SILENCE).await;
                Err(UploadError::BrokenOff)
            };
            match frame.or(late).await? {
                None => return Ok(None),
                Some(Err(_)) => return Err(UploadError::BrokenOff),
                Some(Ok(frame)) => {
                    let Ok(octets) = frame.into_data() else {
                        continue;
                    };
                    let left = self.left.checked_sub(octets.len() as u64);
                    self.left = left.ok_or(UploadError::Malformed)?;
                    return Ok(Some(octets));
                }
            }
        }
    }
}
