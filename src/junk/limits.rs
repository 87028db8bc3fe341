//! The limits of the crate, each with its reason. Together they bound what one message costs: 24,000 hashes, less than 1 MB of heap (`tests/bounded.rs`), one pass.

/// Octets of a message's header that are read. Real headers stay below 16 KB; what a mailing list adds fits.
pub const HEADER_MAX: usize = 32 * 1024;
/// Octets of decoded text that are read of all text parts together. Unwanted mail says what it wants at once; a novel behind it says
/// nothing more and would push the first words out of the balance.
pub const TEXT_MAX: usize = 24 * 1024;
/// Text parts that are read: the two of an alternative, a few attached, a few forwarded.
pub const TEXT_PARTS_MAX: usize = 8;
/// Entities of which type and name are read. `mail` keeps up to 1,000; nobody attaches so many.
pub const PARTS_MAX: usize = 64;
/// Tokens kept of the header: fields of an ordinary one give about 400.
pub const HEADER_TOKENS_MAX: usize = 4_000;
/// Tokens kept of the text, pairs of words included: 24 KB of text are some 4,000 words.
pub const TEXT_TOKENS_MAX: usize = 20_000;
/// Octets of a word; what is longer counts by its length only (random strings, encoded data).
pub const WORD_MAX: usize = 24;
/// Words read of one header field.
pub const FIELD_WORDS_MAX: usize = 200;
/// `Received` fields read, newest first: what a stranger forged stands behind them.
pub const RECEIVED_MAX: usize = 8;
/// Hosts of URLs read of one message.
pub const HOSTS_MAX: usize = 200;
