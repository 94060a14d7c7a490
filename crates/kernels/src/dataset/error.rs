//! What can be wrong with data on disk: each message names the file, what was found and what is allowed.
//!
//! Does not depend on how to mend it, but for the command that does.

use std::io;
use std::path::{Path, PathBuf};

/// Why a data set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The folder itself is not there.
    #[error("{}: there is no such folder; allowed: a folder with the four IDX files of MNIST; `perceptop data fetch` downloads them", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// One of the four files is not there.
    #[error("{}: {file} is missing (allowed: {file} or {file}.gz); `perceptop data fetch` downloads MNIST", folder.display())]
    Missing {
        /// The folder looked into.
        folder: PathBuf,
        /// The file's name without `.gz`.
        file: &'static str,
    },
    /// The operating system refused to open or read a file.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The operating system refused to write a file.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The compressed stream is damaged.
    #[error("{}: damaged gzip after {produced} bytes of content: {reason}", path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// Bytes of content that came out before the damage.
        produced: u64,
        /// What the decoder said.
        reason: String,
    },
    /// The first four bytes are not those of an IDX file of bytes.
    #[error("{}: begins with {found}, allowed are {allowed}", path.display())]
    NotIdx {
        /// The file.
        path: PathBuf,
        /// The bytes found, in hexadecimal.
        found: String,
        /// The bytes allowed and what they mean.
        allowed: &'static str,
    },
    /// Labels where images belong, or images where labels belong.
    #[error("{}: holds {found} where {allowed} are wanted; are two files swapped?", path.display())]
    Swapped {
        /// The file.
        path: PathBuf,
        /// What the header says it holds.
        found: &'static str,
        /// What it should hold.
        allowed: &'static str,
    },
    /// A count is outside its range.
    #[error("{}: {found} {what}, allowed are {allowed}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is counted: images, rows, columns, labels, bytes.
        what: &'static str,
        /// The number found.
        found: u64,
        /// The range allowed.
        allowed: String,
    },
    /// The file ends too early.
    #[error("{}: ends after {found} bytes of content, its header promises {allowed}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes of uncompressed content.
        found: u64,
        /// Bytes that the header promises, the header included.
        allowed: u64,
    },
    /// The file goes on after its last element.
    #[error("{}: goes on after the {allowed} bytes of content that its header promises", path.display())]
    Trailing {
        /// The file.
        path: PathBuf,
        /// Bytes that the header promises, the header included.
        allowed: u64,
    },
    /// A label is no digit.
    #[error("{}: found label {found} (at place {index}, counted from 0); allowed: labels from 0 to 9", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// The place of the label, from 0.
        index: usize,
        /// The label found.
        found: u8,
    },
    /// Images and labels that do not belong together.
    #[error("{} holds {labels} labels, {} holds {images} images: allowed is one label an image", labels_path.display(), images_path.display())]
    Counts {
        /// The images' file.
        images_path: PathBuf,
        /// Images found.
        images: usize,
        /// The labels' file.
        labels_path: PathBuf,
        /// Labels found.
        labels: usize,
    },
    /// Test images of another size than the training images.
    #[error("{}: images of {}x{} pixels, allowed is the training images' size, {}x{}", path.display(), found.0, found.1, allowed.0, allowed.1)]
    Size {
        /// The test images' file.
        path: PathBuf,
        /// Rows and columns found.
        found: (usize, usize),
        /// Rows and columns of the training images.
        allowed: (usize, usize),
    },
    /// A thread could not be started.
    #[error("a thread to read the data cannot be started: {source}")]
    Thread {
        /// What the system said.
        source: io::Error,
    },
}

impl DatasetError {
    /// What is missing where `file` was looked for in `folder`: the folder or the file.
    pub(super) fn missing(folder: &Path, file: &'static str) -> Self {
        let folder = folder.to_owned();
        if folder.is_dir() { Self::Missing { folder, file } } else { Self::NoFolder { folder } }
    }
}
