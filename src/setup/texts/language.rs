//! What each language says, and how one gets to the other.

use super::Texts;
use super::english::ENGLISH;
use super::greek::GREEK;
use crate::web::Language;

impl Language {
    /// All of them.
    pub const ALL: [Language; 2] = [Language::English, Language::Greek];

    /// What is said in it.
    pub fn texts(self) -> &'static Texts {
        match self {
            Language::English => &ENGLISH,
            Language::Greek => &GREEK,
        }
    }

    /// The one to switch to.
    pub fn other(self) -> Language {
        match self {
            Language::English => Language::Greek,
            Language::Greek => Language::English,
        }
    }
}
