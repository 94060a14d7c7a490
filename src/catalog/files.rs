//! Whose a file is, and what can be told of it from outside.
//!
//! Does not depend on what is in it.

use crate::format::{FileKind, kind_of};
use crate::record::SessionFolder;
use std::fs;
use std::path::Path;

/// Letters of a place's own name in the name of a file about it.
const LONGEST_NAME: usize = 100;

/// The session that a log belongs to, and its run, when it stands in a session's `runs/`.
pub(crate) fn of_session(log: &Path) -> Option<(SessionFolder, String)> {
    let runs = log.parent()?;
    let root = if runs.file_name()? == "runs" { runs.parent()? } else { return None };
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let folder = SessionFolder::open(root).ok()?;
    let run = log.file_stem()?.to_str()?.to_owned();
    let is_own = folder.log(&run).ok()?.file_name() == log.file_name()
        && !matches!(kind_of(log), Ok(Some(FileKind::Foreign | FileKind::Unreadable(_))));
    is_own.then_some((folder, run))
}

/// A file's name for what is remembered of a place: the place's own name, for people, and a checksum of its whole path,
/// which tells two of a name apart.
#[must_use]
pub fn name_of_place(place: &Path) -> String {
    let whole = fs::canonicalize(place).unwrap_or_else(|_| place.to_owned());
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' };
    let name = whole.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let name: String = name.chars().take(LONGEST_NAME).map(plain).collect();
    format!("{name}-{:08x}", crc32c::crc32c(whole.as_os_str().as_encoded_bytes()))
}
