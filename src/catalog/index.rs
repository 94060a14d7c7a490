//! All sessions under a folder of logs, newest first, read from the beginning and the end of each file.
//!
//! What the ends do not tell, the best accuracy of a whole run, is found file by file afterwards and kept in an index
//! in the user's cache, which may be deleted at any time; nothing is written among the logs, which may be somebody
//! else's. Does not depend on how the list is searched, sorted or shown.

use super::files::name_of_place;
use super::summary::{file_summary, run_summary, whole_summary};
use crate::format::RecordError;
use crate::format::RunSearch;
use crate::format::read_head;
use crate::output;
use crate::protocol::{RunSummary, SessionSummary, Status};
use crate::record::SessionFolder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

/// The version of the index; another one is thrown away.
const INDEX_VERSION: u32 = 4;

/// Bytes up to which an index is read.
const LONGEST_INDEX: usize = 64 << 20;

/// Sessions that are listed.
const MAX_SESSIONS: usize = 10_000;

/// Threads that read summaries.
const MAX_THREADS: usize = 8;

/// What the index says of one file, as long as size and time are still those.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    size: u64,
    modified: u64,
    summary: RunSummary,
    /// Whether the whole file was read for its best accuracy.
    is_whole: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Index {
    version: u32,
    files: BTreeMap<String, Entry>,
}

/// All sessions under a folder of logs.
#[derive(Debug)]
pub struct Catalog {
    logs: PathBuf,
    sessions: Vec<SessionSummary>,
    index: Index,
    /// The index's file; nowhere without a cache.
    index_file: Option<PathBuf>,
    is_index_new: bool,
    found: RunSearch,
}

/// A run that is to be summarised.
struct Job {
    path: PathBuf,
    session: Option<SessionFolder>,
    run: String,
    id: String,
}

impl Catalog {
    /// Lists the sessions under `logs`, or the one session that `logs` is. What whole logs tell is kept from one
    /// program to the next in the folder `cache`, where there is one.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn open(logs: &Path, cache: Option<&Path>) -> Result<Self, RecordError> {
        let io = RecordError::io("read", logs);
        fs::read_dir(logs).map_err(io)?;
        let index_file = cache.map(|cache| cache.join(format!("index-{}.json", name_of_place(logs))));
        let index = index_file.as_ref().and_then(|file| read_head(file, LONGEST_INDEX).ok());
        let index = index.and_then(|text| serde_json::from_slice::<Index>(&text).ok());
        let index = index.filter(|index| index.version == INDEX_VERSION).unwrap_or_default();
        let mut library = Self {
            logs: logs.to_owned(),
            sessions: Vec::new(),
            index,
            index_file,
            is_index_new: false,
            found: RunSearch::default(),
        };
        library.refresh();
        Ok(library)
    }

    /// The folder of logs.
    #[must_use]
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// The sessions, newest first.
    #[must_use]
    pub fn sessions(&self) -> &[SessionSummary] {
        &self.sessions
    }

    /// Looks again; only files that changed are read.
    pub fn refresh(&mut self) {
        let places = session_places(&self.logs, &mut self.found);
        let jobs: Vec<(usize, Job)> = places
            .iter()
            .enumerate()
            .flat_map(|(at, place)| place.jobs().into_iter().map(move |job| (at, job)))
            .collect();
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
        let index = &self.index;
        let work = |jobs: &[(usize, Job)]| -> Vec<(usize, Entry)> {
            jobs.iter().map(|(at, job)| (*at, summarise(job, index))).collect()
        };
        let mut entries = Vec::with_capacity(jobs.len());
        thread::scope(|scope| {
            let mut workers = Vec::new();
            for part in jobs.chunks(jobs.len().div_ceil(threads).max(1)) {
                let builder = thread::Builder::new().name("library".to_owned());
                workers.push((part, builder.spawn_scoped(scope, move || work(part))));
            }
            for (part, worker) in workers {
                let joined = worker.ok().and_then(|handle| handle.join().ok());
                entries.extend(joined.unwrap_or_else(|| work(part)));
            }
        });
        let mut sessions: Vec<SessionSummary> = places.iter().map(Shelf::summary).collect();
        let mut files = BTreeMap::new();
        for (at, entry) in entries {
            let session = &mut sessions[at];
            session.modified = session.modified.max(entry.modified);
            session.runs.push(entry.summary.clone());
            files.insert(entry.summary.path.clone(), entry);
        }
        for (session, place) in sessions.iter_mut().zip(&places) {
            place.add_queue(session);
        }
        sessions.sort_by(|a, b| (b.created.max(b.modified), &a.id).cmp(&(a.created.max(a.modified), &b.id)));
        self.is_index_new |= files != self.index.files;
        self.index = Index { version: INDEX_VERSION, files };
        self.sessions = sessions;
    }

    /// Reads up to `most` files whole for their best accuracy, newest session first; false when none is left.
    pub fn deepen(&mut self, most: usize) -> bool {
        let mut left = most;
        for run in self.sessions.iter_mut().flat_map(|session| &mut session.runs) {
            let Some(entry) = self.index.files.get_mut(&run.path).filter(|entry| !entry.is_whole) else { continue };
            if left == 0 {
                return true;
            }
            left -= 1;
            entry.is_whole = true;
            self.is_index_new = true;
            if let Some(whole) = whole_summary(&entry.summary) {
                run.clone_from(&whole);
                entry.summary = whole;
            }
        }
        false
    }

    /// Writes the index into the cache, when there is news in it. That it cannot be written harms nothing.
    pub fn keep_index(&mut self) {
        let Some(file) = self.index_file.as_ref().filter(|_| self.is_index_new) else { return };
        self.is_index_new = false;
        let write = || {
            fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
            output::replace(file, output::PRIVATE, |out| Ok(serde_json::to_writer(out, &self.index)?))
        };
        // Without an index, or with an old one, the next list only takes longer.
        let _ = write();
    }
}

