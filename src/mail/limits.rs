//! The limits of the message parser, each with its reason. Together they keep what one [`crate::Message`] and its
//! [`crate::Parser`] hold under 4 MB, whatever is fed.

/// Deepest nesting of entities. Real mail stays below 10; a forwarded chain of forwards below 30.
pub const DEPTH_MAX: usize = 64;
/// Most entities of a message. The last slot is kept for the opaque rest.
pub const PARTS_MAX: usize = 1000;
/// Octets kept of one header field, and of one line. A `To` with a thousand recipients fits.
pub const FIELD_MAX: usize = 64 * 1024;
/// Octets kept of all envelopes and other shown fields of a message, the cost of their containers included.
pub const TEXTS_MAX: usize = 1024 * 1024;
/// Octets kept of all types, encodings and dispositions of a message, the cost of their containers included: 1 KiB a part.
pub const STRUCTURE_MAX: usize = 1024 * 1024;
/// Most addresses kept of one address list. No client shows more.
pub const ADDRESSES_MAX: usize = 2000;
/// Most parameters, or pieces of RFC 2231 parameters, kept of one field.
pub const PARAMS_MAX: usize = 128;
/// Most tags kept of a `Content-Language`.
pub const LANGUAGES_MAX: usize = 32;
/// Longest boundary that is obeyed, in octets. RFC 2046 §5.1.1 allows 70; some senders take more.
pub const BOUNDARY_MAX: usize = 256;
/// Longest line that may be a boundary, white space behind it included.
pub const BOUNDARY_LINE_MAX: usize = 1000;
/// Octets kept of the beginning of the first text, for a preview: style sheets of half this size stand before the words of newsletters.
pub const SAMPLE_MAX: usize = 32 * 1024;
