//! Signs a message for programs that judge signatures: `sign DOMAIN FOLDER < message > signed`.
//!
//! The folder holds `ed25519.pk8` and `rsa.pk8` (PKCS#8, DER); what belongs at `e._domainkey.DOMAIN` and `r._domainkey.DOMAIN` is written there as `e.txt` and `r.txt`.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use msgauth::dkim::{HeaderList, Records, Selectors, Signer, SigningKeys};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let domain = arguments.next().ok_or("expected a domain and a folder")?;
    let folder = PathBuf::from(arguments.next().ok_or("expected a folder")?);
    let ed25519 = std::fs::read(folder.join("ed25519.pk8"))?;
    let keys = SigningKeys::load(&ed25519, &std::fs::read(folder.join("rsa.pk8"))?)?;
    let records = Records::of(&keys);
    std::fs::write(folder.join("e.txt"), records.ed25519)?;
    std::fs::write(folder.join("r.txt"), records.rsa)?;

    let mut message = Vec::new();
    std::io::stdin().read_to_end(&mut message)?;
    let selectors = Selectors {
        ed25519: "e".into(),
        rsa: "r".into(),
    };
    let mut signer = Signer::new(&keys, &domain, selectors, HeaderList::STANDARD);
    signer.feed(&message);
    let mut out = std::io::stdout();
    out.write_all(signer.finish(None)?.as_bytes())?;
    out.write_all(&message)?;
    Ok(())
}
