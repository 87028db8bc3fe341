//! The server's end of a log-in.

use crate::question::{Progress, Question, Reason, Success};
use crate::scram::{ClientFinal, ClientFirst, Flag, auth_message, same};
use crate::secret::{MAX_MESSAGE, encode};
use crate::{ChannelBinding, Mechanism, NONCE_LEN, ScramKeys, Secret, saslprep};
use std::{fmt, mem};

/// The longest name, in octets (RFC 4616 §2: "up to 255 octets").
const MAX_NAME: usize = 255;
/// The longest password, in octets: RFC 4616 §2 asks for 255; pass phrases and tokens may be longer.
const MAX_PASSWORD: usize = 1024;

/// One log-in at the server's end; see the crate's documentation for how to drive it. It is used up when it is done or failed.
pub struct Server {
    mechanism: Mechanism,
    binding: Option<Box<ChannelBinding>>,
    nonce: String,
    state: State,
}

/// What the machine waits for, with what is known by then.
enum State {
    /// The client's first message, in any mechanism.
    First,
    /// LOGIN: the password.
    Password { user: String },
    /// [`Server::password_verified`].
    Verdict(Success),
    /// [`Server::scram_keys`].
    Keys(Box<Begun>),
    /// SCRAM: the client's proof.
    Proof(Box<Begun>, Box<Challenged>),
    /// SCRAM: the client's empty answer to the server's signature.
    Acknowledgement(Success),
    /// Nothing more.
    Over,
}

/// What a SCRAM client's first message settled.
struct Begun {
    success: Success,
    /// `cbind-input` as the client has to repeat it.
    binding_input: Vec<u8>,
    client_first_bare: Vec<u8>,
    /// The client's nonce and ours.
    nonce: Vec<u8>,
}

/// What was sent to a SCRAM client.
struct Challenged {
    server_first: Vec<u8>,
    keys: ScramKeys,
}

impl Server {
    /// Starts a log-in. `channel_binding`: what this TLS connection can be bound to, and `None` if the protocol did not offer
    /// SCRAM-SHA-256-PLUS; it must be the same for the whole connection, because a client that says "you cannot bind" to
    /// a server that can is refused (RFC 5802 §6). `nonce`: fresh random octets.
    pub fn new(
        mechanism: Mechanism,
        channel_binding: Option<&ChannelBinding>,
        nonce: [u8; NONCE_LEN],
    ) -> Server {
        Server::with_nonce_text(mechanism, channel_binding, encode(&nonce))
    }

    /// The same with the nonce as it is sent.
    pub(crate) fn with_nonce_text(
        mechanism: Mechanism,
        binding: Option<&ChannelBinding>,
        nonce: String,
    ) -> Server {
        let binding = binding.filter(|binding| !binding.is_empty() && mechanism.is_scram());
        Server {
            mechanism,
            binding: binding.map(|binding| Box::new(binding.clone())),
            nonce,
            state: State::First,
        }
    }

    /// The mechanism of this log-in.
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// The first step: with the initial response, decoded, if the client sent one with its command.
    pub fn start(&mut self, initial: Option<&[u8]>) -> Progress {
        match (self.mechanism, initial) {
            (Mechanism::Login, None | Some(b"")) => Progress::Challenge(b"Username:".to_vec()),
            (_, None) => Progress::Challenge(Vec::new()),
            (_, Some(message)) => self.step(message),
        }
    }

    /// Takes the client's next message, decoded from base64. As the very first call it takes an initial response.
    pub fn step(&mut self, message: &[u8]) -> Progress {
        if message.len() > MAX_MESSAGE {
            self.state = State::Over;
            return Progress::Failed(Reason::TooLong);
        }
        let result = match (mem::replace(&mut self.state, State::Over), self.mechanism) {
            (State::First, Mechanism::Plain) => self.plain(message),
            (State::First, Mechanism::Login) => self.login_user(message),
            (State::Password { user }, _) => self.ask_password("", &user, message),
            (State::First, Mechanism::ScramSha256 | Mechanism::ScramSha256Plus) => {
                self.client_first(message)
            }
            (State::Proof(begun, challenged), _) => self.client_final(*begun, &challenged, message),
            (State::Acknowledgement(success), _) if message.is_empty() => {
                Ok(Progress::Done(success))
            }
            (State::Acknowledgement(_), _) => Err(Reason::Malformed),
            (State::Verdict(_) | State::Keys(_) | State::Over, _) => Err(Reason::OutOfTurn),
        };
        result.unwrap_or_else(Progress::Failed)
    }

    /// Answers [`Question::Password`]: is it this user's password, and may the user act as the `authzid`?
    pub fn password_verified(&mut self, right: bool) -> Progress {
        match mem::replace(&mut self.state, State::Over) {
            State::Verdict(success) if right => Progress::Done(success),
            State::Verdict(_) => Progress::Failed(Reason::Credentials),
            _ => Progress::Failed(Reason::OutOfTurn),
        }
    }

