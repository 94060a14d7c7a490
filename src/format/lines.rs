//! The whole lines of a file that may grow, be replaced, be cut short or be hostile.
//!
//! A line without its end is not there yet. Between calls no file is kept open and no text is kept in memory, so that a
//! thousand files can be followed. Does not depend on what the lines mean.

use super::RecordError;
use memchr::{memchr, memrchr};
use std::fs::{File, Metadata};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes read at a time.
pub(crate) const CHUNK: usize = 4 << 20;

/// The longest line that is read; longer ones are skipped and said to be.
pub(crate) const LONGEST_LINE: usize = 16 << 20;

/// Bytes at a file's beginning by which it is recognised.
const HEAD: usize = 256;

/// The whole lines of a file, piece by piece.
#[derive(Clone, Debug)]
pub(crate) struct LineReader {
    path: PathBuf,
    /// Device and inode of the file that was read, once there was one.
    identity: Option<(u64, u64)>,
    head: Vec<u8>,
    offset: u64,
    line: u64,
    /// The size at the last look, by which the next one knows that nothing changed.
    seen: Option<(u64, i64, i64)>,
    inside_overlong: bool,
}

/// What one call of [`LineReader::read`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The file was replaced or cut short: these lines are its first.
    pub is_again: bool,
    /// The number of the first of the lines, from 1.
    pub first_line: u64,
    /// The number of a line that was longer than [`LONGEST_LINE`] and skipped, before those in the buffer.
    pub overlong: Option<u64>,
    /// Whether more can be read at once.
    pub has_more: bool,
}

impl LineReader {
    /// A reader that begins at the file's first line; the file need not exist yet.
    #[must_use]
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, identity: None, head: Vec::new(), offset: 0, line: 0, seen: None, inside_overlong: false }
    }

    /// A reader that begins at a byte where a line begins; its lines are counted from there.
    #[must_use]
    pub(crate) fn starting_at(path: PathBuf, offset: u64) -> Self {
        Self { offset, ..Self::new(path) }
    }

    /// The file.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes read so far, whole lines only.
    #[must_use]
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Fills `buffer` with the next whole lines, their ends included, or leaves it empty when there are none yet. At
    /// most about [`CHUNK`] bytes at a time, more only for a single long line.
    ///
    /// # Errors
    /// When the file exists and cannot be read, or is no regular file.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>) -> Result<Piece, RecordError> {
        buffer.clear();
        let mut piece = Piece { first_line: self.line + 1, ..Piece::default() };
        let metadata = match std::fs::metadata(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(piece),
            metadata => metadata.map_err(RecordError::io("read", &self.path))?,
        };
        if self.seen == Some(stamp(&metadata)) && self.identity == Some(identity(&metadata)) {
            return Ok(piece);
        }
        let (file, metadata) = self.open()?;
        if self.began_anew(&file, &metadata)? {
            *self = Self { identity: Some(identity(&metadata)), ..Self::new(std::mem::take(&mut self.path)) };
            piece.is_again = true;
            piece.first_line = 1;
        }
        self.identity = Some(identity(&metadata));
        self.seen = None;
        self.fill(&file, metadata.len(), buffer, &mut piece)?;
        if !piece.has_more {
            self.seen = Some(stamp(&metadata));
        }
        Ok(piece)
    }

    fn open(&self) -> Result<(File, Metadata), RecordError> {
        // Not blocking: a named pipe in the place of a log must not hold up everything else.
        let open = || {
            let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
            let file = File::options().read(true).custom_flags(flags).open(&self.path)?;
            let metadata = file.metadata()?;
            Ok((file, metadata))
        };
        let (file, metadata) = open().map_err(RecordError::io("read", &self.path))?;
        if metadata.is_file() {
            return Ok((file, metadata));
        }
        let message = "is not a regular file, and only those can be followed".to_owned();
        Err(RecordError::Content { path: self.path.clone(), message })
    }

    fn began_anew(&self, file: &File, metadata: &Metadata) -> Result<bool, RecordError> {
        if self.offset == 0 {
            return Ok(false);
        }
        if self.identity.is_none() {
            return Ok(metadata.len() < self.offset);
        }
        if self.identity != Some(identity(metadata)) || metadata.len() < self.offset {
            return Ok(true);
        }
        let mut head = vec![0; self.head.len()];
        let length = read_full(file, &mut head, 0).map_err(RecordError::io("read", &self.path))?;
        Ok(head[..length] != self.head)
    }

    fn fill(&mut self, file: &File, length: u64, buffer: &mut Vec<u8>, piece: &mut Piece) -> Result<(), RecordError> {
        let io = |error| RecordError::io("read", &self.path)(error);
        // One byte more than there is shows the end; a small file needs no large buffer.
        let mut want = length.saturating_sub(self.offset).saturating_add(1).min(CHUNK as u64) as usize;
        loop {
            let had = buffer.len();
            buffer.resize(want, 0);
            let got = read_full(file, &mut buffer[had..], self.offset + had as u64).map_err(io)?;
            buffer.truncate(had + got);
            let is_end = had + got < want;
            if self.inside_overlong {
                let Some(end) = memchr(b'\n', buffer) else {
                    self.offset += buffer.len() as u64;
                    buffer.clear();
                    piece.has_more = !is_end;
                    return Ok(());
                };
                self.offset += end as u64 + 1;
                self.line += 1;
                self.inside_overlong = false;
                piece.overlong = Some(self.line);
                piece.first_line = self.line + 1;
                buffer.drain(..=end);
            }
            if self.offset == 0 {
                self.head = buffer[..buffer.len().min(HEAD)].to_vec();
            }
            if let Some(end) = memrchr(b'\n', buffer) {
                buffer.truncate(end + 1);
                self.offset += buffer.len() as u64;
                self.line += memchr::memchr_iter(b'\n', buffer).count() as u64;
                piece.has_more = !is_end;
                return Ok(());
            }
            if is_end {
                buffer.clear();
                return Ok(());
            }
            if buffer.len() >= LONGEST_LINE {
                self.inside_overlong = true;
                self.offset += buffer.len() as u64;
                *buffer = Vec::new();
                piece.has_more = true;
                return Ok(());
            }
            want = (buffer.len() * 2).clamp(CHUNK, LONGEST_LINE);
        }
    }
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &File, buffer: &mut [u8], mut offset: u64) -> std::io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read_at(&mut buffer[length..], offset) {
            Ok(0) => break,
            Ok(got) => {
                length += got;
                offset += got as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn stamp(metadata: &Metadata) -> (u64, i64, i64) {
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}
