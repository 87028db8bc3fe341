//! Who comes in, who does not, and in which language.

use mail::Address;
use sasl::Secret;

use super::*;
use crate::setup::style::SCRIPT_PATH;

#[test]
fn strangers_get_nothing_of_an_owned_box() {
    let world = TestWorld::new("strangers");
    let mut owner = Phone::new(&world);
    owner.claim();
    let mut stranger = Phone::new(&world);
    assert_eq!(stranger.get("/").1, "/sign-in");
    for path in [
        "/setup",
        "/setup/address",
        "/setup/sending",
        "/setup/sending/provider",
        "/setup/sending/trial",
        "/setup/sending/direct",
        "/setup/arriving",
        "/setup/place",
        "/setup/done",
        "/password",
        "/household",
        "/household/people",
    ] {
        assert_eq!(stranger.get(path), (303, "/".to_owned()), "GET {path}");
        assert!(
            stranger.post(path, &[("name", "x")]).0 == 303,
            "POST {path}"
        );
    }
    assert_eq!(stranger.get("/setup/you").1, "/sign-in");
    let claim = [
        ("name", "Eve"),
        ("local", "eve"),
        ("password", GOOD),
        ("again", GOOD),
    ];
    assert_eq!(stranger.post("/setup/you", &claim).1, "/sign-in");
    stranger.post("/close", &[]);
    assert!(world.window.is_open());
    assert_eq!(stranger.get("/nothing").0, 404);
    assert_eq!(world.now().accounts.members().unwrap().len(), 1);
    assert!(stranger.owner.is_none());
}

#[test]
fn every_route_for_the_owner_takes_what_it_says_and_no_more() {
    let world = TestWorld::new("routes");
    let mut phone = Phone::new(&world);
    phone.claim();
    assert_eq!(phone.get("/sign-out"), (303, "/".to_owned()));
    assert_eq!(phone.get("/close"), (303, "/".to_owned()));
    assert!(world.window.is_open(), "a link closes nothing");
    assert_eq!(phone.post("/setup/done", &[]).0, 405);
    let script = phone.send(Request::get("/"), SCRIPT_PATH);
    assert_eq!(script.media_type(), "text/javascript; charset=utf-8");
    for path in [
        "/setup/you",
        "/setup/address",
        "/setup/sending",
        "/setup/arriving",
        "/setup/place",
        "/setup/done",
        "/password",
        "/forgotten",
        "/welcome",
    ] {
        for language in Language::ALL {
            phone.language = language;
            let (status, page) = phone.get(path);
            assert_eq!(status, 200, "{path}");
            assert!(page.len() < 50 * 1024, "{path}");
            assert!(
                page.contains(&format!("<html lang=\"{}\"", language.code())),
                "{path}"
            );
        }
    }
}

#[test]
fn the_owner_signs_in_and_changes_the_password() {
    let world = TestWorld::new("sign-in");
    let mut phone = Phone::new(&world);
    phone.claim();
    phone.owner = None;
    let (status, page) = phone.post(
        "/sign-in",
        &[("user", "maria"), ("password", "not mine at all")],
    );
    assert!(
        status == 422 && page.contains("do not fit together") && page.contains("value=\"maria\"")
    );
    for nonsense in ["", "@", "a b@c d", "<script>"] {
        assert_eq!(
            phone
                .post("/sign-in", &[("user", nonsense), ("password", GOOD)])
                .0,
            422,
            "{nonsense}"
        );
    }
    assert!(phone.owner.is_none());
    assert_eq!(
        phone
            .post("/sign-in", &[("user", "Maria"), ("password", GOOD)])
            .1,
        "/"
    );
    assert!(phone.owner.is_some());
    let other = "another good password";
    let wrong = [("now", "no"), ("password", other), ("again", other)];
    assert!(
        phone
            .post("/password", &wrong)
            .1
            .contains("not your password until now")
    );
    let right = [("now", GOOD), ("password", other), ("again", other)];
    assert!(
        phone
            .post("/password", &right)
            .1
            .contains("Your password is changed")
    );
    phone.owner = None;
    assert_eq!(
        phone
            .post(
                "/sign-in",
                &[("user", "maria@pillarbox.local"), ("password", other)]
            )
            .1,
        "/"
    );
}

#[test]
fn a_forgotten_owner_claims_the_same_account() {
    let world = TestWorld::new("forgotten");
    let mut phone = Phone::new(&world);
    phone.claim();
    let before = phone.owner.take();
    block_on(world.now().accounts.forget_owner()).unwrap();
    let page = phone.get("/setup/you").1;
    assert!(page.contains("maria@pillarbox.local") && page.contains("value=\"maria\""));
    let form = [
        ("name", "Maria"),
        ("local", "maria"),
        ("password", "a new password"),
        ("again", "a new password"),
    ];
    assert_eq!(phone.post("/setup/you", &form).1, "/setup/address");
    assert_eq!(phone.owner, before);
}

#[test]
fn somebody_elses_address_cannot_be_claimed() {
    let world = TestWorld::new("taken");
    let mut phone = Phone::new(&world);
    phone.claim();
    phone.owner = None;
    let accounts = world.now().accounts;
    let ann = Address::parse("ann@pillarbox.local").unwrap();
    block_on(accounts.add(&ann, &Secret::from("ann has her own"))).unwrap();
    block_on(accounts.forget_owner()).unwrap();
    let form = [
        ("name", "Eve"),
        ("local", "ann"),
        ("password", GOOD),
        ("again", GOOD),
    ];
    let (status, page) = phone.post("/setup/you", &form);
    assert!(
        status == 422 && page.contains("belongs to somebody else"),
        "{page}"
    );
    assert!(phone.owner.is_none());
}

#[test]
fn the_chosen_language_goes_along() {
    let world = TestWorld::new("language");
    let mut phone = Phone::new(&world);
    let page = phone.get("/?lang=el").1;
    assert!(page.contains("<html lang=\"el\"") && page.contains("href=\"/setup/you?lang=el\""));
    let page = phone.get("/setup/you?lang=el").1;
    assert!(
        page.contains("action=\"/setup/you?lang=el\"")
            && page.contains("href=\"/setup/you?lang=en\"")
    );
    let form = [
        ("name", "Γιώργος"),
        ("local", ""),
        ("password", GOOD),
        ("again", GOOD),
    ];
    assert_eq!(
        phone.post("/setup/you?lang=el", &form).1,
        "/setup/address?lang=el"
    );
    let page = phone.get("/setup/sending/provider?provider=gmx&lang=el").1;
    assert!(
        page.contains("href=\"/setup/sending/provider?provider=gmx&amp;lang=en\""),
        "{page}"
    );
    assert!(
        phone.get("/setup/address").1.contains("<html lang=\"en\""),
        "without the link the browser decides"
    );
}
