//! Is there a way to the internet? What phones and computers ask for as soon as they join a network.
//!
//! Where the box is the gateway (a cable, a network of its own), these questions reach it, and an answer that leads elsewhere makes the system open its sign-in
//! sheet by itself: the setup page is found without a name or an address. Only while the window is open, and only for a host that is not ours. It is never looked for: on an
//! ordinary network these questions go past the box.

/// Hosts that are asked for nothing else.
const HOSTS: [&str; 14] = [
    // Apple
    "captive.apple.com",
    // Android, ChromeOS, Huawei
    "connectivitycheck.gstatic.com",
    "connectivitycheck.android.com",
    "connectivitycheck.platform.hicloud.com",
    "clients3.google.com",
    // Windows
    "www.msftconnecttest.com",
    "ipv6.msftconnecttest.com",
    "www.msftncsi.com",
    // Firefox
    "detectportal.firefox.com",
    // GNOME, KDE and distributions
    "nmcheck.gnome.org",
    "networkcheck.kde.org",
    "network-test.debian.org",
    "connectivity-check.ubuntu.com",
    "ping.archlinux.org",
];

/// Paths that are asked for at hosts which have others too.
const PATHS: [&str; 13] = [
    "/hotspot-detect.html",
    "/library/test/success.html",
    "/generate_204",
    "/gen_204",
    "/connecttest.txt",
    "/ncsi.txt",
    "/redirect",
    "/canonical.html",
    "/success.txt",
    "/check_network_status.txt",
    "/nm-check.txt",
    "/static/hotspot.txt",
    "/kindle-wifi/wifistub.html",
];

/// Whether a request for `path` at `host`, which is not ours, is such a question.
pub(super) fn is_probe(host: &str, path: &str) -> bool {
    HOSTS.contains(&host) || PATHS.contains(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_is_known() {
        for (host, path) in [
            ("captive.apple.com", "/hotspot-detect.html"),
            ("www.apple.com", "/library/test/success.html"),
            ("connectivitycheck.gstatic.com", "/generate_204"),
            ("www.google.com", "/gen_204"),
            ("www.msftconnecttest.com", "/connecttest.txt"),
            ("www.msftconnecttest.com", "/redirect"),
            ("detectportal.firefox.com", "/canonical.html"),
            ("nmcheck.gnome.org", "/check_network_status.txt"),
            ("network-test.debian.org", "/nm"),
            ("fedoraproject.org", "/static/hotspot.txt"),
        ] {
            assert!(is_probe(host, path), "{host}{path}");
        }
        assert!(!is_probe("www.google.com", "/"));
        assert!(!is_probe("evil.example", "/setup"));
    }
}
