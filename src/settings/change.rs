//! A change of one setting, as the setup page and subcommands ask for it.

/// One key that is to have another value, or its default again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The table it stands in, `a.b` for `[a.b]`; empty for the top of the file.
    pub section: &'static str,
    /// The key.
    pub key: &'static str,
    /// Its value; `None`: the line goes, and the default holds.
    pub value: Option<Value>,
}

/// A value as it can stand behind a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A string.
    Text(String),
    /// True or false.
    Truth(bool),
    /// A whole number.
    Number(u32),
    /// A list of strings.
    Texts(Vec<String>),
}

impl Change {
    /// `key` of `[section]` gets `value`.
    pub fn set(section: &'static str, key: &'static str, value: impl Into<Value>) -> Change {
        Change {
            section,
            key,
            value: Some(value.into()),
        }
    }

    /// `key` of `[section]` has its default again.
    pub fn unset(section: &'static str, key: &'static str) -> Change {
        Change {
            section,
            key,
            value: None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Truth(truth)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::Number(number)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Value {
        Value::Texts(texts)
    }
}
