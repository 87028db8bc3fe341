//! TLS on the way to a host: used where it is offered, demanded where somebody's word demands it, and remembered.

use store::Read as _;

use crate::certificates::{Authority, self_signed};
use crate::post::{LETTER, MINUTE, Post, SIMPLE};
use crate::remote::{Act, Manners, at, rules};

#[test]
fn any_certificate_will_do_where_nobody_demands_more() {
    let (post, remote) = Post::simple(Manners {
        tls: Some(self_signed("other.test")),
        ..Manners::default()
    });
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    assert!(remote.taken()[0].tls);
}

#[test]
fn a_remote_that_lies_about_starttls_gets_the_letter_in_the_clear() {
    for act in [
        Act::Say("454 4.7.0 TLS not available"),
        Act::SayAndHangUp("220 2.0.0 Go ahead"),
        Act::Garbage(b"220 go\r\nThis is not TLS at all, however long one looks at it\r\n"),
    ] {
        let (post, remote) = Post::simple(Manners {
            tls: Some(self_signed("mx.far.test")),
            ..rules([at("STARTTLS", act.clone())])
        });
        let letter = post.send(&["bob@far.test"]);
        post.gone(letter);
        assert!(!remote.taken()[0].tls, "{act:?}");
    }
}

#[test]
fn a_destination_that_showed_a_good_certificate_is_waited_for_when_it_shows_none() {
    let authority = Authority::new();
    let good = Manners {
        tls: Some(authority.server("mx.far.test")),
        ..Manners::default()
    };
    let (mut post, remote) = Post::open(SIMPLE, &authority.setting(), good.clone());
    post.start();
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    assert!(remote.taken()[0].tls);
    post.until("the note", || {
        let notes = post
            .store
            .read()
            .unwrap()
            .destination_notes("far.test")
            .unwrap();
        notes.is_some_and(|notes| notes.verified_tls.is_some())
    });
    post.pass(5);
    post.until("the idle connection to close", || remote.open() == 0);
    remote.behave(Manners::default());
    let letter = post.send(&["bob@far.test"]);
    let words = post.waits(letter, 1).remove(0);
    assert!(words.contains("has shown verified TLS before"), "{words}");
    assert_eq!(remote.taken().len(), 1);
    // `TLS-Required: No`: the sender wants it to arrive whatever policies say.
    let letter = post.send_with(&["carl@far.test"], LETTER, |letter| {
        letter.tls_optional = true
    });
    post.gone(letter);
    assert_eq!(remote.taken().len(), 2);
    remote.behave(good);
    post.pass(3 * MINUTE);
    post.until("the first", || remote.taken().len() == 3);
    assert!(remote.taken()[2].tls);
}

#[test]
fn requiretls_is_not_sent_to_who_does_not_offer_it() {
    let authority = Authority::new();
    let zones = "far.test MX 10 mx.far.test\nfar.test SIGNED\nmx.far.test A 127.0.0.2";
    let mut manners = Manners {
        tls: Some(authority.server("mx.far.test")),
        ..Manners::default()
    };
    let (mut post, remote) = Post::open(zones, &authority.setting(), manners.clone());
    post.start();
    let strict = |letter: &mut store::NewLetter| letter.require_tls = true;
    let letter = post.send_with(&["bob@far.test"], LETTER, strict);
    post.gone(letter);
    let report = post.mail(1);
    assert!(report.contains("5.7.30"), "{report}");
    manners.announce.push("REQUIRETLS");
    remote.behave(manners);
    post.pass(5);
    post.until("the idle connection to close", || remote.open() == 0);
    let letter = post.send_with(&["bob@far.test"], LETTER, strict);
    post.gone(letter);
    let taken = remote.taken().remove(0);
    assert!(
        taken.tls && taken.mail.contains("REQUIRETLS"),
        "{}",
        taken.mail
    );
}
