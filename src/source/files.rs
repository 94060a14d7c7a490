//! Which files of a folder may hold runs, and what can be told of a file without opening it.
//!
//! Must not know what is in them.

use crate::record::SessionFolder;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of a folder that is no session's.
const MOST_FILES: usize = 10_000;

/// Endings of files that may hold runs.
const ENDINGS: [&str; 5] = ["jsonl", "ndjson", "json", "csv", "tsv"];

/// The session that a log belongs to, and its run, when it stands in a session's `runs/`.
pub(super) fn of_session(log: &Path) -> Option<(SessionFolder, String)> {
    let runs = log.parent()?;
    let root = if runs.file_name()? == "runs" { runs.parent()? } else { return None };
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let folder = SessionFolder::open(root).ok()?;
    let run = log.file_stem()?.to_str()?.to_owned();
    (folder.log(&run).ok()?.file_name() == log.file_name()).then_some((folder, run))
}

/// The files of a folder and of the folders in it that may hold runs, sorted. Links to folders are not followed, so
/// that a loop of links ends.
pub(super) fn run_files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_owned(), true)];
    while let Some((folder, is_root)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten().take(MOST_FILES) {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && is_root {
                folders.push((path, false));
            } else if may_be_run(&path) && (kind.is_file() || (kind.is_symlink() && path.is_file())) {
                files.push(path);
            }
        }
    }
    files.sort();
    files.truncate(MOST_FILES);
    files
}

/// Whether a file's name ends as that of a run.
pub(super) fn may_be_run(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or("").to_ascii_lowercase();
    ENDINGS.contains(&end.as_str())
}
