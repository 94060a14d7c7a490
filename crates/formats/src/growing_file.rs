//! The bytes of a file that may grow, be replaced or be cut short.
//!
//! Between calls no file is kept open, so that thousands can be followed. What no regular file is, is refused without
//! waiting for it. Does not depend on what the bytes mean.

use crate::ReadError;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes read at a time.
pub const CHUNK: usize = 4 << 20;

/// Bytes at a file's beginning by which it is recognised as the same.
const HEAD: usize = 256;

/// What one call of [`GrowingFile::read`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The file was replaced or cut short: these bytes are its first, and the buffer holds nothing before them.
    pub is_again: bool,
    /// Whether more can be read at once.
    pub has_more: bool,
}

/// A file that is read on from where reading ended.
#[derive(Clone, Debug)]
pub struct GrowingFile {
    path: PathBuf,
    /// Device and inode of the file that was read, once there was one.
    identity: Option<(u64, u64)>,
    head: Vec<u8>,
    offset: u64,
    /// Length and time of change at the last look, by which the next one knows that nothing changed.
    seen: Option<(u64, i64, i64)>,
}

impl GrowingFile {
    /// A file that is read from its first byte; it need not exist yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self::starting_at(path, 0)
    }

    /// A file that is read from a byte on.
    #[must_use]
    pub fn starting_at(path: PathBuf, offset: u64) -> Self {
        Self { path, identity: None, head: Vec::new(), offset, seen: None }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes read so far.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Appends the next bytes to `buffer`, at most [`CHUNK`]; what of them is no whole item yet stays in the buffer, which
    /// is the caller's. A file that does not exist has no bytes.
    ///
    /// # Errors
    /// When the file exists and cannot be read, or is no regular file.
    pub fn read(&mut self, buffer: &mut Vec<u8>) -> Result<Piece, ReadError> {
        let mut piece = Piece::default();
        let metadata = match std::fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(piece),
            metadata => metadata.map_err(ReadError::io(&self.path))?,
        };
        if self.seen == Some(stamp(&metadata)) && self.identity == Some(identity(&metadata)) {
            return Ok(piece);
        }
        let (file, metadata) = open(&self.path)?;
        if self.began_again(&file, &metadata)? {
            *self = Self::new(std::mem::take(&mut self.path));
            buffer.clear();
            piece.is_again = true;
        }
        self.identity = Some(identity(&metadata));
        self.seen = None;
        // One byte more than there is shows the end; a small file needs no large buffer.
        let want = metadata.len().saturating_sub(self.offset).saturating_add(1).min(CHUNK as u64) as usize;
        let had = buffer.len();
        buffer.resize(had + want, 0);
        let got = read_full(&file, &mut buffer[had..], self.offset).map_err(ReadError::io(&self.path))?;
        buffer.truncate(had + got);
        if self.offset == 0 {
            self.head = buffer[had..].iter().copied().take(HEAD).collect();
        }
        self.offset += got as u64;
        piece.has_more = got == want;
        if !piece.has_more {
            self.seen = Some(stamp(&metadata));
        }
        Ok(piece)
    }

    fn began_again(&self, file: &File, metadata: &Metadata) -> Result<bool, ReadError> {
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
        let length = read_full(file, &mut head, 0).map_err(ReadError::io(&self.path))?;
        Ok(head[..length] != self.head)
    }
}

/// The first bytes of a regular file, at most `length`.
///
/// # Errors
/// When it cannot be read, or is no regular file.
pub fn read_head(path: &Path, length: usize) -> Result<Vec<u8>, ReadError> {
    let (file, metadata) = open(path)?;
    let mut head = vec![0; length.min(metadata.len() as usize)];
    let got = read_full(&file, &mut head, 0).map_err(ReadError::io(path))?;
    head.truncate(got);
    Ok(head)
}

/// Opens a regular file. Not blocking: a named pipe in its place must not hold up everything else.
fn open(path: &Path) -> Result<(File, Metadata), ReadError> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(ReadError::io(path))?;
    let metadata = file.metadata().map_err(ReadError::io(path))?;
    if metadata.is_file() {
        return Ok((file, metadata));
    }
    Err(ReadError::content(path, "is not a regular file, and only those can be followed"))
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &File, buffer: &mut [u8], mut offset: u64) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read_at(&mut buffer[length..], offset) {
            Ok(0) => break,
            Ok(got) => {
                length += got;
                offset += got as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write as _;

    #[test]
    fn a_file_is_followed_and_its_replacement_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut file = GrowingFile::new(path.clone());
        let mut buffer = Vec::new();
        assert_eq!(file.read(&mut buffer).unwrap(), Piece::default());
        fs::write(&path, "one").unwrap();
        file.read(&mut buffer).unwrap();
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b" two").unwrap();
        file.read(&mut buffer).unwrap();
        assert_eq!((buffer.as_slice(), file.offset()), (b"one two".as_slice(), 7));
        fs::write(&path, "new").unwrap();
        assert!(file.read(&mut buffer).unwrap().is_again);
        assert_eq!(buffer, b"new");
    }

    #[test]
    fn a_large_file_comes_in_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, vec![7; CHUNK + 10]).unwrap();
        let mut file = GrowingFile::new(path);
        let mut buffer = Vec::new();
        assert!(file.read(&mut buffer).unwrap().has_more);
        assert!(!file.read(&mut buffer).unwrap().has_more);
        assert_eq!(buffer.len(), CHUNK + 10);
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let error = read_head(Path::new("/dev/null"), 10).unwrap_err().to_string();
        assert_eq!(error, "/dev/null: is not a regular file, and only those can be followed");
    }
}
