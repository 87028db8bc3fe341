//! The client's end of a log-in, for mail that leaves through a relay.

use crate::question::Reason;
use crate::scram::{
    KEY_LEN, ServerFirst, auth_message, client_key, escape, first_attribute, hash, hmac_sha256,
    salted_password, same, server_key, xor,
};
use crate::secret::{MAX_MESSAGE, decode, encode};
use crate::{ChannelBinding, Mechanism, NONCE_LEN, Secret};
use std::{fmt, mem};

/// The fewest rounds that a server may ask for (RFC 7677 §3): fewer would hand whoever poses as the server a proof that is cheap to guess from.
const MIN_ITERATIONS: u32 = 4096;
/// The most rounds that a server may ask for: a second or two of a small board's time.
const MAX_ITERATIONS: u32 = 2_000_000;

/// One log-in at the client's end.
pub struct Client {
    mechanism: Mechanism,
    user: String,
    password: Secret,
    /// `gs2-header`.
    header: String,
    binding: Vec<u8>,
    nonce: String,
    state: State,
}

/// What a [`Client`] wants after a challenge.
#[derive(Debug)]
pub enum ClientStep {
    /// Send these octets in base64. The message may hold the password.
    Respond(Secret),
    /// Give up: cancel the exchange (`*`) or close.
    Failed(ClientError),
}

/// Why a client gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// A challenge that is not in the mechanism's grammar, or came when none was due.
    Challenge(Reason),
    /// The server asks for too few or too many rounds of PBKDF2.
    Iterations(u32),
    /// The server could not prove that it knows the password's keys: it is not the one that it says it is.
    ServerNotProved,
    /// The server says why it refuses (`e=`, RFC 5802 §7).
    Refused,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Challenge(reason) => {
                write!(f, "the server's challenge cannot be used: {reason}")
            }
            ClientError::Iterations(count) => {
                write!(
                    f,
                    "the server asks for {count} iterations; {MIN_ITERATIONS} to {MAX_ITERATIONS} are accepted"
                )
            }
            ClientError::ServerNotProved => {
                f.write_str("the server did not prove that it knows this password")
            }
            ClientError::Refused => f.write_str("the server refused the name or the password"),
        }
    }
}

impl std::error::Error for ClientError {}

enum State {
    First,
    Password,
    ServerFirst,
    ServerFinal {
        signature: [u8; KEY_LEN],
    },
    /// Nothing more to say; the server may call the log-in a success.
    Said,
    Failed,
}

impl Client {
    /// Starts a log-in. `channel_binding`: what the connection can be bound to, also when the chosen mechanism is not the -PLUS one because the server
    /// offered none (the server then hears of it, and a downgrade comes out). `nonce`: fresh random octets. Name and password go out as they are, SCRAM's password prepared.
    pub fn new(
        mechanism: Mechanism,
        user: &str,
        password: Secret,
        channel_binding: Option<&ChannelBinding>,
        nonce: [u8; NONCE_LEN],
    ) -> Client {
        Client::with_nonce_text(mechanism, user, password, channel_binding, encode(&nonce))
    }

    /// The same with the nonce as it is sent.
    pub(crate) fn with_nonce_text(
        mechanism: Mechanism,
        user: &str,
        password: Secret,
        channel_binding: Option<&ChannelBinding>,
        nonce: String,
    ) -> Client {
        let preferred = channel_binding.and_then(ChannelBinding::preferred);
        let (header, binding) = match (mechanism, preferred) {
            (Mechanism::ScramSha256Plus, Some((name, data))) => {
                (format!("p={name},,"), data.to_vec())
            }
            (_, Some(_)) => ("y,,".to_owned(), Vec::new()),
            (_, None) => ("n,,".to_owned(), Vec::new()),
        };
        Client {
            mechanism,
            user: user.to_owned(),
            password,
            header,
            binding,
            nonce,
            state: State::First,
        }
    }

    /// The mechanism's name goes into the command together with this initial response, if the mechanism begins with the client; LOGIN does not.
    pub fn initial(&mut self) -> Option<Secret> {
        match self.state {
            State::First if self.mechanism != Mechanism::Login => Some(self.first()),
            _ => None,
        }
    }

