//! The client's octets that are not used yet.

/// Between feeding and use. Empty, it holds no memory.
#[derive(Default)]
pub(super) struct Input {
    octets: Vec<u8>,
    /// Where the command that is coming in begins.
    start: usize,
    /// Where to look for the next line end, counted from `start`; beyond the end while a literal is awaited.
    scan: usize,
    /// Where the last line begins, counted from `start`.
    line: usize,
    /// Literals of this command.
    pub(super) literals: usize,
}

impl Input {
    pub(super) fn feed(&mut self, octets: &[u8]) {
        if self.start > 0 {
            self.octets.drain(..self.start.min(self.octets.len()));
            self.start = 0;
        }
        self.octets.extend_from_slice(octets);
    }

    /// Gives memory back where nothing is waiting. `wipe`: there may be a password in it.
    pub(super) fn release(&mut self, wipe: bool) {
        if self.rest().is_empty() && self.scan == 0 {
            let octets = std::mem::take(&mut self.octets);
            self.start = 0;
            if wipe {
                drop(sasl::Secret::new(octets));
            }
        }
    }

    /// What is there from the command's beginning on.
    pub(super) fn rest(&self) -> &[u8] {
        self.octets.get(self.start..).unwrap_or_default()
    }

    /// How many octets that is.
    pub(super) fn pending(&self) -> usize {
        self.rest().len()
    }

    /// The end of the command's next line, behind its LF, if it is there.
    pub(super) fn next_line(&mut self) -> Option<usize> {
        let unseen = self.rest().get(self.scan..)?;
        match memchr::memchr(b'\n', unseen) {
            Some(at) => Some(self.scan.saturating_add(at).saturating_add(1)),
            None => {
                self.scan = self.rest().len();
                None
            }
        }
    }

    /// The last line, which ends at `end`, without its line end. A bare LF is taken for CRLF.
    pub(super) fn line(&self, end: usize) -> &[u8] {
        trim(self.rest().get(self.line..end).unwrap_or_default())
    }

    /// What the command is so far, up to `end`, without the last line end.
    pub(super) fn command(&self, end: usize) -> &[u8] {
        trim(self.rest().get(..end).unwrap_or_default())
    }

    /// Goes on behind a literal of this many octets that begins at `end`.
    pub(super) fn skip_literal(&mut self, end: usize, octets: usize) {
        self.scan = end.saturating_add(octets);
        self.line = self.scan;
        self.literals = self.literals.saturating_add(1);
    }

    /// Takes the whole command, which ends at `end`.
    pub(super) fn take_command(&mut self, end: usize) -> Vec<u8> {
        let command = self.command(end).to_vec();
        self.drop_front(end);
        command
    }

    /// Takes everything that is not used.
    pub(super) fn take_all(&mut self) -> Vec<u8> {
        let rest = self.rest().to_vec();
        *self = Input::default();
        rest
    }

    /// Drops octets from the front; the rest begins anew.
    pub(super) fn drop_front(&mut self, octets: usize) {
        self.start = self.start.saturating_add(octets).min(self.octets.len());
        self.scan = 0;
        self.line = 0;
        self.literals = 0;
    }

    /// Octets of memory held.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.octets.capacity()
    }

    /// Whether a first line is HTTP's (RFC 9112 §3).
    pub(super) fn looks_like_http(&self) -> bool {
        const METHODS: [&[u8]; 10] = [
            b"GET ",
            b"POST ",
            b"HEAD ",
            b"PUT ",
            b"DELETE ",
            b"OPTIONS ",
            b"CONNECT ",
            b"TRACE ",
            b"PATCH ",
            b"PRI ",
        ];
        let rest = self.rest();
        METHODS.iter().any(|method| rest.starts_with(method))
            && memchr::memmem::find(rest, b" HTTP/").is_some()
    }

    /// Whether a TLS handshake begins where plain text is spoken (RFC 8446 §5.1).
    pub(super) fn looks_like_tls(&self) -> bool {
        self.rest().starts_with(&[0x16, 3])
    }
}

fn trim(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
