//! The server of a URL: `imap://[user[;AUTH=mech]@]host[:port]` (RFC 5092 §3, §11), or none.

use super::{Server, strip, unescape};

/// The server, if the URL names one, and the path with its first `/`. `None`: another scheme, or no host.
///
/// ```abnf
/// iserver = [iuserinfo "@"] host [":" port]
/// iuserinfo = enc-user [iauth] / [enc-user] iauth
/// ```
pub(super) fn split(text: &str) -> Option<(Option<Server>, &str)> {
    let rest = match strip(text, "imap:") {
        Some(rest) => rest.strip_prefix("//")?,
        None => match text.strip_prefix("//") {
            Some(rest) => rest,
            None => return Some((None, text)),
        },
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    // What mechanism to log in with is the client's own concern here: it has logged in.
    let user = user.split_once(';').map_or(Some(user), |(user, auth)| {
        strip(auth, "AUTH=").map(|_| user)
    })?;
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            let number = port.parse::<u16>().ok();
            if number.is_none() && !port.is_empty() {
                return None;
            }
            (host, number)
        }
        _ => (host, None),
    };
    if host.is_empty() {
        return None;
    }
    let server = Server {
        user: String::from_utf8(unescape(user)?).ok()?,
        host: String::from_utf8(unescape(host)?).ok()?.to_lowercase(),
        port,
    };
    Some((Some(server), path))
}
