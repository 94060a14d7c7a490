//! One file as the records of one run, whether it is a log of this program or of another.
//!
//! What a file is shows its first line. Does not depend on folders or holders.

use super::native::{Found, LogReader, Reading, read_tail};
use super::read_head;
use super::sanitise::{clean, clean_record, clean_text};
use super::{Columns, FileKind, RecordError, ThirdPartyReader, kind_of};
use crate::protocol::{Event, Record, SESSION_STOPPED};
use perceptop_formats::{Format, RunFiles};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a file's beginning that tell what it is.
const HEAD: usize = 64 << 10;

/// Bytes of a long log's end that an outline holds: an epoch's figures and its steps.
const TAIL: u64 = 128 << 10;

/// Bad lines of one file that are said one by one.
const MAX_SAID: u64 = 20;

/// The kind of file.
#[derive(Debug)]
enum Kind {
    /// Nothing has been written yet, or no whole line.
    Unknown(PathBuf, Columns),
    Native(LogReader),
    ThirdParty(Box<ThirdPartyReader>),
}

/// The records of one file.
#[derive(Debug)]
pub(crate) struct LogFile {
    kind: Kind,
    bad_lines: u64,
    error: Option<String>,
    /// Where reading began after an outline; 0 when everything was read.
    outline_end: u64,
    /// Whether the last record read ended the run.
    pub(crate) has_ended: bool,
}

/// What a feed says next.
#[derive(Clone, Debug)]
pub(crate) enum LogItem {
    Record(Arc<Record>),
    Again,
    Fault(String),
    Remark(String),
}

impl LogFile {
    /// A file of which nothing is known.
    pub(crate) fn new(path: PathBuf, columns: Columns) -> Self {
        Self::of(Kind::Unknown(path, columns))
    }

    /// A run of another program, in a known format.
    pub(crate) fn third_party(format: &'static Format, files: RunFiles, columns: Columns) -> Self {
        Self::of(Kind::ThirdParty(Box::new(ThirdPartyReader::new(format, files, columns, false))))
    }

    /// A log of this program.
    pub(crate) fn native(path: PathBuf) -> Self {
        Self::of(Kind::Native(LogReader::new(path).cleaned(clean)))
    }

    fn of(kind: Kind) -> Self {
        Self { kind, bad_lines: 0, error: None, outline_end: 0, has_ended: false }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        match &self.kind {
            Kind::Unknown(path, _) => path,
            Kind::Native(reader) => reader.path(),
            Kind::ThirdParty(reader) => reader.path(),
        }
    }

    /// Begins the file anew.
    pub(crate) fn restart(&mut self) {
        let kind = match &self.kind {
            Kind::Unknown(path, columns) => Kind::Unknown(path.clone(), columns.clone()),
            Kind::Native(reader) => Kind::Native(LogReader::new(reader.path().to_owned()).cleaned(clean)),
            Kind::ThirdParty(reader) => Kind::ThirdParty(Box::new(reader.from_start())),
        };
        *self = Self::of(kind);
    }

    /// Whether only the beginning and the end of the file were read.
    pub(crate) fn is_outline(&self) -> bool {
        self.outline_end > 0
    }

    /// Says the beginning and the end of a long log whose run has ended instead of the whole, and goes on from there;
    /// false when the log is no such one, or cannot be read.
    pub(crate) fn outline(&mut self, out: &mut Vec<LogItem>) -> bool {
        let Kind::Native(reader) = &self.kind else { return false };
        let path = reader.path().to_owned();
        let is_long = std::fs::metadata(&path).is_ok_and(|it| it.is_file() && it.len() > 2 * (HEAD as u64 + TAIL));
        let (true, Some(begin), Ok(tail)) = (is_long, first_record(&path), read_tail(&path, TAIL, |_| true)) else {
            return false;
        };
        if let Some(last) = tail.records.last() {
            self.notice_end(last);
        }
        if !self.has_ended {
            return false;
        }
        self.outline_end = tail.end;
        for mut record in std::iter::once(Arc::new(begin)).chain(tail.records) {
            clean_record(&mut record);
            out.push(LogItem::Record(record));
        }
        self.kind = Kind::Native(LogReader::starting_at(path, tail.end).cleaned(clean));
        true
    }

