//! Follows a run whose files are read whole whenever one of them changed.
//!
//! Rows that were handed on before are not handed on again as long as the files still begin with them; that is checked by
//! a hash. A file that cannot be understood may be in the middle of being written: only when nobody touched it for a
//! while is that said. Does not depend on what the files mean.

use crate::text_source::Source;
use crate::{Batch, Fact, Progress, ReadError, Reader};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The largest file that is read whole.
const MAX_FILE: usize = 32 << 20;

/// The most files of one run that are read whole.
const MAX_FILES: usize = 1_000;

/// How long ago a file must have been written for its faults to be no writing in progress.
const SETTLED: Duration = Duration::from_secs(10);

/// A file with what it holds.
pub(crate) type Content = (PathBuf, Vec<u8>);

/// What the files of a run say.
pub(crate) trait Decode: Send {
    /// The files of the run as they are now; those that do not exist are passed over.
    fn files(&self) -> Vec<PathBuf>;

    /// Fills an empty batch with everything that the files say.
    ///
    /// # Errors
    /// When a file cannot be understood; perhaps it is being written.
    fn decode(&mut self, files: &[Content], out: &mut Batch) -> Result<(), ReadError>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    path: PathBuf,
    stamp: (u64, u64, u64, i64, i64),
}

/// A reader of whole files.
pub(crate) struct WholeReader<D> {
    decoder: D,
    seen: Vec<Seen>,
    /// What was wrong at the last look, until it is said.
    problem: Option<ReadError>,
    given: Given,
}

impl<D: Decode> WholeReader<D> {
    /// A reader that begins with the first row.
    pub(crate) fn new(decoder: D) -> Self {
        Self { decoder, seen: Vec::new(), problem: None, given: Given::default() }
    }

    /// Says what is wrong once the files stand still.
    fn wait(&mut self) -> Result<Progress, ReadError> {
        let is_settled = |seen: &Seen| {
            let written = std::fs::metadata(&seen.path).and_then(|metadata| metadata.modified());
            // A time in the future is a clock that differs, not a writer.
            written.is_ok_and(|written| SystemTime::now().duration_since(written).is_ok_and(|age| age >= SETTLED))
        };
        if self.problem.is_some() && self.seen.iter().all(is_settled) {
            return self.problem.take().map_or(Ok(Progress::UpToDate), Err);
        }
        Ok(Progress::UpToDate)
    }
}

impl<D: Decode> Reader for WholeReader<D> {
    fn read(&mut self, batch: &mut Batch) -> Result<Progress, ReadError> {
        batch.clear();
        let seen: Vec<Seen> = self.decoder.files().into_iter().take(MAX_FILES).filter_map(look).collect();
        if seen == self.seen {
            return self.wait();
        }
        self.seen = seen;
        self.problem = None;
        let contents = self.seen.iter().map(|seen| content(&seen.path)).collect::<Result<Vec<_>, _>>()?;
        let mut fresh = Batch::default();
        match self.decoder.decode(&contents, &mut fresh) {
            Ok(()) => self.given.hand_on(fresh, batch),
            Err(problem) => {
                self.problem = Some(problem);
                return self.wait();
            }
        }
        Ok(Progress::UpToDate)
    }
}

fn look(path: PathBuf) -> Option<Seen> {
    let metadata = std::fs::metadata(&path).ok()?;
    let stamp = (metadata.dev(), metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec());
    Some(Seen { path, stamp })
}

/// A file, read and unpacked whole.
pub(crate) fn content(path: &Path) -> Result<Content, ReadError> {
    let (mut source, mut bytes) = (Source::new(path.to_owned()), Vec::new());
    loop {
        // What it says of the packing is said when nothing can be read.
        let piece = source.read(&mut bytes, &mut Vec::new())?;
        if bytes.len() > MAX_FILE {
            let most = MAX_FILE >> 20;
            let message = format!("is larger than {most} MiB, the most that is read of a file that is read whole");
            return Err(ReadError::content(path, message));
        }
        if !piece.has_more {
            return Ok((path.to_owned(), bytes));
        }
    }
}

