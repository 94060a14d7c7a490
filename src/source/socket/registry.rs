//! Where a user's processes find each other: a folder of sockets that only the user may enter.
//!
//! `$XDG_RUNTIME_DIR/perceptop`, or `/tmp/perceptop-<uid>` where there is none. A socket is named by a hash of its
//! session's folder, since the name of a socket holds 108 bytes and the path of a session any number, and by its
//! process; a file beside it names the session. Does not depend on what is said over the sockets.

use super::error::SocketError;
use crate::record::sha256;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Bytes of the longest socket name that every system takes, the closing zero left out.
const LONGEST: usize = 103;
/// Letters of the hash in a socket's name.
const HASH: usize = 16;

/// The folder of sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketDir {
    folder: PathBuf,
}

/// A session that a process of this user works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSession {
    /// The session's folder.
    pub session: PathBuf,
    /// The process.
    pub pid: u32,
}

/// A socket that this process listens on. Dropped, its files are removed.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) listener: UnixListener,
    pub(super) socket: PathBuf,
}

impl Drop for Bound {
    fn drop(&mut self) {
        forget(&self.socket);
    }
}

impl SocketDir {
    /// The folder of this user, made where it is missing; what processes left there that died is removed.
    ///
    /// # Errors
    /// When it cannot be made, or is not the user's own.
    pub fn of_user() -> Result<Self, SocketError> {
        let uid = rustix::process::getuid().as_raw();
        let fallback = std::env::temp_dir().join(format!("perceptop-{uid}"));
        let folder = match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
            Some(runtime) if runtime.is_dir() && fits(&runtime.join("perceptop")) => runtime.join("perceptop"),
            _ if fits(&fallback) => fallback,
            _ => PathBuf::from(format!("/tmp/perceptop-{uid}")),
        };
        let socket_dir = Self::at(folder)?;
        socket_dir.tidy();
        Ok(socket_dir)
    }

    /// Removes the sockets of processes that ended without doing so, and what stands beside them.
    fn tidy(&self) {
        for (name, path) in self.entries() {
            let Some(pid) = name.split_once('-').and_then(|(_, rest)| rest.split_once('.')?.0.parse().ok()) else {
                continue;
            };
            let socket = path.with_extension("sock");
            // A number may mean nothing here and a process elsewhere, as in a container; a socket refuses before it
            // is listened to, too. Both together say that nobody is there.
            if !is_alive(pid) && UnixStream::connect(&socket).is_err() {
                forget(&socket);
            }
        }
    }

    /// A folder of sockets at a given place, made where it is missing.
    ///
    /// # Errors
    /// When it cannot be made, or is not the user's own.
    pub fn at(folder: PathBuf) -> Result<Self, SocketError> {
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(SocketError::io(&folder)(error)),
            _ => {}
        }
        // Not following links: in /tmp, anybody may have put one there.
        let found = fs::symlink_metadata(&folder).map_err(SocketError::io(&folder))?;
        let not_mine = |found: String| Err(SocketError::NotMine { path: folder.clone(), found });
        if !found.is_dir() {
            return not_mine("no folder".to_owned());
        }
        let uid = rustix::process::getuid().as_raw();
        if found.uid() != uid {
            return not_mine(format!("owned by user {}, and you are {uid}", found.uid()));
        }
        if found.mode() & 0o077 != 0 {
            fs::set_permissions(&folder, Permissions::from_mode(0o700)).map_err(SocketError::io(&folder))?;
        }
        Ok(Self { folder })
    }

    /// Begins to listen for commands to the session in `root`.
    pub(super) fn bind(&self, root: &Path) -> Result<Bound, SocketError> {
        let pid = std::process::id();
        let root = fs::canonicalize(root).map_err(SocketError::io(root))?;
        let socket = self.folder.join(format!("{}-{pid}.sock", hash(&root)));
        // What is left there is of a process long gone that had the same number.
        let _ = fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).map_err(SocketError::io(&socket))?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600)).map_err(SocketError::io(&socket))?;
        let bound = Bound { listener, socket };
        let beside = bound.socket.with_extension("json");
        let text = serde_json::to_vec(&LiveSession { session: root, pid }).unwrap_or_default();
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .and_then(|mut file| file.write_all(&text))
            .map_err(SocketError::io(&beside))?;
        Ok(bound)
    }

    /// The sockets of the session in `root`, those of dead processes included.
    pub(super) fn sockets(&self, root: &Path) -> Vec<PathBuf> {
        let Ok(root) = fs::canonicalize(root) else { return Vec::new() };
        let prefix = format!("{}-", hash(&root));
        self.entries()
            .filter(|(name, path)| name.starts_with(&prefix) && ends_with(path, "sock"))
            .map(|(_, path)| path)
            .collect()
    }

    /// Every session that a process of this user works on, as far as can be told without asking it.
    #[must_use]
    pub fn sessions(&self) -> Vec<LiveSession> {
        let read = |(_, path): (String, PathBuf)| {
            let live: LiveSession =
                ends_with(&path, "json").then(|| serde_json::from_slice(&fs::read(path).ok()?).ok())??;
            is_alive(live.pid).then_some(live)
        };
        self.entries().filter_map(read).collect()
    }

    fn entries(&self) -> impl Iterator<Item = (String, PathBuf)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut entries: Vec<_> =
            entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path()))).collect();
        entries.sort();
        entries.into_iter()
    }
}

