//! A form with a file in it (`multipart/form-data`, RFC 7578, RFC 2046 §5.1.1), taken apart as it comes.
//!
//! Promises: what is kept is bounded by the longest line of a part's head and the boundary, whatever the file's size; total, linear. What it cannot do: more than a few fields before
//! one file, which is all that our pages send; charsets other than UTF-8; parts within parts.

/// Octets of a part's head. Browsers send a file's name and type.
const MOST_HEAD: usize = 2 * 1024;
/// Octets of a boundary (RFC 2046 §5.1.1).
const MOST_BOUNDARY: usize = 70;
/// Octets of a field's value: ours are tokens.
const MOST_VALUE: usize = 1024;
/// Parts in all.
const MOST_PARTS: usize = 8;

/// Takes a form apart.
pub(super) struct Multipart {
    /// With the line's end that stands before it.
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    state: State,
    parts: usize,
}

enum State {
    /// Before the first boundary.
    Before,
    /// Behind a boundary: another part, or the end.
    Boundary,
    Head,
    Field {
        name: String,
        value: Vec<u8>,
    },
    File,
    Over,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// Nothing yet: more octets are needed.
    More,
    /// A field, whole.
    Field(String, String),
    /// A file begins, in the field of this name.
    File(String),
    /// Some of the file.
    Octets(Vec<u8>),
    /// The file is over.
    FileEnds,
    /// That was the form.
    Over,
}

/// It is no such form, or larger than any of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Malformed;

impl Multipart {
    /// For the value of Content-Type; `None`: it is of another kind.
    pub(super) fn of(content_type: &str) -> Option<Multipart> {
        let (essence, parameters) = content_type.split_once(';')?;
        if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim();
            let bare = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            (name.trim().eq_ignore_ascii_case("boundary")).then(|| bare.unwrap_or(value))
        })?;
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&octet);
        let sound = (1..=MOST_BOUNDARY).contains(&boundary.len()) && boundary.bytes().all(plain);
        sound.then(|| Multipart {
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            // The first boundary has no line before it.
            buffer: b"\r\n".to_vec(),
            state: State::Before,
            parts: 0,
        })
    }

    /// More of it has come.
    pub(super) fn feed(&mut self, octets: &[u8]) {
        if !matches!(self.state, State::Over) {
            self.buffer.extend_from_slice(octets);
        }
    }

    /// The next thing in what has come. To be asked until it says [`Found::More`].
    ///
    /// # Errors
    /// [`Malformed`].
    pub(super) fn next(&mut self) -> Result<Found, Malformed> {
        loop {
            match &mut self.state {
                State::Over => return Ok(Found::Over),
                State::Before => match self.up_to_delimiter() {
                    (_, true) => self.state = State::Boundary,
                    (_, false) => return Ok(Found::More),
                },
                State::Boundary => {
                    let Some(end) = self.buffer.first_chunk::<2>() else {
                        return Ok(Found::More);
                    };
                    self.state = match end {
                        b"--" => State::Over,
                        b"\r\n" if self.parts < MOST_PARTS => State::Head,
                        _ => return Err(Malformed),
                    };
                    self.parts += 1;
                    self.buffer.drain(..2);
                }
                State::Head => {
                    let end = position(&self.buffer, b"\r\n\r\n");
                    if end.unwrap_or(self.buffer.len()) > MOST_HEAD {
                        return Err(Malformed);
                    }
                    let Some(end) = end else {
                        return Ok(Found::More);
                    };
                    let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                    let (name, is_file) = disposition(&head).ok_or(Malformed)?;
                    if is_file {
                        self.state = State::File;
                        return Ok(Found::File(name));
                    }
                    self.state = State::Field {
                        name,
                        value: Vec::new(),
                    };
                }
                State::Field { .. } => {
                    let (octets, ended) = self.up_to_delimiter();
                    let State::Field { name, value } = &mut self.state else {
                        return Err(Malformed);
                    };
                    value.extend_from_slice(&octets);
                    if value.len() > MOST_VALUE {
                        return Err(Malformed);
                    }
                    if !ended {
                        return Ok(Found::More);
                    }
                    let value = String::from_utf8(std::mem::take(value)).map_err(|_| Malformed)?;
                    let name = std::mem::take(name);
                    self.state = State::Boundary;
                    return Ok(Found::Field(name, value));
                }
                State::File => {
                    let (octets, ended) = self.up_to_delimiter();
                    if !octets.is_empty() {
                        if ended {
                            // Said with the next question.
                            self.buffer.splice(..0, self.delimiter.iter().copied());
                        }
                        return Ok(Found::Octets(octets));
                    }
                    if !ended {
                        return Ok(Found::More);
                    }
                    self.state = State::Boundary;
                    return Ok(Found::FileEnds);
                }
            }
        }
    }

    /// Takes out what stands before the next delimiter, and the delimiter if it is there; else what cannot be part of one.
    fn up_to_delimiter(&mut self) -> (Vec<u8>, bool) {
        match position(&self.buffer, &self.delimiter) {
            Some(at) => {
                let octets = self.buffer.drain(..at).collect();
                self.buffer.drain(..self.delimiter.len());
                (octets, true)
            }
            None => {
                let safe = (self.buffer.len() + 1).saturating_sub(self.delimiter.len());
                (self.buffer.drain(..safe).collect(), false)
            }
        }
    }
}

