//! What a path holds that is followed: a session, a folder of files, one file, several, or nothing yet.
//!
//! Does not depend on how any of them is read.

use super::SourceError;
use crate::catalog::of_session;
use crate::format::clean_header;
use crate::format::{FileKind, RecordError, kind_of, passed_over_lines, runs_in};
use crate::protocol::SessionHeader;
use crate::record::SessionFolder;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A place of logs.
#[derive(Debug)]
pub(super) enum Place {
    /// A session's folder, and the one run that is wanted of it, if not all.
    Session(SessionFolder, Option<String>),
    /// A folder of files.
    Files(PathBuf),
    /// A single file.
    File(PathBuf),
    /// Logs from anywhere, side by side.
    Several(Vec<PathBuf>),
    /// A path where nothing is yet.
    Awaited(PathBuf),
}

impl Place {
    /// What there is at a path.
    ///
    /// # Errors
    /// When there is nothing there that can be read.
    pub(super) fn of(path: &Path) -> Result<Self, SourceError> {
        let io = |source| SourceError::Io { path: path.to_owned(), source };
        if !fs::metadata(path).map_err(io)?.is_dir() {
            if let Some(FileKind::Unreadable(what)) = kind_of(path)? {
                return Err(SourceError::NotALog { path: path.to_owned(), what });
            }
            return Ok(match of_session(path) {
                Some((folder, run)) => Self::Session(folder, Some(run)),
                None => Self::File(path.to_owned()),
            });
        }
        if let Ok(folder) = SessionFolder::open(path) {
            return Ok(Self::Session(folder, None));
        }
        fs::read_dir(path).map_err(io)?;
        if runs_in(path).is_empty() {
            return Err(SourceError::Empty { path: path.to_owned(), over: passed_over_lines(path) });
        }
        Ok(Self::Files(path.to_owned()))
    }

    /// What there is at a path, or may come to be: no file, or a folder without a run, is waited for.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub(super) fn awaited(path: &Path) -> Result<Self, SourceError> {
        let is_nothing = match fs::metadata(path) {
            Err(error) => error.kind() == ErrorKind::NotFound,
            // A session may come to be in it as well as files.
            Ok(metadata) => {
                metadata.is_dir()
                    && fs::read_dir(path).is_ok()
                    && SessionFolder::open(path).is_err()
                    && runs_in(path).is_empty()
            }
        };
        if is_nothing { Ok(Self::Awaited(path.to_owned())) } else { Self::of(path) }
    }

    /// The path, or how many there are.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Session(folder, None) => folder.root().display().to_string(),
            Self::Session(folder, Some(run)) => folder.root().join("runs").join(run).display().to_string() + ".jsonl",
            Self::Files(path) | Self::File(path) | Self::Awaited(path) => path.display().to_string(),
            Self::Several(logs) => format!("{} runs", logs.len()),
        }
    }

    /// The id of what there is as a session, and its header where it has one that can be read.
    pub(super) fn header(&self, wrong: &mut Option<String>) -> (String, Option<Box<SessionHeader>>) {
        match self {
            Self::Session(folder, _) => (folder.id().to_owned(), header_of(folder, wrong)),
            Self::Files(path) | Self::File(path) | Self::Awaited(path) => {
                let whole = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                (whole.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()), None)
            }
            Self::Several(logs) => {
                let homes: Vec<_> = logs.iter().filter_map(|log| of_session(log)).map(|(folder, _)| folder).collect();
                let headers: Vec<_> = homes.iter().filter_map(|folder| header_of(folder, wrong)).collect();
                // Of several sessions only what they share holds for all of them.
                let shared = headers.first().filter(|first| headers.iter().all(|it| it.dataset == first.dataset));
                let suite = self.name();
                let header = shared.map(|header| Box::new(SessionHeader { suite, ..SessionHeader::clone(header) }));
                (self.name(), header)
            }
        }
    }
}

/// When the header of a session was written last.
pub(super) fn written(folder: &SessionFolder) -> Option<SystemTime> {
    fs::metadata(folder.root().join("session.json")).and_then(|it| it.modified()).ok()
}

/// What `session.json` says; nothing, and what is wrong with it, where it cannot be read.
fn header_of(folder: &SessionFolder, wrong: &mut Option<String>) -> Option<Box<SessionHeader>> {
    match folder.header() {
        Ok(mut header) => {
            clean_header(&mut header);
            Some(Box::new(header))
        }
        Err(RecordError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            *wrong = Some(error.to_string());
            None
        }
    }
}
