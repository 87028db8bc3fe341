//! The page and its two deeds. Nothing else is there: an address that is none of these leads to the page.

use std::sync::Arc;

use firmware::talk::{Finding, RescueReason};

use super::offer::{Offer, State};
use super::page::{self, Shown};
use crate::card::Card;
use crate::health::Health;
use crate::log;
use crate::setup::layout::Frame;
use crate::setup::style::{PLAIN, SCRIPT, SCRIPT_PATH, STYLE};
use crate::web::{self, Boxed, Method, Reply, Request, Visitor};

/// Where the offer is opened.
pub(super) const OPEN: &str = "/start-anew";
/// Where it is closed again.
pub(super) const CLOSE: &str = "/keep";

/// The page.
#[derive(Clone)]
pub(super) struct Site {
    inner: Arc<Inner>,
}

struct Inner {
    reason: Option<RescueReason>,
    offer: Offer,
    card: Option<Card>,
    health: Health,
}

impl Site {
    pub(super) fn new(
        reason: Option<RescueReason>,
        offer: Offer,
        card: Option<Card>,
        health: Health,
    ) -> Site {
        Site {
            inner: Arc::new(Inner {
                reason,
                offer,
                card,
                health,
            }),
        }
    }
}

impl web::Site for Site {
    fn answer(&self, request: Request) -> Boxed<Reply> {
        let inner = self.inner.clone();
        Box::pin(async move { inner.look(&request) })
    }
}

impl Inner {
    fn look(&self, request: &Request) -> Reply {
        // Programs that ask for their settings: there is no mail here now.
        if request.visitor == Visitor::Public && request.path != SCRIPT_PATH {
            return Reply::not_found();
        }
        let frame = Frame {
            language: request.language,
            chosen: request.query.has("lang"),
            csrf: request.csrf(),
            path: "/".to_owned(),
            query: String::new(),
            left: None,
            signed_in: false,
        };
        match (request.method, request.path.as_str()) {
            (Method::Get, SCRIPT_PATH) => {
                return Reply::asset("text/javascript; charset=utf-8", SCRIPT.as_bytes());
            }
            // The second is where one is led who has not pressed the button.
            (Method::Get, "/" | OPEN) => {}
            (Method::Post, OPEN) => {
                let (opened, to) = match self.offer.open(self.health.is_held()) {
                    true => ("was opened", "/"),
                    false => ("was not opened, as nobody pressed the button,", OPEN),
                };
                log::info(
                    0,
                    format_args!("the offer to start anew {opened} by {}", request.peer),
                );
                return Reply::see_other(frame.link(to));
            }
            (Method::Post, CLOSE) => {
                self.offer.close();
                return Reply::see_other(frame.link("/"));
            }
            _ => return Reply::see_other(frame.link("/")),
        }
        let shown = self.shown(request.path == OPEN);
        Reply::page(page::page(&frame, &shown))
            .with_style(STYLE)
            .with_style(PLAIN)
            .with_script()
    }

    fn shown(&self, unpressed: bool) -> Shown {
        let finding = self.card.as_ref().and_then(Card::data);
        let failed = finding.is_some_and(|state| state.finding == Finding::FormatFailed);
        if failed && matches!(self.offer.state(), State::Accepted(_)) {
            self.offer.failed();
        }
        Shown {
            reason: self.reason,
            may_format: self.offer.may_be_made(),
            offer: self.offer.state(),
            failed,
            unpressed,
        }
    }
}
