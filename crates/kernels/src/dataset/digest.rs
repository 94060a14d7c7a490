//! Checksums: SHA-256 of a file's uncompressed content, so that it does not matter who compressed it.
//!
//! Does not depend on what the bytes mean.

use super::file::{Content, FILES};
use super::{DatasetError, idx::MAX_BYTES};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// MNIST's checksums: SHA-256 of the uncompressed files, in the order of the names.
pub(super) const MNIST: [(&str, &str); 4] = [
    (FILES[0], "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    (FILES[1], "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    (FILES[2], "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    (FILES[3], "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];

/// The checksum of the uncompressed content of `path`, in hexadecimal.
///
/// # Errors
/// [`DatasetError::Read`], [`DatasetError::Gzip`], and [`DatasetError::Header`] where the content is larger than any
/// file of a data set may be.
pub(super) fn of_file(path: &Path) -> Result<String, DatasetError> {
    let mut content = Content::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        let filled = content.fill(&mut piece)?;
        if filled == 0 {
            return Ok(hexadecimal(hash));
        }
        hash.update(&piece[..filled]);
        if content.produced() > MAX_BYTES {
            let (path, allowed) = (path.to_owned(), format!("at most {MAX_BYTES}"));
            return Err(DatasetError::Header { path, what: "bytes of content", found: content.produced(), allowed });
        }
    }
}

/// The checksum in hexadecimal.
pub(super) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
