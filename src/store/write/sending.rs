//! What a person may send in a day, and whom they have written to.

use std::collections::BTreeSet;

use mail::Address;

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::records::{QueueTime, SendingLimits};
use crate::schema::{SendingCount, key};

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

impl WriteTx<'_> {
    /// Counts one message of this person to `recipients`, and remembers them as correspondents; to be called in the deed that delivers.
    /// A day is one of the queue's time. Errors: `SendingLimit`, and then nothing is counted; `NoSuchAccount`.
    pub fn count_sending(
        &mut self,
        account: AccountId,
        now: QueueTime,
        limits: SendingLimits,
        recipients: &[Address],
    ) -> Result<()> {
        self.look().account_head(account)?;
        let day = u32::try_from(now.0 / DAY).unwrap_or(u32::MAX);
        let mut count = self.look().sending_count(account)?;
        if count.day != day {
            count = SendingCount {
                day,
                ..SendingCount::default()
            };
        }
        let new_before = count.new_recipients;
        count.messages = count.messages.saturating_add(1);
        if count.messages > limits.messages {
            return Err(Error::SendingLimit { messages: true });
        }
        let folded: BTreeSet<String> = recipients.iter().map(|to| to.fold().to_string()).collect();
        let mut rows = Vec::new();
        for name in folded {
            let row = key::named_of(key::CORRESPONDENTS, account, &name);
            let last = self.get(&row)?.map(<[u8]>::to_vec);
            if last.is_none() {
                count.new_recipients = count.new_recipients.saturating_add(1);
            }
            // Once a day is often enough: whoever is written to again on the same day costs no page.
            if last.as_deref() != Some(&day.to_be_bytes()) {
                rows.push(row);
            }
        }
        // Over a limit that was lowered today, people one knows can still be written to.
        if count.new_recipients > new_before && count.new_recipients > limits.new_recipients {
            return Err(Error::SendingLimit { messages: false });
        }
        for row in rows {
            self.put(&row, &day.to_be_bytes())?;
        }
        self.put(&key::of(key::SENDING, account), &count.write())
    }
}
