//! The states of a conversation. Each is named for what it waits for or what is known, and owns exactly that.

use super::step::{Envelope, Recipient, Step};
use super::{Haste, MailParameters, Profile, Tls};
use crate::bdat::Chunk;
use crate::data::DataReader;
use crate::server::content::Body;
use crate::{Limits, Reply};
use mail::Address;

/// The next state, and what is wanted from the driver before going on, if anything.
pub(super) type Turn = (State, Option<Step>);

/// Where a conversation stands.
pub(super) enum State {
    /// Nothing was said; 220 is due.
    Greeting,
    /// Waits for HELO or EHLO.
    Greeted,
    /// Waits for MAIL.
    Named(Hello),
    /// Waits for the driver's word on the sender.
    SenderAsked(Sender),
    /// Waits for RCPT.
    Sender(Sender),
    /// Waits for the driver's word on one more recipient.
    RecipientAsked(Sender, Vec<Recipient>, Recipient),
    /// At least one recipient: waits for RCPT, DATA or BDAT.
    Recipients(Sender, Vec<Recipient>),
    /// Content behind 354.
    Data(Box<Letter>, DataReader),
    /// Content behind BDAT.
    Chunk(Box<Letter>, Chunk),
    /// Waits for the next BDAT.
    Chunks(Box<Letter>),
    /// A chunk that nobody wants, because the client had to send it before it could hear so.
    Skip(Box<Skip>),
    /// A chunk was refused, and more of the same message may be under way.
    Failed(Hello),
    /// All content is there.
    Whole(Box<Letter>),
    /// Waits for the driver to keep the message.
    Keeping(Hello),
    /// Waits for the client's answer to a challenge.
    LogIn(Hello, Box<Exchange>),
    /// Waits for the driver's word on a password or for keys.
    Verifying(Hello, Box<Exchange>),
    /// Waits for the TLS handshake.
    Securing,
    /// Over.
    Closed,
}

/// What the client called itself.
pub(super) struct Hello {
    pub(super) name: String,
    pub(super) esmtp: bool,
}

/// After MAIL.
pub(super) struct Sender {
    pub(super) hello: Hello,
    pub(super) reverse_path: Option<Address>,
    pub(super) parameters: MailParameters,
}

/// A message on its way in.
pub(super) struct Letter {
    pub(super) sender: Sender,
    pub(super) recipients: Vec<Recipient>,
    pub(super) body: Body,
}

/// A chunk to pass over, what to say then, and where to go on.
pub(super) struct Skip {
    pub(super) chunk: Chunk,
    pub(super) reply: Reply,
    pub(super) next: State,
}

/// A log-in under way.
pub(super) struct Exchange {
    pub(super) server: sasl::Server,
    /// Whose keys or password are being proved; `None` until the driver said, and for a name that nobody has.
    pub(super) account: Option<u32>,
    /// The proof, if it comes, opens nothing here.
    pub(super) barred: Option<sasl::Barred>,
}

impl State {
    /// Whether command lines are read in this state.
    pub(super) fn takes_commands(&self) -> bool {
        matches!(
            self,
            State::Greeted
                | State::Named(_)
                | State::Sender(_)
                | State::Recipients(..)
                | State::Chunks(_)
                | State::Failed(_)
        )
    }

    /// Whether it is the client's turn: only then time runs against it.
    pub(super) fn waits_for_client(&self) -> bool {
        self.takes_commands()
            || matches!(
                self,
                State::Greeting
                    | State::Data(..)
                    | State::Chunk(..)
                    | State::Skip(_)
                    | State::LogIn(..)
            )
    }

    /// Drops a transaction, if there is one: back to what is known of the client, and content to be forgotten.
    pub(super) fn reset(self) -> Turn {
        match self {
            State::Sender(sender) | State::Recipients(sender, _) => {
                (State::Named(sender.hello), None)
            }
            State::Chunks(letter) => {
                let step = letter.body.was_given().then_some(Step::Discard);
                (State::Named(letter.sender.hello), step)
            }
            State::Failed(hello) => (State::Named(hello), None),
            other => (other, None),
        }
    }

    /// For logs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            State::Greeting => "Greeting",
            State::Greeted => "Greeted",
            State::Named(_) => "Named",
            State::SenderAsked(_) => "SenderAsked",
            State::Sender(_) => "Sender",
            State::RecipientAsked(..) => "RecipientAsked",
            State::Recipients(..) => "Recipients",
            State::Data(..) => "Data",
            State::Chunk(..) => "Chunk",
            State::Chunks(_) => "Chunks",
            State::Skip(_) => "Skip",
            State::Failed(_) => "Failed",
            State::Whole(_) => "Whole",
            State::Keeping(_) => "Keeping",
            State::LogIn(..) => "LogIn",
            State::Verifying(..) => "Verifying",
            State::Securing => "Securing",
            State::Closed => "Closed",
        }
    }
}

impl Letter {
    pub(super) fn new(sender: Sender, recipients: Vec<Recipient>, limits: &Limits) -> Box<Letter> {
        let body = Body::new(sender.parameters.body, limits);
        Box::new(Letter {
            sender,
            recipients,
            body,
        })
    }

    /// What is kept with the content, and what is known of the client for the time after.
    pub(super) fn into_envelope(
        self,
        profile: &Profile,
        account: Option<u32>,
        haste: Haste,
    ) -> (Envelope, Hello) {
        let hello = self.sender.hello;
        let envelope = Envelope {
            helo: hello.name.clone(),
            esmtp: hello.esmtp,
            peer: profile.peer,
            tls: match &profile.tls {
                Tls::Active { description, .. } => Some(description.clone()),
                Tls::None | Tls::Available => None,
            },
            account,
            reverse_path: self.sender.reverse_path,
            parameters: self.sender.parameters,
            recipients: self.recipients,
            octets: self.body.octets(),
            hops: self.body.hops(),
            haste,
        };
        (envelope, hello)
    }
}
