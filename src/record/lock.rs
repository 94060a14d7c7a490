//! The lock of a run: which process on which machine works on it.
//!
//! `locks/<run>.lock` is held by `flock` and names host and process id. Where several machines share the folder and
//! `flock` does not reach across, the file's time is the holder's heartbeat. Does not depend on what the process does with
//! the run.

use super::names::checked;
use crate::format::RecordError;
use crate::protocol::Holder;
use rustix::fs::{FlockOperation, Timespec, Timestamps, UTIME_NOW, flock, futimens};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// How long after its last heartbeat a process on another machine counts as alive.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long after its last heartbeat, two of which come in a second, a process on this machine is asked for by its lock,
/// and not by its number alone, which another process may have got since.
const LOCAL_HEARTBEAT_TIMEOUT: Duration = Duration::from_millis(1200);

/// A viewer that asks for a holder may have the lock for a moment: so often is it tried again.
const TRIES: u32 = 5;

/// A run that this process holds, until the value is dropped.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    path: PathBuf,
    run: String,
    holder: Holder,
}

impl RunLock {
    /// Takes the lock `<folder>/<run>.lock`.
    ///
    /// # Errors
    /// [`RecordError::Held`] naming host and process when another process has it.
    pub fn take(folder: &Path, run: &str) -> Result<Self, RecordError> {
        let path = folder.join(format!("{}.lock", checked(run)?));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(RecordError::io("open", &path))?;
        let me = this_process();
        let mut tries = 0;
        while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            tries += 1;
            if error != rustix::io::Errno::WOULDBLOCK && error != rustix::io::Errno::INTR {
                return Err(RecordError::io("lock", &path)(error.into()));
            }
            if tries >= TRIES {
                return Err(held(run, read_holder(&mut file)));
            }
            thread::sleep(Duration::from_millis(20));
        }
        if let Some(other) = read_holder(&mut file)
            && other.host != me.host
            && age(&file) < HEARTBEAT_TIMEOUT
        {
            return Err(held(run, Some(other)));
        }
        let mut lock = Self { file, path, run: run.to_owned(), holder: me };
        let text = serde_json::to_vec(&lock.holder).unwrap_or_default();
        lock.write(&text)?;
        Ok(lock)
    }

    /// Who holds the lock `<folder>/<run>.lock`; nobody when it is free or its holder is gone.
    #[must_use]
    pub fn holder(folder: &Path, run: &str) -> Option<Holder> {
        let mut file = File::open(folder.join(format!("{}.lock", checked(run).ok()?))).ok()?;
        let holder = read_holder(&mut file)?;
        if holder.host != host_name() {
            return (age(&file) < HEARTBEAT_TIMEOUT).then_some(holder);
        }
        let pid = rustix::process::Pid::from_raw(i32::try_from(holder.pid).ok()?)?;
        let is_alive = match rustix::process::test_kill_process(pid) {
            Ok(()) => !has_ended(holder.pid),
            Err(error) => error == rustix::io::Errno::PERM,
        };
        let is_held = || flock(&file, FlockOperation::NonBlockingLockShared).is_err();
        (is_alive && (age(&file) < LOCAL_HEARTBEAT_TIMEOUT || is_held())).then_some(holder)
    }

    /// The run that is held.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// This process, as the lock names it.
    #[must_use]
    pub fn me(&self) -> &Holder {
        &self.holder
    }

    /// Shows that the holder is alive; to be called every second or so.
    ///
    /// # Errors
    /// When the file's time cannot be set.
    pub fn beat(&self) -> Result<(), RecordError> {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        futimens(&self.file, &Timestamps { last_access: now, last_modification: now })
            .map_err(|error| RecordError::io("touch", &self.path)(error.into()))
    }

    fn write(&mut self, text: &[u8]) -> Result<(), RecordError> {
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(text)
        };
        write(&mut self.file).map_err(RecordError::io("write", &self.path))
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // An emptied lock says that its holder left in order; the lock itself goes with the file.
        drop(self.write(b""));
    }
}

/// This process: the machine's name and the process id.
#[must_use]
pub(super) fn this_process() -> Holder {
    Holder { host: host_name(), pid: std::process::id() }
}

/// The machine's name.
#[must_use]
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Whether a process has ended whose parent has not taken note of it yet. Only Linux tells.
fn has_ended(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state stands behind the name in brackets, which may hold brackets of its own.
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
}

fn held(run: &str, holder: Option<Holder>) -> RecordError {
    let Holder { host, pid } = holder.unwrap_or_else(|| Holder { host: "an unknown machine".to_owned(), pid: 0 });
    RecordError::Held { run: run.to_owned(), host, pid }
}

fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(4096).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Time since the last heartbeat; none when the clock was set back since.
fn age(file: &File) -> Duration {
    let modified = file.metadata().and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    SystemTime::now().duration_since(modified).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_second_holder_is_refused_by_name_and_a_free_lock_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let lock = RunLock::take(folder.path(), "relu-s0").unwrap();
        let refused = RunLock::take(folder.path(), "relu-s0").unwrap_err().to_string();
        assert_eq!(refused, format!("run relu-s0 is held by process {} on {}", std::process::id(), host_name()));
        assert_eq!(RunLock::holder(folder.path(), "relu-s0"), Some(this_process()));
        assert_eq!(RunLock::holder(folder.path(), "relu-s1"), None);
        drop(lock);
        assert_eq!(RunLock::holder(folder.path(), "relu-s0"), None);
        RunLock::take(folder.path(), "relu-s0").unwrap();
    }

    #[test]
    fn a_dead_process_of_this_machine_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let path = folder.path().join("a.lock");
        let told = Holder { host: host_name(), pid: child.id() };
        std::fs::write(&path, serde_json::to_vec(&told).unwrap()).unwrap();
        let began = std::time::Instant::now();
        // Ended, and not waited for.
        while RunLock::holder(folder.path(), "a").is_some() {
            assert!(began.elapsed() < Duration::from_mins(1), "it counts as alive");
            thread::sleep(Duration::from_millis(5));
        }
        child.wait().unwrap();
        let gone = Holder { host: host_name(), pid: child.id() };
        std::fs::write(&path, serde_json::to_vec(&gone).unwrap()).unwrap();
        assert_eq!(RunLock::holder(folder.path(), "a"), None);
        RunLock::take(folder.path(), "a").unwrap();
    }

    #[test]
    fn another_machine_holds_as_long_as_its_heart_beats() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let other = Holder { host: "elsewhere".to_owned(), pid: 1 };
        std::fs::write(&path, serde_json::to_vec(&other).unwrap()).unwrap();
        assert_eq!(RunLock::holder(folder.path(), "a"), Some(other));
        let refused = RunLock::take(folder.path(), "a").unwrap_err().to_string();
        assert_eq!(refused, "run a is held by process 1 on elsewhere");
        File::options().write(true).open(&path).unwrap().set_modified(UNIX_EPOCH).unwrap();
        assert_eq!(RunLock::holder(folder.path(), "a"), None);
        RunLock::take(folder.path(), "a").unwrap();
    }

    #[test]
    fn a_heartbeat_renews_the_time() {
        let folder = tempfile::tempdir().unwrap();
        let lock = RunLock::take(folder.path(), "a").unwrap();
        lock.file.set_modified(UNIX_EPOCH).unwrap();
        lock.beat().unwrap();
        assert!(age(&lock.file) < HEARTBEAT_TIMEOUT);
    }
}
