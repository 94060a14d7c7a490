//! The four files by name, found in a folder and opened as streams of uncompressed bytes.
//!
//! Raw or gzip is told by the first two bytes, not by the name: browsers unpack `.gz` files without renaming them.
//! Does not depend on what the bytes mean.

use super::DatasetError;
use flate2::bufread::MultiGzDecoder;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// The files of a data set as MNIST names them: train images, train labels, test images, test labels.
pub(super) const FILES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

/// Deflate turns one byte into at most this many; a header that promises more than that of its file is lying.
const DEFLATE_RATIO: u64 = 1032;

const BUFFER: usize = 1 << 16;

/// Where `file` is in `folder`, raw before gzip, or `None`. Some archives write a dot before `idx`.
pub(super) fn locate(folder: &Path, file: &str) -> Option<PathBuf> {
    let dotted = file.replace("-idx", ".idx");
    [file, &format!("{file}.gz"), &dotted, &format!("{dotted}.gz")]
        .into_iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
}

/// Whether each of the four files is in `folder`, whatever it holds.
pub(super) fn all_present(folder: &Path) -> bool {
    FILES.iter().all(|file| locate(folder, file).is_some())
}

/// The uncompressed content of a file, read in order, with every error turned into one that names the file.
pub(super) struct Content<'a> {
    path: PathBuf,
    stream: Box<dyn Read + 'a>,
    gzip: bool,
    produced: u64,
    /// The content cannot be longer than this, whatever its header says.
    pub(super) most: u64,
}

impl Content<'static> {
    /// Opens `path`.
    ///
    /// # Errors
    /// If it cannot be opened or is not a regular file.
    pub(super) fn open(path: &Path) -> Result<Self, DatasetError> {
        let read = |source| DatasetError::Read { path: path.to_owned(), source };
        // A pipe or device would be waited for, or read, for ever.
        let length = match fs::metadata(path) {
            Ok(meta) if meta.is_file() => meta.len(),
            Ok(_) => return Err(read(io::Error::other("not a regular file"))),
            Err(source) => return Err(read(source)),
        };
        Content::new(path, BufReader::with_capacity(BUFFER, File::open(path).map_err(read)?), length)
    }
}

impl<'a> Content<'a> {
    /// The content of `length` bytes, raw or gzip, that `stream` holds; errors name `path`.
    ///
    /// # Errors
    /// If the first bytes cannot be read.
    pub(super) fn new(path: &Path, mut stream: impl BufRead + 'a, length: u64) -> Result<Self, DatasetError> {
        let read = |source| DatasetError::Read { path: path.to_owned(), source };
        let gzip = stream.fill_buf().map_err(read)?.starts_with(&[0x1f, 0x8b]);
        let stream: Box<dyn Read + 'a> = if gzip { Box::new(MultiGzDecoder::new(stream)) } else { Box::new(stream) };
        let most = if gzip { length.saturating_mul(DEFLATE_RATIO) } else { length };
        Ok(Self { path: path.to_owned(), stream, gzip, produced: 0, most })
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes given out so far.
    pub(super) fn produced(&self) -> u64 {
        self.produced
    }

    /// Fills `buffer` as far as the content reaches; the number of bytes is below its length only at the end.
    ///
    /// # Errors
    /// [`DatasetError::Read`], or [`DatasetError::Gzip`] for a damaged or cut-off stream.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, DatasetError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.stream.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => {
                    filled += count;
                    self.produced += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.explain(error)),
            }
        }
        Ok(filled)
    }

    fn explain(&self, error: io::Error) -> DatasetError {
        let damage = matches!(
            error.kind(),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
        );
        if damage && self.gzip {
            let reason = match error.kind() {
                io::ErrorKind::UnexpectedEof => "the file ends in the middle of the stream".to_owned(),
                _ => error.to_string(),
            };
            return DatasetError::Gzip { path: self.path.clone(), produced: self.produced, reason };
        }
        DatasetError::Read { path: self.path.clone(), source: error }
    }
}
