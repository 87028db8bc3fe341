//! Whom a person's marks of a message are about: the same for who judges it on arrival and for who learns from it later.

use std::net::IpAddr;

use junk::reputation::Sender;
use mail::{EnvelopeAddress, Message};
use msgauth::suffix::organizational_domain;

use crate::receive::Noted;

/// The sender of a message, owned.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Origin {
    /// The From address; `None` if there is none or there are several.
    pub(crate) address: Option<String>,
    /// The organizational domain of the author, if it is proven.
    pub(crate) domain: Option<String>,
    /// Who connected.
    pub(crate) peer: Option<IpAddr>,
    /// The newest sealer of an ARC chain that held.
    pub(crate) sealer: Option<String>,
}

impl Origin {
    /// From the message's own From, and what was noted when it came (nothing of mail that a person put there).
    pub(crate) fn of(message: &Message, noted: &Noted) -> Origin {
        Origin {
            address: author(message),
            domain: noted.proven.clone(),
            peer: noted.peer,
            sealer: noted.sealers.last().cloned(),
        }
    }

    /// The author's organization, if it is proven without the sealer's word and is not the sealer's own.
    pub(crate) fn vouched_author(&self) -> Option<&str> {
        let sealer = self.sealer.as_deref()?;
        let author = self.domain.as_deref()?;
        (organizational_domain(sealer) != organizational_domain(author)).then_some(author)
    }

    /// As the crate `junk` asks for it.
    pub(crate) fn sender(&self) -> Sender<'_> {
        Sender {
            address: self.address.as_deref(),
            domain: self.domain.as_deref(),
            proven: self.domain.is_some(),
            peer: self.peer,
        }
    }
}

/// The one address in From.
fn author(message: &Message) -> Option<String> {
    let envelope = message.part(0)?.envelope.as_deref()?;
    let mut mailboxes = envelope.from.iter().filter_map(|one| match one {
        EnvelopeAddress::Mailbox { local, host, .. } if !host.is_empty() => Some((local, host)),
        _ => None,
    });
    let (local, host) = mailboxes.next()?;
    let only = mailboxes.next().is_none();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    only.then(|| format!("{}@{}", text(local), text(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Message {
        let mut parser = mail::Parser::new();
        parser.feed(text.as_bytes());
        parser.finish()
    }

    #[test]
    fn only_what_is_proven_is_more_than_a_claim() {
        let noted = Noted {
            peer: "192.0.2.1".parse().ok(),
            proven: Some("news.example".into()),
            sealers: vec!["old.example".into(), "lists.example".into()],
            ..Noted::default()
        };
        let message = parsed("From: Ann <ann@news.example>\r\n\r\nx\r\n");
        let origin = Origin::of(&message, &noted);
        assert_eq!(origin.address.as_deref(), Some("ann@news.example"));
        assert_eq!(origin.sealer.as_deref(), Some("lists.example"));
        assert!(origin.sender().proven && origin.sender().domain == Some("news.example"));
        assert_eq!(origin.vouched_author(), Some("news.example"));
        let own = Origin {
            sealer: Some("mx.news.example".into()),
            ..origin.clone()
        };
        assert_eq!(own.vouched_author(), None, "who seals their own letters");
        let claimed = Origin::of(&message, &Noted::default());
        assert!(!claimed.sender().proven && claimed.sender().peer.is_none());
        for several in [
            "From: a@b.example, c@d.example\r\n\r\n",
            "From: nobody\r\n\r\n",
            "To: a@b.example\r\n\r\n",
        ] {
            assert_eq!(Origin::of(&parsed(several), &noted).address, None);
        }
    }
}
