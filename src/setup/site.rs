//! Which path is which page, for whom, and what a POST to it does: one table. The guards ([`crate::web`]) have looked at every request before.
//!
//! Promises: what the table does not name is not there; a page for the owner is shown to nobody else; no page changes anything. What it cannot do: it does not know whether
//! the window is open; whoever gets here was let in.

use std::pin::Pin;
use std::sync::Arc;

use futures_lite::Future;
use futures_lite::future::Boxed;

use super::desk::{address, arriving, door, place, sending, steps, you};
use super::layout::Frame;
use super::questions::done::CLOSE;
use super::questions::hello::{NOT_MINE, WELCOME};
use super::questions::sending::{DIRECT, PROVIDER, TRIAL};
use super::sign_in;
use super::style::{PLAIN, SCRIPT, SCRIPT_PATH, STYLE};
use super::two_steps::pages::{BEGIN, ENROL, FRESH, OFF, SECOND, STEPS};
use super::visit::{Answer, Memory, Visit};
use super::world::World;
use crate::accounts::{Owner, Refusal};
use crate::log;
use crate::web::{self, Method, Reply, Request, Visitor};

/// Other pages of the owner's, asked when a path is none of the table's: `None` if it is none of theirs either, or the visitor has to sign in first.
pub type Annex = dyn for<'a> Fn(&'a Frame, &'a Request) -> Pin<Box<dyn Future<Output = Option<Reply>> + Send + 'a>>
    + Send
    + Sync;

/// The setup pages, and the door to those after setup.
#[derive(Clone)]
pub struct Site {
    world: Arc<dyn World>,
    memory: Memory,
    annex: Option<Arc<Annex>>,
}

/// Who may see a page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    /// Whoever the guards let in.
    Anyone,
    /// The owner, signed in.
    Owner,
}

type Deed = for<'v> fn(&'v Visit<'v>) -> Pin<Box<dyn Future<Output = Answer> + Send + 'v>>;

/// One row of the table.
struct Route {
    path: &'static str,
    whom: Whom,
    get: Option<Deed>,
    post: Option<Deed>,
    /// The field of the query that must survive a change of language.
    keeps: &'static str,
}

macro_rules! route {
    ($path:expr, $whom:ident, get $get:path) => {
        route!($path, $whom, Some(|visit| Box::pin($get(visit))), None, "")
    };
    ($path:expr, $whom:ident, get $get:path, keeps $keeps:literal) => {
        route!($path, $whom, Some(|visit| Box::pin($get(visit))), None, $keeps)
    };
    ($path:expr, $whom:ident, post $post:path) => {
        route!($path, $whom, None, Some(|visit| Box::pin($post(visit))), "")
    };
    ($path:expr, $whom:ident, get $get:path, post $post:path) => {
        route!($path, $whom, get $get, post $post, keeps "")
    };
    ($path:expr, $whom:ident, get $get:path, post $post:path, keeps $keeps:literal) => {
        route!($path, $whom, Some(|visit| Box::pin($get(visit))), Some(|visit| Box::pin($post(visit))), $keeps)
    };
    ($path:expr, $whom:ident, $get:expr, $post:expr, $keeps:literal) => {
        Route { path: $path, whom: Whom::$whom, get: $get, post: $post, keeps: $keeps }
    };
}

/// The table.
const ROUTES: &[Route] = &[
    route!("/", Anyone, get door::first),
    route!(WELCOME, Anyone, get door::welcome),
    route!(NOT_MINE, Anyone, get door::not_mine),
    route!("/sign-in", Anyone, get door::ask, post door::answer),
    route!(SECOND, Anyone, get steps::ask_second, post steps::answer_second, keeps "ticket"),
    route!("/forgotten", Anyone, get door::forgotten),
    route!("/setup/you", Anyone, get you::ask, post you::answer),
    route!("/setup", Owner, get door::on),
    route!("/setup/address", Owner, get address::ask, post address::answer),
    route!("/setup/sending", Owner, get sending::ask),
    route!(PROVIDER, Owner, get sending::ask_provider, post sending::answer_provider, keeps "provider"),
    route!(TRIAL, Owner, get sending::ask_trial),
    route!(DIRECT, Owner, get sending::ask_direct, post sending::answer_direct),
    route!("/setup/arriving", Owner, get arriving::ask, post arriving::answer),
    route!("/setup/place", Owner, get place::ask, post place::answer, keeps "region"),
    route!("/setup/done", Owner, get place::done),
    route!("/password", Owner, get door::ask_password, post door::answer_password),
    route!(STEPS, Owner, get steps::show),
    route!(BEGIN, Owner, post steps::begin),
    route!(ENROL, Owner, get steps::ask_enrol, post steps::answer_enrol),
    route!(OFF, Owner, post steps::switch_off),
    route!(FRESH, Owner, post steps::fresh),
    route!("/sign-out", Owner, post door::sign_out),
    route!(CLOSE, Owner, post door::close),
];

