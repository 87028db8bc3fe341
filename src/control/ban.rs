//! The owner sees who is kept out, keeps somebody out, and lets them in again.

use std::fmt::Write as _;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::report::duration;
use super::{Answer, Exit, Household};
use crate::accounts::Refusal;
use crate::bans::{Ban, Bans, Doors, Network, Place};

/// Bans that one listing shows: the answer stays far below the longest line of the control socket.
const LISTED_MAX: usize = 1000;

/// What the owner wants of the bans. Networks are as written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BanWish {
    /// Everybody who is kept out.
    List,
    /// Keep a network out until it is lifted.
    Add(String),
    /// Let a network in again.
    Lift(String),
}

impl Household {
    pub(super) async fn ban(&self, wish: BanWish) -> Result<Answer, Refusal> {
        let (bans, store) = (self.accounts.bans(), self.accounts.store());
        match wish {
            BanWish::List => Ok(self.ban_list(bans)),
            BanWish::Add(text) => {
                let network = parse(&text)?;
                if network.is_too_wide() {
                    return Err(Refusal::not_allowed(format!(
                        "{network} is too large a part of the internet to be banned; name an IPv4 network of /8 at least, or an IPv6 one of /16"
                    )));
                }
                if !bans.add(network, Instant::now()) {
                    return Err(Refusal::not_allowed(
                        "there are a thousand bans by hand; lift one that is no longer needed",
                    ));
                }
                bans.save(store).await?;
                Ok(Answer::done(format!(
                    "{network} is kept out of all doors until `pillarbox ban lift {network}`; who is inside stays until they leave"
                ))
                .with(json!({"network": network.to_string()})))
            }
            BanWish::Lift(text) => {
                let network = parse(&text)?;
                let lifted = bans.lift(network);
                bans.save(store).await?;
                if lifted.is_empty() {
                    return Ok(Answer::not_done(
                        Exit::NotFound,
                        format!("nothing keeps {network} out; `pillarbox ban list` shows who is"),
                    ));
                }
                let mut names: Vec<String> = lifted
                    .iter()
                    .map(|(network, _)| network.to_string())
                    .collect();
                names.sort();
                names.dedup();
                Ok(Answer::done(format!("let in again: {}", names.join(", ")))
                    .with(json!({"lifted": names})))
            }
        }
    }

    fn ban_list(&self, bans: &Bans) -> Answer {
        let list = bans.list(Instant::now());
        let mut text = String::new();
        for (place, ban, left) in list.iter().take(LISTED_MAX) {
            let _ = writeln!(text, "{}", line(place, ban, *left));
        }
        if list.len() > LISTED_MAX {
            let _ = writeln!(text, "and {} more", list.len() - LISTED_MAX);
        }
        if list.is_empty() {
            text.push_str("nobody is banned");
        }
        let data: Vec<Value> = list.iter().take(LISTED_MAX).map(data).collect();
        Answer::done(text.trim_end()).with(json!({"count": list.len(), "bans": data}))
    }
}

/// How many are kept out, and who is attacked, for the page of the box's state.
pub(super) fn summary(household: &Household) -> (String, Value) {
    let (bans, now) = (household.accounts.bans(), Instant::now());
    let (banned, attacked) = (bans.list(now).len(), bans.under_guessing(now).len());
    let mut said = match banned {
        0 => "nobody".to_owned(),
        1 => "1 address or network; `pillarbox ban list` shows it".to_owned(),
        _ => format!("{banned} addresses and networks; `pillarbox ban list` shows them"),
    };
    match attacked {
        0 => {}
        1 => said.push_str("; the passwords of 1 person are being guessed"),
        _ => {
            let _ = write!(
                said,
                "; the passwords of {attacked} people are being guessed"
            );
        }
    }
    (said, json!({"count": banned, "guessed": attacked}))
}

fn line((network, doors): &Place, ban: &Ban, left: Option<u64>) -> String {
    let from = match doors {
        Doors::LogIns => "may not log in",
        Doors::Mail => "may not bring mail",
        Doors::All => "may not come in",
    };
    let left = match left {
        Some(seconds) => format!("for another {}", duration(seconds)),
        None => "until it is lifted".to_owned(),
    };
    let times = match ban.times {
        0 | 1 => String::new(),
        times => format!(" ({times} times so far)"),
    };
    format!("{network}  {from}, {left}: {}{times}", ban.why.words())
}

fn data(((network, doors), ban, left): &(Place, Ban, Option<u64>)) -> Value {
    json!({
        "network": network.to_string(),
        "doors": match doors {
            Doors::LogIns => "log-ins",
            Doors::Mail => "mail",
            Doors::All => "all",
        },
        "why": ban.why.name(),
        "since": ban.since,
        "seconds_left": left,
        "times": ban.times,
    })
}

fn parse(text: &str) -> Result<Network, Refusal> {
    text.parse::<Network>().map_err(Refusal::not_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bans::Why;

    #[test]
    fn a_ban_is_told_in_plain_words() {
        let place = ("192.0.2.7".parse().unwrap(), Doors::LogIns);
        let ban = Ban {
            why: Why::Guessing,
            since: 1_790_000_000,
            until: Some(store::QueueTime(9)),
            times: 3,
        };
        assert_eq!(
            line(&place, &ban, Some(600)),
            "192.0.2.7  may not log in, for another 10 min: tried many wrong passwords (3 times so far)"
        );
        let place = ("2001:db8::/48".parse().unwrap(), Doors::All);
        let ban = Ban {
            why: Why::Hand,
            until: None,
            times: 1,
            ..ban
        };
        assert_eq!(
            line(&place, &ban, None),
            "2001:db8::/48  may not come in, until it is lifted: banned by hand"
        );
        assert_eq!(data(&(place, ban, None))["seconds_left"], Value::Null);
    }
}