    /// Takes the server's next challenge, decoded from base64.
    pub fn step(&mut self, challenge: &[u8]) -> ClientStep {
        if challenge.len() > MAX_MESSAGE {
            self.state = State::Failed;
            return ClientStep::Failed(ClientError::Challenge(Reason::TooLong));
        }
        let result = match (mem::replace(&mut self.state, State::Failed), self.mechanism) {
            (State::First, _) => Ok(self.first()),
            (State::Password, _) => {
                self.state = State::Said;
                Ok(self.password.clone())
            }
            (State::ServerFirst, _) => self.server_first(challenge),
            (State::ServerFinal { signature }, _) => self.server_final(&signature, challenge),
            (State::Said | State::Failed, _) => Err(ClientError::Challenge(Reason::OutOfTurn)),
        };
        result.map_or_else(ClientStep::Failed, ClientStep::Respond)
    }

    /// To be asked when the server calls the log-in a success: whether it was one. A SCRAM server that left its signature out, or said
    /// so too early, is not to be trusted.
    pub fn finish(self) -> Result<(), ClientError> {
        match self.state {
            State::Said => Ok(()),
            _ => Err(ClientError::ServerNotProved),
        }
    }

    fn first(&mut self) -> Secret {
        match self.mechanism {
            Mechanism::Plain => {
                self.state = State::Said;
                // Room for all at once: a vector that grows leaves unwiped copies behind.
                let mut message =
                    Vec::with_capacity(self.user.len() + self.password.as_bytes().len() + 2);
                message.push(0);
                message.extend_from_slice(self.user.as_bytes());
                message.push(0);
                message.extend_from_slice(self.password.as_bytes());
                Secret::new(message)
            }
            Mechanism::Login => {
                self.state = State::Password;
                Secret::from(self.user.as_str())
            }
            Mechanism::ScramSha256 | Mechanism::ScramSha256Plus => {
                self.state = State::ServerFirst;
                Secret::new([self.header.as_bytes(), &self.first_bare()].concat())
            }
        }
    }

    fn first_bare(&self) -> Vec<u8> {
        format!("n={},r={}", escape(&self.user), self.nonce).into_bytes()
    }

    fn server_first(&mut self, challenge: &[u8]) -> Result<Secret, ClientError> {
        let malformed = ClientError::Challenge(Reason::Malformed);
        let first = ServerFirst::parse(challenge).ok_or(malformed)?;
        // The server has to add something of its own to our nonce.
        if !first.nonce.starts_with(self.nonce.as_bytes()) || first.nonce.len() <= self.nonce.len()
        {
            return Err(malformed);
        }
        if !(MIN_ITERATIONS..=MAX_ITERATIONS).contains(&first.iterations) {
            return Err(ClientError::Iterations(first.iterations));
        }
        let salted = salted_password(self.password.as_bytes(), &first.salt, first.iterations);
        let mut message = format!(
            "c={},r=",
            encode(&[self.header.as_bytes(), &self.binding].concat())
        )
        .into_bytes();
        message.extend_from_slice(first.nonce);
        let auth_message = auth_message(&self.first_bare(), challenge, &message);
        let client_key = client_key(&salted);
        let proof = xor(
            &client_key,
            &hmac_sha256(&hash(&*client_key), &auth_message),
        );
        message.extend_from_slice(format!(",p={}", encode(&proof)).as_bytes());
        self.state = State::ServerFinal {
            signature: hmac_sha256(&*server_key(&salted), &auth_message),
        };
        Ok(Secret::new(message))
    }

    fn server_final(
        &mut self,
        signature: &[u8; KEY_LEN],
        challenge: &[u8],
    ) -> Result<Secret, ClientError> {
        let verifier = first_attribute(challenge);
        if verifier.starts_with(b"e=") {
            return Err(ClientError::Refused);
        }
        let given = verifier
            .strip_prefix(b"v=")
            .and_then(decode)
            .ok_or(ClientError::ServerNotProved)?;
        if !same(given.as_bytes(), signature) {
            return Err(ClientError::ServerNotProved);
        }
        self.state = State::Said;
        Ok(Secret::new(Vec::new()))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("mechanism", &self.mechanism)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
