//! The folder of a session while it is made: hidden, locked by the process that makes it, and removed by a later one
//! when that process was killed before the folder got its name.
//!
//! Does not depend on what belongs into a session's folder.

use crate::format::RecordError;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// How the names of such folders begin. Hidden, so that nothing takes them for sessions.
const PREFIX: &str = ".new-";

/// How old a folder is at least before it is removed: where machines share the folder and locks do not reach across,
/// one that is being made is younger.
const STALE_AFTER: Duration = Duration::from_secs(30);

/// A folder that this process is making; removed when it is dropped before it has its name.
#[derive(Debug)]
pub(super) struct Unfinished {
    folder: TempDir,
    /// The open folder holds the lock. Absent where the file system has no locks.
    _lock: Option<File>,
}

impl Unfinished {
    /// A new folder in `logs`, which only its owner may enter.
    ///
    /// # Errors
    /// [`RecordError::Io`] where it cannot be made.
    pub(super) fn make(logs: &Path) -> Result<Self, RecordError> {
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(logs)
            .map_err(RecordError::io("write in", logs))?;
        let lock = locked(folder.path());
        Ok(Self { folder, _lock: lock })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// It was renamed: there is nothing to remove any more.
    pub(super) fn keep(self) {
        let _ = self.folder.keep();
    }
}

/// Whether a folder's name says that it is not finished.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Removes the unfinished folders in `logs` whose processes are gone. What cannot be removed stays.
pub(super) fn remove_stale(logs: &Path) {
    for entry in fs::read_dir(logs).into_iter().flatten().flatten() {
        let is_meant = entry.file_name().to_str().is_some_and(is_unfinished)
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
            && entry.metadata().and_then(|it| it.modified()).is_ok_and(is_old);
        // The lock is held until the folder is gone.
        if is_meant && let Some(_lock) = locked(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_old(modified: SystemTime) -> bool {
    SystemTime::now().duration_since(modified).is_ok_and(|age| age > STALE_AFTER)
}

/// The folder, open and locked; nothing where another process has the lock or there are no locks.
fn locked(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok().then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{SessionFolder, test_folder};

    #[test]
    fn what_a_killed_process_left_is_no_session_and_is_removed_by_the_next_one() {
        let (logs, first) = test_folder();
        let left = |name: &str, is_old: bool| {
            let path = logs.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("session.json"), "{}").unwrap();
            if is_old {
                let before = SystemTime::now() - STALE_AFTER - Duration::from_mins(1);
                File::open(&path).unwrap().set_modified(before).unwrap();
            }
            path
        };
        let (stale, young, held) = (left(".new-a", true), left(".new-b", false), left(".new-c", true));
        let other = left("other", true);
        let _lock = locked(&held).unwrap();
        for path in [&stale, &young, &held] {
            assert!(SessionFolder::open(path).is_err(), "{}", path.display());
        }
        SessionFolder::create(logs.path(), &first.header().unwrap(), &[]).unwrap();
        assert!(!stale.exists());
        assert!(young.exists() && held.exists() && other.exists() && first.root().exists());
    }

    #[test]
    fn a_folder_that_does_not_get_its_name_leaves_nothing() {
        let logs = tempfile::tempdir().unwrap();
        let path = Unfinished::make(logs.path()).unwrap().path().to_owned();
        assert!(is_unfinished(path.file_name().unwrap().to_str().unwrap()) && !path.exists());
    }
}
