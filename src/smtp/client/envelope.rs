//! What MAIL and RCPT say: the commands with the parameters that the other side announced, and what it must have announced for this message.

use super::judge::unfit;
use super::{
    BodyType, By, ByMode, Capabilities, ClientRecipient, Notify, Ret, Session, Stage, Transaction,
    Verdict,
};
use mail::{Address, idna, xtext};

/// The longest ENVID, in octets as it travels (RFC 3461 §5.4).
const ENVID: usize = 100;

/// The farthest BY in either direction, in seconds (RFC 2852 §4).
const BY: i64 = 999_999_999;

impl Session {
    /// Why this host cannot take the message, before it is asked.
    pub(super) fn unfit(&self, transaction: &Transaction) -> Option<Verdict> {
        let (can, mail) = (&self.capabilities, Stage::Mail);
        if transaction.require_tls && !self.profile.tls.is_active() {
            let words =
                "The message must travel over TLS only (REQUIRETLS), and this connection has none";
            return Some(unfit(mail, (5, 7, 10), words.to_owned()));
        }
        if transaction.require_tls && !can.require_tls {
            let words = "The message must be kept to TLS all the way (REQUIRETLS), and the other server does not promise that";
            return Some(unfit(mail, (5, 7, 30), words.to_owned()));
        }
        let sender = transaction.reverse_path.as_ref();
        if !can.smtputf8
            && (transaction.smtputf8 || sender.is_some_and(|path| ascii(path).is_none()))
        {
            let words = "The message has addresses or header fields outside ASCII, and the other server does not take such (SMTPUTF8)";
            return Some(unfit(mail, (5, 6, 7), words.to_owned()));
        }
        let wanting = match transaction.body {
            BodyType::SevenBit => None,
            BodyType::EightBitMime => (!can.eight_bit_mime).then_some("8BITMIME"),
            BodyType::BinaryMime => {
                (!can.binary_mime || !can.chunking).then_some("BINARYMIME with CHUNKING")
            }
        };
        if let Some(wanting) = wanting {
            let words = format!(
                "The message is not encoded for a server like the other one, which does not announce {wanting}"
            );
            return Some(unfit(mail, (5, 6, 3), words));
        }
        if let Some(most) = can
            .size
            .filter(|most| *most > 0 && transaction.size > *most)
        {
            let words = format!(
                "The message has {} octets, and the other server takes at most {most}",
                transaction.size
            );
            return Some(unfit(mail, (5, 3, 4), words));
        }
        // RFC 2852 §4.1.4.1.
        let by = transaction.by.filter(|by| by.mode == ByMode::Return)?;
        let words = match can.deliver_by {
            None => "The message must be delivered by a deadline or come back, and the other server does not know deadlines (DELIVERBY)".to_owned(),
            Some(least) if by.seconds <= 0 || u64::try_from(by.seconds).is_ok_and(|left| left < least) => {
                format!("The message must be delivered within {} seconds or come back, and the other server needs at least {least}", by.seconds)
            }
            Some(_) => return None,
        };
        Some(unfit(mail, (5, 4, 7), words))
    }

    /// The MAIL command (RFC 5321 §4.1.1.2).
    pub(super) fn mail_command(&self, transaction: &Transaction) -> String {
        let can = &self.capabilities;
        let utf8 = can.smtputf8
            && (transaction.smtputf8
                || !transaction
                    .reverse_path
                    .as_ref()
                    .is_none_or(Address::is_ascii)
                || transaction
                    .recipients
                    .iter()
                    .any(|recipient| !recipient.address.is_ascii()));
        let path = transaction
            .reverse_path
            .as_ref()
            .map(|path| written(path, utf8))
            .unwrap_or_default();
        let mut command = format!("MAIL FROM:<{path}>");
        let mut add = |parameter: &str| {
            command.push(' ');
            command.push_str(parameter);
        };
        if can.size.is_some() && transaction.size > 0 {
            add(&format!("SIZE={}", transaction.size));
        }
        match transaction.body {
            BodyType::SevenBit => {}
            BodyType::EightBitMime => add("BODY=8BITMIME"),
            BodyType::BinaryMime => add("BODY=BINARYMIME"),
        }
        if utf8 {
            add("SMTPUTF8");
        }
        if transaction.require_tls {
            add("REQUIRETLS");
        }
        if can.dsn {
            match transaction.ret {
                Some(Ret::Full) => add("RET=FULL"),
                Some(Ret::Headers) => add("RET=HDRS"),
                None => {}
            }
            let envid = transaction.envid.as_deref().map(xtext::encode);
            if let Some(envid) = envid.filter(|envid| (1..=ENVID).contains(&envid.len())) {
                add(&format!("ENVID={envid}"));
            }
        }
        if let (Some(_), Some(by)) = (can.deliver_by, transaction.by) {
            let trace = if by.trace { "T" } else { "" };
            let mode = match by.mode {
                ByMode::Notify => "N",
                ByMode::Return => "R",
            };
            add(&format!("BY={};{mode}{trace}", by.seconds.clamp(-BY, BY)));
        }
        if let (true, Some(priority)) = (can.mt_priority, transaction.priority) {
            add(&format!("MT-PRIORITY={}", priority.clamp(-9, 9)));
        }
        command
    }

    /// The RCPT command (RFC 5321 §4.1.1.3).
    pub(super) fn rcpt_command(&self, recipient: &ClientRecipient, by: Option<By>) -> String {
        let can = &self.capabilities;
        let mut command = format!("RCPT TO:<{}>", written(&recipient.address, can.smtputf8));
        if !can.dsn {
            return command;
        }
        if let Some(notify) = notify(recipient.notify, by, can) {
            command.push_str(&format!(" NOTIFY={notify}"));
        }
        let orcpt = recipient.orcpt.as_deref();
        if let Some(orcpt) = orcpt.and_then(|orcpt| xtext::encode_orcpt(orcpt, can.smtputf8)) {
            command.push_str(&format!(" ORCPT={orcpt}"));
        }
        command
    }

    /// Why this recipient cannot be named to this host.
    pub(super) fn unfit_recipient(&self, address: &Address) -> Option<Verdict> {
        (!self.capabilities.smtputf8 && ascii(address).is_none()).then(|| {
            let words = "The recipient's address is outside ASCII, and the other server does not take such (SMTPUTF8)";
            unfit(Stage::Rcpt, (5, 6, 7), words.to_owned())
        })
    }
}

/// NOTIFY as it goes on. What was not asked is not passed on (RFC 3461 §5.2.1), except that a deadline which the other side does not know
/// brings reports of delay (RFC 2852 §4.1.4.2).
fn notify(asked: Option<Notify>, by: Option<By>, can: &Capabilities) -> Option<Notify> {
    if by.is_none() || can.deliver_by.is_some() || asked == Some(Notify::NEVER) {
        return asked;
    }
    Some(Notify {
        delay: true,
        ..asked.unwrap_or(Notify {
            success: false,
            failure: true,
            delay: true,
        })
    })
}

/// The path as it travels.
fn written(address: &Address, utf8: bool) -> String {
    match ascii(address) {
        Some(ascii) if !utf8 => ascii.to_string(),
        _ => address.to_string(),
    }
}

/// The address in ASCII, if it can be: a domain has an A-label, a local part has none.
fn ascii(address: &Address) -> Option<Address> {
    if address.is_ascii() {
        return Some(address.clone());
    }
    let domain = idna::to_ascii(address.domain())?;
    Address::new(address.local(), &domain)
        .ok()
        .filter(Address::is_ascii)
}
