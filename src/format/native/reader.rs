//! The records of a log that may still grow.
//!
//! A bad line is reported with its number and skipped; a line of a later version ends the reading with an error. Large
//! pieces are parsed by several threads. Does not depend on sessions, or what is done with records.

use super::line::{LineError, parse};
use crate::format::RecordError;
use crate::format::lines::{LONGEST_LINE, LineReader};
use crate::protocol::{Record, VERSION};
use memchr::memchr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// Bytes from which a piece is worth a thread of its own.
const WORTH_A_THREAD: usize = 256 << 10;

/// Threads that parse one piece at most.
const MAX_THREADS: usize = 8;

/// What a log says next.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A record.
    Record(Arc<Record>),
    /// A line that is none.
    Bad {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        message: String,
    },
    /// The file was replaced or cut short: what follows is its beginning.
    Again,
}

/// Whether a log has more to say at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Read again.
    More,
    /// Everything that was there has been said.
    UpToDate,
}

/// Reads a log from its first line on, and what is added to it later.
#[derive(Clone, Debug)]
pub struct LogReader {
    lines: LineReader,
    cleaning: fn(&mut Record),
    later_version: Option<(u64, u64)>,
}

impl LogReader {
    /// A reader of a log that need not exist yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { lines: LineReader::new(path), cleaning: |_| (), later_version: None }
    }

    /// A reader that begins at a byte where a line begins; lines are counted from there.
    #[must_use]
    pub fn starting_at(path: PathBuf, offset: u64) -> Self {
        Self { lines: LineReader::starting_at(path, offset), ..Self::new(PathBuf::new()) }
    }

    /// The same reader, which has each record changed by `cleaning` as it is parsed.
    #[must_use]
    pub fn cleaned(self, cleaning: fn(&mut Record)) -> Self {
        Self { cleaning, ..self }
    }

    /// The log.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.lines.path()
    }

    /// Bytes read so far.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.lines.offset()
    }

    /// Appends the next piece of the log to `found`. `buffer` is working space, worth keeping between calls.
    ///
    /// # Errors
    /// [`RecordError::Version`] at a line of a later program (from then on always, until the file is replaced), and
    /// when the file cannot be read.
    pub fn read(&mut self, buffer: &mut Vec<u8>, found: &mut Vec<Found>) -> Result<Reading, RecordError> {
        let piece = self.lines.read(buffer)?;
        if piece.is_again {
            self.later_version = None;
            found.push(Found::Again);
        }
        if let Some(line) = piece.overlong {
            let message = format!("longer than {} MB, skipped", LONGEST_LINE >> 20);
            found.push(Found::Bad { line, message });
        }
        if self.later_version.is_none() {
            self.later_version = parse_lines(buffer, piece.first_line, self.cleaning, found);
        }
        match self.later_version {
            Some((line, version)) => {
                Err(RecordError::Version { path: self.path().to_owned(), line, found: version, known: VERSION })
            }
            None if piece.has_more => Ok(Reading::More),
            None => Ok(Reading::UpToDate),
        }
    }
}

/// Reads everything that a log holds: its records, and what is wrong with it.
///
/// # Errors
/// As [`LogReader::read`]; a log that does not exist is an error here.
pub fn read_all(path: &Path) -> Result<Vec<Found>, RecordError> {
    std::fs::metadata(path).map_err(RecordError::io("read", path))?;
    let mut reader = LogReader::new(path.to_owned());
    let (mut buffer, mut found) = (Vec::new(), Vec::new());
    while reader.read(&mut buffer, &mut found)? == Reading::More {}
    Ok(found)
}

