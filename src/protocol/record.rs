//! One line of a log.
//!
//! Does not depend on how lines reach a file.

use super::{Event, float};
use serde::{Deserialize, Serialize};

/// The version of the language that this program writes, and the highest that it reads.
pub const VERSION: u32 = 1;

/// One line of a run's log: an event, its place in the run's order and its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the language, [`VERSION`] when written by this program.
    pub v: u32,
    /// The place in the run's log, from 0, without gaps.
    pub seq: u64,
    /// Seconds since the run began; a resumed run counts on from where its log ended.
    #[serde(with = "float")]
    pub t: f64,
    /// What happened, its fields flat beside these.
    #[serde(flatten)]
    pub event: Event,
}