/// What was handed on so far.
#[derive(Default)]
struct Given {
    rows: usize,
    hasher: DefaultHasher,
    facts: Vec<Fact>,
}

impl Given {
    /// Hands on what is new; everything, when the rows that were handed on are not the first any more.
    fn hand_on(&mut self, fresh: Batch, batch: &mut Batch) {
        let mut hasher = DefaultHasher::new();
        let same = fresh.rows().take(self.rows).inspect(|row| add(&mut hasher, &fresh, row)).count();
        if same < self.rows || hasher.finish() != self.hasher.finish() {
            *self = Self::default();
            batch.is_again = true;
        }
        for row in fresh.rows().skip(self.rows) {
            add(&mut self.hasher, &fresh, &row);
            for (name, value) in row.values {
                batch.push(&fresh.names()[*name as usize], *value);
            }
            batch.end_row(row.step, row.time);
            self.rows += 1;
        }
        batch.facts.extend(fresh.facts.iter().filter(|fact| !self.facts.contains(fact)).cloned());
        self.facts = fresh.facts;
    }
}

fn add(hasher: &mut DefaultHasher, batch: &Batch, row: &crate::Row<'_>) {
    (row.step.to_bits(), row.time.map(f64::to_bits)).hash(hasher);
    for (name, value) in row.values {
        (&batch.names()[*name as usize], value.to_bits()).hash(hasher);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A number a line.
    struct Lines(PathBuf);

    impl Decode for Lines {
        fn files(&self) -> Vec<PathBuf> {
            vec![self.0.clone()]
        }

        fn decode(&mut self, files: &[Content], out: &mut Batch) -> Result<(), ReadError> {
            for (path, bytes) in files {
                for (at, line) in String::from_utf8_lossy(bytes).lines().enumerate() {
                    let value = line.parse().map_err(|_| ReadError::content(path, "is wrong"))?;
                    out.push("value", value);
                    out.end_row(at as f64, None);
                }
                out.facts.push(Fact::Name("a".to_owned()));
            }
            Ok(())
        }
    }

    fn read(reader: &mut WholeReader<Lines>) -> (bool, Vec<f64>, usize) {
        let mut batch = Batch::default();
        reader.read(&mut batch).unwrap();
        (batch.is_again, batch.rows().map(|row| row.values[0].1).collect(), batch.facts.len())
    }

    #[test]
    fn only_what_is_new_is_handed_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut reader = WholeReader::new(Lines(path.clone()));
        assert_eq!(read(&mut reader), (false, vec![], 0));
        fs::write(&path, "1\n2\n").unwrap();
        assert_eq!(read(&mut reader), (false, vec![1.0, 2.0], 1));
        assert_eq!(read(&mut reader), (false, vec![], 0));
        fs::write(&path, "1\n2\n3\n").unwrap();
        assert_eq!(read(&mut reader), (false, vec![3.0], 0));
        fs::write(&path, "1\n4\n3\n5\n").unwrap();
        assert_eq!(read(&mut reader), (true, vec![1.0, 4.0, 3.0, 5.0], 1));
        fs::write(&path, "1\n").unwrap();
        assert_eq!(read(&mut reader), (true, vec![1.0], 1));
    }

    #[test]
    fn a_file_that_is_being_written_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "1\nx").unwrap();
        let mut reader = WholeReader::new(Lines(path.clone()));
        assert_eq!(read(&mut reader), (false, vec![], 0));
        let old = SystemTime::now() - SETTLED * 2;
        fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        let error = reader.read(&mut Batch::default()).unwrap_err().to_string();
        assert_eq!(error, format!("{}: is wrong", path.display()));
        assert_eq!(read(&mut reader), (false, vec![], 0), "it is said once");
        fs::write(&path, "1\n2\n").unwrap();
        assert_eq!(read(&mut reader), (false, vec![1.0, 2.0], 1));
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::File::create(&path).unwrap().set_len(MAX_FILE as u64 + 1).unwrap();
        let error = WholeReader::new(Lines(path)).read(&mut Batch::default()).unwrap_err().to_string();
        assert!(error.contains("is larger than 32 MiB"), "{error}");
    }
}
