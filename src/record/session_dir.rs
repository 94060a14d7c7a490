//! The folder of a session: `session.json`, `queue/`, `runs/`, `checkpoints/` and `locks/`.
//!
//! Files are the user's own (0600, folders 0700), whole files are written beside and renamed. Does not depend on what is in
//! a run's log, and asks no clock: the header carries the moment.

use super::RunLock;
use super::names::{checked, is_safe_name, safe_name, utc_stamp};
use super::unfinished::{self, Unfinished, is_unfinished};
use crate::format::{FileKind, RecordError, kind_of};
use crate::output;
use crate::protocol::{Holder, RunPlan, SessionHeader};
use serde::de::DeserializeOwned;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Files of a folder `runs` that are looked into for a log.
const MAX_JUDGED: usize = 16;

/// Bytes up to which `session.json` and queue files are read.
const LONGEST_JSON: u64 = 4 << 20;

/// The folder of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFolder {
    root: PathBuf,
    id: String,
}

impl SessionFolder {
    /// Makes a session's folder `<suite>-<UTC yyyymmdd-hhmmss>` under `logs`, which is made too where missing, with its
    /// header and its queue. A name that is taken gets `-2`, `-3` and so on. The folder is made whole beside and
    /// renamed, so that a process killed meanwhile leaves no half session behind; what such processes left is removed.
    ///
    /// # Errors
    /// [`RecordError::Io`] where the folder cannot be written, [`RecordError::Name`] for a run whose id cannot name a
    /// file.
    pub fn create(logs: &Path, header: &SessionHeader, plans: &[RunPlan]) -> Result<Self, RecordError> {
        fs::create_dir_all(logs).map_err(RecordError::io("create", logs))?;
        unfinished::remove_stale(logs);
        let beside = Unfinished::make(logs)?;
        Self::fill(beside.path(), header, plans)?;
        let folder = Self::place(beside.path(), logs, header)?;
        beside.keep();
        Ok(folder)
    }

    fn fill(root: &Path, header: &SessionHeader, plans: &[RunPlan]) -> Result<(), RecordError> {
        let folder = Self { root: root.to_owned(), id: String::new() };
        for part in ["runs", "queue", "checkpoints", "locks"] {
            folder.make(part)?;
        }
        for plan in plans {
            folder.enqueue(plan)?;
        }
        write_json(&root.join("session.json"), header)
    }

    fn place(beside: &Path, logs: &Path, header: &SessionHeader) -> Result<Self, RecordError> {
        let base = format!("{}-{}", safe_name(&header.suite), utc_stamp(header.created));
        for count in 1_u32.. {
            let id = if count == 1 { base.clone() } else { format!("{base}-{count}") };
            let root = logs.join(&id);
            match fs::rename(beside, &root) {
                Ok(()) => return Ok(Self { root, id }),
                // Only an empty folder would be replaced, and no session is one.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory
                    ) => {}
                Err(error) => return Err(RecordError::io("create", &root)(error)),
            }
        }
        Err(RecordError::NotASession { path: logs.to_owned() })
    }

    /// A session's folder that exists. Other programs call a folder `runs`, too: without `session.json` it must hold
    /// a log of this program.
    ///
    /// # Errors
    /// [`RecordError::NotASession`] when there is neither `session.json` nor such a log, or the folder was
    /// never finished.
    pub fn open(root: &Path) -> Result<Self, RecordError> {
        if !root.join("session.json").is_file() && !has_logs(&root.join("runs")) {
            return Err(RecordError::NotASession { path: root.to_owned() });
        }
        let whole = fs::canonicalize(root).map_err(RecordError::io("open", root))?;
        let id = whole.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if is_unfinished(&id) {
            return Err(RecordError::NotASession { path: root.to_owned() });
        }
        Ok(Self { root: root.to_owned(), id })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder's name, which is the session's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The log of a run, whether or not it exists.
    ///
    /// # Errors
    /// [`RecordError::Name`] for an id that cannot name a file.
    pub fn log(&self, run: &str) -> Result<PathBuf, RecordError> {
        Ok(self.root.join("runs").join(format!("{}.jsonl", checked(run)?)))
    }

    /// The newest checkpoint of a run, whether or not it exists.
    ///
    /// # Errors
    /// [`RecordError::Name`] for an id that cannot name a file.
    pub fn checkpoint(&self, run: &str) -> Result<PathBuf, RecordError> {
        Ok(self.root.join("checkpoints").join(format!("{}.safetensors", checked(run)?)))
    }

    /// What `session.json` says.
    ///
    /// # Errors
    /// When the file cannot be read, is no header or is of a later version.
    pub fn header(&self) -> Result<SessionHeader, RecordError> {
        let path = self.root.join("session.json");
        let value: serde_json::Value = read_json(&path)?;
        if let Some(found) = value.get("v").and_then(serde_json::Value::as_u64)
            && found > u64::from(crate::protocol::VERSION)
        {
            return Err(RecordError::Version { path, line: 1, found, known: crate::protocol::VERSION });
        }
        serde_json::from_value(value).map_err(|error| RecordError::Content { path, message: error.to_string() })
    }

    /// Replaces what `session.json` says, once more is known of the session than when its folder was made.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn replace_header(&self, header: &SessionHeader) -> Result<(), RecordError> {
        write_json(&self.root.join("session.json"), header)
    }

    /// Adds a run to the queue: `queue/<run>.json`.
    ///
    /// # Errors
    /// When its id cannot name a file, or the file cannot be written.
    pub fn enqueue(&self, plan: &RunPlan) -> Result<(), RecordError> {
        self.make("queue")?;
        write_json(&self.root.join("queue").join(format!("{}.json", checked(&plan.run)?)), plan)
    }

    /// The queue in its order, runs that were started included, and what could not be read of it.
    ///
    /// # Errors
    /// When the folder `queue/` exists and cannot be listed.
    pub fn queue(&self) -> Result<(Vec<RunPlan>, Vec<RecordError>), RecordError> {
        let mut plans = Vec::new();
        let mut wrong = Vec::new();
        for name in self.names("queue", ".json")? {
            match self.plan(&name) {
                Ok(plan) => plans.push(plan),
                Err(error) => wrong.push(error),
            }
        }
        plans.sort_by(|a, b| (a.order, &a.run).cmp(&(b.order, &b.run)));
        Ok((plans, wrong))
    }

    /// The plan of one run.
    ///
    /// # Errors
    /// When there is none, or it is not a plan of that run.
    pub fn plan(&self, run: &str) -> Result<RunPlan, RecordError> {
        let path = self.root.join("queue").join(format!("{}.json", checked(run)?));
        let plan: RunPlan = read_json(&path)?;
        if plan.run == run {
            Ok(plan)
        } else {
            let message = format!("is the plan of run {:?}, and its name says {run:?}", plan.run);
            Err(RecordError::Content { path, message })
        }
    }

    /// The ids of the runs that have a log, sorted.
    ///
    /// # Errors
    /// When the folder `runs/` exists and cannot be listed.
    pub fn runs(&self) -> Result<Vec<String>, RecordError> {
        self.names("runs", ".jsonl")
    }

    /// Takes a run for this process.
    ///
    /// # Errors
    /// [`RecordError::Held`] when another process has it.
    pub fn lock(&self, run: &str) -> Result<RunLock, RecordError> {
        self.make("locks")?;
        RunLock::take(&self.root.join("locks"), run)
    }

    /// Who works on a run; nobody when its lock is free or its holder is gone.
    #[must_use]
    pub fn holder(&self, run: &str) -> Option<Holder> {
        RunLock::holder(&self.root.join("locks"), run)
    }

    /// What taking a run would be refused with; nothing where it is free.
    #[must_use]
    pub fn held(&self, run: &str) -> Option<RecordError> {
        let Holder { host, pid } = self.holder(run)?;
        Some(RecordError::Held { run: run.to_owned(), host, pid })
    }

    /// Makes a part of the folder where it is missing.
    pub(super) fn make(&self, part: &str) -> Result<(), RecordError> {
        let path = self.root.join(part);
        match private_folder(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(RecordError::io("create", &path)(error)),
            _ => Ok(()),
        }
    }

    /// The safe names in a part of the folder that end so, without the end, sorted.
    fn names(&self, part: &str, end: &str) -> Result<Vec<String>, RecordError> {
        let path = self.root.join(part);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(RecordError::io("list", &path))?,
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(end).map(str::to_owned))
            .filter(|name| is_safe_name(name))
            .collect();
        names.sort();
        Ok(names)
    }
}

