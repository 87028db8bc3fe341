//! Response codes (RFC 9051 §7.1, RFC 5530): the machine's part of a status response.

use std::ops::RangeInclusive;

use store::Uid;

use crate::print;

/// One code, without its brackets.
#[derive(Debug, PartialEq, Clone)]
pub enum Code {
    /// ALERT: whoever sits before the client has to see the text
    Alert,
    /// ALREADYEXISTS
    AlreadyExists,
    /// APPENDUID: UIDVALIDITY and the new UIDs, which are consecutive and in the order of the messages
    AppendUid(u32, RangeInclusive<Uid>),
    /// AUTHENTICATIONFAILED
    AuthenticationFailed,
    /// BADURL: the URL as it was sent (RFC 4469 §4.1)
    BadUrl(String),
    /// BADCHARSET with the charsets that are understood
    BadCharset,
    /// CANNOT
    Cannot,
    /// CAPABILITY: the list, space-separated
    Capability(String),
    /// CLIENTBUG
    ClientBug,
    /// CLOSED
    Closed,
    /// BADEVENT with the events that there are (RFC 5465 §8)
    BadEvent,
    /// NOTIFICATIONOVERFLOW (RFC 5465 §5.8)
    NotificationOverflow,
    /// COMPRESSIONACTIVE (RFC 4978)
    CompressionActive,
    /// CONTACTADMIN
    ContactAdmin,
    /// COPYUID: UIDVALIDITY, source UIDs, destination UIDs, pairwise in this order
    CopyUid(u32, Vec<Uid>, Vec<Uid>),
    /// EXPUNGEISSUED
    ExpungeIssued,
    /// HASCHILDREN
    HasChildren,
    /// HIGHESTMODSEQ (RFC 7162 §3.1.2.1): the client knows of every change up to this
    HighestModSeq(store::ModSeq),
    /// INUSE
    InUse,
    /// LIMIT
    Limit,
    /// MAILBOXID (RFC 8474 §4.1)
    MailboxId(String),
    /// METADATA LONGENTRIES (RFC 5464 §4.2.1): octets of the largest value left out
    MetadataLongEntries(u64),
    /// METADATA MAXSIZE (RFC 5464 §4.3): octets of the largest value taken
    MetadataMaxSize(u64),
    /// METADATA TOOMANY (RFC 5464 §4.3)
    MetadataTooMany,
    /// NOUPDATE: the tag of a search whose result is not kept up to date (RFC 5267 §4.3.1)
    NoUpdate(String),
    /// MODIFIED (RFC 7162 §3.1.3): ascending ranges of message numbers (STORE) or UIDs (UID STORE) that failed UNCHANGEDSINCE
    Modified(Vec<(u32, u32)>),
    /// NONEXISTENT
    NonExistent,
    /// NOPERM
    NoPerm,
    /// OVERQUOTA
    OverQuota,
    /// PERMANENTFLAGS: the list with its parentheses
    PermanentFlags(String),
    /// PRIVACYREQUIRED
    PrivacyRequired,
    /// READ-ONLY
    ReadOnly,
    /// READ-WRITE
    ReadWrite,
    /// SERVERBUG
    ServerBug,
    /// NOTSAVED (RFC 5182)
    NotSaved,
    /// TOOBIG (RFC 7889)
    TooBig,
    /// TRYCREATE
    TryCreate,
    /// UIDNEXT
    UidNext(Uid),
    /// UIDREQUIRED (RFC 9586 §3): message numbers are not allowed any more
    UidRequired,
    /// UIDVALIDITY
    UidValidity(u32),
    /// UNAVAILABLE
    Unavailable,
    /// UNDEFINED-FILTER (RFC 5466 §3.1): the name of a filter that there is not
    UndefinedFilter(String),
    /// UNKNOWN-CTE (RFC 3516)
    UnknownCte,
    /// UNSEEN: sequence number of the first (RFC 3501)
    Unseen(u32),
    /// URLMECH: the one mechanism (RFC 4467 §8)
    UrlMech,
    /// USEATTR (RFC 6154)
    UseAttr,
}

