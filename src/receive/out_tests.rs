//! Mail that leaves the house: what the queue holds when the client has read its answer.

use super::*;
use std::time::Duration;
use store::{BodyKind, Letter, Notify, Origin, Row};

impl House {
    /// Every letter in the queue with its rows.
    fn queue(&self) -> Vec<(Letter, Vec<Row>)> {
        let read = self.store.read().unwrap();
        let letters = read.queue_letters(None, 100).unwrap();
        letters
            .into_iter()
            .map(|letter| {
                let rows = read.rows(letter.id).unwrap();
                (letter, rows)
            })
            .collect()
    }

    fn alias(&self, name: &str, to: &[&str]) {
        let to: Vec<Address> = to.iter().map(|to| Address::parse(to).unwrap()).collect();
        block_on(self.accounts.set_alias(name, &to)).unwrap();
    }

    fn body(&self, letter: &Letter) -> String {
        let read = self.store.read().unwrap();
        let mut octets = Vec::new();
        while let Ok(more) = read.body(letter.gid, octets.len() as u64)
            && !more.is_empty()
        {
            octets.extend_from_slice(more);
        }
        String::from_utf8_lossy(&octets).into_owned()
    }
}

fn own(name: &str) -> String {
    format!("{name}@{HOST}")
}

fn say<S: std::io::Read + std::io::Write>(
    client: &mut Client<S>,
    lines: &[&str],
    content: &str,
) -> String {
    for line in lines {
        let reply = client.ask(line);
        assert!(reply.starts_with("250 "), "{line}: {reply}");
    }
    assert!(client.ask("DATA").starts_with("354"));
    client.send(content);
    client.ask(".")
}

fn recipients(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.recipient.to_string()).collect()
}