/// Whether a folder holds a log of this program among its first files.
fn has_logs(runs: &Path) -> bool {
    let paths = fs::read_dir(runs).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut logs = paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).take(MAX_JUDGED);
    logs.any(|log| matches!(kind_of(&log), Ok(Some(FileKind::Log))))
}

/// Makes a folder that only its owner may enter.
fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Replaces a whole file, so that a reader sees the old one or the new one.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    output::replace(path, output::PRIVATE, |file| file.write_all(bytes)).map_err(RecordError::io("write", path))
}

fn write_json<T: serde::Serialize>(path: &Path, value: &T) -> Result<(), RecordError> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| RecordError::Content { path: path.to_owned(), message: error.to_string() })?;
    text.push(b'\n');
    write_whole(path, &text)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, RecordError> {
    let file = fs::File::open(path).map_err(RecordError::io("read", path))?;
    let mut text = Vec::new();
    file.take(LONGEST_JSON + 1).read_to_end(&mut text).map_err(RecordError::io("read", path))?;
    let content = |message: String| RecordError::Content { path: path.to_owned(), message };
    if text.len() as u64 > LONGEST_JSON {
        return Err(content(format!("is longer than {LONGEST_JSON} bytes, the most that is read of such a file")));
    }
    serde_json::from_slice(&text).map_err(|error| content(error.to_string()))
}

/// A session's folder in a temporary folder, for the tests of this room.
#[cfg(test)]
pub(crate) fn test_folder() -> (tempfile::TempDir, SessionFolder) {
    let logs = tempfile::tempdir().unwrap();
    let header = SessionHeader {
        v: 1,
        suite: "test".to_owned(),
        host: "here".to_owned(),
        program: "0".to_owned(),
        pid: 1,
        created: 1_771_064_100,
        jobs: 1,
        dataset: crate::protocol::DatasetInfo::default(),
    };
    let folder = SessionFolder::create(logs.path(), &header, &[]).unwrap();
    (logs, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_comes_into_being_whole_and_names_that_are_taken_are_numbered() {
        let (logs, first) = test_folder();
        let header = first.header().unwrap();
        let plan = |run: &str| RunPlan {
            run: run.to_owned(),
            name: "relu".to_owned(),
            order: 0,
            seed: 0,
            spec: std::sync::Arc::default(),
            fork_of: None,
        };
        let second = SessionFolder::create(logs.path(), &header, &[plan("relu-s0")]).unwrap();
        assert_eq!(second.id(), format!("{}-2", first.id()));
        assert_eq!(second.queue().unwrap().0.len(), 1);
        // One that cannot be made whole leaves nothing.
        SessionFolder::create(logs.path(), &header, &[plan("../out")]).unwrap_err();
        assert_eq!(fs::read_dir(logs.path()).unwrap().count(), 2);
    }
}
