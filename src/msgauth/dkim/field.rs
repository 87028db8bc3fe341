//! The text of a DKIM-Signature field (RFC 6376 §3.5), folded so that no line is longer than 77 octets unless a name in it is.

/// Longest line, in octets without its CRLF.
const LINE_MAX: usize = 77;

/// What stands in the field besides its signature.
pub(super) struct Tags<'a> {
    pub(super) algorithm: &'a str,
    pub(super) domain: &'a str,
    pub(super) selector: &'a str,
    /// Unix seconds.
    pub(super) time: Option<i64>,
    pub(super) names: &'a [&'a str],
    /// Base64.
    pub(super) body_hash: &'a str,
}

/// The field up to `b=`: what is hashed, and what the signature is appended to.
pub(super) fn unsigned(tags: &Tags<'_>) -> Folded {
    let mut field = Folded::new("DKIM-Signature:");
    field.word("v=1;");
    field.word(&format!("a={};", tags.algorithm));
    field.word("c=relaxed/relaxed;");
    field.word(&format!("d={};", tags.domain));
    field.word(&format!("s={};", tags.selector));
    if let Some(time) = tags.time {
        field.word(&format!("t={time};"));
    }
    field.names(tags.names);
    field.word(&format!("bh={};", tags.body_hash));
    field.word("b=");
    field
}

/// A field's text and how long its last line is.
pub(crate) struct Folded {
    pub(crate) text: String,
    line: usize,
}

impl Folded {
    /// A field that has nothing but its name, colon included.
    pub(crate) fn new(name: &str) -> Folded {
        Folded {
            text: name.to_owned(),
            line: name.len(),
        }
    }

    /// `h=` with these names.
    pub(crate) fn names(&mut self, names: &[&str]) {
        for (index, name) in names.iter().enumerate() {
            let last = index + 1 == names.len();
            let end = if last { ";" } else { ":" };
            match index {
                0 => self.word(&format!("h={name}{end}")),
                _ => self.glued(&format!("{name}{end}")),
            }
        }
    }

    /// The whole field: the base64 of the signature goes behind `b=`, and a CRLF.
    pub(crate) fn signed(mut self, signature: &str) -> String {
        for octet in signature.chars() {
            if self.line >= LINE_MAX {
                self.fold();
            }
            self.text.push(octet);
            self.line += 1;
        }
        self.text.push_str("\r\n");
        self.text
    }

    pub(crate) fn word(&mut self, word: &str) {
        if self.line + 1 + word.len() > LINE_MAX {
            self.fold();
        } else {
            self.text.push(' ');
            self.line += 1;
        }
        self.push(word);
    }

    /// Without a space, where the text before allows a fold.
    fn glued(&mut self, word: &str) {
        if self.line + word.len() > LINE_MAX {
            self.fold();
        }
        self.push(word);
    }

    fn push(&mut self, word: &str) {
        self.text.push_str(word);
        self.line += word.len();
    }

    fn fold(&mut self) {
        self.text.push_str("\r\n ");
        self.line = 1;
    }
}
