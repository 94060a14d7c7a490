//! Logs on disk: a session's folder, the thread that writes every record, the locks, the checkpoints.
//!
//! What it may import stands in `tests/integration/tidy.rs`.

mod age;
mod checkpoint;
mod lock;
mod log_file;
mod names;
mod note;
mod recorder;
mod run_log;
mod session_dir;
mod unfinished;

pub use age::{LogAge, log_age};
pub use checkpoint::{LoadedCheckpoint, SavedCheckpoint, read_weights, sha256};
pub use lock::{RunLock, host_name};
pub use log_file::{FolderLogs, LastRecord, LogOpener, LogSink, OpenLog};
pub use names::is_safe_name;
pub use note::add_note;
pub use recorder::{Ended, Recorder, RecorderHandle, RecorderSettings};
pub use session_dir::SessionFolder;
#[cfg(test)]
pub(crate) use session_dir::test_folder;
