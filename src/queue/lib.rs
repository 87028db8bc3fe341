//! Decides what becomes of mail on its way out: when, together with what, and what a reply means. It never dials.
