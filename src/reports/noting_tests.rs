use msgauth::dmarc::{DmarcResult, DmarcVerdict};

use super::*;

fn said(policy: Policy, disposition: Policy, refused: bool, aside: bool) -> (Policy, String) {
    let verdicts = Verdicts {
        dmarc: Some(DmarcVerdict {
            result: DmarcResult::Fail,
            domain: "a.test".into(),
            policy_domain: "a.test".into(),
            policy: Some(policy),
            disposition,
            spf: false,
            dkim: false,
            record: None,
            reason: String::new(),
        }),
        ..Verdicts::default()
    };
    let (done, reasons) = told(&verdicts, Outcome { refused, aside });
    let kinds: Vec<String> = reasons.into_iter().map(|reason| reason.kind).collect();
    (done, kinds.join(" "))
}

#[test]
fn what_is_told_is_what_the_policy_did() {
    use Policy::{None, Quarantine, Reject};
    let expect = |done, why: &str| (done, why.to_owned());
    assert_eq!(said(Reject, Reject, true, true), expect(Reject, ""));
    assert_eq!(
        said(Reject, Reject, false, true),
        expect(Quarantine, "local_policy")
    );
    assert_eq!(
        said(Reject, Reject, false, false),
        expect(None, "trusted_forwarder")
    );
    assert_eq!(
        said(Quarantine, Quarantine, false, true),
        expect(Quarantine, "")
    );
    assert_eq!(
        said(Reject, Quarantine, false, true),
        expect(Quarantine, "sampled_out")
    );
    // A person's own filter is not told of.
    assert_eq!(said(None, None, true, true), expect(None, ""));
}
