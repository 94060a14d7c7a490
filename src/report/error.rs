//! What can go wrong while a session is handed on.

use std::io;
use std::path::PathBuf;

/// Why a report or an export could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The path holds no session, no run and no log.
    #[error(
        "{path}: no run found; expected a session's folder, SESSION/RUN, another program's log or a folder of them{over}"
    )]
    NoRuns {
        /// What was asked for.
        path: PathBuf,
        /// What is there instead: nothing, or a line for each file, each begun by a line's end.
        over: String,
    },
    /// One run is needed, and the path names several.
    #[error("{path}: names several runs; name one as SESSION/RUN, of: {runs}")]
    Several {
        /// What was asked for.
        path: PathBuf,
        /// The runs' ids.
        runs: String,
    },
    /// A log cannot be read at all.
    #[error("{path}: {reason}")]
    Log {
        /// The session or log.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The output would overwrite what is read.
    #[error("{path}: the output lies in the session that it is made from; name another place")]
    Inside {
        /// The output asked for.
        path: PathBuf,
    },
    /// A figure cannot be drawn.
    #[error("cannot draw \"{title}\": {reason}")]
    Draw {
        /// The figure.
        title: String,
        /// What plotters says.
        reason: String,
    },
}
