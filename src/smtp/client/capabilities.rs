//! What the other side announced in its answer to EHLO.

/// The extensions that matter to a sender. All absent after HELO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether EHLO was accepted at all.
    pub esmtp: bool,
    /// PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// SIZE (RFC 1870): `Some(0)` announces no fixed limit.
    pub size: Option<u64>,
    /// 8BITMIME (RFC 6152).
    pub eight_bit_mime: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// CHUNKING (RFC 3030 §2).
    pub chunking: bool,
    /// BINARYMIME (RFC 3030 §3); only counts together with CHUNKING.
    pub binary_mime: bool,
    /// DSN (RFC 3461).
    pub dsn: bool,
    /// DELIVERBY (RFC 2852): the shortest time in mode R, in seconds; 0 if none was named.
    pub deliver_by: Option<u64>,
    /// MT-PRIORITY (RFC 6710).
    pub mt_priority: bool,
    /// REQUIRETLS (RFC 8689).
    pub require_tls: bool,
    /// ENHANCEDSTATUSCODES (RFC 2034).
    pub enhanced_status: bool,
    /// STARTTLS (RFC 3207).
    pub start_tls: bool,
    /// AUTH's mechanisms (RFC 4954), in upper case; those of `AUTH=` lines too, which old servers wrote.
    pub mechanisms: Vec<String>,
    /// LIMITS RCPTMAX (RFC 9422): recipients in one transaction.
    pub rcpt_max: Option<u32>,
    /// LIMITS MAILMAX (RFC 9422): transactions in one session.
    pub mail_max: Option<u32>,
    /// LIMITS RCPTDOMAINMAX (RFC 9422): domains in one transaction.
    pub rcpt_domain_max: Option<u32>,
}

impl Capabilities {
    /// `ehlo-ok-rsp` of RFC 5321 §4.1.1.1, from its lines. Keywords in any case; what is not understood is passed over. `secured`: REQUIRETLS and
    /// AUTH count inside TLS only.
    pub(super) fn read(lines: &[String], secured: bool) -> Capabilities {
        let mut read = Capabilities {
            esmtp: true,
            ..Capabilities::default()
        };
        for line in lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            let Some(keyword) = words.next().map(str::to_ascii_uppercase) else {
                continue;
            };
            match keyword.as_str() {
                "PIPELINING" => read.pipelining = true,
                "SIZE" => {
                    read.size = Some(words.next().and_then(|size| size.parse().ok()).unwrap_or(0));
                }
                "8BITMIME" => read.eight_bit_mime = true,
                "SMTPUTF8" => read.smtputf8 = true,
                "CHUNKING" => read.chunking = true,
                "BINARYMIME" => read.binary_mime = true,
                "DSN" => read.dsn = true,
                "DELIVERBY" => {
                    let least = words.next().and_then(|text| text.split(',').next());
                    read.deliver_by = Some(least.and_then(|text| text.parse().ok()).unwrap_or(0));
                }
                "MT-PRIORITY" => read.mt_priority = true,
                "REQUIRETLS" => read.require_tls = secured,
                "ENHANCEDSTATUSCODES" => read.enhanced_status = true,
                "STARTTLS" => read.start_tls = true,
                "LIMITS" => words.for_each(|limit| read.limit(limit)),
                "AUTH" => read.offer(words),
                // Servers before RFC 2554 wrote it so, for Outlook some still do beside the right form (A10).
                _ => {
                    if let Some(first) = keyword.strip_prefix("AUTH=") {
                        read.offer(std::iter::once(first).chain(words));
                    }
                }
            }
        }
        read
    }

    fn offer<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        for name in names.map(str::to_ascii_uppercase) {
            if !name.is_empty() && !self.mechanisms.contains(&name) {
                self.mechanisms.push(name);
            }
        }
    }

    /// `limit-name-value = limit-name ["=" limit-value]` (RFC 9422 §3); zero would be no limit that lets anything through.
    fn limit(&mut self, limit: &str) {
        let Some((name, value)) = limit.split_once('=') else {
            return;
        };
        let value = value.parse().ok().filter(|value| *value > 0);
        match name.to_ascii_uppercase().as_str() {
            "RCPTMAX" => self.rcpt_max = value,
            "MAILMAX" => self.mail_max = value,
            "RCPTDOMAINMAX" => self.rcpt_domain_max = value,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Capabilities {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        Capabilities::read(&lines, true)
    }

    #[test]
    fn everything() {
        let all = read(&[
            "PIPELINING greets you",
            "pipelining",
            "SIZE 1000",
            "8BITMIME",
            "SMTPUTF8",
            "CHUNKING",
            "BINARYMIME",
            "DSN",
            "DELIVERBY 240,FUTURE",
            "MT-PRIORITY MIXER",
            "REQUIRETLS",
            "ENHANCEDSTATUSCODES",
            "STARTTLS",
            "LIMITS RCPTMAX=20 MAILMAX=5 RCPTDOMAINMAX=1 X=1 Y",
            "AUTH plain LOGIN",
            "AUTH=LOGIN CRAM-MD5",
            "",
            "X-UNKNOWN foo",
        ]);
        let expected = Capabilities {
            esmtp: true,
            pipelining: true,
            size: Some(1000),
            eight_bit_mime: true,
            smtputf8: true,
            chunking: true,
            binary_mime: true,
            dsn: true,
            deliver_by: Some(240),
            mt_priority: true,
            require_tls: true,
            enhanced_status: true,
            start_tls: true,
            mechanisms: ["PLAIN", "LOGIN", "CRAM-MD5"].map(str::to_owned).to_vec(),
            rcpt_max: Some(20),
            mail_max: Some(5),
            rcpt_domain_max: Some(1),
        };
        assert_eq!(all, expected);
    }

    #[test]
    fn half_said() {
        let half = read(&[
            "host",
            "SIZE",
            "DELIVERBY",
            "AUTH=",
            "LIMITS RCPTMAX=0 MAILMAX=x",
        ]);
        assert_eq!(
            half,
            Capabilities {
                esmtp: true,
                size: Some(0),
                deliver_by: Some(0),
                ..Capabilities::default()
            }
        );
        let lines = ["host".to_owned(), "REQUIRETLS".to_owned()];
        assert!(!Capabilities::read(&lines, false).require_tls);
        assert!(
            !read(&["PIPELINING"]).pipelining,
            "the first line is a greeting"
        );
    }
}
