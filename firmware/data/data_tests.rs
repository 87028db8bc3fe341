//! Cards that are files, whole and spoilt.

use super::*;

const MIB: u64 = 1 << 20;

/// A card of 256 MiB with a data partition of 64, whose octets are holes.
fn card(name: &str, data: bool) -> Place {
    let disk = std::env::temp_dir().join(format!("pillarbox-card-{name}-{}", std::process::id()));
    let file = File::create(&disk).unwrap();
    file.set_len(256 * MIB).unwrap();
    let mut sector = [0; SECTOR];
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    let mut mbr = Mbr::parse(sector).unwrap();
    for (number, start) in [(1, 4), (2, 64), (3, 128)] {
        mbr = mbr.with_entry(number, start * 2048, 60 * 2048);
    }
    if data {
        mbr = mbr.with_entry(4, 192 * 2048, 64 * 2048);
    }
    grow::write(&file, &mbr).unwrap();
    Place {
        partition: disk.with_extension("p4"),
        disk,
        sectors: 512 * 2048,
        folder: "/nowhere".into(),
    }
}

fn reason(place: &Place) -> RescueReason {
    let reason = place.head().unwrap_err().0;
    let _ = fs::remove_file(&place.disk);
    let _ = fs::remove_file(&place.partition);
    reason
}

#[test]
fn a_card_without_the_partition() {
    assert_eq!(reason(&card("absent", false)), RescueReason::Absent);
    // An entry that the kernel made no node for.
    assert_eq!(reason(&card("no-node", true)), RescueReason::Absent);
}

#[test]
fn an_empty_partition_is_not_a_corrupt_one() {
    let place = card("empty", true);
    File::create(&place.partition)
        .unwrap()
        .set_len(MIB)
        .unwrap();
    assert_eq!(reason(&place), RescueReason::Empty);
    let place = card("corrupt", true);
    fs::write(&place.partition, vec![b'?'; EMPTY]).unwrap();
    assert_eq!(reason(&place), RescueReason::Corrupt);
}

#[test]
fn a_partition_that_gives_no_octets_is_unreadable() {
    let place = card("short", true);
    fs::write(&place.partition, "x").unwrap();
    assert_eq!(reason(&place), RescueReason::Unreadable);
}

#[test]
fn an_entry_is_made_behind_the_systems_and_to_the_end() {
    let place = card("entry", false);
    let mbr = grow::read(&File::open(&place.disk).unwrap()).unwrap();
    let made = with_data_entry(&mbr, place.sectors).unwrap();
    let entry = made.entry(NUMBER).unwrap();
    assert_eq!(
        (entry.start, entry.length),
        (188 * 2048, (512 - 188) * 2048)
    );
    assert!(with_data_entry(&mbr, 188 * 2048).is_none());
    fs::remove_file(place.disk).unwrap();
}

#[test]
fn errors_have_their_reasons() {
    for (errno, reason) in [
        (Errno::NOSPC, RescueReason::Full),
        (Errno::ROFS, RescueReason::ReadOnly),
        (Errno::UCLEAN, RescueReason::Corrupt),
        (Errno::IO, RescueReason::Unreadable),
    ] {
        assert_eq!(reason_of(&errno.into()), reason);
    }
}
