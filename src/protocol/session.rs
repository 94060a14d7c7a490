//! What a session's folder says beside its runs' logs: who runs it, on what data, and what is still to run.
//!
//! Does not depend on paths or locks.

use super::{Origin, Spec};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// `session.json`: written once by the process that opens the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionHeader {
    /// The version of the language.
    pub v: u32,
    /// The suite's name.
    pub suite: String,
    /// The name of the machine.
    pub host: String,
    /// The program's version.
    pub program: String,
    /// The process that opened the session.
    pub pid: u32,
    /// Seconds since 1970-01-01 UTC when it was opened.
    pub created: u64,
    /// Workers of that process.
    pub jobs: usize,
    /// What the runs learn from.
    pub dataset: DatasetInfo,
}

/// What the runs of a session learn from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatasetInfo {
    /// `MNIST`, `built-in digits`, or the folder's name.
    pub name: String,
    /// The folder; absent for the built-in digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
    /// Classes.
    pub classes: usize,
    /// SHA-256 of each of the four files, uncompressed.
    pub digests: Vec<FileDigest>,
}

/// The checksum of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// `train-images-idx3-ubyte` and so on.
    pub file: String,
    /// SHA-256 of the uncompressed content, in hexadecimal.
    pub sha256: String,
}

/// One run that waits to be started: `queue/<run>.json` in the session's folder, removed by nobody, so that the plan
/// of a session stays readable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The run's id, `relu-s3`, unique in its session; letters, digits, `.`, `-`, `_` only.
    pub run: String,
    /// The experiment's name, shared by its seeds.
    pub name: String,
    /// The place in the queue.
    pub order: u32,
    /// The seed of every random stream of the run.
    pub seed: u64,
    /// The complete settings.
    pub spec: Arc<Spec>,
    /// Of a fork: the run and the checkpoint that it goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork_of: Option<Origin>,
}
