//! Every limit of a client session, by name and with its reason.

use std::time::Duration;

/// What one session may cost and how long the other side may take. Octets count as they travel; times run by the `now` that the driver
/// passes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets in one line of a reply with its end. RFC 5321 §4.5.3.1.5 allows 512; real hosts put long web addresses into refusals.
    pub reply_line: usize,
    /// Lines in one reply. A rich EHLO has thirty, a talkative greeting as many; a reply that never ends has more.
    pub reply_lines: usize,
    /// Octets in one whole reply: what an unfinished one may occupy in memory.
    pub reply: usize,
    /// Commands that are sent without having read the answers (RFC 2920 §3.1 leaves the window to the client). Their answers must fit what
    /// the network holds while we write and do not read, or both sides wait for each other: 50 answers of 100 octets do.
    pub pipeline: usize,
    /// Recipients in one transaction; the rest is told to go in the next. RFC 5321 §4.5.3.1.8: every server takes 100.
    pub recipients: usize,
    /// Messages from this size on travel in BDAT chunks where CHUNKING is offered, in octets: a chunk's refusal (quota, policy) ends a large
    /// transfer early. Below it DATA costs no more round trips and is what every server gets right.
    pub chunking_from: u64,
    /// Octets in one BDAT chunk; it lies in memory until it is whole.
    pub chunk: usize,
    /// Chunks on their way without an answer.
    pub chunks_unanswered: usize,
    /// Time for the greeting (RFC 5321 §4.5.3.2.1: 5 minutes).
    pub greeting_time: Duration,
    /// Time for the answer to EHLO, HELO, STARTTLS, AUTH and RSET, and for the TLS handshake.
    pub command_time: Duration,
    /// Time for the answer to MAIL (RFC 5321 §4.5.3.2.2: 5 minutes).
    pub mail_time: Duration,
    /// Time for the answer to each RCPT (RFC 5321 §4.5.3.2.3: 5 minutes; hosts that ask others need them).
    pub rcpt_time: Duration,
    /// Time for 354 (RFC 5321 §4.5.3.2.4: 2 minutes).
    pub data_time: Duration,
    /// Time for writing one piece of content (RFC 5321 §4.5.3.2.5: 3 minutes).
    pub block_time: Duration,
    /// Time for the answer to the final dot (RFC 5321 §4.5.3.2.6: 10 minutes). Giving up sooner makes duplicates: the other side may have
    /// accepted the message in the meantime.
    pub end_time: Duration,
    /// Time for the answer to QUIT: it is only politeness.
    pub quit_time: Duration,
    /// Time from the connection until the session is ready: a host that answers each command in its fifth minute is not worth a connection.
    pub opening_time: Duration,
    /// Time for a transaction without its content and without the wait for its end: the same for many recipients.
    pub transaction_time: Duration,
    /// The slowest line, in octets a second, that content may be sent at; adds to [`Limits::transaction_time`] by the message's size.
    pub slowest: u64,
    /// Transactions in one session, whatever the other side allows: connections are not for ever.
    pub transactions: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        Limits {
            reply_line: 4096,
            reply_lines: 200,
            reply: 32 * 1024,
            pipeline: 50,
            recipients: 100,
            chunking_from: 1024 * 1024,
            chunk: 64 * 1024,
            chunks_unanswered: 8,
            greeting_time: minutes(5),
            command_time: minutes(5),
            mail_time: minutes(5),
            rcpt_time: minutes(5),
            data_time: minutes(2),
            block_time: minutes(3),
            end_time: minutes(10),
            quit_time: Duration::from_secs(5),
            opening_time: minutes(15),
            transaction_time: minutes(60),
            slowest: 512,
            transactions: 1000,
        }
    }
}