fn position(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|here| here == wanted)
}

/// The field's name, and whether it is a file.
fn disposition(head: &[u8]) -> Option<(String, bool)> {
    let head = std::str::from_utf8(head).ok()?;
    let line = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition")
            .then(|| value.trim())
    })?;
    let parameters = line.strip_prefix("form-data")?;
    // A file's name comes last, and may hold anything; it is not looked at.
    let (before, is_file) = match parameters.split_once("filename") {
        Some((before, _)) => (before, true),
        None => (parameters, false),
    };
    let (_, name) = before.split_once("name=\"")?;
    let (name, _) = name.split_once('"')?;
    (name.len() <= 64 && !name.contains(char::is_control)).then(|| (name.to_owned(), is_file))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----WebKitFormBoundaryAbC";
    const D: &str = "------WebKitFormBoundaryAbC";

    fn form(file: &str) -> String {
        format!(
            "{D}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\ntoken\r\n{D}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b; name=\\\"c.update\"\r\nContent-Type: application/octet-stream\r\n\r\n{file}\r\n{D}--\r\n"
        )
    }

    /// Everything found, a file's octets together; fed `step` octets at a time.
    fn read(text: &[u8], step: usize) -> Result<Vec<Found>, Malformed> {
        let mut multipart = Multipart::of(TYPE).unwrap();
        let mut all: Vec<Found> = Vec::new();
        for piece in text.chunks(step) {
            multipart.feed(piece);
            loop {
                match multipart.next()? {
                    Found::More => break,
                    Found::Over => {
                        all.push(Found::Over);
                        return Ok(all);
                    }
                    Found::Octets(more) => match all.last_mut() {
                        Some(Found::Octets(octets)) => octets.extend_from_slice(&more),
                        _ => all.push(Found::Octets(more)),
                    },
                    found => all.push(found),
                }
            }
            assert!(multipart.buffer.len() < MOST_HEAD + 200 + step);
        }
        Ok(all)
    }

    #[test]
    fn a_form_with_a_file_is_the_same_whole_and_octet_by_octet() {
        for file in [
            "",
            "x",
            "\r\n",
            "--\r\n------WebKitFormBoundaryAb\r\n--",
            &"long ".repeat(5000),
        ] {
            let text = form(file);
            let whole = read(text.as_bytes(), text.len()).unwrap();
            let mut expected = vec![
                Found::Field("csrf".to_owned(), "token".to_owned()),
                Found::File("file".to_owned()),
            ];
            if !file.is_empty() {
                expected.push(Found::Octets(file.as_bytes().to_vec()));
            }
            expected.extend([Found::FileEnds, Found::Over]);
            assert_eq!(whole, expected);
            for step in [1, 2, 7, 4096] {
                assert_eq!(read(text.as_bytes(), step).unwrap(), whole);
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_never_over() {
        let text = form("octets");
        for at in 0..text.len() - 4 {
            let found = read(&text.as_bytes()[..at], 3).unwrap();
            assert!(!found.contains(&Found::Over), "{at}");
        }
    }

    #[test]
    fn other_kinds_and_strange_forms_are_refused() {
        for wrong in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/mixed; boundary=a",
            "multipart/form-data; boundary=\"a b\"",
            "application/x-www-form-urlencoded",
        ] {
            assert!(Multipart::of(wrong).is_none(), "{wrong}");
        }
        assert!(Multipart::of("Multipart/Form-Data;charset=x; Boundary=\"ab\"").is_some());
        let long = format!("{D}\r\nX: {}\r\n\r\n", "x".repeat(3000));
        assert_eq!(read(long.as_bytes(), 100), Err(Malformed));
        let value = format!(
            "{D}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}",
            "x".repeat(2000)
        );
        assert_eq!(read(value.as_bytes(), 100), Err(Malformed));
        let nameless = format!("{D}\r\nContent-Type: text/plain\r\n\r\nx\r\n{D}--");
        assert_eq!(read(nameless.as_bytes(), 100), Err(Malformed));
        let many =
            format!("{D}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n").repeat(9);
        assert_eq!(read(many.as_bytes(), 100), Err(Malformed));
        assert_eq!(read(format!("{D}xx").as_bytes(), 100), Err(Malformed));
    }
}
