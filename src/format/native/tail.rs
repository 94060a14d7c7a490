//! The last records of a log, read without what stands before them.
//!
//! Does not depend on what is made of them.

use super::line::parse;
use crate::format::RecordError;
use crate::protocol::Record;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// The end of a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tail {
    /// The records, oldest first; lines that are none are left out.
    pub records: Vec<Arc<Record>>,
    /// Bytes up to the end of the last whole line.
    pub end: u64,
    /// Bytes of the file.
    pub size: u64,
}

/// Reads the whole lines within the last `most` bytes of a log, and parses those that `wanted` says yes to.
///
/// # Errors
/// When the file cannot be read.
pub fn read_tail(path: &Path, most: u64, wanted: impl Fn(&[u8]) -> bool) -> Result<Tail, RecordError> {
    let read = || {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let start = size.saturating_sub(most);
        let mut bytes = vec![0; (size - start) as usize];
        file.read_exact_at(&mut bytes, start)?;
        Ok((start, size, bytes))
    };
    let (start, size, bytes) = read().map_err(RecordError::io("read", path))?;
    // The first line may have begun before.
    let begin = if start == 0 { 0 } else { memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1) };
    let end = memchr::memrchr(b'\n', &bytes).map_or(begin, |at| at + 1).max(begin);
    let lines = bytes[begin..end].split(|byte| *byte == b'\n').filter(|line| wanted(line));
    let records = lines.filter_map(|line| parse(line).ok()).map(Arc::new).collect();
    Ok(Tail { records, end: start + end as u64, size })
}
