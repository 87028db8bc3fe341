//! The one cookie: the owner's session (RFC 6265).

/// `__Host-`: browsers take it only over TLS, from exactly this host, for every path; no neighbour under the same domain can plant one.
pub(super) const NAME: &str = "__Host-pillarbox";

/// The values of our cookie in a `Cookie` field; a well-behaved browser has one. At most two are looked at.
pub(super) fn values(field: &str) -> impl Iterator<Item = &str> {
    field
        .split(';')
        .filter_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
        .take(2)
}

/// Sets it, for as long as the browser runs.
pub(super) fn set(value: &str) -> String {
    format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict")
}

/// Takes it away.
pub(super) fn clear() -> String {
    format!("{NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_found_among_others() {
        let all = |field| values(field).collect::<Vec<_>>();
        assert_eq!(all("a=b; __Host-pillarbox=xyz; c=d"), ["xyz"]);
        assert_eq!(all("__Host-pillarbox="), [""]);
        assert!(all("__Host-pillarboxes=x; __host-pillarbox=y; pillarbox=z;;=").is_empty());
        assert_eq!(all(&"__Host-pillarbox=x;".repeat(500)), ["x", "x"]);
    }
}
