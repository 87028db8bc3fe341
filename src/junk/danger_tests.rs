use super::*;
use mail::source::slice;

fn of(text: &[u8]) -> Vec<String> {
    let mut parser = mail::Parser::new();
    parser.feed(text);
    let Ok(found) = dangers(&parser.finish(), &mut slice(text));
    found.iter().map(Danger::words).collect()
}

fn attached(name: &str, octets: &[u8]) -> Vec<u8> {
    let mut text =
        format!("Content-Type: application/octet-stream; name=\"{name}\"\r\n\r\n").into_bytes();
    text.extend_from_slice(octets);
    text
}

/// A local header of a stored file, with its content.
fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
    let mut out = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    out.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
    out.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
    out.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    out.extend([0, 0]);
    out.extend(name.as_bytes());
    out.extend(content);
    out
}

#[test]
fn names_tell() {
    for (name, expected) in [
        ("letter.pdf", None),
        ("exe", None),
        ("a.exe.txt", None),
        ("invoice.pdf.EXE", Some(DangerKind::Program)),
        ("invoice.js. . ", Some(DangerKind::Program)),
        ("a.lnk", Some(DangerKind::Program)),
        ("sheet.xlsm", Some(DangerKind::Macros)),
        ("disk.iso", Some(DangerKind::DiskImage)),
        ("fdp\u{202E}.txt", Some(DangerKind::Disguised)),
        (
            "a.pdf                       .zip",
            Some(DangerKind::Disguised),
        ),
    ] {
        assert_eq!(name::judge(name), expected, "{name}");
    }
    assert_eq!(name::shown("a\r\nb\u{202E}c  d"), "a bc d");
    let long = name::shown(&format!("{}.exe", "a".repeat(500)));
    assert!(
        long.ends_with(".exe") && long.chars().count() <= NAME_MAX,
        "{long}"
    );
}

#[test]
fn octets_tell_whatever_the_name_says() {
    let mut iso = vec![0; 40_000];
    iso[32_769..32_774].copy_from_slice(b"CD001");
    let mut ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    assert_eq!(of(&attached("a.doc", &ole)), [""; 0]);
    ole.extend(b"....._\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0..");
    for (octets, expected) in [
        (&b"MZ\x90"[..], "the attachment a.pdf is a program"),
        (b"\x7FELF", "the attachment a.pdf is a program"),
        (b"#!/bin/sh", "the attachment a.pdf is a program"),
        (&iso, "the attachment a.pdf is a disk image"),
        (&ole, "the attachment a.pdf is a document with macros"),
        (
            &zipped("word/vbaProject.bin", b"x"),
            "the attachment a.pdf is a document with macros",
        ),
        (
            &[zipped("readme.txt", b"x"), zipped("dir/run.js", b"y")].concat(),
            "the attachment a.pdf holds run.js, which is a program",
        ),
    ] {
        assert_eq!(of(&attached("a.pdf", octets)), [expected]);
    }
    for harmless in [
        &b"%PDF-1.4"[..],
        b"",
        b"P",
        b"PK",
        b"PK\x03\x04",
        &zipped("a.txt", b"PK\x03\x04"),
    ] {
        assert_eq!(of(&attached("a.pdf", harmless)), [""; 0]);
    }
}

#[test]
fn encoded_ones_are_decoded_and_many_are_bounded() {
    let text = b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAA=\r\n";
    assert_eq!(of(text), ["the attachment without a name is a program"]);
    let mut many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for n in 0..200 {
        many.extend(format!("--b\r\nContent-Type: x/y; name=a{n}.exe\r\n\r\nx\r\n").into_bytes());
    }
    assert_eq!(of(&many).len(), DANGERS_MAX);
    let mut bomb = Vec::new();
    for n in 0..3000 {
        bomb.extend(zipped(&format!("f{n}.exe"), b""));
    }
    assert_eq!(of(&attached("a.zip", &bomb)).len(), DANGERS_MAX);
}

#[test]
fn neither_many_parts_nor_a_large_first_file_hides_what_runs() {
    let mut many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for _ in 0..300 {
        many.extend(b"--b\r\nContent-Type: x/y\r\n\r\nx\r\n");
    }
    let behind = |part: &str| [&many[..], part.as_bytes()].concat();
    assert_eq!(
        of(&behind(
            "--b\r\nContent-Type: x/y; name=bill.exe\r\n\r\nx\r\n"
        )),
        ["the attachment bill.exe is a program"]
    );
    assert_eq!(
        of(&behind(
            "--b\r\nContent-Type: x/y; name=bill.pdf\r\n\r\nMZ\r\n"
        )),
        ["the attachment bill.pdf is a program"]
    );

    // What the directory's row of a file says, at the end; a picture of no pattern before it.
    let row = |name: &str| {
        [
            &b"PK\x01\x02"[..],
            &[0; 24],
            &[u8::try_from(name.len()).unwrap(), 0],
            &[0; 16],
            name.as_bytes(),
        ]
        .concat()
    };
    let picture: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(n) / 7 % 251) as u8)
        .collect();
    for odd in 0..3 {
        let archive = [
            zipped("a.jpg", &picture),
            vec![b' '; odd],
            zipped("run.js", b"y"),
            row("a.jpg"),
            row("run.js"),
        ]
        .concat();
        let found = ["the attachment a.zip holds run.js, which is a program"];
        assert_eq!(of(&attached("a.zip", &archive)), found);
        for width in [76, 75] {
            let lines: Vec<String> = base64(&archive)
                .as_bytes()
                .chunks(width)
                .map(|line| String::from_utf8(line.to_vec()).unwrap())
                .collect();
            let text = format!(
                "Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
                lines.join("\r\n")
            );
            assert_eq!(of(text.as_bytes()), found);
        }
    }
}

fn base64(octets: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in octets.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| {
            bits << 8 | u32::from(*three.get(at).unwrap_or(&0))
        });
        for at in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * at) & 63) as usize] as char;
            out.push(if at <= three.len() { sign } else { '=' });
        }
    }
    out
}
