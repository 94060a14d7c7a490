//! What the screen wants done outside of itself; `app` does it.
//!
//! Does not depend on how.

use crate::protocol::Command;

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A command for the session; what comes of it returns as [`Action::Answered`](super::Action::Answered).
    Send(Command),
    /// The program ends.
    Quit {
        /// Whether live runs go on without a screen; else they are stopped in order.
        leave_running: bool,
    },
    /// The program is suspended as a process.
    Suspend,
    /// The terminal is cleared and the next frame drawn whole.
    Redraw,
    /// The screen is saved as a text file; [`Action::Say`](super::Action::Say) tells where.
    SaveScreen,
    /// A log or a session's folder is opened in place of what is shown.
    Open {
        /// As in the library: a run's log or a session's folder.
        path: String,
    },
    /// Several logs are opened as the runs of one session, all marked.
    OpenTogether {
        /// As in the library: runs' logs.
        paths: Vec<String>,
    },
    /// The library is read anew and given to [`Model::set_library`](super::Model::set_library).
    ReadLibrary,
    /// The pixels of test images are given to [`Model::set_digits`](super::Model::set_digits).
    LoadDigits {
        /// Their places in the test set.
        indices: Vec<u32>,
    },
    /// A log is replayed: its records are applied as their times come, and
    /// [`Model::set_replay`](super::Model::set_replay) told the place.
    Replay(ReplayWish),
    /// MNIST is downloaded, and the session started on it.
    Download,
    /// The session is started on the built-in digits.
    UseBuiltIn,
    /// The view (open tab, selection, marks) is kept for the next time: [`Model::view_facts`](super::Model::view_facts).
    Remember,
}

/// A wish about a replay.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplayWish {
    /// The log at a path is played from its start.
    Start {
        /// A run's log or a session's folder.
        path: String,
    },
    /// The playing goes on.
    Play,
    /// The playing waits.
    Pause,
    /// Log seconds a second, 1 to 100.
    Speed(f64),
    /// To this second of the log.
    Seek(f64),
    /// One record on.
    Step,
    /// The whole log is shown and the replay is over.
    End,
}
