//! MNIST downloaded: each file from the first mirror that has it, checked before it gets its name.
//!
//! Does not depend on how bytes come over the network (`download` does) or who looks at the progress.

use super::DatasetError;
use super::digest;
use super::download::{Agent, Failure};
use super::file::locate;
use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The two public mirrors, tried in this order.
pub(super) const MIRRORS: [&str; 2] =
    ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"];

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The mirror asked.
    pub mirror: &'a str,
    /// The file's name, with `.gz`.
    pub file: &'a str,
    /// The place of the file among all, from 0.
    pub index: usize,
    /// How many files there are.
    pub files: usize,
    /// Bytes of the file on disk.
    pub bytes: u64,
    /// Bytes of the whole file, where the mirror said so.
    pub total: Option<u64>,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it is.
    pub path: PathBuf,
    /// The mirror it came from; `None` where it was there already and right.
    pub mirror: Option<String>,
}

/// Why MNIST could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The observer asked for the end. What came so far is kept and resumed next time.
    #[error("the download was cancelled; what came so far is kept, and the next one goes on from there")]
    Cancelled,
    /// A mirror's address is of no use.
    #[error("mirror {found:?}: allowed is an address that begins with https:// or http://")]
    Mirror {
        /// The address found.
        found: String,
    },
    /// Another process writes the same file.
    #[error("{}: another process is downloading it", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A file of that name with other content is there; it is left alone.
    #[error("{}: has the SHA-256 {found}, MNIST's is {allowed}; move it away to download MNIST's", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
        /// Its checksum, or what is wrong with it.
        found: String,
        /// The checksum wanted.
        allowed: String,
    },
    /// The operating system refused to write.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No mirror gave the file.
    #[error("{file} could not be downloaded: {}", reasons.join("; "))]
    AllFailed {
        /// The file's name, with `.gz`.
        file: String,
        /// What each mirror did, its address first.
        reasons: Vec<String>,
    },
}

/// A download to be started with [`Fetcher::run`].
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// Addresses that a file's name is appended to, tried in this order.
    pub mirrors: Vec<String>,
    /// Each file's name without `.gz` and the SHA-256 of its uncompressed content.
    pub wanted: Vec<(String, String)>,
    /// The longest time to reach a mirror, name resolution and encryption included.
    pub connect: Duration,
    /// The longest silence within an answer.
    pub silence: Duration,
    /// How often a mirror that broke off may be asked again for the rest of a file.
    pub resumptions: u32,
}

impl Fetcher {
    /// MNIST, from `mirror` or else from `MIRRORS`.
    #[must_use]
    pub fn mnist(mirror: Option<&str>) -> Self {
        Self {
            mirrors: mirror.map_or_else(|| MIRRORS.map(str::to_owned).to_vec(), |mirror| vec![mirror.to_owned()]),
            wanted: digest::MNIST.iter().map(|&(file, sum)| (file.to_owned(), sum.to_owned())).collect(),
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(10),
            resumptions: 3,
        }
    }

