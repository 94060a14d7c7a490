//! Where the recorder's lines go: the log files of a session's folder, or whatever a test puts in their place.
//!
//! Does not depend on what the lines hold, or when to try again.

use super::SessionFolder;
use crate::format::RecordError;
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A log that lines are added to.
pub trait LogSink: Send {
    /// Writes some of the bytes after everything written so far, and says how many.
    ///
    /// # Errors
    /// Whatever the operating system reports.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts off everything past `length` bytes.
    ///
    /// # Errors
    /// Whatever the operating system reports.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Makes sure that the log still stands under its name; its length when it did not and was put back.
    ///
    /// # Errors
    /// When it does not and could not be put back.
    fn restore(&mut self) -> io::Result<Option<u64>>;
}

/// A log made ready for more lines.
pub struct OpenLog {
    /// Where they go.
    pub sink: Box<dyn LogSink>,
    /// The number of the next record.
    pub next_seq: u64,
    /// Bytes of the whole lines that are there.
    pub length: u64,
}

/// Opens logs by the run's id.
pub trait LogOpener: Send {
    /// Opens or creates the log of a run, a torn last line cut off.
    ///
    /// # Errors
    /// When it cannot be written.
    fn open(&mut self, run: &str) -> Result<OpenLog, RecordError>;
}

/// The logs of a session's folder.
#[derive(Clone, Debug)]
pub struct FolderLogs(pub SessionFolder);

impl LogOpener for FolderLogs {
    fn open(&mut self, run: &str) -> Result<OpenLog, RecordError> {
        let path = self.0.log(run)?;
        if !self.0.root().exists() {
            make_private(self.0.root()).map_err(RecordError::io("create", self.0.root()))?;
        }
        self.0.make("runs")?;
        let file = open_log(&path).map_err(RecordError::io("write", &path))?;
        let end = log_end(&file).map_err(RecordError::io("read", &path))?;
        file.set_len(end.length).map_err(RecordError::io("write", &path))?;
        let sink = Box::new(FileSink { file, path });
        Ok(OpenLog { sink, next_seq: end.last.map_or(0, |last| last.seq + 1), length: end.length })
    }
}

struct FileSink {
    file: File,
    path: PathBuf,
}

impl LogSink for FileSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn restore(&mut self) -> io::Result<Option<u64>> {
        let here = self.file.metadata()?;
        match fs::metadata(&self.path) {
            Ok(there) if (there.dev(), there.ino()) == (here.dev(), here.ino()) => return Ok(None),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if let Some(folder) = self.path.parent() {
            make_private(folder)?;
        }
        let mut new = open_log(&self.path)?;
        if new.metadata()?.len() == 0 {
            self.file.seek(SeekFrom::Start(0))?;
            io::copy(&mut self.file, &mut new)?;
        }
        let length = new.metadata()?.len();
        self.file = new;
        Ok(Some(length))
    }
}

fn open_log(path: &Path) -> io::Result<File> {
    File::options().read(true).append(true).create(true).mode(0o600).open(path)
}

fn make_private(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Number and time of the last record of a log.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct LastRecord {
    /// Its number.
    pub seq: u64,
    /// Its time in seconds of the run.
    #[serde(with = "crate::protocol::float")]
    pub t: f64,
}

/// Where a log ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct LogEnd {
    /// The last line that is a record, if any.
    last: Option<LastRecord>,
    /// Bytes of the whole lines.
    length: u64,
}

/// Number and time of the last whole record of a log, which a resumed run counts on from.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn last_record(path: &Path) -> Result<Option<LastRecord>, RecordError> {
    let file = File::open(path).map_err(RecordError::io("read", path))?;
    log_end(&file).map(|end| end.last).map_err(RecordError::io("read", path))
}

/// Reads a log backwards until a line is a record.
fn log_end(file: &File) -> io::Result<LogEnd> {
    const BLOCK: u64 = 64 << 10;
    let size = file.metadata()?.len();
    let mut tail: Vec<u8> = Vec::new();
    let mut start = size;
    let mut length = None;
    while start > 0 {
        let from = start.saturating_sub(BLOCK);
        let mut block = vec![0; (start - from) as usize];
        file.read_exact_at(&mut block, from)?;
        block.extend_from_slice(&tail);
        tail = block;
        start = from;
        if length.is_none() {
            let Some(end) = memchr::memrchr(b'\n', &tail) else {
                tail.clear();
                continue;
            };
            length = Some(start + end as u64 + 1);
            tail.truncate(end + 1);
        }
        // Whole lines of the tail, newest first; what stands before the first line end may begin further ahead.
        while let Some(text) = tail.strip_suffix(b"\n") {
            let begin = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
            if begin == 0 && start > 0 {
                break;
            }
            if let Ok(last) = serde_json::from_slice::<LastRecord>(&text[begin..]) {
                return Ok(LogEnd { last: Some(last), length: length.unwrap_or(0) });
            }
            tail.truncate(begin);
        }
    }
    Ok(LogEnd { last: None, length: length.unwrap_or(0) })
}
