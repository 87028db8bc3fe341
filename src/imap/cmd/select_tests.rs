//! SELECT's first unseen message, looked for from both ends.

use crate::cmd::house::House;

#[test]
fn the_first_unseen_is_the_first_wherever_it_is() {
    let house = House::new();
    house.fill("INBOX", 30);
    let mut client = house.selected("INBOX");
    // A hole at either end of a piece, and one alone.
    client.say("s STORE 4:5,17 +FLAGS.SILENT (\\Deleted)");
    client.say("e EXPUNGE");
    for unseen in [
        "1", "27", "2,27", "13", "14", "5,6", "13,20:27", "4,26", "1:27", "24:26",
    ] {
        client.say("s STORE 1:* +FLAGS.SILENT (\\Seen)");
        client.say(&format!("s STORE {unseen} -FLAGS.SILENT (\\Seen)"));
        let first = unseen.split([',', ':']).next().unwrap_or_default();
        let said = house.selected("INBOX").say("x SELECT INBOX");
        let expected = format!("* OK [UNSEEN {first}] First unseen");
        assert!(said.contains(&expected), "{unseen}: {said}");
    }
    client.say("s STORE 1:* +FLAGS.SILENT (\\Seen)");
    let said = house.selected("INBOX").say("x SELECT INBOX");
    assert!(!said.contains("UNSEEN"), "{said}");
}
