//! A sentence that can be said in any language: which text, and what fills its places.

use std::fmt;

use crate::setup::texts::{Language, Texts, fill};

/// Picks a text.
pub type Pick = fn(&Texts) -> &'static str;

/// A sentence. Two are the same when they say the same.
#[derive(Clone)]
pub struct Said {
    text: Pick,
    values: Vec<(&'static str, String)>,
}

impl Said {
    /// The text that is picked, with these values in its places.
    pub fn new<const N: usize>(text: Pick, values: [(&'static str, &str); N]) -> Said {
        Said {
            text,
            values: values
                .into_iter()
                .map(|(place, value)| (place, value.to_owned()))
                .collect(),
        }
    }

    /// In English: for subcommands and logs.
    pub fn english(&self) -> String {
        self.with(Language::English.texts())
    }

    /// In the language of these texts. Values stay as they are.
    pub fn with(&self, texts: &Texts) -> String {
        let values: Vec<(&str, &str)> = self
            .values
            .iter()
            .map(|(place, value)| (*place, value.as_str()))
            .collect();
        fill((self.text)(texts), &values)
    }
}

/// `say!(findings.host_right, host = host)`: the text of that name, filled.
macro_rules! say {
    ($section:ident . $text:ident $(, $place:ident = $value:expr)* $(,)?) => {
        $crate::publish::Said::new(|texts| texts.$section.$text, [$((stringify!($place), $value)),*])
    };
}
pub(crate) use say;

impl PartialEq for Said {
    fn eq(&self, other: &Said) -> bool {
        self.english() == other.english()
    }
}

impl Eq for Said {}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.english(), f)
    }
}