    /// Downloads what is missing into `folder`, which is made where needed. Every file arrives as `.part`, which a
    /// later call resumes, and gets its name `.gz` only after its checksum was found right. `observer` is called at
    /// least once a file and about every 64 kB; when it breaks, the download ends within [`Fetcher::silence`].
    ///
    /// # Errors
    /// [`FetchError`]; files already complete stay.
    pub fn run(
        &self,
        folder: &Path,
        observer: &mut impl FnMut(Progress<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<Fetched>, FetchError> {
        let mirrors = self.mirrors.iter().map(|mirror| address(mirror)).collect::<Result<Vec<_>, _>>()?;
        fs::create_dir_all(folder).map_err(|source| FetchError::Write { path: folder.to_owned(), source })?;
        let agent = Agent::new(self.connect, self.silence, self.resumptions);
        let mut first = 0;
        let mut fetched = Vec::with_capacity(self.wanted.len());
        for (index, (name, sum)) in self.wanted.iter().enumerate() {
            if let Some(path) = right_already(folder, name, sum)? {
                fetched.push(Fetched { path, mirror: None });
                continue;
            }
            let file = format!("{name}.gz");
            let mut reasons = Vec::new();
            // The mirror that worked last is asked first: a dead one costs its time-out only once.
            let order = (0..mirrors.len()).map(|offset| (first + offset) % mirrors.len());
            for at in order {
                let mirror = mirrors[at].as_str();
                let mut watch = |bytes, total| {
                    observer(Progress { mirror, file: &file, index, files: self.wanted.len(), bytes, total })
                };
                match fetch_one(&agent, &format!("{mirror}{file}"), &folder.join(&file), sum, &mut watch) {
                    Ok(path) => {
                        fetched.push(Fetched { path, mirror: Some(mirror.to_owned()) });
                        first = at;
                        break;
                    }
                    Err(Outcome::Stop(error)) => return Err(error),
                    Err(Outcome::Next(reason)) => reasons.push(format!("{mirror}{file}: {reason}")),
                }
            }
            if fetched.len() == index {
                return Err(FetchError::AllFailed { file, reasons });
            }
        }
        Ok(fetched)
    }
}

/// Whether another mirror may do better.
enum Outcome {
    Stop(FetchError),
    Next(String),
}

fn address(mirror: &str) -> Result<String, FetchError> {
    let web = ["https://", "http://"].iter().any(|scheme| mirror.len() > scheme.len() && mirror.starts_with(scheme));
    if !web {
        return Err(FetchError::Mirror { found: mirror.to_owned() });
    }
    Ok(format!("{}/", mirror.trim_end_matches('/')))
}

fn right_already(folder: &Path, name: &str, sum: &str) -> Result<Option<PathBuf>, FetchError> {
    let Some(path) = locate(folder, name) else { return Ok(None) };
    match digest::of_file(&path) {
        Ok(found) if found == sum => Ok(Some(path)),
        Ok(found) => Err(FetchError::InTheWay { path, found, allowed: sum.to_owned() }),
        Err(DatasetError::Gzip { path, reason, .. }) => {
            Err(FetchError::InTheWay { path, found: format!("of damaged gzip ({reason})"), allowed: sum.to_owned() })
        }
        Err(error) => Err(FetchError::InTheWay { path, found: format!("unknown ({error})"), allowed: sum.to_owned() }),
    }
}

/// Fetches one file from one mirror into `target` by way of `target` + `.part`.
fn fetch_one(
    agent: &Agent,
    url: &str,
    target: &Path,
    sum: &str,
    watch: &mut impl FnMut(u64, Option<u64>) -> ControlFlow<()>,
) -> Result<PathBuf, Outcome> {
    let path = target.with_extension("gz.part");
    let write = |source| Outcome::Stop(FetchError::Write { path: path.clone(), source });
    let mut part = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(write)?;
    match part.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Outcome::Stop(FetchError::Busy { path })),
        Err(TryLockError::Error(source)) => return Err(write(source)),
    }
    // Another process may have finished it, and renamed what was opened here, before the lock was free.
    let same = fs::metadata(&path).is_ok_and(|named| part.metadata().is_ok_and(|open| open.ino() == named.ino()));
    if !same {
        return Err(Outcome::Stop(FetchError::Busy { path }));
    }
    loop {
        let old = part.metadata().map_err(write)?.len();
        let outcome = agent.download(url, &mut part, watch);
        if outcome.is_err() && part.metadata().is_ok_and(|meta| meta.len() == 0) {
            let _ = fs::remove_file(&path);
        }
        outcome.map_err(|failure| match failure {
            Failure::Cancelled => Outcome::Stop(FetchError::Cancelled),
            Failure::Disk(source) => write(source),
            Failure::Remote(reason) => Outcome::Next(reason),
        })?;
        let wrong = match digest::of_file(&path) {
            Ok(found) if found == sum => break,
            Ok(found) => format!("the content's SHA-256 is {found}, allowed is {sum}"),
            Err(error) => error.to_string(),
        };
        part.set_len(0).map_err(write)?;
        // The beginning may have come from a mirror that compressed it otherwise: once more, all from this one.
        if old == 0 {
            let _ = fs::remove_file(&path);
            return Err(Outcome::Next(wrong));
        }
    }
    part.sync_all().map_err(write)?;
    fs::rename(&path, target).map_err(write)?;
    Ok(target.to_owned())
}
