//! A request's body, where it is small: read whole, bounded, in time.

use async_io::Timer;
use futures_lite::FutureExt as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header;
use hyper::http::request::Parts;
use zeroize::Zeroizing;

use super::head::only;
use super::server::Inner;

/// Octets of a form: the largest of ours has a tenth of it.
const MOST_FORM: usize = 16 * 1024;

/// What the client says of the body's length.
pub(super) fn said_length(parts: &Parts) -> Result<Option<u64>, u16> {
    let said = only(&parts.headers, header::CONTENT_LENGTH)?;
    said.map(|text| text.parse().map_err(|_| 400_u16))
        .transpose()
}

/// The body, if it is short enough and comes in time.
pub(super) async fn read_body(
    parts: &Parts,
    mut body: Incoming,
    inner: &Inner,
) -> Result<Zeroizing<Vec<u8>>, u16> {
    let said = only(&parts.headers, header::CONTENT_LENGTH)?;
    let said: usize = said.map_or(Ok(0), |text| text.parse().map_err(|_| 400_u16))?;
    if said > MOST_FORM {
        return Err(413);
    }
    let read = async {
        // Room for all from the start: a vector that grows leaves copies behind.
        let mut octets = Zeroizing::new(Vec::with_capacity(said));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| 400_u16)?;
            let Some(piece) = frame.data_ref() else {
                continue;
            };
            if octets.len() + piece.len() > said {
                return Err(400);
            }
            octets.extend_from_slice(piece);
        }
        Ok(octets)
    };
    let late = async {
        Timer::after(inner.times.form).await;
        Err(408)
    };
    read.or(late).await
}
