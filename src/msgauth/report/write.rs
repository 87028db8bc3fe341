//! An aggregate report as XML (RFC 7489 appendix C).

use std::fmt::Write as _;

use super::Aggregate;

/// The report, ready to be packed. `None` for a result that could not be said in the schema's words is never written: all of them are taken from it.
pub fn write_aggregate(report: &Aggregate) -> String {
    let mut out = Xml::default();
    out.text
        .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.open("feedback");
    out.field("version", "1.0");
    out.open("report_metadata");
    out.field("org_name", &report.organization);
    out.field("email", &report.email);
    out.field("report_id", &report.id);
    out.open("date_range");
    out.field("begin", &report.begin.to_string());
    out.field("end", &report.end.to_string());
    out.close("date_range");
    if report.left_out > 0 {
        let error = format!(
            "{} messages are in no row: too many sources",
            report.left_out
        );
        out.field("error", &error);
    }
    out.close("report_metadata");
    let policy = &report.policy;
    let alignment = |strict| if strict { "s" } else { "r" };
    out.open("policy_published");
    out.field("domain", &policy.domain);
    out.field("adkim", alignment(policy.strict_dkim));
    out.field("aspf", alignment(policy.strict_spf));
    out.field("p", policy.policy.word());
    out.field("sp", policy.subdomains.word());
    out.field("pct", &policy.percent.to_string());
    out.close("policy_published");
    for record in &report.records {
        let passed = |passed| if passed { "pass" } else { "fail" };
        out.open("record");
        out.open("row");
        out.field("source_ip", &record.source.to_string());
        out.field("count", &record.count.to_string());
        out.open("policy_evaluated");
        out.field("disposition", record.disposition.word());
        out.field("dkim", passed(record.dkim));
        out.field("spf", passed(record.spf));
        for reason in &record.reasons {
            out.open("reason");
            out.field("type", &reason.kind);
            out.field("comment", &reason.comment);
            out.close("reason");
        }
        out.close("policy_evaluated");
        out.close("row");
        out.open("identifiers");
        out.field("envelope_from", &record.envelope_from);
        out.field("header_from", &record.header_from);
        out.close("identifiers");
        out.open("auth_results");
        for signature in &record.signatures {
            out.open("dkim");
            out.field("domain", &signature.domain);
            if !signature.selector.is_empty() {
                out.field("selector", &signature.selector);
            }
            out.field("result", &signature.result);
            out.close("dkim");
        }
        for sender in &record.senders {
            out.open("spf");
            out.field("domain", &sender.domain);
            if !sender.scope.is_empty() {
                out.field("scope", &sender.scope);
            }
            out.field("result", &sender.result);
            out.close("spf");
        }
        out.close("auth_results");
        out.close("record");
    }
    out.close("feedback");
    out.text
}

#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn open(&mut self, name: &str) {
        self.indent();
        writeln!(self.text, "<{name}>").ok();
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        writeln!(self.text, "</{name}>").ok();
    }

    fn field(&mut self, name: &str, value: &str) {
        self.indent();
        write!(self.text, "<{name}>").ok();
        for c in value.chars() {
            match c {
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '&' => self.text.push_str("&amp;"),
                // No document of XML 1.0 may hold these, not even as numbers (XML §2.2).
                '\u{FFFE}' | '\u{FFFF}' => self.text.push('?'),
                c if c.is_control() => self.text.push(' '),
                c => self.text.push(c),
            }
        }
        writeln!(self.text, "</{name}>").ok();
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push(' ');
        }
    }
}
