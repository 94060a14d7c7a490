//! What can go wrong with a session as a whole.
//!
//! Does not depend on single runs: what goes wrong with one stands in its log.

use super::suite::SuiteError;
use crate::format::RecordError;

/// Why a session cannot start or did not end as it should.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A session's folder, log or lock.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The runs do not fit the data or the machine.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// The data could not be loaded.
    #[error("{0}")]
    Data(String),
    /// The session cannot be resumed with what there is now.
    #[error("session {session} cannot be resumed: {}", differences.join("; "))]
    Changed {
        /// The session's name.
        session: String,
        /// What differs, one entry each.
        differences: Vec<String>,
    },
    /// Every run that is left is another process's.
    #[error("session {session} cannot be resumed: {first}{}", others(*more))]
    Held {
        /// The session's name.
        session: String,
        /// What keeps the first of the runs, with host and process.
        first: RecordError,
        /// How many further runs are kept so.
        more: usize,
    },
    /// There is nothing to run.
    #[error("there is nothing to run: the selection of the suite is empty")]
    Empty,
    /// The system has no thread to give.
    #[error("the thread {name} cannot be started: {source}")]
    Thread {
        /// The thread's name.
        name: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A thread of the engine ended by a panic: a fault of the program.
    #[error("the thread {name} panicked: {message}")]
    Panicked {
        /// The thread's name.
        name: String,
        /// The panic's message.
        message: String,
    },
}

fn others(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => ", and so is 1 other run".to_owned(),
        count => format!(", and so are {count} other runs"),
    }
}

/// The words of a panic.
pub(super) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
