//! Logs on disk: a session's folder, the thread that writes every record, the readers, the locks, the checkpoints.
//!
//! Room rule: it may import `protocol` and `output` (`tests/tidy.rs`).

mod age;
mod checkpoint;
mod discover;
mod error;
mod folder;
mod foreign;
mod kind;
mod line;
mod lines;
mod lock;
mod log;
mod names;
mod note;
mod reader;
mod recorder;
mod rows;
mod scan;
mod sink;
mod tail;
mod unfinished;
mod unreadable;

pub use age::{LogAge, log_age};
pub use checkpoint::{LoadedCheckpoint, SavedCheckpoint, read_weights, sha256};
pub use discover::{RunFiles, passed_over, passed_over_lines, run_files};
pub use error::RecordError;
pub use folder::SessionFolder;
pub use foreign::{Columns, ForeignReader, MOST_FOREIGN_METRICS, STEP_NAMES, column_names};
pub use kind::{FileKind, kind_of};
pub use line::{LineError, parse, print};
pub use lines::{CHUNK, LONGEST_LINE, LineReader, Piece};
pub use lock::{RunLock, host_name, this_process};
pub use names::{is_safe_name, safe_name, utc_stamp};
pub use note::add_note;
pub use reader::{Found, LogReader, Reading, read_all};
pub use recorder::{Ended, Recorder, RecorderHandle, RecorderSettings};
pub use rows::Oddities;
pub use sink::{FolderLogs, LastRecord, LogOpener, LogSink, OpenLog, last_record, read_head};
pub use tail::{Tail, read_tail};
pub use unreadable::Unreadable;

#[cfg(test)]
pub(crate) use folder::test_folder;
