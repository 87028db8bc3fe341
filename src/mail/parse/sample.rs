//! The beginning of the first text, kept while the message passes by, so that a preview needs no second look at it.

use crate::limits::SAMPLE_MAX;
use crate::message::{Part, Sample};

/// What has been kept so far.
#[derive(Default)]
pub(super) struct Sampling {
    sample: Option<Sample>,
    /// Where the sample begins in the message, while its part is open.
    open: Option<u64>,
}

impl Sampling {
    /// Whether octets that pass are of interest: asked before they do.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// A part's header has ended at `here`: begins a sample if the part is one to read.
    pub(super) fn part(&mut self, index: u32, part: &Part, here: u64) {
        let readable = part.media_type == "text" && matches!(&*part.subtype, "plain" | "html");
        let attached = part
            .disposition
            .as_ref()
            .is_some_and(|(disposition, _)| disposition == "attachment");
        if readable && !attached && self.sample.as_ref().is_none_or(is_blank) {
            self.open = Some(here);
            self.sample = Some(Sample {
                part: index,
                octets: Vec::new(),
            });
        }
    }

    /// `octets` began at `from`; the last `left` of them have not passed yet.
    pub(super) fn passed(&mut self, from: u64, octets: &[u8], left: usize) {
        let (Some(start), Some(sample)) = (self.open, &mut self.sample) else {
            return;
        };
        let passed = octets
            .get(..octets.len().saturating_sub(left))
            .unwrap_or_default();
        // A sample that began within these octets had not been open before them.
        if from < start {
            return;
        }
        let room = SAMPLE_MAX.saturating_sub(sample.octets.len());
        sample
            .octets
            .extend_from_slice(passed.get(..room).unwrap_or(passed));
    }

    /// A part ends: what has passed behind its end was not of it.
    pub(super) fn close(&mut self, index: u32, end: u64) {
        let Some(sample) = self.sample.as_mut().filter(|sample| sample.part == index) else {
            return;
        };
        if let Some(start) = self.open.take() {
            let length = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
            sample.octets.truncate(length);
        }
    }

    pub(super) fn finish(self) -> Option<Sample> {
        self.sample
    }
}

fn is_blank(sample: &Sample) -> bool {
    sample.octets.iter().all(u8::is_ascii_whitespace)
}
