//! GENURLAUTH and RESETKEY (RFC 4467 §7): a person hands out URLs of their own messages, and takes them back.
//!
//! Promises: a URL is signed only by whose user part it names; the key is that person's own for that mailbox, made on first use; no key ever
//! leaves the store but into the token.

use ::store::{Read, Rights};

use crate::cmd::access;
use crate::cmd::url::{is_here, is_me};
use crate::code::Code;
use crate::command::MailboxName;
use crate::deed::{Deed, Done, Known, No, Turn, Verb, World};
use crate::print;
use crate::url;

/// The one mechanism.
const INTERNAL: &str = "INTERNAL";

/// GENURLAUTH.
pub(super) fn generate(urls: Vec<(Vec<u8>, String)>) -> Box<dyn Verb<Known>> {
    let mut urls = Some(urls);
    super::verb(move |world, known: &mut Known, _| {
        let mut rumps = Vec::new();
        for (text, mechanism) in urls.take().unwrap_or_default() {
            let mailbox = mailbox(world, known, &text, &mechanism)?;
            rumps.push((text, mailbox));
        }
        let me = known.account;
        Ok(Turn::Write(Deed::new(
            move |tx| {
                let mut done = Vec::with_capacity(rumps.len());
                for (mut text, mailbox) in rumps {
                    let key = tx.mailbox_key(me, mailbox)?;
                    let token = url::token(&key, &text);
                    text.extend_from_slice(b":internal:");
                    text.extend_from_slice(token.as_bytes());
                    done.push(text);
                }
                Ok(done)
            },
            move |done: Vec<Vec<u8>>, _, _, out| {
                out.extend_from_slice(b"* GENURLAUTH");
                for text in done {
                    out.extend_from_slice(b" \"");
                    // A URL that parses holds neither quotes nor backslashes.
                    out.extend_from_slice(&text);
                    out.push(b'"');
                }
                out.extend_from_slice(b"\r\n");
                Ok(Done::ok("GENURLAUTH completed"))
            },
        )))
    })
}

/// The mailbox of a URL that this person may sign, or BAD (RFC 4467, GENURLAUTH).
fn mailbox(
    world: &World<'_>,
    known: &Known,
    text: &[u8],
    mechanism: &str,
) -> Result<::store::MailboxId, No> {
    if mechanism != INTERNAL {
        return Err(No::bad("INTERNAL is the only mechanism here"));
    }
    let url = url::parse(text).ok_or_else(|| No::bad("This is no URL of a message or a part"))?;
    let auth = url
        .auth
        .as_ref()
        .ok_or_else(|| No::bad("The URL lacks an access identifier: ;URLAUTH=user+..."))?;
    if auth.verifier.is_some() {
        return Err(No::bad("This URL is authorized already"));
    }
    let server = url
        .server
        .as_ref()
        .filter(|server| !server.user.is_empty())
        .ok_or_else(|| No::bad("The URL lacks its owner's user name"))?;
    if !is_here(server, world.hostname) || !is_me(world, known, server)? {
        return Err(No::bad(
            "Only your own URLs on this server can be authorized",
        ));
    }
    let missing = || No::bad("The URL names no mailbox that you can read");
    let name = url.mailbox.as_deref().ok_or_else(missing)?;
    let place = access::find(world, known, name)?
        .filter(|place| place.mailbox.selectable && place.rights.contains(Rights::READ))
        .ok_or_else(missing)?;
    let id = place.mailbox.id;
    if let Some(validity) = url.uid_validity
        && world.tx.counters(id)?.uid_validity != validity
    {
        return Err(No::bad(
            "The URL is stale: the mailbox has another UIDVALIDITY",
        ));
    }
    Ok(id)
}

/// RESETKEY: what was signed with the key holds no more.
pub(super) fn reset(mailbox: Option<MailboxName>) -> Box<dyn Verb<Known>> {
    let mut mailbox = Some(mailbox);
    super::verb(move |world, known: &mut Known, _| {
        let me = known.account;
        let Some(name) = mailbox.take().flatten() else {
            return Ok(Turn::Write(Deed::new(
                move |tx| tx.reset_mailbox_keys(me),
                |(), _, _, _| Ok(Done::ok("RESETKEY completed: all keys are removed")),
            )));
        };
        let place = access::existing(world, known, &name, Rights::READ)?;
        let id = place.mailbox.id;
        Ok(Turn::Write(Deed::new(
            move |tx| tx.reset_mailbox_key(me, id),
            |(), _, _, _| Ok(Done::with(Code::UrlMech, "RESETKEY completed")),
        )))
    })
}

/// Prints a URL as an astring.
pub(super) fn print_url(url: &[u8], out: &mut Vec<u8>) {
    print::string(url, false, out);
}