    /// Answers [`Question::ScramKeys`]. `None` (nobody has this name, or may not act as the `authzid`) goes on with keys that nothing opens,
    /// so that the client learns no more than from a wrong password. Their salt is new each time, which someone who asks twice can
    /// see; a driver with a lasting secret answers `Some(ScramKeys::decoy(secret, user, iterations))` instead.
    pub fn scram_keys(&mut self, keys: Option<ScramKeys>) -> Progress {
        let State::Keys(begun) = mem::replace(&mut self.state, State::Over) else {
            return Progress::Failed(Reason::OutOfTurn);
        };
        let keys = keys.unwrap_or_else(|| {
            ScramKeys::decoy(
                &begun.nonce,
                &begun.success.user,
                ScramKeys::DEFAULT_ITERATIONS,
            )
        });
        let mut server_first = b"r=".to_vec();
        server_first.extend_from_slice(&begun.nonce);
        server_first.extend_from_slice(
            format!(",s={},i={}", encode(&keys.salt), keys.iterations).as_bytes(),
        );
        self.state = State::Proof(
            begun,
            Box::new(Challenged {
                server_first: server_first.clone(),
                keys,
            }),
        );
        Progress::Challenge(server_first)
    }

    /// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 §2)
    fn plain(&mut self, message: &[u8]) -> Result<Progress, Reason> {
        let mut fields = message.split(|octet| *octet == 0);
        match (fields.next(), fields.next(), fields.next(), fields.next()) {
            (Some(authzid), Some(user), Some(password), None) => {
                let authzid = if authzid.is_empty() {
                    String::new()
                } else {
                    name(authzid)?
                };
                self.ask_password(&authzid, &name(user)?, password)
            }
            _ => Err(Reason::Malformed),
        }
    }

    fn login_user(&mut self, message: &[u8]) -> Result<Progress, Reason> {
        self.state = State::Password {
            user: name(message)?,
        };
        Ok(Progress::Challenge(b"Password:".to_vec()))
    }

    fn ask_password(
        &mut self,
        authzid: &str,
        user: &str,
        password: &[u8],
    ) -> Result<Progress, Reason> {
        match password.len() {
            0 => return Err(Reason::Credentials),
            1..=MAX_PASSWORD if !password.contains(&0) => {}
            1..=MAX_PASSWORD => return Err(Reason::Malformed),
            _ => return Err(Reason::TooLong),
        }
        let (user, authzid) = (user.to_owned(), authzid.to_owned());
        self.state = State::Verdict(Success {
            user: user.clone(),
            authzid: authzid.clone(),
        });
        Ok(Progress::Ask(Question::Password {
            authzid,
            user,
            password: Secret::new(password.to_vec()),
        }))
    }

    fn client_first(&mut self, message: &[u8]) -> Result<Progress, Reason> {
        let first = ClientFirst::parse(message).ok_or(Reason::Malformed)?;
        let mut binding_input = first.header.to_vec();
        match (&first.flag, self.mechanism) {
            (Flag::Binds(channel), Mechanism::ScramSha256Plus) => {
                let data = self
                    .binding
                    .as_ref()
                    .and_then(|binding| binding.data(channel))
                    .ok_or(Reason::ChannelBinding)?;
                binding_input.extend_from_slice(data);
            }
            // The -PLUS name promises a binding; the other name excludes one.
            (Flag::No | Flag::Yes, Mechanism::ScramSha256Plus) | (Flag::Binds(_), _) => {
                return Err(Reason::ChannelBinding);
            }
            // "You cannot bind", said to a server that offered it: someone took -PLUS out of the offer (RFC 5802 §6).
            (Flag::Yes, _) if self.binding.is_some() => return Err(Reason::ChannelBinding),
            (Flag::No | Flag::Yes, _) => {}
        }
        let authzid = if first.authzid.is_empty() {
            String::new()
        } else {
            name(first.authzid.as_bytes())?
        };
        let success = Success {
            user: name(first.user.as_bytes())?,
            authzid,
        };
        let question = Question::ScramKeys {
            authzid: success.authzid.clone(),
            user: success.user.clone(),
        };
        let nonce = [first.nonce, self.nonce.as_bytes()].concat();
        self.state = State::Keys(Box::new(Begun {
            success,
            binding_input,
            client_first_bare: first.bare.to_vec(),
            nonce,
        }));
        Ok(Progress::Ask(question))
    }

    fn client_final(
        &mut self,
        begun: Begun,
        challenged: &Challenged,
        message: &[u8],
    ) -> Result<Progress, Reason> {
        let last = ClientFinal::parse(message).ok_or(Reason::Malformed)?;
        if !same(last.nonce, &begun.nonce) {
            return Err(Reason::Malformed);
        }
        if !same(&last.binding, &begun.binding_input) {
            return Err(Reason::ChannelBinding);
        }
        let auth_message = auth_message(
            &begun.client_first_bare,
            &challenged.server_first,
            last.without_proof,
        );
        if !challenged.keys.proves(&auth_message, &last.proof) {
            return Err(Reason::Credentials);
        }
        let signature = challenged.keys.server_signature(&auth_message);
        self.state = State::Acknowledgement(begun.success);
        Ok(Progress::Challenge(
            format!("v={}", encode(&signature)).into_bytes(),
        ))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("mechanism", &self.mechanism)
            .finish_non_exhaustive()
    }
}

/// A name in prepared form (RFC 4616 §2, RFC 5802 §5.1).
fn name(raw: &[u8]) -> Result<String, Reason> {
    if raw.len() > MAX_NAME {
        return Err(Reason::TooLong);
    }
    std::str::from_utf8(raw)
        .ok()
        .and_then(saslprep)
        .ok_or(Reason::Malformed)
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
