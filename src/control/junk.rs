//! Wishes about what people have taught the box of their mail.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{AccountId, Gid, Read, Taught as _};

use super::perform::parse;
use super::{Answer, Household};
use crate::accounts::Refusal;
use crate::wanted::memory::Memory;

/// Messages that wait to be learned are counted up to so many: more do not wait.
const WAITING_MAX: usize = 5000;

/// What is wanted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JunkWish {
    /// What was learned from everybody, or from one person.
    Status {
        /// From whom.
        address: Option<String>,
    },
    /// Forget all that one person has taught.
    Forget {
        /// Whose.
        address: String,
    },
}

/// What one person has taught.
struct Learnt {
    address: String,
    unwanted: u16,
    wanted: u16,
    senders: u32,
    waiting: usize,
}

impl Household {
    pub(super) async fn junk(&self, wish: JunkWish) -> Result<Answer, Refusal> {
        let accounts = &self.accounts;
        match wish {
            JunkWish::Status { address } => {
                let only = match address {
                    None => None,
                    Some(address) => Some(accounts.person(&parse(&address)?)?),
                };
                let read = accounts.store().read()?;
                let mut all = Vec::new();
                for person in read.accounts()? {
                    if only.is_none_or(|only| only == person.id) {
                        all.push(learnt(&read, person.id, person.address.to_string())?);
                    }
                }
                let lines: Vec<String> = all.iter().map(line).collect();
                let data: Vec<Value> = all.iter().map(data).collect();
                Ok(Answer::done(lines.join("\n")).with(json!(data)))
            }
            JunkWish::Forget { address } => {
                let address = parse(&address)?;
                let account = accounts.person(&address)?;
                let deed = accounts.store().write(move |tx| tx.forget_taught(account));
                deed.await?;
                Ok(Answer::done(format!(
                    "all that {address} has taught is forgotten; their mail stays where it is"
                ))
                .with(json!({"address": address.to_string()})))
            }
        }
    }
}

fn learnt(read: &impl Read, account: AccountId, address: String) -> store::Result<Learnt> {
    let marks = Memory::new(read, account)?.marks();
    Ok(Learnt {
        address,
        unwanted: marks.unwanted,
        wanted: marks.wanted,
        senders: read.taught_counts(account)?.reputations,
        waiting: read.due_from(account, Gid(0), WAITING_MAX)?.len(),
    })
}

fn line(of: &Learnt) -> String {
    let needed = junk::MARKS_MIN;
    let words = if of.unwanted.min(of.wanted) < needed {
        format!("; words count from {needed} of each")
    } else {
        String::new()
    };
    let waiting = match of.waiting {
        0 => String::new(),
        waiting => format!("; {waiting} wait to be learned"),
    };
    format!(
        "{}  {} messages learned as junk, {} as wanted{words}{waiting}",
        of.address, of.unwanted, of.wanted
    )
}

fn data(of: &Learnt) -> Value {
    json!({
        "address": of.address,
        "junk": of.unwanted,
        "wanted": of.wanted,
        "reputations": of.senders,
        "waiting": of.waiting,
    })
}
