//! What a client does next.

use super::Random;
use super::client::Mirror;

const FLAGS: [&str; 5] = ["\\Seen", "\\Flagged", "\\Deleted", "$One", "$Two"];

impl Mirror {
    /// Something to do.
    pub(super) fn choose(&self, random: &mut Random) -> String {
        let count = self.uids.len();
        let numbers = !self.dialect.uid_only() && count > 0;
        let any = |random: &mut Random| match self.uids.get(random.below(count)) {
            Some(uid) => *uid as usize,
            None => 1,
        };
        let by_uid = !numbers || random.below(2) == 0;
        let set = if by_uid {
            format!("{}:{}", any(random), any(random))
        } else {
            format!("{}:{}", 1 + random.below(count), 1 + random.below(count))
        };
        let uid = if by_uid { "UID " } else { "" };
        let flag = FLAGS[random.below(FLAGS.len())];
        let sign = ["+", "-", ""][random.below(3)];
        let silent = ["", ".SILENT"][random.below(2)];
        let since = match random.below(4) {
            0 if self.dialect.condstore() => {
                let low = self.highest.saturating_sub(random.below(6) as u64);
                format!(" (UNCHANGEDSINCE {low})")
            }
            _ => String::new(),
        };
        match random.below(22) {
            0 | 1 => "EXPUNGE".into(),
            2 => format!("UID EXPUNGE {set}"),
            3 => format!("{uid}MOVE {set} Trash"),
            4 => format!(
                "UID COPY {set} {}",
                ["INBOX", "\"Other Users/ann@house.test/INBOX\""][self.person]
            ),
            5 | 6 => format!("{uid}FETCH {set} (BODY[TEXT])"),
            7 | 8 => format!("{uid}FETCH {set} (UID FLAGS)"),
            9 if self.dialect.condstore() => {
                format!(
                    "{uid}FETCH {set} (FLAGS MODSEQ) (CHANGEDSINCE {})",
                    self.highest
                )
            }
            10 if numbers => "SEARCH ALL".into(),
            11 if numbers => "UID SEARCH NOT 1".into(),
            12 => "UID SEARCH UID 1:*".into(),
            13 => "IDLE".into(),
            14 | 15 => "NOOP".into(),
            _ => format!("{uid}STORE {set}{since} {sign}FLAGS{silent} ({flag})"),
        }
    }
}
