//! iprev (RFC 8601 §3): does a name of the client's address lead back to it? At most eleven questions.

use std::net::IpAddr;

use crate::question::{Question, Reply};
use crate::spf::Validation;

/// Looks for the names of one address.
pub struct IpRev {
    address: IpAddr,
    validation: Validation,
}

/// The result (RFC 8601 §2.7.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IpRevResult {
    /// A name leads back.
    Pass,
    /// It has names, and none leads back.
    Fail,
    /// Nobody could say now.
    TempError,
    /// It has no name.
    PermError,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IpRevVerdict {
    /// The result.
    pub result: IpRevResult,
    /// The client's.
    pub address: IpAddr,
    /// The first name that leads back; lower case.
    pub name: Option<String>,
    /// Why, as a sentence without its full stop.
    pub reason: String,
}

impl IpRev {
    /// For the client at `address`.
    pub fn new(address: IpAddr) -> IpRev {
        IpRev {
            address: address.to_canonical(),
            validation: Validation::new(address),
        }
    }

    /// What it wants to know now; `None` when it is done.
    pub fn wants(&self) -> Option<&Question> {
        self.validation.wants()
    }

    /// The answer to that.
    pub fn give(&mut self, reply: &Reply) {
        self.validation.give(reply);
    }

    /// The end, once there is one.
    pub fn verdict(&self) -> Option<IpRevVerdict> {
        if self.validation.wants().is_some() {
            return None;
        }
        let address = self.address;
        let name = self.validation.first().map(str::to_owned);
        let (result, reason) = match &name {
            Some(name) => (
                IpRevResult::Pass,
                format!("{address} is called {name}, and that name leads back to it"),
            ),
            None if self.validation.failed() => (
                IpRevResult::TempError,
                format!("the names of {address} could not be asked for"),
            ),
            None if self.validation.has_names() => (
                IpRevResult::Fail,
                format!("no name of {address} leads back to it"),
            ),
            None => (IpRevResult::PermError, format!("{address} has no name")),
        };
        Some(IpRevVerdict {
            result,
            address,
            name,
            reason,
        })
    }
}

impl IpRevResult {
    /// The word of RFC 8601 §2.7.3.
    pub fn word(self) -> &'static str {
        match self {
            IpRevResult::Pass => "pass",
            IpRevResult::Fail => "fail",
            IpRevResult::TempError => "temperror",
            IpRevResult::PermError => "permerror",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Zone;

    #[test]
    fn a_name_counts_only_if_it_leads_back() {
        let rows = "
            1.2.0.192.in-addr.arpa PTR liar.example
            1.2.0.192.in-addr.arpa PTR mail.example
            liar.example A 192.0.2.9
            mail.example A 192.0.2.1
            2.2.0.192.in-addr.arpa PTR liar.example
            4.2.0.192.in-addr.arpa PTR quiet.example
            quiet.example TIMEOUT
            3.2.0.192.in-addr.arpa TIMEOUT
            b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa PTR six.example
            six.example AAAA 4321:0:1:2:3:4:567:89ab
        ";
        for (address, result, name) in [
            ("192.0.2.1", IpRevResult::Pass, Some("mail.example")),
            ("::ffff:192.0.2.1", IpRevResult::Pass, Some("mail.example")),
            ("192.0.2.2", IpRevResult::Fail, None),
            ("192.0.2.3", IpRevResult::TempError, None),
            ("192.0.2.4", IpRevResult::TempError, None),
            ("192.0.2.5", IpRevResult::PermError, None),
            (
                "4321:0:1:2:3:4:567:89ab",
                IpRevResult::Pass,
                Some("six.example"),
            ),
        ] {
            let mut zone = Zone::of(rows);
            let mut iprev = IpRev::new(address.parse().unwrap());
            while let Some(question) = iprev.wants().cloned() {
                assert_eq!(iprev.verdict(), None);
                let reply = zone.reply(&question);
                iprev.give(&reply);
            }
            let verdict = iprev.verdict().unwrap();
            assert_eq!(verdict.result, result, "{}", verdict.reason);
            assert_eq!(verdict.name.as_deref(), name);
        }
    }
}
