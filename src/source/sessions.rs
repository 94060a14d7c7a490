//! Which sessions are alive, and how one is found by its name.
//!
//! Does not depend on what is in their logs.

use crate::record::SessionFolder;
use crate::source::{Control, SocketDir};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Why there is no such session.
#[derive(Debug, thiserror::Error)]
pub enum NoSession {
    /// A name was given that names nothing.
    #[error("no session {name}: neither a folder of that name nor one in {}", logs.display())]
    Unknown {
        /// The name.
        name: String,
        /// Where it was looked for.
        logs: PathBuf,
    },
    /// A path or name was given that leads to nothing.
    #[error(
        "no file, session or run {name}: neither that path nor one in {}; `perceptop sessions` lists what there is",
        logs.display()
    )]
    Nothing {
        /// The path or name.
        name: String,
        /// Where it was looked for.
        logs: PathBuf,
    },
    /// The folder is there and may not be read.
    #[error("{}: {source}", path.display())]
    Closed {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No name was given and nothing is live.
    #[error("no session is live; `perceptop sessions` lists those that ended, `perceptop review` opens one")]
    NoneLive,
}

/// The folder of the session that a user means: a path, or a name inside `logs`.
///
/// # Errors
/// [`NoSession::Unknown`] when there is none, [`NoSession::Closed`] when it is somebody else's.
pub fn find(meant: &Path, logs: &Path) -> Result<PathBuf, NoSession> {
    let is_session = |path: &PathBuf| SessionFolder::open(path).is_ok();
    let places = [meant.to_owned(), logs.join(meant)];
    for path in &places {
        match std::fs::read_dir(path) {
            Err(source) if source.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(NoSession::Closed { path: path.clone(), source });
            }
            _ => {}
        }
    }
    places
        .into_iter()
        .find(is_session)
        .ok_or_else(|| NoSession::Unknown { name: printable(meant), logs: logs.to_owned() })
}

/// The file or folder that a user means: a path, a name or path inside `logs`, or in either place `SESSION/RUN` for the
/// log of a run.
///
/// # Errors
/// [`NoSession::Nothing`] when there is none.
pub fn locate(meant: &Path, logs: &Path) -> Result<PathBuf, NoSession> {
    let as_run = |path: &Path| {
        let folder = SessionFolder::open(path.parent()?).ok()?;
        folder.log(path.file_name()?.to_str()?).ok().filter(|log| log.exists())
    };
    let places = [meant.to_owned(), logs.join(meant)];
    let here = places.iter().find(|path| path.symlink_metadata().is_ok()).cloned();
    here.or_else(|| places.iter().find_map(|path| as_run(path)))
        .ok_or_else(|| NoSession::Nothing { name: printable(meant), logs: logs.to_owned() })
}

fn printable(path: &Path) -> String {
    path.to_string_lossy().chars().filter(|letter| !letter.is_control()).collect()
}

/// Whether a process of this user works on the session in `root`.
#[must_use]
pub fn is_live(socket_dir: &SocketDir, root: &Path) -> bool {
    Control::new(socket_dir.clone(), root).is_live()
}

/// The sessions that processes of this user work on, wherever their folders are, newest first.
#[must_use]
pub fn live(socket_dir: &SocketDir) -> Vec<PathBuf> {
    let mut found: Vec<(SystemTime, PathBuf)> = socket_dir
        .sessions()
        .into_iter()
        .filter(|live| is_live(socket_dir, &live.session))
        .map(|live| {
            let written = std::fs::metadata(live.session.join("session.json")).and_then(|it| it.modified());
            (written.unwrap_or(SystemTime::UNIX_EPOCH), live.session)
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.dedup_by(|a, b| a.1 == b.1);
    found.into_iter().map(|(_, session)| session).collect()
}

/// The newest live session.
///
/// # Errors
/// [`NoSession::NoneLive`] when there is none.
pub fn newest_live(socket_dir: &SocketDir) -> Result<PathBuf, NoSession> {
    live(socket_dir).into_iter().next().ok_or(NoSession::NoneLive)
}
