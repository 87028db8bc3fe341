//! A report as a letter: the summary in words for whoever opens it, the report itself packed beside it (RFC 7489 §7.2.1.1, RFC 8460 §5.3).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail::{Address, DateTime};

/// Octets of a line of Base64 (RFC 2045 §6.8).
const LINE: usize = 76;

/// A report to be sent. Names and addresses in it are such as can be asked of the DNS, so that none holds what ends a line.
pub(super) struct Letter<'a> {
    /// Who sends it.
    pub(super) from: &'a Address,
    pub(super) to: &'a Address,
    /// The domain that stands for the box.
    pub(super) submitter: &'a str,
    /// The domain that it is about.
    pub(super) domain: &'a str,
    pub(super) date: DateTime,
    /// Unix seconds.
    pub(super) begin: i64,
    pub(super) end: i64,
    /// 16 random octets, which name the report.
    pub(super) unique: [u8; 16],
    pub(super) body: Body<'a>,
}

/// What it is.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    /// A DMARC report, packed.
    Dmarc(&'a [u8]),
    /// A TLS report, packed.
    Tls(&'a [u8]),
}

/// A report's name, as it stands in it: what a Message-ID would have between its brackets.
pub(super) fn name(day: u32, unique: [u8; 16], submitter: &str) -> String {
    format!("{day}.{}@{submitter}", hex(unique))
}

impl Letter<'_> {
    /// The whole letter, 7-bit clean.
    pub(super) fn write(&self, name: &str) -> Vec<u8> {
        let (submitter, domain) = (self.submitter, self.domain);
        let boundary = format!("report-{}", hex(self.unique));
        let mut out = String::new();
        let mut field = |name: &str, value: &str| {
            write!(out, "{name}: {value}\r\n").ok();
        };
        field("From", &format!("\"Mail box {submitter}\" <{}>", self.from));
        field("To", &format!("<{}>", self.to));
        // As RFC 7489 §7.2.1.1 and RFC 8460 §5.3 write it; folded, because two names and an identifier are longer than a line.
        field(
            "Subject",
            &format!("Report Domain: {domain}\r\n Submitter: {submitter}\r\n Report-ID: <{name}>"),
        );
        field("Date", &self.date.rfc5322());
        field("Message-ID", &format!("<{}@{submitter}>", hex(self.unique)));
        field("Auto-Submitted", "auto-generated");
        field("MIME-Version", "1.0");
        let (kind, media, file, what, packed) = match self.body {
            Body::Dmarc(packed) => (
                "multipart/mixed;".to_owned(),
                "application/gzip",
                format!("{submitter}!{domain}!{}!{}.xml.gz", self.begin, self.end),
                "a DMARC aggregate report (RFC 7489)",
                packed,
            ),
            Body::Tls(packed) => {
                field("TLS-Report-Domain", domain);
                field("TLS-Report-Submitter", submitter);
                // Whatever is wrong with TLS there must not keep the news of it away (RFC 8460 §3, RFC 8689 §5).
                field("TLS-Required", "No");
                (
                    "multipart/report; report-type=\"tlsrpt\";".to_owned(),
                    "application/tlsrpt+gzip",
                    format!(
                        "{submitter}!{domain}!{}!{}!{}.json.gz",
                        self.begin,
                        self.end,
                        hex(self.unique).get(..8).unwrap_or_default()
                    ),
                    "a TLS report (RFC 8460)",
                    packed,
                )
            }
        };
        field(
            "Content-Type",
            &format!("{kind}\r\n boundary=\"{boundary}\""),
        );
        write!(
            out,
            "\r\n--{boundary}\r\n\
             Content-Type: text/plain; charset=us-ascii\r\n\r\n\
             This is {what}\r\n\
             about {domain}\r\n\
             from {submitter},\r\n\
             sent because the DNS of {domain} asks for it.\r\n\
             \r\n--{boundary}\r\n\
             Content-Type: {media}\r\n\
             Content-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment;\r\n filename=\"{file}\"\r\n\r\n"
        )
        .ok();
        let encoded = STANDARD.encode(packed);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, behind) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
            write!(out, "{line}\r\n").ok();
            rest = behind;
        }
        write!(out, "\r\n--{boundary}--\r\n").ok();
        out.into_bytes()
    }
}

fn hex(octets: [u8; 16]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