impl Code {
    /// Prints the code, without brackets.
    pub fn print(&self, out: &mut Vec<u8>) {
        let name: &[u8] = match self {
            Code::AlreadyExists => b"ALREADYEXISTS",
            Code::AppendUid(validity, uids) => {
                out.extend_from_slice(b"APPENDUID ");
                print::number(u64::from(*validity), out);
                out.push(b' ');
                print::number(u64::from(*uids.start()), out);
                if uids.end() > uids.start() {
                    out.push(b':');
                    print::number(u64::from(*uids.end()), out);
                }
                return;
            }
            Code::Alert => b"ALERT",
            Code::AuthenticationFailed => b"AUTHENTICATIONFAILED",
            Code::BadUrl(url) => {
                out.extend_from_slice(b"BADURL \"");
                for octet in url.bytes() {
                    match octet {
                        b'"' | b'\\' | b']' | b'\0'..=b' ' | 0x7f.. => {
                            out.push(b'%');
                            for digit in [octet >> 4, octet & 15] {
                                let digit = char::from_digit(digit.into(), 16).unwrap_or('0');
                                out.push(digit.to_ascii_uppercase() as u8);
                            }
                        }
                        octet => out.push(octet),
                    }
                }
                return out.push(b'"');
            }
            Code::BadCharset => b"BADCHARSET (US-ASCII UTF-8)",
            Code::Cannot => b"CANNOT",
            Code::Capability(list) => {
                out.extend_from_slice(b"CAPABILITY ");
                return out.extend_from_slice(list.as_bytes());
            }
            Code::ClientBug => b"CLIENTBUG",
            Code::Closed => b"CLOSED",
            Code::BadEvent => {
                out.extend_from_slice(b"BADEVENT (");
                out.extend_from_slice(crate::notify::EVENTS.as_bytes());
                b")"
            }
            Code::NotificationOverflow => b"NOTIFICATIONOVERFLOW",
            Code::CompressionActive => b"COMPRESSIONACTIVE",
            Code::ContactAdmin => b"CONTACTADMIN",
            Code::CopyUid(validity, from, to) => {
                out.extend_from_slice(b"COPYUID ");
                print::number(u64::from(*validity), out);
                out.push(b' ');
                print::uid_set(from, out);
                out.push(b' ');
                return print::uid_set(to, out);
            }
            Code::ExpungeIssued => b"EXPUNGEISSUED",
            Code::HasChildren => b"HASCHILDREN",
            Code::HighestModSeq(modseq) => {
                out.extend_from_slice(b"HIGHESTMODSEQ ");
                return print::number(*modseq, out);
            }
            Code::InUse => b"INUSE",
            Code::Limit => b"LIMIT",
            Code::MailboxId(id) => {
                out.extend_from_slice(b"MAILBOXID (");
                out.extend_from_slice(id.as_bytes());
                b")"
            }
            Code::MetadataLongEntries(octets) => {
                out.extend_from_slice(b"METADATA LONGENTRIES ");
                return print::number(*octets, out);
            }
            Code::MetadataMaxSize(octets) => {
                out.extend_from_slice(b"METADATA MAXSIZE ");
                return print::number(*octets, out);
            }
            Code::MetadataTooMany => b"METADATA TOOMANY",
            Code::NoUpdate(tag) => {
                out.extend_from_slice(b"NOUPDATE \"");
                out.extend_from_slice(tag.as_bytes());
                return out.push(b'"');
            }
            Code::Modified(ranges) => {
                out.extend_from_slice(b"MODIFIED ");
                return print::ranges(ranges, out);
            }
            Code::NonExistent => b"NONEXISTENT",
            Code::NoPerm => b"NOPERM",
            Code::NotSaved => b"NOTSAVED",
            Code::OverQuota => b"OVERQUOTA",
            Code::PermanentFlags(list) => {
                out.extend_from_slice(b"PERMANENTFLAGS ");
                return out.extend_from_slice(list.as_bytes());
            }
            Code::PrivacyRequired => b"PRIVACYREQUIRED",
            Code::ReadOnly => b"READ-ONLY",
            Code::ReadWrite => b"READ-WRITE",
            Code::ServerBug => b"SERVERBUG",
            Code::TooBig => b"TOOBIG",
            Code::TryCreate => b"TRYCREATE",
            Code::UidNext(uid) => {
                out.extend_from_slice(b"UIDNEXT ");
                return print::number(u64::from(*uid), out);
            }
            Code::UidRequired => b"UIDREQUIRED",
            Code::UidValidity(validity) => {
                out.extend_from_slice(b"UIDVALIDITY ");
                return print::number(u64::from(*validity), out);
            }
            Code::Unavailable => b"UNAVAILABLE",
            Code::UndefinedFilter(name) => {
                out.extend_from_slice(b"UNDEFINED-FILTER ");
                return out.extend_from_slice(name.as_bytes());
            }
            Code::UnknownCte => b"UNKNOWN-CTE",
            Code::Unseen(number) => {
                out.extend_from_slice(b"UNSEEN ");
                return print::number(u64::from(*number), out);
            }
            Code::UrlMech => b"URLMECH INTERNAL",
            Code::UseAttr => b"USEATTR",
        };
        out.extend_from_slice(name);
    }
}
