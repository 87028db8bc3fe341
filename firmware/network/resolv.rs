//! resolv.conf: the resolvers that the network named, for whoever in the box asks for names.
//!
//! Three lines, as many as anybody reads (MAXNS); when both IPv4 and IPv6 name some, they take turns, so that names are found when one of the two is
//! broken. Replaced by renaming, so that no reader sees half of it; not synced, since it lies in memory.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// As many as libc reads.
pub(super) const RESOLVERS_MAX: usize = 3;

/// A resolver, and the interface that a link-local one is reached by.
pub(super) type Resolver = (IpAddr, Option<String>);

/// The first few, by turns; each once.
pub(super) fn choose(v4: &[Ipv4Addr], v6: &[(Ipv6Addr, String)]) -> Vec<Resolver> {
    let mut chosen: Vec<Resolver> = Vec::new();
    for turn in 0..v4.len().max(v6.len()) {
        let four = v4.get(turn).map(|server| (IpAddr::from(*server), None));
        let six = v6.get(turn).map(|(server, interface)| {
            let scope = server.is_unicast_link_local().then(|| interface.clone());
            (IpAddr::from(*server), scope)
        });
        for resolver in [four, six].into_iter().flatten() {
            if chosen.len() < RESOLVERS_MAX && !chosen.contains(&resolver) {
                chosen.push(resolver);
            }
        }
    }
    chosen
}

/// The file's text.
pub(super) fn text(resolvers: &[Resolver]) -> String {
    let mut text = "# Written by the box from what the network says.\n".to_owned();
    for (server, interface) in resolvers {
        let scope = interface.as_ref().map(|name| format!("%{name}"));
        text += &format!("nameserver {server}{}\n", scope.unwrap_or_default());
    }
    text
}

/// Makes the file's folder, and the link to the file.
pub(super) fn place(file: &Path, link: Option<&Path>) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    match link {
        Some(link) if fs::read_link(link).ok().as_deref() != Some(file) => {
            let _ = fs::remove_file(link);
            std::os::unix::fs::symlink(file, link)
        }
        _ => Ok(()),
    }
}

/// Replaces the file.
pub(super) fn write(file: &Path, text: &str) -> io::Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_families_take_turns_and_three_is_enough() {
        let v4: Vec<Ipv4Addr> = (1..=3).map(|n| Ipv4Addr::new(192, 168, 1, n)).collect();
        let v6 = vec![
            ("fe80::1".parse().unwrap(), "eth0".to_owned()),
            ("2001:db8::1".parse().unwrap(), "eth0".to_owned()),
        ];
        let said = |v4: &[_], v6: &[_]| {
            let text = text(&choose(v4, v6));
            let lines = text.lines().skip(1).map(|l| l.replace("nameserver ", ""));
            lines.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(said(&v4, &v6), "192.168.1.1 fe80::1%eth0 192.168.1.2");
        assert_eq!(said(&v4[..1], &v6), "192.168.1.1 fe80::1%eth0 2001:db8::1");
        assert_eq!(said(&[], &v6), "fe80::1%eth0 2001:db8::1");
        assert_eq!(said(&[v4[0], v4[0]], &[]), "192.168.1.1");
        assert_eq!(said(&[], &[]), "");
    }

    #[test]
    fn the_file_is_replaced_whole() {
        let folder = std::env::temp_dir().join(format!("resolv-{}", std::process::id()));
        let (file, link) = (folder.join("deep/resolv.conf"), folder.join("link"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(&link, "nameserver 6.6.6.6").unwrap();
        place(&file, Some(&link)).unwrap();
        place(&file, Some(&link)).unwrap();
        for text in ["nameserver 192.168.1.1\n", ""] {
            write(&file, text).unwrap();
            assert_eq!(fs::read_to_string(&link).unwrap(), text);
            assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
