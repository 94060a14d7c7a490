//! What makes no sense in the order of a log's records, kept as findings beside the run instead of as errors.
//!
//! Does not depend on how records are read.

use std::fmt;

/// Findings kept of one run; further ones are only counted.
pub(super) const MAX_KEPT: usize = 64;

/// One thing that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Anomaly {
    /// Records are missing.
    Gap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// A number came again; the record was skipped.
    Repeated {
        /// The number.
        seq: u64,
    },
    /// Something came before the run began.
    BeforeStart {
        /// The record's number.
        seq: u64,
    },
    /// Something came after the run ended.
    AfterEnd {
        /// The record's number.
        seq: u64,
    },
    /// A run began although it had begun already; what was known of it was forgotten.
    StartedAgain {
        /// The record's number.
        seq: u64,
    },
    /// Steps went back.
    StepBack {
        /// Steps done according to the record before.
        from: u64,
        /// Steps done according to this one.
        to: u64,
    },
    /// Another program began again at an earlier step and went on writing to the same file.
    Restarted {
        /// Its last step before.
        from: u64,
        /// Its first step after.
        to: u64,
    },
    /// Seconds went back.
    TimeBack {
        /// Seconds of the record before.
        from: f64,
        /// Seconds of this one.
        to: f64,
    },
    /// More distinct metrics than are kept; the others are skipped.
    TooManyMetrics {
        /// The record's number.
        seq: u64,
    },
}

impl fmt::Display for Anomaly {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { expected, found } => {
                write!(formatter, "records {expected} to {} are missing", found.saturating_sub(1))
            }
            Self::Repeated { seq } => write!(formatter, "duplicate record {seq}"),
            Self::BeforeStart { seq } => write!(formatter, "record {seq} came before the run began"),
            Self::AfterEnd { seq } => write!(formatter, "record {seq} came after the run ended"),
            Self::StartedAgain { seq } => write!(formatter, "record {seq} restarted the run"),
            Self::StepBack { from, to } => write!(formatter, "step decreased from {from} to {to}"),
            Self::Restarted { from, to } => write!(formatter, "restarted at step {to} after step {from}"),
            Self::TimeBack { from, to } => write!(formatter, "time decreased from {from} to {to}"),
            Self::TooManyMetrics { seq } => {
                write!(formatter, "record {seq} names more metrics than the {} kept", super::run::MAX_METRICS)
            }
        }
    }
}

/// The findings of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Anomalies {
    kept: Vec<Anomaly>,
    count: u64,
}

impl Anomalies {
    /// Adds a finding.
    pub fn push(&mut self, anomaly: Anomaly) {
        self.count += 1;
        if self.kept.len() < MAX_KEPT {
            self.kept.push(anomaly);
        }
    }

    /// The first `MAX_KEPT` findings.
    #[must_use]
    pub fn kept(&self) -> &[Anomaly] {
        &self.kept
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether everything made sense.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
