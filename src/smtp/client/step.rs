//! A client session's whole contact with the world: what it may want, what it is given, and what came of it.

use crate::command::{BodyType, By, Notify, Ret};
use mail::{Address, EnhancedStatus};

/// What a session wants next. Every step means: flush what stands in `out` first.
#[derive(Debug)]
pub enum Step {
    /// More octets: flush `out`, wait until [`super::Session::deadline`], [`super::Session::feed`] them (or say
    /// [`super::Session::closed`]), step again.
    Read,
    /// Flush `out`, feed what has come already without waiting for it, step again. So a refusal in the middle of a message is heard.
    Flush,
    /// Flush `out`, make the TLS handshake, call [`super::Session::tls_started`] or [`super::Session::tls_failed`].
    StartTls,
    /// Greeted, encrypted and logged in as far as was asked for. Give a message by [`super::Session::send`] or say
    /// [`super::Session::quit`]. As long as neither is done, this is said again; a connection may be kept like this, and octets that come
    /// meanwhile, or its end, are to be fed.
    Ready,
    /// Flush `out`, then give at most `room` octets of the message by [`super::Session::content`], or say
    /// [`super::Session::content_end`]. A driver whose source fails drops the session and the connection: the other side then forgets the
    /// unfinished message.
    Content {
        /// Octets; at least 1. More is taken too, but costs memory.
        room: usize,
    },
    /// The transaction is over. Step again: `Ready` or `Close` comes.
    Done(Outcome),
    /// Flush `out` as far as it goes, and close. `Some`: no transaction was possible, and this is why.
    Close(Option<Box<Trouble>>),
}

/// One message on its way out, without its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Whom failures are told; `None` is the null path `<>`.
    pub reverse_path: Option<Address>,
    /// Who gets it, in the order of the verdicts.
    pub recipients: Vec<ClientRecipient>,
    /// Octets of content, for SIZE.
    pub size: u64,
    /// What the content is made of. `EightBitMime` and `BinaryMime` are refused here where the other side did not announce them: the driver
    /// looks at [`super::Session::capabilities`] and downgrades first.
    pub body: BodyType,
    /// Whether header fields hold UTF-8 (RFC 6531).
    pub smtputf8: bool,
    /// REQUIRETLS (RFC 8689): over TLS and to a server that announces it, or not at all.
    pub require_tls: bool,
    /// RET (RFC 3461 §4.3); sent where DSN is announced.
    pub ret: Option<Ret>,
    /// ENVID, decoded (RFC 3461 §4.4); sent where DSN is announced.
    pub envid: Option<String>,
    /// BY (RFC 2852); sent where DELIVERBY is announced.
    pub by: Option<By>,
    /// MT-PRIORITY (RFC 6710), -9 to 9; sent where it is announced.
    pub priority: Option<i8>,
}

/// One recipient of a [`Transaction`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRecipient {
    /// The forward-path.
    pub address: Address,
    /// ORCPT with its type, decoded: `rfc822;name@example.org` (RFC 3461 §4.2); sent where DSN is announced.
    pub orcpt: Option<String>,
    /// NOTIFY; `None` if the sender said nothing, and then nothing is passed on (RFC 3461 §5.2.1); sent where DSN is announced.
    pub notify: Option<Notify>,
}

/// What came of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One for each recipient, in their order.
    pub recipients: Vec<Verdict>,
}

/// What came of one recipient, or of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Delivered, later, or never.
    pub fate: Fate,
    /// What the fate is about: who else need not be tried.
    pub scope: Scope,
    /// What was being done.
    pub stage: Stage,
    /// The reply's code; `None` if these are our own words, because none came or none that could be read.
    pub code: Option<u16>,
    /// What the other side said (code and text in one line), or why nothing was heard: printable, at most [`WORDS`] octets.
    pub words: String,
    /// The enhanced status in the reply, if there was one that fits its code (RFC 2034); ours where we decided.
    pub status: Option<EnhancedStatus>,
    /// Delivered to a host that announced DSN, and so answers for reports of success itself (RFC 3461 §5.2.2). If false, and such a report was
    /// asked for, it is ours to write.
    pub relayed_dsn: bool,
    /// The final dot was sent and no answer came that could be read: it may have been delivered. `fate` is `Later`.
    pub answer_lost: bool,
    /// Not judged: there were too many recipients for one transaction. It may go at once in the next one of this session.
    pub again_now: bool,
}

/// Why a session never got to a transaction.
pub type Trouble = Verdict;

/// The longest [`Verdict::words`], in octets.
pub const WORDS: usize = 1024;

/// What is to become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// The other side answers for it now.
    Delivered,
    /// To be tried again.
    Later,
    /// Not to be tried again, as far as [`Scope`] goes: with `Scope::Host` another host of the same domain may still take it.
    Never,
}

/// What a verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// This connection: it broke, or the other side ended it. A new one may fare better.
    Session,
    /// This host: another host of the domain may fare better.
    Host,
    /// This message, whoever gets it.
    Message,
    /// This recipient.
    Recipient,
}

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Dialing; never said by a session, which begins with a connection.
    Connect,
    /// Waiting for the greeting.
    Greeting,
    /// EHLO, HELO.
    Hello,
    /// STARTTLS and the handshake.
    StartTls,
    /// AUTH.
    Login,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// Sending the message.
    Content,
    /// Waiting for the answer to the whole message.
    End,
}
