//! What was typed after `cargo image`.

use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt as _};

use crate::failure::{Failure, Result};
use crate::target::Target;

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
cargo image [pi64|pi32] [--binary FILE] [--key FILE] [--out DIR] [--archive URI] [--quick]

  pi64            Zero 2 W, 3, 4, 5 (the default); pi32: Zero and 1
  --binary FILE   the static pillarbox; without it what `firmware/build pi64` (or pi32) made
  --key FILE      minisign's secret key to sign with, without a password or with PILLARBOX_KEY_PASSWORD set;
                  without it this machine's own, made once under target/
  --out DIR       where the files go; target/card without it
  --archive URI   Debian's archive, where this machine's apt does not know one
  --quick         for trying a binary: no compressed image, no signatures; leaves vmlinuz and initramfs beside the image";

/// What is to be built, and from what.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) target: Target,
    pub(crate) binary: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) archive: Option<String>,
    pub(crate) quick: bool,
}

impl Arguments {
    /// None where only help was asked for.
    pub(crate) fn parse(mut parser: Parser) -> Result<Option<Self>> {
        let mut arguments = Self {
            target: Target::Pi64,
            binary: None,
            key: None,
            out: None,
            archive: None,
            quick: false,
        };
        while let Some(argument) = parser.next().map_err(said)? {
            match argument {
                Arg::Long("binary") => arguments.binary = Some(path(&mut parser)?),
                Arg::Long("key") => arguments.key = Some(path(&mut parser)?),
                Arg::Long("out") => arguments.out = Some(path(&mut parser)?),
                Arg::Long("archive") => {
                    arguments.archive = Some(parser.value().map_err(said)?.string().map_err(said)?);
                }
                Arg::Long("quick") => arguments.quick = true,
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                Arg::Value(name) => {
                    arguments.target = Target::named(&name.string().map_err(said)?)?
                }
                other => return Err(said(other.unexpected())),
            }
        }
        Ok(Some(arguments))
    }
}

fn path(parser: &mut Parser) -> Result<PathBuf> {
    Ok(PathBuf::from(parser.value().map_err(said)?))
}

fn said(error: lexopt::Error) -> Failure {
    Failure::new(format!("{error}\n{USAGE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Option<Arguments>> {
        Arguments::parse(Parser::from_args(words))
    }

    #[test]
    fn a_target_and_a_binary() {
        let said = parse(&["pi32", "--binary", "here/pillarbox", "--quick"])
            .unwrap()
            .unwrap();
        assert_eq!(said.target, Target::Pi32);
        assert_eq!(said.binary.unwrap(), PathBuf::from("here/pillarbox"));
        assert!(said.quick && said.out.is_none());
    }

    #[test]
    fn nothing_said_is_the_64_bit_card() {
        assert_eq!(parse(&[]).unwrap().unwrap().target, Target::Pi64);
        assert!(parse(&["--help"]).unwrap().is_none());
    }

    #[test]
    fn another_word_is_told_what_there_is() {
        let sentence = parse(&["pi128"]).unwrap_err().to_string();
        assert!(
            sentence.contains("pi64") && sentence.contains("pi32"),
            "{sentence}"
        );
        assert!(
            parse(&["--fast"])
                .unwrap_err()
                .to_string()
                .contains("--quick")
        );
    }
}
