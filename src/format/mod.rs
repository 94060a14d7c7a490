//! Every way to read a file of records: this program's own logs, and other tools' through `perceptop-formats`.
//!
//! Depends on `protocol` for what a record is. Does not depend on folders of sessions, or on what is made of records.

mod detect;
mod discover;
mod error;
mod head;
mod lines;
mod log_file;
mod native;
mod sanitise;
mod third_party;
mod unreadable;

pub use detect::{FileKind, kind_of};
pub use discover::{FoundRun, RunSearch, passed_over, passed_over_lines, run_names, runs_in, runs_of_file};
pub use error::RecordError;
pub use head::read_head;
pub(crate) use lines::LONGEST_LINE;
pub use native::{Found, LineError, LogReader, Reading, Tail, parse, print, read_all, read_tail};
pub use sanitise::{clean_header, clean_name, clean_plan, clean_record, clean_text};
pub use third_party::{Columns, ThirdPartyReader, column_names};
pub use unreadable::Unreadable;

pub(crate) use log_file::{LogFile, LogItem, first_record, is_log};
