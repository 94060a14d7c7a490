//! The first bytes of a file. Does not depend on what they mean.

use super::RecordError;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Reads at most `most` bytes of a file's beginning.
///
/// # Errors
/// When the file cannot be read.
pub fn read_head(path: &Path, most: usize) -> Result<Vec<u8>, RecordError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most as u64).read_to_end(&mut bytes))
        .map_err(RecordError::io("read", path))?;
    Ok(bytes)
}
