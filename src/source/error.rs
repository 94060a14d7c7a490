//! Why a source cannot be opened, in words that name the path and what is allowed.
//!
//! Does not depend on what a caller does about it.

use crate::format::{RecordError, Unreadable};
use std::io;
use std::path::PathBuf;

/// An error of the sources that read files.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The session's files cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The operating system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder holds nothing that can be shown.
    #[error(
        "{} holds no run: neither a session (session.json, runs/) nor files that end in .jsonl, .ndjson, .json, .csv \
         or .tsv and hold rows of numbers{over}",
        path.display()
    )]
    Empty {
        /// The folder.
        path: PathBuf,
        /// What is there instead: nothing, or a line for each file, each begun by a line's end.
        over: String,
    },
    /// A file that is there holds no log.
    #[error("{} {what}", path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        what: Unreadable,
    },
}