/// Where the owner's password, given to sign in once, is replaced; and what else is to be had before that.
const PASSWORD: [&str; 2] = ["/password", "/sign-out"];

impl Site {
    /// The pages in this world; `annex` answers what the table does not name.
    pub fn new(world: Arc<dyn World>, annex: Option<Arc<Annex>>) -> Site {
        Site {
            world,
            memory: Memory::default(),
            annex,
        }
    }

    async fn look(&self, request: &Request) -> Reply {
        if request.path == SCRIPT_PATH {
            return Reply::asset("text/javascript; charset=utf-8", SCRIPT.as_bytes());
        }
        let route = ROUTES.iter().find(|route| route.path == request.path);
        let frame = self.frame(request, route.map_or("", |route| route.keeps));
        let reply = match self.find(request, &frame, route).await {
            Ok(Some(reply)) => reply,
            Ok(None) => Reply::page(sign_in::not_found(&frame)).with_status(404),
            Err(refusal) => {
                log::error(0, format_args!("{}: {}", request.path, refusal.text));
                Reply::page(sign_in::failed(&frame, &refusal)).with_status(500)
            }
        };
        // Whoever made the page: all have one look, or the plain part of it.
        reply.with_style(STYLE).with_style(PLAIN).with_script()
    }

    async fn find(
        &self,
        request: &Request,
        frame: &Frame,
        route: Option<&Route>,
    ) -> Result<Option<Reply>, Refusal> {
        let present = self.world.present().await;
        let owner = present.accounts.owner()?;
        let signed_in = matches!(request.visitor, Visitor::Owner { .. });
        let elsewhere = |path: &str| Ok(Some(Reply::see_other(frame.link(path))));
        if signed_in
            && !PASSWORD.contains(&&*request.path)
            && present.accounts.must_change_password()?
        {
            return elsewhere("/password");
        }
        let Some(route) = route else {
            let reply = match &self.annex {
                Some(annex) => annex(frame, request).await,
                None => None,
            };
            let theirs = request.path == "/household" || request.path.starts_with("/household/");
            return match reply {
                None if theirs && !signed_in => elsewhere("/"),
                reply => Ok(reply),
            };
        };
        let owned = matches!(owner, Owner::Person(..));
        if route.whom == Whom::Owner && !(signed_in && owned) {
            return elsewhere("/");
        }
        let deed = match request.method {
            Method::Get => route.get,
            Method::Post => route.post,
        };
        let Some(deed) = deed else {
            // What only takes a POST was asked for by a link or a reload.
            return match request.method {
                Method::Get => elsewhere("/"),
                Method::Post => Ok(Some(Reply::method_not_allowed("GET"))),
            };
        };
        let visit = Visit {
            world: &self.world,
            memory: &self.memory,
            request,
            frame,
            present,
            owner,
        };
        deed(&visit).await.map(Some)
    }

    fn frame(&self, request: &Request, keeps: &str) -> Frame {
        let kept = request.query.text(keeps);
        // Only what needs no escape is carried on: keys and names of regions.
        let plain = !kept.is_empty() && kept.bytes().all(|octet| octet.is_ascii_alphanumeric());
        Frame {
            language: request.language,
            chosen: request.query.has("lang"),
            csrf: request.csrf(),
            path: request.path.clone(),
            query: match plain {
                true => format!("{keeps}={kept}"),
                false => String::new(),
            },
            left: self.world.window().left(),
            signed_in: matches!(request.visitor, Visitor::Owner { .. }),
        }
    }
}

impl web::Site for Site {
    fn answer(&self, request: Request) -> Boxed<Reply> {
        let site = self.clone();
        Box::pin(async move { site.look(&request).await })
    }

    fn takes_file(&self, path: &str) -> Option<u64> {
        super::household::update::takes_file(path)
    }
}