/// Parses whole lines; line and version of the first one of a later version, where reading ended.
fn parse_lines(bytes: &[u8], first_line: u64, cleaning: fn(&mut Record), found: &mut Vec<Found>) -> Option<(u64, u64)> {
    let parse_part = |bytes: &[u8], first_line, found: &mut Vec<Found>| parse_part(bytes, first_line, cleaning, found);
    let wanted = bytes.len() / WORTH_A_THREAD;
    if wanted <= 1 {
        return parse_part(bytes, first_line, found);
    }
    // Asked only now: the answer costs as much as hundreds of lines.
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
    let parts = split(bytes, wanted.min(threads));
    if parts.len() == 1 {
        return parse_part(bytes, first_line, found);
    }
    let mut outcomes = Vec::new();
    thread::scope(|scope| {
        let mut line = first_line;
        let mut workers = Vec::new();
        for part in &parts[1..] {
            let before = parts[workers.len()];
            line += memchr::memchr_iter(b'\n', before).count() as u64;
            let first = line;
            let work = move || {
                let mut found = Vec::new();
                let later = parse_part(part, first, &mut found);
                (found, later)
            };
            let named = thread::Builder::new().name("log-parser".to_owned());
            workers.push((part, first, named.spawn_scoped(scope, work)));
        }
        let later = parse_part(parts[0], first_line, found);
        outcomes.push((Vec::new(), later));
        for (part, first, worker) in workers {
            let joined = worker.ok().and_then(|handle| handle.join().ok());
            outcomes.push(joined.unwrap_or_else(|| {
                // No thread could be had: this one does the work.
                let mut found = Vec::new();
                let later = parse_part(part, first, &mut found);
                (found, later)
            }));
        }
    });
    for (part, later) in outcomes {
        found.extend(part);
        if later.is_some() {
            return later;
        }
    }
    None
}

fn parse_part(bytes: &[u8], first_line: u64, cleaning: fn(&mut Record), found: &mut Vec<Found>) -> Option<(u64, u64)> {
    found.reserve(bytes.len() / 96);
    let mut rest = bytes;
    let mut number = first_line;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
        if !line.iter().all(u8::is_ascii_whitespace) {
            match parse(line) {
                Ok(mut record) => {
                    cleaning(&mut record);
                    found.push(Found::Record(Arc::new(record)));
                }
                Err(LineError::Version { found: version }) => return Some((number, version)),
                Err(error) => found.push(Found::Bad { line: number, message: error.to_string() }),
            }
        }
        number += 1;
    }
    None
}

