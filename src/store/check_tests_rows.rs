//! All rows of a store, taken and put back.

use super::*;

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

pub(super) fn rows(store: &Store) -> Rows {
    use crate::look::Source;
    let tx = store.read().unwrap();
    let rows = tx.look().between(&[0], &[0xFF; 20]).unwrap();
    rows.map(|row| {
        row.map(|(at, octets)| (at.to_vec(), octets.to_vec()))
            .unwrap()
    })
    .collect()
}

pub(super) fn restore(store: &Store, before: Rows) {
    let now = rows(store);
    store
        .write(move |tx| {
            for (at, _) in now {
                tx.delete(&at)?;
            }
            before
                .iter()
                .try_for_each(|(at, octets)| tx.put(at, octets))
        })
        .wait()
        .unwrap();
}
