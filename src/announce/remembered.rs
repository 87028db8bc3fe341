//! The numbers of names that were taken, in a file of the data folder (RFC 6762 §9, point 3): two lines, number and name as it was wished for.
//!
//! A file that is not there or not understood says that the names are free; it is only a first guess, and names are probed for all the same.

use std::fs;
use std::io;
use std::path::Path;

use mdns::Numbers;

use crate::atomic_file::{self, Rights};

/// Its name.
pub(super) const FILE: &str = "announced";
/// More than two lines of labels never hold.
const LONGEST: u64 = 512;

/// The numbers for these names; another name than the remembered one begins anew.
pub(super) fn read(file: &Path, host: &str, instance: &str) -> Numbers {
    let small = fs::metadata(file).is_ok_and(|about| about.len() <= LONGEST);
    let text = if small {
        fs::read_to_string(file).unwrap_or_default()
    } else {
        String::new()
    };
    let mut lines = text.lines();
    let mut number = |name: &str| {
        let (number, of) = lines.next()?.split_once(' ')?;
        number
            .parse()
            .ok()
            .filter(|number| *number > 0 && of == name)
    };
    Numbers {
        host: number(host).unwrap_or(1),
        instance: number(instance).unwrap_or(1),
    }
}

/// Remembers them. Whole or not at all.
pub(super) fn write(file: &Path, host: &str, instance: &str, numbers: Numbers) -> io::Result<()> {
    let text = format!("{} {host}\n{} {instance}\n", numbers.host, numbers.instance);
    atomic_file::replace(file, text.as_bytes(), Rights::Private)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_remembered_for_their_names_only() {
        let folder =
            std::env::temp_dir().join(format!("pillarbox-announced-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(FILE);
        assert_eq!(read(&file, "post", "Post"), Numbers::default());
        let numbers = Numbers {
            host: 3,
            instance: 2,
        };
        write(&file, "post", "Our Post", numbers).unwrap();
        assert_eq!(read(&file, "post", "Our Post"), numbers);
        assert_eq!(read(&file, "box", "Our Post").host, 1);
        assert_eq!(read(&file, "box", "Our Post").instance, 2);
        for odd in ["", "x post\n", "0 post\n2", "-1 post", &"9".repeat(600)] {
            fs::write(&file, odd).unwrap();
            assert_eq!(read(&file, "post", "Our Post"), Numbers::default(), "{odd}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
