use super::*;

fn zip(name: &str, flags: u16, method: u16, sizes: u32, data: &[u8]) -> Vec<u8> {
    let mut out = b"PK\x03\x04\x14\0".to_vec();
    out.extend(flags.to_le_bytes());
    out.extend(method.to_le_bytes());
    out.extend([0; 8]);
    out.extend(sizes.to_le_bytes());
    out.extend([0; 4]);
    out.extend((name.len() as u16).to_le_bytes());
    out.extend([0; 2]);
    out.extend(name.as_bytes());
    out.extend(data);
    out
}

#[test]
fn gzip_and_zip_are_unpacked() {
    let text = b"<feedback/>".repeat(100);
    assert_eq!(unpack(&gzip(&text)).unwrap(), text);
    assert_eq!(unpack(&text).unwrap(), text);
    let deflated = compress_to_vec(&text, 6);
    // Sizes behind the data, as streaming packers write it.
    assert_eq!(unpack(&zip("a.xml", 8, 8, 0, &deflated)).unwrap(), text);
    let stored = zip("a.xml", 0, 0, text.len() as u32, &text);
    assert_eq!(unpack(&stored).unwrap(), text);
    // A name, a comment, extra octets and a checksum in the header.
    let mut odd = vec![0x1F, 0x8B, 8, 0x1E, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9];
    odd.extend(b"report.xml\0by hand\0\x01\x02");
    odd.extend(&deflated);
    assert_eq!(unpack(&odd).unwrap(), text);
}

#[test]
fn the_checksum_is_the_one_of_the_rfc() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    let packed = gzip(b"123456789");
    assert_eq!(
        packed[packed.len() - 8..],
        [0x26, 0x39, 0xF4, 0xCB, 9, 0, 0, 0]
    );
}

#[test]
fn bombs_are_refused() {
    // A thousand to one: 100 MB in 100 KB.
    let bomb = compress_to_vec(&vec![b' '; 100 << 20], 6);
    assert!(bomb.len() < 200 << 10, "{}", bomb.len());
    let mut gzipped = gzip(b"")[..10].to_vec();
    gzipped.extend(&bomb);
    assert_eq!(unpack(&gzipped), Err(BadPack::TooLarge));
    assert_eq!(unpack(&zip("a", 0, 8, 0, &bomb)), Err(BadPack::TooLarge));
    // Small ones by their ratio.
    let small = compress_to_vec(&vec![b' '; 1 << 20], 6);
    assert!(small.len() * RATIO_MAX < 1 << 20);
    assert_eq!(unpack(&zip("a", 0, 8, 0, &small)), Err(BadPack::TooLarge));
    assert_eq!(
        unpack(&vec![b'<'; UNPACKED_MAX + 1]),
        Err(BadPack::TooLarge)
    );
}

#[test]
fn what_is_broken_is_said_to_be() {
    let whole = gzip(&b"<feedback/>".repeat(100));
    for end in 2..whole.len() - 8 {
        assert_eq!(unpack(&whole[..end]), Err(BadPack::Broken), "{end}");
    }
    let whole = zip("name", 0, 8, 0, &compress_to_vec(b"text", 6));
    for end in 4..whole.len() - 1 {
        assert_eq!(unpack(&whole[..end]), Err(BadPack::Broken), "{end}");
    }
    assert_eq!(unpack(&zip("a", 1, 8, 0, b"x")), Err(BadPack::Broken));
    assert_eq!(unpack(&zip("a", 0, 12, 0, b"x")), Err(BadPack::Broken));
    assert_eq!(unpack(&zip("a", 0, 0, 99, b"x")), Err(BadPack::Broken));
}