#[test]
fn what_a_person_sends_lies_in_the_queue_and_in_the_house_when_the_answer_comes() {
    let house = House::new();
    let mut client = house.household();
    let to = [
        "You@Far.Example",
        "her@b\u{fc}cher.example",
        &own("bob"),
        "you@far.example",
        "him@[192.0.2.1]",
    ];
    client.ask(&format!("MAIL FROM:<{}> SMTPUTF8", own("ann")));
    for to in to {
        let reply = client.ask(&format!("RCPT TO:<{to}>"));
        assert!(reply.starts_with("250 "), "{to}: {reply}");
    }
    let nowhere = client.ask("RCPT TO:<x@localhost>");
    assert!(nowhere.starts_with("553 5.1.2"), "{nowhere}");
    let nobody = client.ask(&format!("RCPT TO:<nobody@{HOST}>"));
    assert!(nobody.starts_with("550 5.1.1"), "{nobody}");
    assert!(client.ask("DATA").starts_with("354"));
    client.send("Subject: to many\r\nBcc: x@y.example\r\n\r\nhello\r\n");
    let reply = client.ask(".");
    assert!(reply.starts_with("250 2.0.0"), "{reply}");

    let [(letter, rows)] = house.queue().try_into().unwrap();
    assert_eq!(letter.sender, Some(house.ann));
    assert_eq!(
        letter.reverse_path,
        Some(Address::parse(&own("ann")).unwrap())
    );
    assert_eq!(
        (letter.origin, letter.body),
        (Origin::Submission, BodyKind::SevenBit)
    );
    // The domain can be written in ASCII and the header is: nothing needs SMTPUTF8.
    assert!(!letter.smtputf8 && !letter.require_tls && !letter.tls_optional);
    let destinations: Vec<&str> = rows.iter().map(|row| row.destination.as_str()).collect();
    assert_eq!(
        destinations,
        ["far.example", "xn--bcher-kva.example", "[192.0.2.1]"]
    );
    assert_eq!(recipients(&rows)[0], "You@Far.Example");
    assert!(rows.iter().all(|row| row.notify == Notify::default()));
    assert_eq!(letter.expires.0 - letter.enqueued.0, 5 * 24 * 3600);
    let [message] = house.inbox(house.bob).try_into().unwrap();
    assert!(message.contains("Subject: to many") && !message.contains("Bcc"));
    let read = house.store.read().unwrap();
    let inbox = read.mailbox_by_name(house.bob, "INBOX").unwrap().unwrap();
    let mut gid = None;
    read.entries(inbox.id, 1..=1, &mut |_, entry| {
        gid = Some(entry.gid);
        true
    })
    .unwrap();
    assert_eq!(gid, Some(letter.gid), "one body for both");
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn what_the_client_asks_for_is_written_down() {
    let house = House::new();
    let mut client = house.household();
    let mail = format!(
        "MAIL FROM:<{}> RET=HDRS ENVID=a+2Bb BY=7200;NT MT-PRIORITY=3 HOLDFOR=600 REQUIRETLS",
        own("ann")
    );
    let rcpt = "RCPT TO:<you@far.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;me@far.example";
    let never = "RCPT TO:<her@near.example> NOTIFY=NEVER";
    let content = "TLS-Required: No\r\nSubject: \u{fc}\r\n\r\nhello\r\n";
    let reply = say(&mut client, &[&mail, rcpt, never], content);
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    let [(letter, rows)] = house.queue().try_into().unwrap();
    assert_eq!(letter.ret, Some(store::Ret::Headers));
    assert_eq!(letter.envid.as_deref(), Some("a+b"));
    assert_eq!(letter.priority, 3);
    let by = letter.deliver_by.unwrap();
    assert_eq!(by.at.0 - letter.enqueued.0, 7200);
    assert!(by.notify && by.trace);
    assert!(letter.require_tls && !letter.tls_optional);
    assert_eq!(letter.body, BodyKind::EightBit);
    assert_eq!(rows[0].due.0 - letter.enqueued.0, 600);
    assert_eq!(letter.expires.0 - letter.enqueued.0, 600 + 5 * 24 * 3600);
    let wanted = Notify::success().union(Notify::delay());
    assert_eq!(rows[0].notify, wanted);
    assert_eq!(rows[0].orcpt.as_deref(), Some("rfc822;me@far.example"));
    assert_eq!(rows[1].notify, Notify::never());

    let plain = format!("MAIL FROM:<{}> SMTPUTF8", own("ann"));
    let rcpt = "RCPT TO:<you@far.example>";
    let reply = say(&mut client, &[&plain, rcpt], content);
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    let part = "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; filename=\"\u{fc}\"\r\n\r\nx\r\n--b--\r\n";
    say(&mut client, &[&plain, rcpt], part);
    say(&mut client, &[&plain, rcpt], "Subject: x\r\n\r\n\u{fc}\r\n");
    let found: Vec<_> = house
        .queue()
        .into_iter()
        .map(|(letter, _)| letter)
        .collect();
    let utf8: Vec<bool> = found.iter().map(|letter| letter.smtputf8).collect();
    assert_eq!(utf8, [false, true, true, false]);
    assert!(found[1].tls_optional && !found[2].tls_optional);
}

#[test]
fn an_undo_window_holds_everything_back_for_a_moment() {
    let house = House::with(|settings| {
        settings.send.undo = Duration::from_secs(20);
        settings.send.hold_max = Duration::from_secs(1000);
    });
    let mut client = house.household();
    for parameter in ["", " HOLDFOR=5", " HOLDFOR=900"] {
        let mail = format!("MAIL FROM:<{}>{parameter}", own("ann"));
        say(&mut client, &[&mail, "RCPT TO:<you@far.example>"], "x\r\n");
    }
    let waits: Vec<u64> = house
        .queue()
        .iter()
        .map(|(letter, rows)| rows[0].due.0 - letter.enqueued.0)
        .collect();
    assert_eq!(waits, [20, 20, 900]);
    // The house's own people wait as well: what is taken back is taken back from everyone.
    let to = format!("RCPT TO:<{}>", own("bob"));
    let mail = format!("MAIL FROM:<{}>", own("ann"));
    say(
        &mut client,
        &[&mail, &to, "RCPT TO:<me@far.example>"],
        "y\r\n",
    );
    assert!(house.inbox(house.bob).is_empty());
    let (_, rows) = house.queue().pop().unwrap();
    assert_eq!(recipients(&rows), [own("bob"), "me@far.example".to_owned()]);
}

#[test]
fn too_much_in_a_day_is_refused_and_told_once() {
    let house = House::with(|settings| {
        settings.limits.sending.messages_per_day = 3;
        settings.limits.sending.new_recipients_per_day = 2;
    });
    let mut client = house.logged_in("bob");
    let mut try_to = |to: &[&str]| send(&mut client, &own("bob"), to, "Subject: x\r\n\r\nx\r\n").1;
    assert!(try_to(&["a@far.example", "b@far.example"]).starts_with("250"));
    let refused = try_to(&["c@far.example"]);
    assert!(refused.starts_with("451 4.7.1"), "{refused}");
    assert!(
        try_to(&["a@far.example"]).starts_with("250"),
        "an old friend"
    );
    assert!(try_to(&["b@far.example", &own("ann")]).starts_with("250"));
    let refused = try_to(&["a@far.example"]);
    assert!(refused.starts_with("451 4.7.1"), "{refused}");
    assert!(
        try_to(&[&own("ann")]).starts_with("250"),
        "inside the house"
    );
    assert_eq!(house.queue().len(), 3);

    let [told] = house.inbox(house.bob).try_into().unwrap();
    assert!(told.starts_with("Return-Path: <>\r\n"), "{told}");
    assert!(told.contains("2 people never written to before"), "{told}");
    assert!(told.contains("Auto-Submitted: auto-"), "{told}");
    let owner = house.inbox(house.ann);
    let told = owner.iter().filter(|message| message.contains("limit"));
    assert_eq!(told.count(), 1, "{owner:?}");
    assert_eq!(owner.len(), 3);
}

#[test]
fn a_full_queue_asks_to_try_again_and_nothing_is_half_done() {
    let house = House::with(|settings| settings.limits.store.queue_rows = 1);
    let mut client = house.household();
    let to = ["a@far.example", "b@far.example", &own("bob")];
    let (_, reply) = send(&mut client, &own("ann"), &to, "x\r\n");
    assert!(reply.starts_with("452 4.3.1"), "{reply}");
    assert!(house.queue().is_empty() && house.inbox(house.bob).is_empty());
    let (_, reply) = send(&mut client, &own("ann"), &to[1..], "x\r\n");
    assert!(reply.starts_with("250"), "{reply}");
}

#[test]
fn an_alias_that_leads_outside_forwards_with_an_address_of_ours() {
    let house = House::new();
    let club = own("club");
    house.alias(&club, &["you@far.example", &own("bob"), "her@near.example"]);
    let mut world = house.world();
    let (rcpt, data) = send(
        &mut world,
        "x@y.example",
        &[&club],
        "Subject: x\r\n\r\nx\r\n",
    );
    assert!(
        rcpt[0].starts_with("250") && data.starts_with("250"),
        "{rcpt:?} {data}"
    );
    assert_eq!(house.inbox(house.bob).len(), 1);
    let [(letter, rows)] = house.queue().try_into().unwrap();
    assert_eq!(recipients(&rows), ["her@near.example", "you@far.example"]);
    assert!(rows.iter().all(|row| row.notify == Notify::failure()));
    let alias = Address::parse(&club).unwrap();
    assert_eq!(
        (letter.sender, letter.origin),
        (None, Origin::Forward { alias })
    );
    let rewritten = letter.reverse_path.unwrap();
    assert_eq!(rewritten.domain(), HOST);
    assert!(rewritten.local().starts_with("SRS0="), "{rewritten}");
    assert!(rewritten.local().ends_with("=y.example=x"), "{rewritten}");

    // Null stays null.
    send(&mut world, "", &[&club], "Subject: y\r\n\r\ny\r\n");
    assert_eq!(house.queue()[1].0.reverse_path, None);

    // A return comes back, and goes to where the letter came from; nothing else does.
    let back = rewritten.to_string();
    let (rcpt, _) = send(&mut world, "z@y.example", &[&back], "");
    assert!(rcpt[0].starts_with("550 5.7.1"), "{rcpt:?}");
    let forged = back.replace("=y.example=x", "=z.example=x");
    let (rcpt, _) = send(&mut world, "", &[&forged], "");
    assert!(rcpt[0].starts_with("550 5.1.1"), "{rcpt:?}");
    let (rcpt, data) = send(&mut world, "", &[&back], "Subject: returned\r\n\r\nx\r\n");
    assert!(
        rcpt[0].starts_with("250") && data.starts_with("250"),
        "{rcpt:?} {data}"
    );
    let (letter, rows) = house.queue().pop().unwrap();
    assert_eq!(
        (letter.reverse_path.clone(), recipients(&rows)),
        (None, vec!["x@y.example".to_owned()])
    );
    assert!(house.body(&letter).contains("Subject: returned"));
    let mut client = house.household();
    let (rcpt, _) = send(&mut client, &own("ann"), &[&back], "");
    assert!(rcpt[0].starts_with("550"), "{rcpt:?}");
}

/// After a restart the secret is the same, and it is fetched when a return comes before anything is forwarded.
#[test]
fn returns_are_known_again_by_a_desk_that_forwarded_nothing() {
    let house = House::new();
    let rewriting = block_on(crate::receive::Rewriting::open(&house.store)).unwrap();
    let alias = Address::parse(&own("club")).unwrap();
    let x = Address::parse("x@y.example").unwrap();
    let unix = crate::clock::Clock::ordinary().unix();
    let rewritten = rewriting.forward(Some(&x), &alias, unix).unwrap();
    let mut world = house.world();
    let (rcpt, data) = send(&mut world, "", &[&rewritten.to_string()], "x\r\n");
    assert!(
        rcpt[0].starts_with("250") && data.starts_with("250"),
        "{rcpt:?} {data}"
    );
    let old = rewriting
        .forward(Some(&x), &alias, unix - 40 * 86_400)
        .unwrap();
    let (rcpt, _) = send(&mut world, "", &[&old.to_string()], "");
    assert!(rcpt[0].starts_with("550 5.1.1"), "{rcpt:?}");
    assert_eq!(rewriting.forward(None, &alias, unix), None);
    // Whoever catches everything else does not catch returns, nor what only looks like them.
    house.alias(&format!("@{HOST}"), &[&own("ann")]);
    let (rcpt, _) = send(&mut world, "", &[&rewritten.to_string()], "x\r\n");
    assert!(rcpt[0].starts_with("250"), "{rcpt:?}");
    let (rcpt, _) = send(&mut world, "", &[&old.to_string()], "");
    assert!(rcpt[0].starts_with("550 5.1.1"), "{rcpt:?}");
    assert!(house.inbox(house.ann).is_empty());
    assert_eq!(house.queue().len(), 2);
}

#[test]
fn a_person_who_writes_to_an_alias_gets_the_returns() {
    let house = House::new();
    let club = own("club");
    house.alias(&club, &["you@far.example"]);
    let mut client = house.household();
    let to = [club.as_str(), "you@far.example"];
    let (_, data) = send(&mut client, &own("ann"), &to, "x\r\n");
    assert!(data.starts_with("250"), "{data}");
    let [(letter, rows)] = house.queue().try_into().unwrap();
    assert_eq!(letter.origin, Origin::Submission);
    assert_eq!(letter.reverse_path.unwrap().to_string(), own("ann"));
    assert_eq!(recipients(&rows), ["you@far.example"], "once");
    assert_eq!(rows[0].orcpt, Some(format!("rfc822;{club}")));
}

#[test]
fn arrival_in_the_house_is_told_to_who_asked_for_it() {
    let house = House::new();
    let mut client = house.household();
    let mail = format!("MAIL FROM:<{}> ENVID=mine", own("ann"));
    let rcpt = format!(
        "RCPT TO:<{}> NOTIFY=SUCCESS ORCPT=rfc822;old@x.example",
        own("bob")
    );
    let content = "Subject: did it arrive\r\nMessage-ID: <1@x.example>\r\n\r\nsecret words\r\n";
    assert!(say(&mut client, &[&mail, &rcpt], content).starts_with("250"));
    let [report] = house.inbox(house.ann).try_into().unwrap();
    for part in [
        "Return-Path: <>\r\n",
        "Content-Type: multipart/report;",
        "Action: delivered\r\n",
        "Status: 2.1.5\r\n",
        "Original-Envelope-Id: mine\r\n",
        "Original-Recipient: rfc822; old@x.example\r\n",
        &format!("Final-Recipient: rfc822; bob@{HOST}\r\n"),
        "Subject: did it arrive\r\n",
    ] {
        assert!(report.contains(part), "{part} in {report}");
    }
    assert!(!report.contains("secret words"));
    assert_eq!(house.inbox(house.bob).len(), 1);
    assert!(house.queue().is_empty());

    // A stranger is not, whoever it claims to be: the report would go to whom the stranger names.
    let mut world = house.world();
    let rcpt = format!("RCPT TO:<{}> NOTIFY=SUCCESS", own("bob"));
    for from in ["x@far.example", "", &own("ann")] {
        let mail = format!("MAIL FROM:<{from}>");
        assert!(say(&mut world, &[&mail, &rcpt], content).starts_with("250"));
    }
    assert!(house.queue().is_empty());
    assert_eq!(house.inbox(house.ann).len(), 1);
    assert_eq!(house.inbox(house.bob).len(), 4);
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn strangers_relay_nothing_from_anywhere_whatever_they_say() {
    let house = House::new();
    let mut world = house.world();
    for to in [
        "you@far.example".to_owned(),
        format!("\"you@far.example\"@{HOST}"),
        format!("you%far.example@{HOST}"),
        format!("far.example!you@{HOST}"),
        format!("SRS0=AAAAAA=AA=far.example=you@{HOST}"),
        format!("SRS1=AAAAAA=near.example==AAAA=AA=far.example=you@{HOST}"),
        "postmaster@far.example".to_owned(),
        "you@[127.0.0.1]".to_owned(),
    ] {
        for from in ["x@far.example", &own("ann"), ""] {
            let (rcpt, _) = send(&mut world, from, &[&to], "");
            assert!(rcpt[0].starts_with("550 "), "{from} {to}: {rcpt:?}");
        }
        world = house.world();
    }
    assert!(house.queue().is_empty());
}

#[test]
fn an_own_domain_is_one_in_either_spelling() {
    let house = House::with(|settings| {
        settings.domains = vec![HOST.to_owned(), "b\u{fc}cher.example".to_owned()];
    });
    house.alias("info@b\u{fc}cher.example", &[&own("bob")]);
    house.alias("@B\u{fc}cher.example", &[&own("ann")]);
    let mut world = house.world();
    for to in [
        "info@xn--bcher-kva.example",
        "info@XN--BCHER-KVA.example",
        "info@b\u{fc}cher.example",
        "INFO@B\u{dc}CHER.example",
        "else@b\u{fc}cher.example",
    ] {
        let rcpt = format!("RCPT TO:<{to}>");
        let lines = ["MAIL FROM:<x@far.example> SMTPUTF8", &rcpt];
        let reply = say(&mut world, &lines, "x\r\n");
        assert!(reply.starts_with("250"), "{to}: {reply}");
    }
    assert_eq!(house.inbox(house.bob).len(), 4);
    assert_eq!(house.inbox(house.ann).len(), 1);
    assert!(house.queue().is_empty());
    let own = house.accounts.own_domains().unwrap();
    assert_eq!(own, [HOST, "b\u{fc}cher.example"]);
}
