//! How long mail is read and written here: by callbacks, in pieces, so that a message of 50 MB costs a few KB.
//!
//! It promises nothing of its own. The callbacks are the store's, a spool's or a slice's; their error passes through unchanged.

/// Reads octets of a message at an offset from its start; returns how many were read, 0 only at the end.
pub type ReadAt<'a, E> = dyn FnMut(u64, &mut [u8]) -> Result<usize, E> + 'a;

/// Takes the next octets of what is being written.
pub type Put<'a, E> = dyn FnMut(&[u8]) -> Result<(), E> + 'a;

/// Octets read in one piece.
pub(crate) const PIECE: usize = 8 * 1024;

/// A message that lies in memory, to be read in pieces.
pub fn slice(
    octets: &[u8],
) -> impl FnMut(u64, &mut [u8]) -> Result<usize, std::convert::Infallible> + '_ {
    |offset, room| {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|from| octets.get(from..))
            .unwrap_or(&[]);
        let len = rest.len().min(room.len());
        if let (Some(to), Some(from)) = (room.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        Ok(len)
    }
}

/// Reads `range` in pieces and hands each on; stops early if the source does.
pub(crate) fn each_piece<E>(
    read: &mut ReadAt<'_, E>,
    range: std::ops::Range<u64>,
    mut piece: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut buffer = vec![0; PIECE];
    let mut at = range.start;
    while at < range.end {
        let want = usize::try_from(range.end - at).unwrap_or(PIECE).min(PIECE);
        let len = read(at, buffer.get_mut(..want).unwrap_or(&mut []))?.min(want);
        if len == 0 {
            break;
        }
        piece(buffer.get(..len).unwrap_or(&[]))?;
        at += len as u64;
    }
    Ok(())
}
