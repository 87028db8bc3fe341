//! What a form or a query says: names and values, in their order (`application/x-www-form-urlencoded`, WHATWG URL §5.1).
//!
//! Promises: bounded before anything is kept, total, linear; values are wiped when the form goes, and [`std::fmt::Debug`] shows names only: one of them may be a password.
//! A form with a file in it is read elsewhere (`multipart`).

use std::fmt;

use zeroize::Zeroizing;

use super::percent;

/// Fields in one form. The largest of ours, records to confirm and a dozen settings, has a third of it.
pub const MOST_FIELDS: usize = 64;
/// Octets of a field's name. Ours are words.
const MOST_NAME: usize = 64;

/// Names and values; a name can stand there more than once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, Zeroizing<String>)>,
}

/// Why a form is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormError {
    /// More than [`MOST_FIELDS`] fields, or a name longer than any of ours.
    TooLong,
    /// Escapes that are none, octets that are not UTF-8, a control character other than a line's end or a tab.
    Malformed,
}

impl Form {
    /// Reads what a browser sent.
    ///
    /// # Errors
    /// [`FormError`].
    pub fn parse(octets: &[u8]) -> Result<Form, FormError> {
        let text = std::str::from_utf8(octets).map_err(|_| FormError::Malformed)?;
        let mut fields = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if fields.len() >= MOST_FIELDS {
                return Err(FormError::TooLong);
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text| percent::decode(text, true).ok_or(FormError::Malformed);
            let (name, value) = (decode(name)?, Zeroizing::new(decode(value)?));
            if name.len() > MOST_NAME {
                return Err(FormError::TooLong);
            }
            let wrong = |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t');
            if name.contains(char::is_control) || value.contains(wrong) {
                return Err(FormError::Malformed);
            }
            fields.push((name, value));
        }
        Ok(Form { fields })
    }

    /// A form with these fields.
    pub(super) fn of_fields(fields: Vec<(String, String)>) -> Form {
        let fields = fields.into_iter();
        Form {
            fields: fields
                .map(|(name, value)| (name, Zeroizing::new(value)))
                .collect(),
        }
    }

    /// A form with these fields, for tests.
    #[cfg(test)]
    pub(crate) fn of(fields: &[(&str, &str)]) -> Form {
        let owned = |(name, value): &(&str, &str)| {
            ((*name).to_owned(), Zeroizing::new((*value).to_owned()))
        };
        Form {
            fields: fields.iter().map(owned).collect(),
        }
    }

    /// The first value of `name`, as it was typed.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The first value of `name` without spaces around it; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default().trim()
    }

    /// Whether the field was sent at all: a box that was ticked, a button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Every value of `name`.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |(here, _)| here == name)
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.fields.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_in_their_order() {
        let form = Form::parse("a=1&b=%CE%B1+x&a=2&flag&=empty&&".as_bytes()).unwrap();
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(form.get("b"), Some("α x"));
        assert_eq!(form.get(""), Some("empty"));
        assert!(form.has("flag") && !form.has("c") && form.text("c").is_empty());
        assert_eq!(Form::parse(b"t=+a+").unwrap().text("t"), "a");
        assert!(Form::parse(b"").unwrap().fields.is_empty());
    }

    #[test]
    fn what_is_no_form_of_ours_is_refused() {
        let many = "a=1&".repeat(MOST_FIELDS);
        assert!(Form::parse(many.as_bytes()).is_ok());
        assert_eq!(
            Form::parse((many + "b=1").as_bytes()),
            Err(FormError::TooLong)
        );
        assert_eq!(Form::parse(&[b'a'; 65]), Err(FormError::TooLong));
        for bad in [
            &b"a=%"[..],
            b"%zz=1",
            b"a=\xff",
            b"a=%ff",
            b"a=%00",
            b"a%0a=1",
            b"a=%1b[31m",
        ] {
            assert_eq!(Form::parse(bad), Err(FormError::Malformed), "{bad:?}");
        }
        assert!(Form::parse(b"a=1%0D%0A2%09").is_ok());
    }

    #[test]
    fn no_value_is_shown() {
        let form = Form::parse(b"password=secret").unwrap();
        assert_eq!(format!("{form:?}"), r#"["password"]"#);
    }
}