/// Where a session's runs lie.
enum Shelf {
    Session(SessionFolder),
    /// Files that no session holds, in this folder.
    Files(PathBuf, Vec<PathBuf>),
}

impl Shelf {
    fn jobs(&self) -> Vec<Job> {
        match self {
            Self::Session(folder) => {
                let runs = folder.runs().unwrap_or_default();
                let job = |run: String| {
                    let path = folder.log(&run).ok()?;
                    Some(Job { path, session: Some(folder.clone()), run, id: folder.id().to_owned() })
                };
                runs.into_iter().filter_map(job).collect()
            }
            Self::Files(folder, files) => files
                .iter()
                .map(|path| {
                    let run = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
                    Job { path: path.clone(), session: None, run, id: folder_name(folder) }
                })
                .collect(),
        }
    }

    fn summary(&self) -> SessionSummary {
        match self {
            Self::Session(folder) => {
                let mut summary = SessionSummary {
                    id: crate::format::clean_name(folder.id()).into_owned(),
                    path: folder.root().display().to_string(),
                    ..SessionSummary::default()
                };
                if let Ok(mut header) = folder.header() {
                    crate::format::clean_header(&mut header);
                    summary.suite = header.suite;
                    summary.dataset = header.dataset;
                    summary.created = header.created;
                }
                summary
            }
            Self::Files(folder, _) => SessionSummary {
                id: crate::format::clean_name(&folder_name(folder)).into_owned(),
                path: folder.display().to_string(),
                ..SessionSummary::default()
            },
        }
    }

    /// Puts the runs in queue order, and adds those that have no log yet.
    fn add_queue(&self, session: &mut SessionSummary) {
        let Self::Session(folder) = self else { return };
        let plans = folder.queue().map(|(plans, _)| plans).unwrap_or_default();
        let mut runs: BTreeMap<String, RunSummary> =
            std::mem::take(&mut session.runs).into_iter().map(|run| (run.run.clone(), run)).collect();
        for mut plan in plans {
            crate::format::clean_plan(&mut plan);
            let waiting = || RunSummary {
                run: plan.run.clone(),
                name: plan.name.clone(),
                session: session.id.clone(),
                path: folder.log(&plan.run).map(|path| path.display().to_string()).unwrap_or_default(),
                status: Status::Queued,
                spec: Some(plan.spec.clone()),
                seed: plan.seed,
                dataset: session.dataset.name.clone(),
                ..RunSummary::default()
            };
            session.runs.push(runs.remove(&plan.run).unwrap_or_else(waiting));
        }
        session.runs.extend(runs.into_values());
    }
}

