//! What EHLO announces: each extension with its RFC and the condition under which it is offered.

use super::{Kind, Session, Tls};
use crate::Reply;
use crate::command::moment;
use sasl::Mechanism;

impl Session {
    /// `ehlo-ok-rsp` of RFC 5321 §4.1.1.1: our name, then a line for each extension.
    pub(super) fn announcement(&self) -> Reply {
        let mut text = self.profile.hostname.clone();
        let mut announce = |line: &str| {
            text.push('\n');
            text.push_str(line);
        };
        announce("PIPELINING"); // RFC 2920
        announce(&format!("SIZE {}", self.limits.size)); // RFC 1870
        announce("8BITMIME"); // RFC 6152
        announce("SMTPUTF8"); // RFC 6531
        announce("CHUNKING"); // RFC 3030 §2
        announce("BINARYMIME"); // RFC 3030 §3
        announce("ENHANCEDSTATUSCODES"); // RFC 2034
        announce(&format!("LIMITS RCPTMAX={}", self.limits.recipients)); // RFC 9422
        announce("DSN"); // RFC 3461
        announce(&format!("DELIVERBY {}", self.limits.deliver_by.as_secs())); // RFC 2852
        if let Some((longest, latest)) = self.future_release() {
            announce(&format!(
                "FUTURERELEASE {longest} {}",
                moment::print(latest)
            )); // RFC 4865
        }
        if self.profile.kind == Kind::Submission {
            announce("MT-PRIORITY"); // RFC 6710 §3: for submission
        }
        if matches!(self.profile.tls, Tls::Available) {
            announce("STARTTLS"); // RFC 3207
        }
        if self.profile.tls.is_active() {
            announce("REQUIRETLS"); // RFC 8689: only inside TLS
        }
        if self.may_log_in() {
            let binds = self.profile.tls.channel_binding().is_some();
            let names: Vec<&str> = Mechanism::offered(binds).map(Mechanism::name).collect();
            announce(&format!("AUTH {}", names.join(" "))); // RFC 4954: only where it is allowed
        }
        Reply::plain(250, text)
    }
}
