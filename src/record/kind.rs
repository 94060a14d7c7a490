//! Whether a file is a log of this program or another program's.
//!
//! Must not know what is in it beyond its first line.

use super::{RecordError, read_head};
use serde::Deserialize;
use std::path::Path;

/// Bytes of a file's beginning that tell what it is.
const HEAD: usize = 64 << 10;

/// The kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A log of this program.
    Log,
    /// Another program's JSONL or CSV.
    Foreign,
}

/// What a file is, as its name or its first whole line says; `None` when there is no such line yet.
///
/// # Errors
/// When it cannot be read.
pub fn kind_of(path: &Path) -> Result<Option<FileKind>, RecordError> {
    #[derive(Deserialize)]
    struct Mark {
        #[serde(rename = "v")]
        _v: u64,
        #[serde(rename = "event")]
        _event: serde::de::IgnoredAny,
    }
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        // What is no regular file is not opened to look inside: a named pipe would never answer.
        Ok(metadata) if !metadata.is_file() => return Ok(Some(FileKind::Log)),
        _ => {}
    }
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv") || end.eq_ignore_ascii_case("tsv")) {
        return Ok(Some(FileKind::Foreign));
    }
    let head = read_head(path, HEAD)?;
    let mut lines = head.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let Some(first) = lines.next() else { return Ok(None) };
    if !first.ends_with(b"\n") && head.len() < HEAD {
        return Ok(None);
    }
    let is_log = serde_json::from_slice::<Mark>(first).is_ok();
    Ok(Some(if is_log { FileKind::Log } else { FileKind::Foreign }))
}
