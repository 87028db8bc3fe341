//! What the index answers is what scanning answers.
