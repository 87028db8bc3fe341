//! A browser as small as can be: it keeps cookies, follows where it is sent, and fills in forms as they stand on the page.

use house::{House, Wire};

/// The name that the box goes by in tests.
const HOST: &str = "mail.house.test";
/// Pages that may send on to another before it is a circle.
const HOPS: usize = 10;

pub(crate) struct Browser<'h> {
    port: u16,
    house: std::marker::PhantomData<&'h House>,
    cookies: Vec<(String, String)>,
}

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) path: String,
    pub(crate) body: String,
    location: Option<String>,
}

impl<'h> Browser<'h> {
    pub(crate) fn new(house: &'h House) -> Browser<'h> {
        Browser::at(house.port("https").unwrap())
    }

    /// Of whatever box listens there.
    pub(crate) fn at(port: u16) -> Browser<'h> {
        Browser {
            port,
            house: std::marker::PhantomData,
            cookies: Vec::new(),
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Page {
        let page = self.ask("GET", path, None);
        self.follow(page)
    }

    /// The status of a HEAD, and of a GET that follows nobody.
    pub(crate) fn status(&mut self, method: &str, path: &str) -> u16 {
        self.ask(method, path, None).status
    }

    /// Sends the page's form for `action` as it stands, but for these fields.
    pub(crate) fn send(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let form =
            form(&page.body, action).unwrap_or_else(|| panic!("no form for {action} on {page:?}"));
        let mut filled = values(form);
        for (name, value) in fields {
            filled.retain(|(known, _)| known != name);
            filled.push(((*name).to_owned(), (*value).to_owned()));
        }
        let pairs: Vec<String> = filled
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let page = self.ask("POST", action, Some(&pairs.join("&")));
        self.follow(page)
    }

    /// Sends the page's form for `action` with this file in it, as a browser does.
    pub(crate) fn upload(&mut self, page: &Page, action: &str, file: &[u8]) -> Page {
        let form =
            form(&page.body, action).unwrap_or_else(|| panic!("no form for {action} on {page:?}"));
        const BOUNDARY: &str = "----a-test-s-boundary";
        let mut body = Vec::new();
        for (name, value) in values(form).iter().filter(|(name, _)| name == "csrf") {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.update\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let page = self.ask_with("POST", action, Some((&kind, &body)));
        self.follow(page)
    }

    fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..HOPS {
            match page.location.take() {
                Some(path) => page = self.ask("GET", &path, None),
                None => return page,
            }
        }
        panic!("sent in a circle: {}", page.path);
    }

    fn ask(&mut self, method: &str, path: &str, form: Option<&str>) -> Page {
        let kind = "application/x-www-form-urlencoded";
        self.ask_with(method, path, form.map(|form| (kind, form.as_bytes())))
    }

    fn ask_with(&mut self, method: &str, path: &str, form: Option<(&str, &[u8])>) -> Page {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n");
        if !cookies.is_empty() {
            head += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        if let Some((kind, form)) = form {
            head += &format!(
                "Sec-Fetch-Site: same-origin\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n",
                form.len()
            );
        }
        let mut wire = Wire::connect(self.port, true).unwrap();
        wire.patience(std::time::Duration::from_secs(60)).unwrap();
        let _ = wire.send(format!("{head}\r\n").as_bytes());
        if let Some((_, form)) = form {
            let _ = wire.send(form);
        }
        let said = wire.rest();
        let (head, body) = said.split_once("\r\n\r\n").unwrap_or((&said, ""));
        let mut location = None;
        for line in head.lines() {
            let Some((name, value)) = line.split_once(": ") else {
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "location" => location = Some(local(value)),
                "set-cookie" => self.keep(value),
                _ => {}
            }
        }
        Page {
            status: head
                .split(' ')
                .nth(1)
                .and_then(|code| code.parse().ok())
                .unwrap_or(0),
            path: path.to_owned(),
            body: body.to_owned(),
            location,
        }
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        self.cookies.retain(|(known, _)| known != name);
        if !value.is_empty() && !cookie.contains("Max-Age=0") {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// The path of an address.
fn local(address: &str) -> String {
    match address.strip_prefix("https://") {
        Some(rest) => rest
            .find('/')
            .map_or("/".to_owned(), |at| rest[at..].to_owned()),
        None => address.to_owned(),
    }
}

/// What stands between the tags of the POST form for this action; without its query.
fn form<'p>(body: &'p str, action: &str) -> Option<&'p str> {
    body.split("<form").skip(1).find_map(|form| {
        let (tag, inside) = form.split_once('>')?;
        let there = attribute(tag, "action").unwrap_or_default();
        let posts =
            attribute(tag, "method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        let path = there.split('?').next()?.to_owned();
        (posts && (path == action || there == action))
            .then(|| inside.split("</form>").next().unwrap())
    })
}

/// Names and values as a browser would send them.
fn values(form: &str) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for tag in form.split("<input").skip(1) {
        let tag = tag.split('>').next().unwrap();
        let Some(name) = attribute(tag, "name") else {
            continue;
        };
        let kind = attribute(tag, "type").unwrap_or_default();
        let ticked = tag
            .split_whitespace()
            .any(|word| word.trim_end_matches('/') == "checked");
        if (kind == "radio" || kind == "checkbox") && !ticked {
            continue;
        }
        let on = if kind == "checkbox" { "on" } else { "" };
        values.push((name, attribute(tag, "value").unwrap_or(on.to_owned())));
    }
    for select in form.split("<select").skip(1) {
        let Some(name) = attribute(select.split('>').next().unwrap(), "name") else {
            continue;
        };
        let options: Vec<&str> = select
            .split("</select>")
            .next()
            .unwrap()
            .split("<option")
            .skip(1)
            .collect();
        let chosen = options
            .iter()
            .find(|option| option.split('>').next().unwrap().contains("selected"));
        if let Some(option) = chosen.or(options.first()) {
            values.push((
                name,
                attribute(option.split('>').next().unwrap(), "value").unwrap_or_default(),
            ));
        }
    }
    values
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let begin = format!("{name}=\"");
    let at = tag
        .match_indices(&begin)
        .find(|(at, _)| tag[..*at].ends_with([' ', '\n']))?
        .0;
    let value = tag[at + begin.len()..].split('"').next()?;
    Some(
        value
            .replace("&amp;", "&")
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">"),
    )
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|octet| match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(octet).to_string()
            }
            _ => format!("%{octet:02X}"),
        })
        .collect()
}