/// Removes a socket and what stands beside it. Left over, they are found out to be stale by whoever comes next.
pub(super) fn forget(socket: &Path) {
    let _ = fs::remove_file(socket);
    let _ = fs::remove_file(socket.with_extension("json"));
}

/// Whether a process of this user has that number.
fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|end| end == ending)
}

/// Whether a socket's name in `folder` is short enough: hash, a dash, a process of at most 10 digits, the ending.
fn fits(folder: &Path) -> bool {
    folder.as_os_str().len() + 1 + HASH + 1 + 10 + ".sock".len() <= LONGEST
}

fn hash(root: &Path) -> String {
    sha256(root.as_os_str().as_bytes())[..HASH].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_folder_is_the_users_alone() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("sockets");
        SocketDir::at(folder.clone()).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        SocketDir::at(folder.clone()).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);

        let link = base.path().join("link");
        symlink(&folder, &link).unwrap();
        assert!(SocketDir::at(link).unwrap_err().to_string().contains("is no folder"));
    }

    #[test]
    fn what_dead_processes_left_is_removed_and_nothing_else() {
        let base = tempfile::tempdir().unwrap();
        let socket_dir = SocketDir::at(base.path().to_owned()).unwrap();
        let bound = socket_dir.bind(base.path()).unwrap();
        // No process has this number: Linux counts to 2^22.
        let of_dead = |end: &str| base.path().join(format!("0123456789abcdef-2000000000.{end}"));
        drop(UnixListener::bind(of_dead("sock")).unwrap());
        fs::write(of_dead("json"), "{}").unwrap();
        fs::write(base.path().join("of another program"), "").unwrap();
        socket_dir.tidy();
        let left: Vec<String> = socket_dir.entries().map(|(name, _)| name).collect();
        let mine = bound.socket.file_stem().unwrap().to_str().unwrap();
        assert_eq!(left, [format!("{mine}.json"), format!("{mine}.sock"), "of another program".to_owned()]);
        let listened = UnixListener::bind(of_dead("sock")).unwrap();
        socket_dir.tidy();
        assert!(of_dead("sock").exists(), "somebody listens whom this machine has no number for");
        drop(listened);
    }

    #[test]
    fn a_bound_socket_is_found_by_its_session_and_gone_when_dropped() {
        let base = tempfile::tempdir().unwrap();
        let session = base.path().join("a session with a long name ".repeat(6));
        fs::create_dir(&session).unwrap();
        let socket_dir = SocketDir::at(base.path().join("s")).unwrap();
        let bound = socket_dir.bind(&session).unwrap();
        assert_eq!(fs::metadata(&bound.socket).unwrap().mode() & 0o777, 0o600);
        assert_eq!(socket_dir.sockets(&session), std::slice::from_ref(&bound.socket));
        assert_eq!(socket_dir.sockets(base.path()), Vec::<PathBuf>::new());
        let live = LiveSession { session: fs::canonicalize(&session).unwrap(), pid: std::process::id() };
        assert_eq!(socket_dir.sessions(), [live]);
        drop(bound);
        assert!(socket_dir.sockets(&session).is_empty() && socket_dir.sessions().is_empty());
    }
}
