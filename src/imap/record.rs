//! The stored record: what IMAP prints of a message's envelope and structure, rendered once on arrival, and where its parts lie.
