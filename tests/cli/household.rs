//! The pages after setup on a running box: what is shown once, what works once, and what the light says.

use house::House;

use super::browser::{Browser, Page};
use super::journey::{claim, press, unowned};

const ANN: &str = "ann@house.test";
const DEVICES: &str = "/household/devices";

fn owned() -> House {
    let house = unowned();
    press(&house, "3s");
    house
}

fn app_passwords(house: &House) -> usize {
    let list = house.command(&["account", "app-password", "list", ANN], "");
    list.unwrap()
        .lines()
        .filter(|line| !line.is_empty())
        .count()
}

fn given(browser: &mut Browser<'_>, device: &str) -> Page {
    let page = browser.get(DEVICES);
    browser.send(&page, DEVICES, &[("device", device)])
}

/// What stands behind `mark` up to the next quote.
fn behind<'p>(page: &'p Page, mark: &str) -> &'p str {
    let at = page
        .body
        .find(mark)
        .unwrap_or_else(|| panic!("{mark} is not on {page:?}"));
    page.body[at..].split(['"', '?']).next().unwrap()
}

#[test]
fn a_reload_makes_no_password_and_a_preview_uses_no_link_up() {
    let house = owned();
    let mut browser = Browser::new(&house);
    claim(&mut browser, "seven green tulips");
    let page = given(&mut browser, "other");
    assert!(page.path.starts_with("/household/made?"), "{page:?}");
    assert!(
        page.status == 200 && page.body.contains("id=\"secret\""),
        "{page:?}"
    );
    assert_eq!(app_passwords(&house), 1);
    let again = browser.get(&page.path);
    assert_eq!(again.status, 410, "{again:?}");
    assert!(!again.body.contains("id=\"secret\""));
    assert_eq!(app_passwords(&house), 1, "a reload makes another");

    // The same for a person whose password the box makes.
    let add = browser.get("/household/people/add");
    let made = browser.send(
        &add,
        "/household/people/add",
        &[("name", "Zoe"), ("local", "zoe")],
    );
    assert!(made.body.contains("id=\"secret\""), "{made:?}");
    assert_eq!(browser.get(&made.path).status, 410);

    let page = given(&mut browser, "apple");
    let link = behind(&page, "/once/").to_owned();
    let mut phone = Browser::new(&house);
    let step = phone.get(&link);
    let file = behind(&step, &format!("{link}/")).to_owned();
    for _ in 0..3 {
        assert_eq!(phone.status("HEAD", &file), 200);
        assert_eq!(phone.status("HEAD", &link), 200);
    }
    assert_eq!(app_passwords(&house), 1, "a preview makes a password");
    let profile = phone.get(&file);
    assert!(profile.status == 200 && profile.body.contains("IncomingPassword"));
    assert_eq!(app_passwords(&house), 2);
    for method in ["HEAD", "GET"] {
        assert_eq!(phone.status(method, &file), 410, "{method}");
    }
    assert_eq!(app_passwords(&house), 2);
}

#[test]
fn the_light_is_told_to_whoever_stands_before_it() {
    let house = owned();
    let mut stranger = Browser::new(&house);
    let hello = stranger.get("/");
    let page = stranger.get(behind(&hello, "/household/light"));
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("Hold it for 10 seconds"));
    assert!(page.body.contains("<animate "), "no script is needed");
    assert!(stranger.get("/household").path != "/household");

    claim(&mut stranger, "seven green tulips");
    for path in ["/household", "/household/settings", "/setup/done"] {
        let page = stranger.get(path);
        assert!(page.body.contains("href=\"/household/light\""), "{path}");
    }
    // The light still plays what the first page asked about.
    let overview = stranger.get("/household");
    assert!(
        overview
            .body
            .contains("The rhythm that the setup page asks about.")
    );
    assert_eq!(stranger.get("/household/light?lang=el").status, 200);
}
