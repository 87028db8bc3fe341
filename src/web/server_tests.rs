//! The whole server over real sockets.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use store::AccountId;

use super::super::test_support::{NAME, Served, connect, get, header, post, status};
use super::super::{Fingerprint, Language};
use super::WebTimes;
use crate::net::test_support::eventually;

#[test]
fn a_page_has_its_headers_and_no_cookie() {
    let served = Served::new();
    let said = served.get("/form", "Accept-Language: el-GR\r\n");
    assert_eq!(status(&said), "200");
    assert!(said.contains("/form stranger el"), "{said}");
    for (name, begins) in [
        ("content-security-policy", "default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=()"),
        ("x-frame-options", "DENY"),
    ] {
        let value = header(&said, name).unwrap_or_else(|| panic!("{name}: {said}"));
        assert!(value.starts_with(begins), "{value}");
    }
    for absent in ["server", "date", "set-cookie", "strict-transport-security"] {
        assert_eq!(header(&said, absent), None);
    }
    let head =
        served.tls("HEAD /form HTTP/1.1\r\nHost: pillarbox.local\r\nConnection: close\r\n\r\n");
    assert!(head.ends_with("\r\n\r\n") && header(&head, "content-length").is_some());
    assert!(served.get("/form?lang=el", "").contains("stranger el"));
}

#[test]
fn a_form_needs_its_token_once_and_comes_from_here() {
    let served = Served::new();
    let token = served.token("");
    let form = format!("name=a+b&csrf={token}");
    for (fields, form, expected) in [
        ("Origin: https://evil.example\r\n", form.as_str(), "403"),
        ("Origin: null\r\n", &form, "403"),
        (
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n",
            &form,
            "403",
        ),
        ("", "name=a", "403"),
        ("", "name=a&csrf=no-token", "403"),
        ("", "name=%&csrf=x", "400"),
        ("Origin: https://pillarbox.local\r\n", &form, "200"),
        ("Origin: https://pillarbox.local\r\n", &form, "403"),
    ] {
        let said = served.post("/deed", fields, form);
        assert_eq!(status(&said), expected, "{fields} {said}");
        if expected == "403" {
            assert!(said.contains("Nothing was changed") && said.contains("href=\"/\""));
        }
    }
    assert_eq!(served.deeds.load(Ordering::SeqCst), 1);
    // A token of another opening.
    let token = served.token("");
    served.still.open(Some(2));
    let said = served.post("/deed", "", &format!("csrf={token}"));
    assert_eq!(status(&said), "403");
    assert_eq!(served.deeds.load(Ordering::SeqCst), 1);
}

