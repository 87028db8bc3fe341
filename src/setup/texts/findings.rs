//! What the DNS and the line say of the house's records, and what each record is for: also what `pillarbox dns` prints.

use super::section;

section!(
    /// One sentence about one record, or about the line.
    Findings {
        dns_silent, silence,
        host_missing, host_private, host_other, host_right,
        mx_missing, mx_null, mx_elsewhere, mx_right, mx_shared, mx_behind,
        reverse_relay, reverse_none, reverse_unknown, reverse_right, reverse_astray,
        spf_missing, spf_many, spf_world, spf_redirect, spf_lacks, spf_not_box, spf_neutral, spf_right, spf_right_partly, spf_right_relay,
        keys_none, key_missing, key_many, key_right, key_cut, key_withdrawn, key_other, key_altered, key_broken,
        dmarc_missing, dmarc_watches, dmarc_right, dmarc_broken, dmarc_many,
        dane_unknown, dane_right, dane_wrong,
        reports_none, reports_right,
        sts_none, sts_elsewhere, sts_right, sts_other,
        srv_right, srv_elsewhere, srv_port, srv_absent,
        web_right, web_elsewhere, web_absent,
        line_relay, line_turned_away, line_shut, line_unknown, line_open, line_caught,
    }
);

section!(
    /// What a record is for, and what no record can say.
    Reasons {
        address, mx, spf, spf_relay, rsa, ed25519, dmarc, spf_host, srv, reports, dane,
        autoconfig, autodiscover, autodiscover_srv, sts_host, sts,
        advice_address, advice_reverse, advice_reverse_relay, advice_include,
    }
);
