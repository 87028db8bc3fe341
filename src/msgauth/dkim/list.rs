//! Which header fields a signature covers (RFC 6376 §5.4).

/// Names of fields to sign. All of a message's fields of these names are covered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeaderList {
    /// Listed once more than the message has them, and so also when it has none: nobody can add one on the way (RFC 6376 §8.15).
    pub oversigned: &'static [&'static str],
    /// Listed as often as the message has them: who passes it on may add one.
    pub present: &'static [&'static str],
}

impl HeaderList {
    /// What the box signs.
    ///
    /// *Oversigned* is what a reader is shown, what an answer goes by, and what decides how the body is read: a `Content-Type` added on the way could show
    /// another text with the signature still good. All of these stand once in a message (RFC 5322 §3.6), so that nobody has cause to add one.
    ///
    /// *As often as they stand*: `Sender`, the `Resent-` fields and the `List-` fields, which mailing lists and people who pass a letter on rightly
    /// add (RFC 6376 §5.4.1; RFC 8058 §4 wants `List-Unsubscribe` and `List-Unsubscribe-Post` covered).
    ///
    /// *Not signed* are `Received` and `Return-Path`, which change with each hop, and `DKIM-Signature`: each signature stands for itself.
    pub const STANDARD: HeaderList = HeaderList {
        oversigned: &[
            "from",
            "subject",
            "to",
            "date",
            "cc",
            "reply-to",
            "message-id",
            "in-reply-to",
            "references",
            "mime-version",
            "content-type",
            "content-transfer-encoding",
        ],
        present: &[
            "sender",
            "resent-from",
            "resent-sender",
            "resent-to",
            "resent-cc",
            "resent-date",
            "resent-message-id",
            "list-id",
            "list-help",
            "list-unsubscribe",
            "list-unsubscribe-post",
            "list-subscribe",
            "list-post",
            "list-owner",
            "list-archive",
        ],
    };

    /// The name in the list that is `name` in any case.
    pub fn find(&self, name: &[u8]) -> Option<&'static str> {
        let names = self.oversigned.iter().chain(self.present);
        names
            .copied()
            .find(|listed| listed.as_bytes().eq_ignore_ascii_case(name))
    }

    /// The names of `h=` for a message whose fields have the names `present`, in the order of the list.
    pub(super) fn names(&self, present: &[&'static str]) -> Vec<&'static str> {
        let count = |name: &str| present.iter().filter(|have| **have == name).count();
        let more = self.oversigned.iter().map(|name| (*name, 1));
        let same = self.present.iter().map(|name| (*name, 0));
        more.chain(same)
            .flat_map(|(name, extra)| std::iter::repeat_n(name, count(name) + extra))
            .collect()
    }
}