fn folder_name(folder: &Path) -> String {
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The sessions in a folder and in the folders of it that are none; links to folders lead only one level down, so that
/// a loop of links ends.
fn session_places(logs: &Path, found: &mut RunSearch) -> Vec<Shelf> {
    if let Ok(folder) = SessionFolder::open(logs) {
        return vec![Shelf::Session(folder)];
    }
    let mut places = Vec::new();
    let mut loose = Vec::new();
    let Ok(entries) = fs::read_dir(logs) else { return places };
    for entry in entries.flatten().take(MAX_SESSIONS) {
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if is_hidden {
            continue;
        }
        if let Ok(folder) = SessionFolder::open(&path) {
            places.push(Shelf::Session(folder));
        } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let mut files: Vec<PathBuf> = found.search(&path).iter().map(|run| run.path().to_owned()).collect();
            files.dedup();
            if !files.is_empty() {
                places.push(Shelf::Files(path, files));
            }
        } else if path.is_file() && found.is_run(&path) {
            loose.push(path);
        }
    }
    if !loose.is_empty() {
        places.push(Shelf::Files(logs.to_owned(), loose));
    }
    places
}

/// A file's summary, from the index where the file did not change since.
fn summarise(job: &Job, index: &Index) -> Entry {
    let path = job.path.display().to_string();
    let metadata = fs::metadata(&job.path).ok();
    let size = metadata.as_ref().map_or(0, fs::Metadata::len);
    let seconds =
        |at: std::time::SystemTime| at.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let modified = metadata.and_then(|it| it.modified().ok()).map_or(0, seconds);
    if let Some(known) = index.files.get(&path)
        && (known.size, known.modified) == (size, modified)
        && (known.summary.status.is_over() || known.summary.status == Status::Quiet)
        && known.summary.status != Status::Interrupted
    {
        return known.clone();
    }
    let mut summary = match &job.session {
        Some(folder) => run_summary(&job.path, folder, &job.run),
        None => file_summary(&job.path, &job.run),
    };
    summary.session = crate::format::clean_name(&job.id).into_owned();
    (summary.path, summary.bytes, summary.modified) = (path, size, modified);
    Entry { size, modified, summary, is_whole: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::print;
    use crate::protocol::{Epoch, Event, Record, RunEnd, RunPlan, RunStarted, SessionHeader, Spec, Step};
    use std::sync::Arc;

    fn log(path: &Path, events: Vec<Event>) {
        let mut text = Vec::new();
        for (seq, event) in events.into_iter().enumerate() {
            print(&Record { v: 1, seq: seq as u64, t: seq as f64, event }, &mut text).unwrap();
        }
        fs::write(path, text).unwrap();
    }

    fn started(run: &str) -> Event {
        Event::RunStarted(Box::new(RunStarted {
            run: run.to_owned(),
            name: "relu".to_owned(),
            spec: Arc::new(Spec::default()),
            family: crate::protocol::Family::Mlp,
            seed: 3,
            dataset: "MNIST".to_owned(),
            steps_per_epoch: 10,
            resumed_from: None,
        }))
    }

    fn epoch(number: u64, accuracy: f32) -> Event {
        Event::Epoch(Box::new(Epoch {
            step: number * 2_000,
            epoch: number as f64,
            train_loss: 0.5,
            test_accuracy: Some(accuracy),
            ..Epoch::default()
        }))
    }

    fn steps(count: u64) -> impl Iterator<Item = Event> {
        (1..=count).map(|step| Event::Step(Step { step, epoch: step as f64 / 2_000.0, train_loss: 0.3 }))
    }

    fn make_session(logs: &Path, created: u64) -> SessionFolder {
        let header = SessionHeader {
            v: 1,
            suite: "suite".to_owned(),
            host: "here".to_owned(),
            program: "0".to_owned(),
            pid: 1,
            created,
            jobs: 1,
            dataset: crate::protocol::DatasetInfo::default(),
        };
        SessionFolder::create(logs, &header, &[]).unwrap()
    }

    fn runs(library: &Catalog) -> Vec<(String, Status, Option<f32>, Option<f32>)> {
        let runs = library.sessions().iter().flat_map(|session| &session.runs);
        runs.map(|run| (run.run.clone(), run.status, run.test_accuracy, run.best_test_accuracy)).collect()
    }

    #[test]
    fn runs_are_summarised_from_their_ends_and_deepened_later() {
        let logs = tempfile::tempdir().unwrap();
        let session = make_session(logs.path(), 1_771_064_100);
        let plan = |run: &str, order| RunPlan {
            run: run.to_owned(),
            name: "relu".to_owned(),
            order,
            seed: 0,
            spec: Arc::new(Spec::default()),
            fork_of: None,
        };
        for (order, run) in ["done", "cut", "waits"].into_iter().enumerate() {
            session.enqueue(&plan(run, order as u32)).unwrap();
        }
        let mut events = vec![started("done"), epoch(1, 0.9)];
        events.extend(steps(2_000));
        events.extend([
            epoch(2, 0.8),
            Event::RunFinished(Box::new(RunEnd { test_accuracy: Some(0.8), ..RunEnd::default() })),
        ]);
        log(&session.log("done").unwrap(), events);
        log(&session.log("cut").unwrap(), std::iter::once(started("cut")).chain(steps(20)).collect());
        fs::write(logs.path().join("loose.csv"), "epoch,loss\n0,1\n7,2\n").unwrap();
        let cache = tempfile::tempdir().unwrap();
        let open = || Catalog::open(logs.path(), Some(cache.path())).unwrap();
        let mut library = open();
        let list = [
            ("done".to_owned(), Status::Finished, Some(0.8), Some(0.8)),
            ("cut".to_owned(), Status::Interrupted, None, None),
            ("waits".to_owned(), Status::Queued, None, None),
            ("loose".to_owned(), Status::Running, None, None),
        ];
        let mut found = runs(&library);
        found.sort_by_key(|(run, ..)| ["done", "cut", "waits", "loose"].iter().position(|name| name == run));
        assert_eq!(found, list);
        let cut = library.sessions().iter().flat_map(|session| &session.runs).find(|run| run.run == "cut").unwrap();
        assert_eq!((cut.step, cut.seconds, cut.dataset.as_str()), (20, 20.0, "MNIST"));
        while library.deepen(1) {}
        assert!(runs(&library).contains(&("done".to_owned(), Status::Finished, Some(0.8), Some(0.9))));
        library.keep_index();
        assert!(!logs.path().join(".index.json").exists() && fs::read_dir(logs.path()).unwrap().count() == 2);
        assert!(runs(&open()).contains(&("done".to_owned(), Status::Finished, Some(0.8), Some(0.9))));
        let index = fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap().path();
        fs::remove_file(&index).unwrap();
        assert!(runs(&open()).contains(&list[0]));
        fs::write(&index, "not an index").unwrap();
        assert!(runs(&open()).contains(&list[0]));
    }

    #[test]
    fn sessions_come_newest_first_and_links_do_not_lead_in_circles() {
        let logs = tempfile::tempdir().unwrap();
        let far = 4_102_444_800;
        for created in [far, far + 20, far + 10] {
            make_session(logs.path(), created);
        }
        std::os::unix::fs::symlink(logs.path(), logs.path().join("circle")).unwrap();
        let library = Catalog::open(logs.path(), None).unwrap();
        let created: Vec<u64> = library.sessions().iter().map(|session| session.created).collect();
        assert_eq!(created, [far + 20, far + 10, far]);
    }
}
