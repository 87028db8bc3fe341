//! NOTIFY, METADATA and QUOTA, printed.

use imap::command::*;

use crate::items;
use crate::print::Line;

impl Line {
    pub(crate) fn notify(&mut self, set: &NotifySet) -> &mut Line {
        self.put(if set.status {
            "NOTIFY SET STATUS"
        } else {
            "NOTIFY SET"
        });
        for NotifyGroup { mailboxes, events } in &set.groups {
            self.put(" (");
            match mailboxes {
                NotifyMailboxes::Selected => self.put("selected"),
                NotifyMailboxes::SelectedDelayed => self.put("selected-delayed"),
                NotifyMailboxes::Inboxes => self.put("inboxes"),
                NotifyMailboxes::Personal => self.put("personal"),
                NotifyMailboxes::Subscribed => self.put("subscribed"),
                NotifyMailboxes::Subtree(names) => self.put("subtree ").names(names),
                NotifyMailboxes::Named(names) => self.put("mailboxes ").names(names),
            };
            self.put(" ");
            self.events(events);
            self.put(")");
        }
        self
    }

    pub(crate) fn events(&mut self, events: &NotifyEvents) {
        if events.bits == 0 {
            self.put("NONE");
            return;
        }
        let all = [
            (NotifyEvents::NEW, "MessageNew"),
            (NotifyEvents::EXPUNGE, "MessageExpunge"),
            (NotifyEvents::FLAGS, "FlagChange"),
            (NotifyEvents::NAMES, "MailboxName"),
            (NotifyEvents::SUBSCRIPTION, "SubscriptionChange"),
            (NotifyEvents::METADATA, "MailboxMetadataChange"),
            (NotifyEvents::SERVER, "ServerMetadataChange"),
        ];
        let there: Vec<(u8, &str)> = all
            .into_iter()
            .filter(|(bit, _)| events.has(*bit))
            .collect();
        self.list(&there, |line, (bit, name)| {
            line.put(name);
            if *bit == NotifyEvents::NEW && !events.fetch.is_empty() {
                line.put(" ").list(&events.fetch, items::item);
            }
        });
    }

    pub(crate) fn get_metadata(&mut self, get: &GetMetadata) -> &mut Line {
        let depth = match get.depth {
            Depth::Zero => "0",
            Depth::One => "1",
            Depth::Infinity => "infinity",
        };
        let size = get
            .max_size
            .map_or(String::new(), |size| format!(" MAXSIZE {size}"));
        self.put(format!("GETMETADATA (DEPTH {depth}{size}) "))
            .mailbox(&get.mailbox);
        self.put(" ").list(&get.entries, |line, name| {
            line.string(name.0.as_bytes());
        })
    }

    pub(crate) fn set_metadata(&mut self, set: &SetMetadata) -> &mut Line {
        self.put("SETMETADATA ").mailbox(&set.mailbox).put(" ");
        self.list(&set.values, |line, (name, value)| {
            line.string(name.0.as_bytes());
            match &value.0 {
                Some(octets) => line.put(format!(" ~{{{}}}\r\n", octets.len())).put(octets),
                None => line.put(" NIL"),
            };
        })
    }

    pub(crate) fn set_quota(&mut self, root: &str, limits: &QuotaLimits) -> &mut Line {
        let mut all = Vec::new();
        all.extend(limits.storage.map(|limit| format!("STORAGE {limit}")));
        all.extend(limits.messages.map(|limit| format!("MESSAGE {limit}")));
        all.extend(limits.unknown.then(|| "X-OTHER 1".to_owned()));
        self.put("SETQUOTA ")
            .string(root.as_bytes())
            .put(format!(" ({})", all.join(" ")))
    }
}
