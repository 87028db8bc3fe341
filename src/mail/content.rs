//! The content of a body part: transfer encodings, charsets, HTML.

pub mod charset;
