use std::fs::OpenOptions;

use super::*;

/// A card as large as the boot state needs, in a folder that goes with it.
struct Card(std::path::PathBuf);

impl Card {
    fn new(name: &str) -> Card {
        let path = std::env::temp_dir().join(format!("boot-state-{name}-{}", std::process::id()));
        std::fs::write(&path, vec![0; 128 * LENGTH]).unwrap();
        Card(path)
    }

    fn put(&self, number: u64, sector: &[u8]) {
        let file = OpenOptions::new().write(true).open(&self.0).unwrap();
        file.write_all_at(sector, number * SECTOR).unwrap();
    }

    fn get(&self, number: u64) -> Sector {
        sector_at(&File::open(&self.0).unwrap(), number).unwrap()
    }

    fn state(&self) -> State {
        read(&self.0).unwrap().state
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn every_state() -> Vec<State> {
    let once = |good: Slot| [None, Some(good.other())];
    Slot::BOTH
        .into_iter()
        .flat_map(|good| once(good).map(|once| State { good, once }))
        .collect()
}

#[test]
fn what_is_printed_is_parsed() {
    for state in every_state() {
        assert_eq!(State::parse(&state.print()), Some(state));
    }
    let sector = State {
        good: Slot::B,
        once: Some(Slot::A),
    }
    .print();
    assert_eq!(sector[..12], *b"PBbs\x02\0\0\0\x01\0\0\0");
    assert_eq!(sector[508..], *b"PBbs");
}

#[test]
fn every_length_and_every_octet_is_read_without_harm() {
    let sector = State::NEW.print();
    for length in 0..LENGTH {
        assert_eq!(State::parse(&sector[..length]), None);
    }
    for at in 0..LENGTH {
        for bit in 0..8 {
            let mut harmed = sector;
            harmed[at] ^= 1 << bit;
            let said = State::parse(&harmed);
            // Unknown words for "to be tried" are none; of those one bit away only 2 is something.
            let heard = match at {
                0..8 => true,
                8 => bit == 1,
                _ => at >= END_AT,
            };
            assert_eq!(said != Some(State::NEW), heard, "octet {at}, bit {bit}");
        }
    }
}

#[test]
fn each_step_changes_one_octet() {
    let a = State::NEW;
    let asked = State {
        once: Some(Slot::B),
        ..a
    };
    let b = State {
        good: Slot::B,
        once: None,
    };
    for (from, to) in [(a, asked), (asked, a), (a, b)] {
        let differing = from
            .print()
            .iter()
            .zip(to.print())
            .filter(|(x, y)| **x != *y)
            .count();
        assert_eq!(differing, 1);
    }
}

#[test]
fn an_update_goes_its_way() {
    let card = Card::new("way");
    assert_eq!(
        read(&card.0).unwrap(),
        Found {
            state: State::NEW,
            whole: false
        }
    );
    mend(&card.0).unwrap();
    assert!(read(&card.0).unwrap().whole);
    assert_eq!(
        try_once(&card.0, Slot::A).unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
    try_once(&card.0, Slot::B).unwrap();
    assert_eq!(card.state().once, Some(Slot::B));
    assert_eq!(card.state().good, Slot::A);
    assert_eq!(State::parse(&card.get(BOOT_STATE_COPY)), Some(State::NEW));
    mark_good(&card.0, Slot::B).unwrap();
    let b = State {
        good: Slot::B,
        once: None,
    };
    assert_eq!(
        read(&card.0).unwrap(),
        Found {
            state: b,
            whole: true
        }
    );
    // The first sector is lost: the copy says B.
    card.put(BOOT_STATE, &[0xff; LENGTH]);
    assert_eq!(
        read(&card.0).unwrap(),
        Found {
            state: b,
            whole: false
        }
    );
    try_once(&card.0, Slot::A).unwrap();
    assert_eq!(card.state().once, Some(Slot::A));
    assert!(read(&card.0).unwrap().whole);
    // Nothing around the two sectors was touched.
    for number in (0..128).filter(|number| ![BOOT_STATE, BOOT_STATE_COPY].contains(number)) {
        assert_eq!(card.get(number), [0; LENGTH]);
    }
}

#[test]
fn a_torn_write_of_any_step_leaves_the_state_before_or_after_it() {
    let a = State::NEW;
    let asked = State {
        once: Some(Slot::B),
        ..a
    };
    let b = State {
        good: Slot::B,
        once: None,
    };
    for (from, to) in [(a, asked), (asked, a), (a, b)] {
        for cut in 0..=LENGTH {
            for (head, tail) in [(to, from), (from, to)] {
                let mut torn = tail.print();
                torn[..cut].copy_from_slice(&head.print()[..cut]);
                let said = State::parse(&torn).unwrap();
                assert!(said == from || said == to, "{cut}: {said:?}");
            }
        }
    }
    // Garbage for the part not written: the copy.
    let card = Card::new("torn");
    mark_good(&card.0, Slot::B).unwrap();
    for cut in 0..LENGTH {
        let mut torn = [0xff; LENGTH];
        torn[..cut].copy_from_slice(&a.print()[..cut]);
        card.put(BOOT_STATE, &torn);
        assert_eq!(card.state().good, Slot::B, "{cut}");
    }
}

#[test]
fn a_card_cut_short_says_what_a_new_one_says() {
    let card = Card::new("short");
    std::fs::write(&card.0, [0; 100]).unwrap();
    assert_eq!(
        read(&card.0).unwrap(),
        Found {
            state: State::NEW,
            whole: false
        }
    );
}
