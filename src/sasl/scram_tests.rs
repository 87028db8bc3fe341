//! Grammar and keys of SCRAM; whole conversations are in `server_tests.rs`.

use super::*;

#[test]
fn client_first_reads_every_form() {
    let first = ClientFirst::parse(b"n,,n=user,r=abc").unwrap();
    assert_eq!(
        (
            first.flag,
            first.authzid.as_str(),
            first.user.as_str(),
            first.nonce
        ),
        (Flag::No, "", "user", &b"abc"[..])
    );
    assert_eq!(
        (first.header, first.bare),
        (&b"n,,"[..], &b"n=user,r=abc"[..])
    );
    let first = ClientFirst::parse(b"p=tls-exporter,a=x=2Cy=3D,n==3D=2C,r=!,x=ext,y=").unwrap();
    assert_eq!(first.flag, Flag::Binds(b"tls-exporter"));
    assert_eq!(
        (first.authzid.as_str(), first.user.as_str(), first.nonce),
        ("x,y=", "=,", &b"!"[..])
    );
    assert_eq!(first.header, b"p=tls-exporter,a=x=2Cy=3D,");
    assert_eq!(
        ClientFirst::parse("y,,n=Jürgen,r=a".as_bytes())
            .unwrap()
            .user,
        "Jürgen"
    );
}

#[test]
fn client_first_refuses_the_rest() {
    let table: [&[u8]; 18] = [
        b"",
        b",",
        b"n",
        b"n,",
        b"n,,",
        b"n,,n=user",
        b"n,,n=user,",
        b"n,,n=user,r=",
        b"n,,n=,r=a",
        b"x,,n=user,r=a",
        b"p=,,n=user,r=a",
        b"n,user,n=user,r=a",
        b"n,a=,n=user,r=a",
        b"n,,m=ext,n=user,r=a",
        b"n,,n=us=er,r=a",
        b"n,,n=user=2,r=a",
        b"n,,n=us\0er,r=a",
        b"n,,n=user,r=a b",
    ];
    for wrong in table {
        assert_eq!(
            ClientFirst::parse(wrong),
            None,
            "{}",
            String::from_utf8_lossy(wrong)
        );
    }
    assert_eq!(ClientFirst::parse(b"n,,n=\xff,r=a"), None);
    assert_eq!(ClientFirst::parse(b"n,,n=user=2c,r=a"), None);
    assert_eq!(ClientFirst::parse("n,,n=user=é,r=a".as_bytes()), None);
}

#[test]
fn client_final_wants_the_proof_last_and_whole() {
    let proof = crate::encode(&[7; 32]);
    let good = format!("c=biws,r=abc,x=y,p={proof}");
    let parsed = ClientFinal::parse(good.as_bytes()).unwrap();
    assert_eq!(
        (parsed.binding.as_slice(), parsed.nonce, parsed.proof),
        (&b"n,,"[..], &b"abc"[..], [7; 32])
    );
    assert_eq!(parsed.without_proof, b"c=biws,r=abc,x=y");
    for cut in 0..good.len() {
        assert_eq!(
            ClientFinal::parse(&good.as_bytes()[..cut]),
            None,
            "cut at {cut}"
        );
    }
    for wrong in [
        format!("c=biws,r=abc,p={proof},x=y"),
        format!("c=biw,r=abc,p={proof}"),
        format!("r=abc,c=biws,p={proof}"),
        format!("c=biws,p={proof}"),
        format!("c=biws,r=abc,p={}", crate::encode(&[7; 31])),
    ] {
        assert_eq!(ClientFinal::parse(wrong.as_bytes()), None, "{wrong}");
    }
}

#[test]
fn server_first_reads_numbers_as_written() {
    let parsed = ServerFirst::parse(b"r=abc,s=QSXCR+Q6sek8bf92,i=4096,x=y").unwrap();
    assert_eq!(
        (parsed.nonce, parsed.salt.len(), parsed.iterations),
        (&b"abc"[..], 12, 4096)
    );
    for wrong in [
        "i=0",
        "i=",
        "i=-1",
        "i=+5",
        "i=04096",
        "i=4294967296",
        "i=4 096",
    ] {
        assert_eq!(
            ServerFirst::parse(format!("r=abc,s=QQ==,{wrong}").as_bytes()),
            None,
            "{wrong}"
        );
    }
    assert_eq!(ServerFirst::parse(b"m=x,r=abc,s=QQ==,i=4096"), None);
}

#[test]
fn names_survive_their_escapes() {
    for name in ["user", "a,b=c", "=2C", ",,==", "ü,"] {
        assert_eq!(saslname(escape(name).as_bytes()).as_deref(), Some(name));
    }
}

#[test]
fn decoys_are_steady_and_differ() {
    let decoy = ScramKeys::decoy(b"seed", "nobody", 4096);
    assert_eq!(decoy, ScramKeys::decoy(b"seed", "nobody", 4096));
    assert_eq!(decoy.salt.len(), ScramKeys::SALT_LEN);
    assert_ne!(decoy.salt, ScramKeys::decoy(b"seed", "somebody", 4096).salt);
    assert_ne!(decoy.salt, ScramKeys::decoy(b"other", "nobody", 4096).salt);
    assert_ne!(decoy.stored_key, decoy.server_key);
}

#[test]
fn derive_prepares_the_password() {
    let keys = |password| ScramKeys::derive(password, b"salt", 2);
    assert_eq!(keys("\u{2168}"), keys("IX"));
    assert_ne!(keys("ix"), keys("IX"));
    assert_eq!(
        format!("{:?}", keys("IX")),
        "ScramKeys { iterations: 2, .. }"
    );
    // What SASLprep refuses still makes keys of its own.
    assert_ne!(keys("\u{7}"), keys("\u{8}"));
}
