//! A note added to a log whose run is over, by a reader of it.
//!
//! The run's lock is held meanwhile, so that no line of another process is torn. Does not depend on who writes, or why.

use super::SessionFolder;
use super::log_file::last_record;
use super::log_file::{FolderLogs, LogOpener};
use crate::format::RecordError;
use crate::format::print;
use crate::protocol::{Event, Note, Record, VERSION};

/// Appends a note to the log of a run that nobody works on, at the time of its last record.
///
/// # Errors
/// [`RecordError::Held`] while a process works on the run, which alone writes its log then; and when the log does not
/// exist or cannot be written.
pub fn add_note(folder: &SessionFolder, run: &str, text: &str) -> Result<(), RecordError> {
    let path = folder.log(run)?;
    let _lock = folder.lock(run)?;
    let t = last_record(&path)?.map_or(0.0, |last| last.t);
    let mut log = FolderLogs(folder.clone()).open(run)?;
    let event = Event::Note(Note { text: text.to_owned() });
    let mut line = Vec::new();
    print(&Record { v: VERSION, seq: log.next_seq, t, event }, &mut line)
        .map_err(|error| RecordError::Content { path: path.clone(), message: error.to_string() })?;
    let mut rest = line.as_slice();
    while !rest.is_empty() {
        let written = log.sink.write(rest).map_err(RecordError::io("write", &path));
        match written {
            Ok(count) if count > 0 => rest = &rest[count..],
            // Half a note is none.
            other => {
                log.sink.truncate(log.length).map_err(RecordError::io("write", &path))?;
                let full = || RecordError::Content { path: path.clone(), message: "takes no more bytes".to_owned() };
                return other.and_then(|_| Err(full()));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Found, read_all};
    use crate::record::test_folder;
    use std::fs;

    #[test]
    fn a_note_is_the_next_record_unless_somebody_writes_the_log() {
        let (_logs, folder) = test_folder();
        assert!(add_note(&folder, "a", "early").unwrap_err().to_string().contains("No such file"));
        let path = folder.log("a").unwrap();
        fs::write(&path, "{\"v\":1,\"seq\":4,\"t\":2.5,\"event\":\"paused\"}\n{\"v\":1,\"torn").unwrap();
        add_note(&folder, "a", "kept: \"so\"\nand on").unwrap();
        let found = read_all(&path).unwrap();
        let event = Event::Note(Note { text: "kept: \"so\"\nand on".to_owned() });
        let note = Record { v: 1, seq: 5, t: 2.5, event };
        assert!(matches!(&found[1], Found::Record(record) if **record == note), "{found:?}");
        let lock = folder.lock("a").unwrap();
        assert!(matches!(add_note(&folder, "a", "no"), Err(RecordError::Held { .. })));
        drop(lock);
        assert_eq!(read_all(&path).unwrap().len(), 2);
    }
}
