//! The readers of the store's own, under the names that they have there.

#[path = "../../../../src/store/index/posting.rs"]
pub(crate) mod posting;
#[path = "../../../../src/store/index/row.rs"]
pub(crate) mod row;
#[path = "../../../../src/store/index/set.rs"]
pub(crate) mod set;
#[path = "../../../../src/store/index/varint.rs"]
pub(crate) mod varint;

use row::{Found, NewRow, Row};
use set::Set;

/// Reads a row of any octets: terms, places and the lists in it.
pub(crate) fn read(octets: &[u8], range: u32) {
    let Ok(row) = Row::new(octets) else { return };
    let mut places = row.places();
    for (index, term) in row.each().enumerate() {
        assert!(!term.contains(&0));
        let mut set = Set::new(7, range);
        match places.at(index) {
            Ok(Found::One(doc)) => set.insert(doc),
            Ok(Found::Here(list)) => {
                let _ = posting::read(list, &mut set);
            }
            Ok(Found::There(..)) => {}
            Err(_) => return,
        }
        assert!(set.docs().all(|doc| doc < range));
    }
    assert!(row.first().len() <= octets.len());
}

/// Reads a list of any octets.
pub(crate) fn list(octets: &[u8], into: &mut Set) {
    let _ = posting::read(octets, into);
}

/// A list that was written is read as it was, alone and out of a row.
pub(crate) fn there_and_back(docs: &[u32], range: u32) {
    let mut list = Vec::new();
    posting::encode(docs, range, &mut list);
    let read = |list: &[u8]| {
        let mut set = Set::new(0, range);
        posting::read(list, &mut set).unwrap();
        set.docs().collect::<Vec<u32>>()
    };
    assert_eq!(read(&list), docs);
    let mut row = NewRow::default();
    for (at, term) in ["first", "second", "third"].iter().enumerate() {
        let mut found = Vec::new();
        match at {
            1 => {
                varint::put((list.len() as u64) << 2 | 1, &mut found);
                found.extend_from_slice(&list);
            }
            _ => varint::put(u64::from(range) << 2, &mut found),
        }
        row.push(term.as_bytes(), &found);
    }
    let octets = row.take();
    let row = Row::new(&octets).unwrap();
    assert_eq!(
        row.each().collect::<Vec<_>>(),
        [&b"first"[..], b"second", b"third"]
    );
    let mut places = row.places();
    match places.at(1).unwrap() {
        Found::Here(list) => assert_eq!(read(list), docs),
        other => panic!("{other:?}"),
    }
    assert_eq!(places.at(2).unwrap(), Found::One(range));
}
