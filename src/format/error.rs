//! What can go wrong with logs, locks and checkpoints, in words that name the path, what was found and what is allowed.
//!
//! Does not depend on what a caller does about it.

use std::io;
use std::path::{Path, PathBuf};

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `write`, `read`, `create`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else than it should.
    #[error("{}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, with what is allowed.
        message: String,
    },
    /// A log was written by a later program.
    #[error(
        "{} line {line}: written in version {found} of the event language; this program reads up to version {known}",
        path.display()
    )]
    Version {
        /// The log.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The version found.
        found: u64,
        /// The highest version that can be read.
        known: u32,
    },
    /// A name that cannot be a file's.
    #[error(
        "the run id {name:?} cannot name a file: allowed are 1 to 128 letters, digits, `.`, `-` and `_`, not beginning \
         with a dot"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A run is held by another process.
    #[error("run {run} is held by process {pid} on {host}")]
    Held {
        /// The run's id.
        run: String,
        /// The machine of the process that holds it.
        host: String,
        /// Its process id there.
        pid: u32,
    },
    /// A folder that is no session's.
    #[error("{} is not a session: it has neither session.json nor a log of this program in runs/", path.display())]
    NotASession {
        /// The folder.
        path: PathBuf,
    },
    /// No checkpoint of a run can be used.
    #[error("run {run} has no usable checkpoint: {message}")]
    NoCheckpoint {
        /// The run's id.
        run: String,
        /// What was found instead.
        message: String,
    },
    /// The recorder ended with records that could not be written.
    #[error("{count} records could not be written: {message}")]
    Lost {
        /// How many records.
        count: usize,
        /// Why, as of the last attempt.
        message: String,
    },
}

impl From<perceptop_formats::ReadError> for RecordError {
    fn from(error: perceptop_formats::ReadError) -> Self {
        match error {
            perceptop_formats::ReadError::Io { path, source } => Self::Io { action: "read", path, source },
            perceptop_formats::ReadError::Content { path, message } => Self::Content { path, message },
        }
    }
}

impl RecordError {
    /// Wraps what the operating system says of a path, for use in `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