/// Cuts whole lines into at most `count` parts of whole lines.
pub(crate) fn split(bytes: &[u8], count: usize) -> Vec<&[u8]> {
    let mut parts = Vec::with_capacity(count);
    let mut rest = bytes;
    for left in (1..=count).rev() {
        let aim = rest.len() / left;
        let end =
            if left == 1 { rest.len() } else { memchr(b'\n', &rest[aim..]).map_or(rest.len(), |at| aim + at + 1) };
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::native::line::print;
    use crate::protocol::{Event, Step};
    use std::fs;

    fn line(seq: u64) -> Vec<u8> {
        let event = Event::Step(Step { step: seq, epoch: 0.5, train_loss: 0.25 });
        let mut line = Vec::new();
        print(&Record { v: 1, seq, t: seq as f64, event }, &mut line).unwrap();
        line
    }

    fn seqs(found: &[Found]) -> Vec<u64> {
        let seq = |found: &Found| match found {
            Found::Record(record) => Some(record.seq),
            _ => None,
        };
        found.iter().filter_map(seq).collect()
    }

    struct Followed {
        _folder: tempfile::TempDir,
        path: PathBuf,
        reader: LogReader,
    }

    impl Followed {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.jsonl");
            let reader = LogReader::new(path.clone());
            Self { _folder: folder, path, reader }
        }

        fn read(&mut self) -> Vec<Found> {
            let (mut buffer, mut found) = (Vec::new(), Vec::new());
            while self.reader.read(&mut buffer, &mut found).unwrap() == Reading::More {}
            found
        }

        fn append(&self, bytes: &[u8]) {
            use std::io::Write;
            fs::File::options().append(true).create(true).open(&self.path).unwrap().write_all(bytes).unwrap();
        }
    }

    #[test]
    fn a_line_without_its_end_is_not_there_yet() {
        let mut log = Followed::new();
        assert_eq!(log.read(), []);
        let second = line(1);
        log.append(&line(0));
        log.append(&second[..20]);
        assert_eq!(seqs(&log.read()), [0]);
        assert_eq!(log.read(), []);
        log.append(&second[20..]);
        assert_eq!(seqs(&log.read()), [1]);
    }

    #[test]
    fn a_bad_line_is_reported_with_its_number_and_skipped() {
        let mut log = Followed::new();
        log.append(&line(0));
        log.append(b"{\"v\":1,\"seq\":1,\"t\":0.1,\"ev\n\n\xff\xfe\n");
        log.append(&line(2));
        let found = log.read();
        assert_eq!(seqs(&found), [0, 2]);
        let bad: Vec<u64> =
            found.iter().filter_map(|f| if let Found::Bad { line, .. } = f { Some(*line) } else { None }).collect();
        assert_eq!(bad, [2, 4]);
    }

    #[test]
    fn a_later_version_names_both() {
        let mut log = Followed::new();
        log.append(&line(0));
        log.append(b"{\"v\":7,\"what\":\"ever\"}\n");
        let (mut buffer, mut found) = (Vec::new(), Vec::new());
        let error = log.reader.read(&mut buffer, &mut found).unwrap_err().to_string();
        assert!(error.ends_with(
            "a.jsonl line 2: written in version 7 of the event language; this program reads up to version 1"
        ));
        assert_eq!(seqs(&found), [0]);
        assert!(log.reader.read(&mut buffer, &mut found).is_err());
    }

    #[test]
    fn truncation_and_rotation_begin_anew() {
        let mut log = Followed::new();
        log.append(&[line(0), line(1)].concat());
        assert_eq!(seqs(&log.read()), [0, 1]);
        fs::write(&log.path, line(5)).unwrap();
        let found = log.read();
        assert_eq!(found[0], Found::Again);
        assert_eq!(seqs(&found), [5]);
        fs::rename(&log.path, log.path.with_extension("1")).unwrap();
        assert_eq!(log.read(), []);
        log.append(&[line(6), line(7), line(8)].concat());
        let found = log.read();
        assert_eq!(found[0], Found::Again);
        assert_eq!(seqs(&found), [6, 7, 8]);
    }

    #[test]
    fn a_rewritten_file_that_is_longer_begins_anew() {
        let mut log = Followed::new();
        log.append(&line(0));
        log.read();
        let mut file = fs::File::options().write(true).truncate(true).open(&log.path).unwrap();
        std::io::Write::write_all(&mut file, &[line(8), line(9)].concat()).unwrap();
        let found = log.read();
        assert_eq!(found[0], Found::Again);
        assert_eq!(seqs(&found), [8, 9]);
    }

    #[test]
    fn an_endless_line_is_skipped_in_bounded_memory() {
        let mut log = Followed::new();
        log.append(&line(0));
        let long = vec![b'x'; 1 << 20];
        for _ in 0..40 {
            log.append(&long);
        }
        log.append(b"\n");
        log.append(&line(1));
        let (mut buffer, mut found) = (Vec::new(), Vec::new());
        while log.reader.read(&mut buffer, &mut found).unwrap() == Reading::More {
            assert!(buffer.capacity() <= 2 * LONGEST_LINE);
        }
        assert_eq!(seqs(&found), [0, 1]);
        assert!(found.contains(&Found::Bad { line: 2, message: "longer than 16 MB, skipped".to_owned() }));
    }

    #[test]
    fn large_pieces_keep_order_and_line_numbers() {
        let mut log = Followed::new();
        let mut text = Vec::new();
        for seq in 0..20_000 {
            text.extend(line(seq));
        }
        text.extend(b"bad\n");
        log.append(&text);
        let found = log.read();
        assert_eq!(seqs(&found), (0..20_000).collect::<Vec<_>>());
        assert!(matches!(found.last(), Some(Found::Bad { line: 20_001, .. })));
    }

    #[test]
    fn a_folder_in_the_place_of_a_log_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_all(folder.path()).unwrap_err().to_string();
        assert!(error.contains("is not a regular file"), "{error}");
    }
}