    fn notice_end(&mut self, record: &Record) {
        self.has_ended = match record.event {
            // One that was stopped with its session goes on when that is resumed.
            Event::RunStopped(ref end) => end.reason != SESSION_STOPPED,
            Event::RunFinished(_) | Event::RunFailed(_) => true,
            Event::Note(_) => self.has_ended,
            _ => false,
        };
    }

    /// Appends what the file says next; true when there is more at once.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>, out: &mut Vec<LogItem>) -> bool {
        let before = out.len();
        let outcome = self.read_piece(buffer, out);
        if let Kind::Native(_) = self.kind {
            let telling = |said: &LogItem| match said {
                LogItem::Record(record) if !matches!(record.event, Event::Note(_)) => Some(Arc::clone(record)),
                _ => None,
            };
            if let Some(last) = out[before..].iter().rev().find_map(telling) {
                self.notice_end(&last);
            }
        }
        match outcome {
            Ok(more) => {
                self.error = None;
                more
            }
            Err(error) => {
                let message = clean_text(&error.to_string()).into_owned();
                if self.error.as_ref() != Some(&message) {
                    out.push(LogItem::Fault(message.clone()));
                    self.error = Some(message);
                }
                false
            }
        }
    }

    fn read_piece(&mut self, buffer: &mut Vec<u8>, out: &mut Vec<LogItem>) -> Result<bool, RecordError> {
        if let Kind::Unknown(path, columns) = &self.kind {
            match kind_of(path)? {
                None => return Ok(false),
                Some(FileKind::Unreadable(what)) => {
                    return Err(RecordError::Content { path: path.clone(), message: what.to_string() });
                }
                Some(FileKind::Log) => self.kind = Kind::Native(LogReader::new(path.clone()).cleaned(clean)),
                Some(FileKind::Foreign) => {
                    let files = RunFiles { files: vec![path.clone()], inner: None };
                    let Some(format) = perceptop_formats::format_of(path, &read_head(path, HEAD)?) else {
                        return Ok(false);
                    };
                    let reader = ThirdPartyReader::new(format, files, columns.clone(), false);
                    self.kind = Kind::ThirdParty(Box::new(reader));
                }
            }
        }
        match &mut self.kind {
            Kind::Unknown(..) => Ok(false),
            Kind::Native(reader) => {
                let mut found = Vec::new();
                let outcome = reader.read(buffer, &mut found);
                let path = reader.path().to_owned();
                out.reserve(found.len());
                for found in found {
                    match found {
                        Found::Record(record) => out.push(LogItem::Record(record)),
                        Found::Again => {
                            self.bad_lines = 0;
                            self.outline_end = 0;
                            out.push(LogItem::Again);
                        }
                        Found::Bad { line, message } => {
                            self.bad_lines += 1;
                            let shown = match self.outline_end {
                                0 => path.display().to_string(),
                                end => format!("{} past byte {end}", path.display()),
                            };
                            if self.bad_lines < MAX_SAID {
                                out.push(LogItem::Fault(
                                    clean_text(&format!("{shown} line {line}: {message}")).into_owned(),
                                ));
                            } else if self.bad_lines == MAX_SAID {
                                let message =
                                    format!("{shown} line {line}: {message}; further bad lines are not listed");
                                out.push(LogItem::Fault(clean_text(&message).into_owned()));
                            }
                        }
                    }
                }
                Ok(outcome? == Reading::More)
            }
            Kind::ThirdParty(reader) => {
                let mut records = Vec::new();
                let (again, more) = reader.read(&mut records)?;
                if again {
                    out.push(LogItem::Again);
                }
                out.extend(records.into_iter().map(LogItem::Record));
                if !more && let Some(faults) = reader.faults() {
                    out.push(LogItem::Fault(clean_text(&faults).into_owned()));
                }
                if !more && let Some(remarks) = reader.remarks() {
                    out.push(LogItem::Remark(clean_text(&remarks).into_owned()));
                }
                Ok(more)
            }
        }
    }
}

/// A log's first record.
pub(crate) fn first_record(path: &Path) -> Option<Record> {
    if !std::fs::metadata(path).is_ok_and(|it| it.is_file()) {
        return None;
    }
    let head = read_head(path, HEAD).ok()?;
    let first = head.split(|byte| *byte == b'\n').next()?;
    crate::format::native::parse(first).ok()
}

/// Whether a file is a log of this program.
pub(crate) fn is_log(path: &Path) -> bool {
    matches!(kind_of(path), Ok(Some(FileKind::Log))) && std::fs::metadata(path).is_ok_and(|it| it.is_file())
}
