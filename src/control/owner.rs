//! Wishes about whose the box is.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Answer, Exit, Household};
use crate::accounts::{Owner, Refusal};

/// What is wanted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerWish {
    /// Who it is.
    Show,
    /// As if the button were held for 10 seconds.
    Forget,
    /// Somebody in particular.
    Set {
        /// Whom.
        address: String,
    },
}

impl Household {
    pub(super) async fn owner(&self, wish: OwnerWish) -> Result<Answer, Refusal> {
        match wish {
            OwnerWish::Show => Ok(show(&self.accounts.owner()?)),
            OwnerWish::Set { address } => {
                let address = super::perform::parse(&address)?;
                self.accounts.set_owner(&address).await?;
                Ok(Answer::done(format!("the box is {address}'s"))
                    .with(json!({"owner": address.to_string()})))
            }
            OwnerWish::Forget => {
                let forgotten = self.accounts.forget_owner().await?;
                let opened = self.running.as_ref().map(|running| match forgotten {
                    Some(_) => running.window.open_anew(),
                    None => running.window.open(),
                });
                let page = match opened {
                    Some(()) => "; the setup page is open, so that it can be claimed",
                    None => "; the setup page opens at the next start, so that it can be claimed",
                };
                Ok(match forgotten {
                    Some(address) => Answer::done(format!(
                        "the box is nobody's: the password of {address} opens nothing any more{page}"
                    ))
                    .with(json!({"forgotten": address.to_string()})),
                    None => {
                        Answer::not_done(Exit::NotFound, format!("the box was nobody's already{page}"))
                    }
                })
            }
        }
    }
}

fn show(owner: &Owner) -> Answer {
    Answer::done(sentence(owner)).with(match owner {
        Owner::Never => json!({"owner": null}),
        Owner::Forgotten(was) => json!({"owner": null, "forgotten": was.to_string()}),
        Owner::Person(_, address) => json!({"owner": address.to_string()}),
    })
}

/// Whose the box is, in a sentence without a final stop.
fn sentence(owner: &Owner) -> String {
    match owner {
        Owner::Never => "nobody's: whoever opens the setup page claims it".to_owned(),
        Owner::Forgotten(was) => {
            format!("nobody's, it was {was}'s: whoever opens the setup page claims it")
        }
        Owner::Person(_, address) => address.to_string(),
    }
}