#[test]
fn a_session_is_the_owners_and_ends_with_the_window() {
    let served = Served::new();
    let cookie = served.sign_in();
    assert!(cookie.starts_with("Cookie: __Host-pillarbox="));
    assert!(served.get("/form", &cookie).contains("owner 1"));
    // The owner's token is good more than once, and a stranger's is not good for the owner.
    let token = served.token(&cookie);
    for _ in 0..2 {
        let said = served.post("/deed", &cookie, &format!("csrf={token}"));
        assert!(said.contains("owner 1"), "{said}");
    }
    let strangers = served.token("");
    let said = served.post("/deed", &cookie, &format!("csrf={strangers}"));
    assert_eq!(status(&said), "403");
    assert_eq!(
        status(&served.post("/deed", "", &format!("csrf={token}"))),
        "403"
    );
    // Signing in again makes the old session worthless.
    let said = served.post("/in", &cookie, &format!("csrf={token}"));
    let second = header(&said, "set-cookie").unwrap();
    assert!(second.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"));
    assert!(served.get("/form", &cookie).contains("stranger"));
    let cookie = served.sign_in();
    assert!(served.get("/form", &cookie).contains("owner"));
    // Another owner: nobody's session any more.
    *served.still.owner.lock().unwrap() = Some(AccountId(8));
    assert!(served.get("/form", &cookie).contains("stranger"));
    let cookie = served.sign_in();
    served.still.open(None);
    assert_eq!(status(&served.get("/form", &cookie)), "404");
    served.still.open(Some(2));
    assert!(served.get("/form", &cookie).contains("stranger"));
    // The owner was forgotten and has come back, or has another password: what was opened before is closed.
    let cookie = served.sign_in();
    served.still.password.fetch_add(1, Ordering::Relaxed);
    assert!(served.get("/form", &cookie).contains("stranger"));
    let (cookie, other) = (served.sign_in(), served.sign_in());
    let form = format!("csrf={}", served.token(&cookie));
    let said = served.post("/other-password", &cookie, &form);
    let set = header(&said, "set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let new = format!("Cookie: {set}\r\n");
    assert!(served.get("/form", &new).contains("owner"));
    for old in [&cookie, &other] {
        assert!(served.get("/form", old).contains("stranger"));
    }
    let cookie = served.sign_in();
    let out = served.get("/out", &cookie);
    assert!(header(&out, "set-cookie").unwrap().contains("Max-Age=0"));
    assert!(served.get("/form", &cookie).contains("stranger"));
}

#[test]
fn while_the_window_is_closed_there_is_one_page() {
    let served = Served::new();
    served.still.open(None);
    for said in [served.get("/", ""), served.plain(&get("/", NAME, ""))] {
        assert!(said.contains("hold the button"), "{said}");
    }
    for path in ["/setup", "/form", "/in"] {
        assert_eq!(status(&served.get(path, "")), "404");
        assert_eq!(status(&served.post(path, "", "csrf=x")), "404");
    }
    assert_eq!(status(&served.get("/static/style.css", "")), "200");
    // A setting lets the owner in, but only if there is one.
    served.still.always.store(true, Ordering::Relaxed);
    assert!(served.get("/", "").contains("hold the button"));
    let cookie = served.sign_in();
    assert!(served.get("/form", &cookie).contains("owner"));
    assert_eq!(served.deeds.load(Ordering::SeqCst), 1);
}

#[test]
fn client_configuration_is_for_everyone_and_nothing_else() {
    let world = Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
    let served = Served::seen_as(world, WebTimes::default());
    for window in [Some(1), None] {
        served.still.open(window);
        let path = "/mail/config-v1.1.xml?emailaddress=a";
        for said in [
            served.tls(&get(path, "autoconfig.example.org", "")),
            served.plain(&get(path, "autoconfig.example.org", "")),
        ] {
            assert!(said.contains("/mail/config-v1.1.xml public"), "{said}");
        }
        let said = served.post("/autodiscover/autodiscover.xml", "", "<a/>");
        assert!(said.contains("public en  <a/>"), "{said}");
        for octets in [
            get("/", NAME, ""),
            get("/setup", NAME, ""),
            get("/static/style.css", NAME, ""),
            get("/generate_204", "connectivitycheck.gstatic.com", ""),
            post("/in", "", "csrf=x"),
            post("/mail/config-v1.1.xml", "", "x"),
        ] {
            for said in [served.tls(&octets), served.plain(&octets)] {
                let (head, body) = said.split_once("\r\n\r\n").unwrap();
                let mut lines: Vec<&str> = head.lines().collect();
                lines.sort_unstable();
                assert_eq!(
                    lines,
                    [
                        "HTTP/1.1 404 Not Found",
                        "connection: close",
                        "content-length: 0"
                    ]
                );
                assert!(body.is_empty());
            }
        }
    }
    assert_eq!(served.deeds.load(Ordering::SeqCst), 0);
    assert_eq!(*served.still.played.lock().unwrap(), None);
}

#[test]
fn the_plain_door_explains_once_and_leads_to_tls() {
    let served = Served::new();
    let port = served.tls.port();
    let said = served.plain(&get("/", NAME, ""));
    assert!(said.contains("not private"), "{said}");
    assert!(said.contains(&format!("https://{NAME}:{port}/")));
    let print = Fingerprint::of(&served.certificate);
    assert!(said.contains(&print.words(Language::English).join(" · ")));
    eventually(|| *served.still.played.lock().unwrap() == Some(print.rhythm()));
    let said = served.plain(&get("/setup?a=b", NAME, ""));
    let there = format!("https://{NAME}:{port}/setup?a=b");
    assert_eq!(header(&said, "location"), Some(there.as_str()));
    served.get("/form", "");
    assert_eq!(
        status(&served.plain(&get("/", NAME, ""))),
        "307",
        "it is known by now"
    );
    served.still.open(None);
    eventually(|| served.still.played.lock().unwrap().is_none());
    served.still.open(Some(2));
    assert_eq!(
        status(&served.plain(&get("/", NAME, ""))),
        "200",
        "another opening"
    );
    assert_eq!(
        served.get("/light", "").split("\r\n\r\n").nth(1),
        Some(print.hex().as_str())
    );
}

#[test]
fn phones_that_look_for_the_internet_are_led_here_while_the_window_is_open() {
    let served = Served::new();
    let probe = get("/hotspot-detect.html", "captive.apple.com", "");
    let said = served.plain(&probe);
    assert_eq!(status(&said), "302");
    assert_eq!(header(&said, "location"), Some("http://127.0.0.1/"));
    assert_eq!(status(&served.plain(&get("/", "neverssl.com", ""))), "404");
    served.still.open(None);
    assert_eq!(status(&served.plain(&probe)), "404");
}

#[test]
fn names_that_are_not_ours_are_refused() {
    let served = Served::new();
    let said = served.tls(&get("/form", "evil.example", ""));
    assert_eq!(status(&said), "421");
    assert!(said.contains("https://127.0.0.1:"));
    let port = served.tls.port();
    let form = format!("csrf={}", served.token(""));
    let forged = post("/deed", "", &form).replace(NAME, "evil.example");
    assert_eq!(status(&served.tls(&forged)), "421");
    assert_eq!(served.deeds.load(Ordering::SeqCst), 0);
    let absolute = format!(
        "GET https://evil.example/form HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(status(&served.tls(&absolute)), "421");
    for host in [format!("127.0.0.1:{port}"), "localhost".to_owned()] {
        assert_eq!(status(&served.tls(&get("/form", &host, ""))), "200");
    }
}

#[test]
fn the_name_on_the_local_network_is_ours_as_long_as_it_is() {
    let served = Served::new();
    let ask = || served.tls(&get("/form", "pillarbox-2.local", ""));
    assert_eq!(status(&ask()), "421");
    *served.still.local_name.lock().unwrap() = Some("pillarbox-2.local".to_owned());
    assert_eq!(status(&ask()), "200");
    *served.still.local_name.lock().unwrap() = Some("pillarbox-3.local".to_owned());
    assert_eq!(status(&ask()), "421", "another has that name now");
}

#[test]
fn mistakes_are_answered_in_plain_words() {
    let served = Served::new();
    let put = "PUT /form HTTP/1.1\r\nHost: pillarbox.local\r\nConnection: close\r\n\r\n";
    let said = served.tls(put);
    assert_eq!(status(&said), "405");
    assert_eq!(header(&said, "allow"), Some("GET, HEAD, POST"));
    let said = served.get("/gone", "Accept-Language: el\r\n");
    assert!(status(&said) == "404" && said.contains("δεν υπάρχει"));
    let said = served.get("/fault", "");
    assert!(status(&said) == "500" && said.contains("Your mail is safe"));
    assert_eq!(status(&served.get("/form", "")), "200", "the others go on");
    let long = "a".repeat(17 * 1024);
    let said = served.post("/deed", "", &long);
    assert!(status(&said) == "413" && said.contains("longer than"));
    let said = served.tls(&post("/deed", "", "a=b").replace("x-www-form-urlencoded", "json"));
    assert_eq!(status(&said), "415");
    let said = served.get("/form", &format!("X: {}\r\n", "a".repeat(9000)));
    assert_eq!(status(&said), "431");
    for bad in [
        "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "rubbish\r\n\r\n",
    ] {
        assert_eq!(status(&served.tls(bad)), "400", "{bad}");
    }
}

#[test]
fn two_lengths_and_chunks_are_refused() {
    let served = Served::new();
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: identity, chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length : 5\r\n",
    ] {
        let octets = format!(
            "POST /deed HTTP/1.1\r\nHost: {NAME}\r\n{fields}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: {NAME}\r\n\r\n"
        );
        let said = served.tls(&octets);
        assert!(["400", "411"].contains(&status(&said)), "{fields}: {said}");
        assert!(!said.contains("/smuggled"), "{fields}: {said}");
    }
    assert_eq!(served.deeds.load(Ordering::SeqCst), 0);
    // Pipelined requests are answered one after the other.
    let two = get("/one", NAME, "").replace("Connection: close\r\n", "") + &get("/two", NAME, "");
    let said = served.tls(&two);
    assert!(
        said.contains("/one stranger") && said.contains("/two stranger"),
        "{said}"
    );
}

#[test]
fn the_slow_are_cut() {
    let quick = Duration::from_millis(300);
    let times = WebTimes {
        handshake: quick,
        head: quick,
        form: quick,
        ..WebTimes::default()
    };
    let served = Served::seen_as(None, times);
    let mut silent = connect(served.tls);
    let mut half = connect(served.plain);
    half.write_all(b"GET / HTTP/1.1\r\nHost: ").unwrap();
    let begun = Instant::now();
    for socket in [&mut silent, &mut half] {
        let mut said = Vec::new();
        socket.read_to_end(&mut said).ok();
        assert!(said.is_empty());
    }
    let token = served.token("");
    let form = post("/deed", "", &format!("csrf={token}"));
    let said = served.tls(form.strip_suffix(|_: char| true).unwrap());
    assert!(
        status(&said) == "408" && said.contains("too slow"),
        "{said}"
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(served.deeds.load(Ordering::SeqCst), 0);
}

#[test]
fn a_flood_is_told_to_wait() {
    let served = Served::new();
    let mut socket = connect(served.plain);
    let one = get("/setup", NAME, "").replace("Connection: close\r\n", "");
    socket.write_all(one.repeat(100).as_bytes()).unwrap();
    let mut said = Vec::new();
    socket.read_to_end(&mut said).ok();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains(" 429 "));
    assert!(said.matches(" 307 ").count() <= 80);
}
