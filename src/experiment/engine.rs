//! The engine: a session's threads from start to end.
//!
//! One thread loads the data, `jobs` workers train, the recorder writes. Starting takes no longer than making the
//! session's folder: the first screen can stand before the data does. Does not depend on screens or sockets.

use super::checkpoint::differences;
use super::clock::wall_seconds;
use super::commands::Commander;
use super::error::{EngineError, panic_message};
use super::hardware::host;
use super::queue::{Closing, Queue};
use super::run_control::{AGAIN, LAST_ATTEMPTS};
use super::run_history::RunHistory;
use super::shared::{Alive, Data, Loaded, Shared, describe};
use super::step_hook::StepHook;
use super::suite;
use super::worker;
use crate::dataset::Dataset;
use crate::format::RecordError;
use crate::protocol::{Command, DatasetInfo, Reply, RunPlan, SessionHeader, Trainer as _, Update, VERSION};
use crate::record::{FolderLogs, Recorder, RecorderSettings, SessionFolder};
use crossbeam_channel::Receiver;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// Loads the data, or says in words why it cannot. Called once, on a thread of its own.
pub type Loader = Box<dyn FnOnce() -> Result<Dataset, String> + Send>;

/// What an engine needs to start.
pub struct EngineConfig {
    /// Which session.
    pub session: Session,
    /// Runs at a time, at least 1; see [`super::default_jobs`].
    pub jobs: usize,
    /// Where the data comes from.
    pub load: Loader,
    /// Bytes of memory that the machine has; `None` starts runs of any size.
    pub memory: Option<u64>,
    /// How the recorder behaves.
    pub recorder: RecorderSettings,
    /// A look into the runs; `None` but in tests and simulations.
    pub step_hook: Option<StepHook>,
}

/// Which session an engine works on.
#[derive(Clone, Debug, PartialEq)]
pub enum Session {
    /// A new one.
    New {
        /// The folder in which the session gets its own.
        logs: PathBuf,
        /// The suite's name.
        suite: String,
        /// The runs, in order.
        plans: Vec<RunPlan>,
    },
    /// One that exists: its folder. Runs that are over are left alone, as are those that another process holds;
    /// every other goes on from its newest checkpoint.
    Existing(PathBuf),
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Runs that failed in this process.
    pub failed: usize,
}

/// A session under way.
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    loader: JoinHandle<Result<(), EngineError>>,
    workers: Vec<JoinHandle<()>>,
    recorder: Recorder,
    updates: Receiver<Update>,
}

impl Engine {
    /// Starts a session: makes or opens its folder, announces it with its queue and its past, and sets the threads
    /// to work.
    ///
    /// # Errors
    /// When the folder cannot be made, opened or written, or what is to be resumed was changed meanwhile. What only
    /// the data can tell comes from [`Self::join`].
    pub fn start(config: EngineConfig) -> Result<Self, EngineError> {
        let EngineConfig { session, jobs, load, memory, recorder: settings, step_hook } = config;
        let jobs = jobs.max(1);
        let opened = open(session, jobs)?;
        let recorder = Recorder::start(FolderLogs(opened.folder.clone()), settings)
            .map_err(|source| EngineError::Thread { name: "recorder".to_owned(), source })?;
        let handle = recorder.handle();
        let updates = handle.view().unwrap_or_else(|_| crossbeam_channel::never());
        let mut queue = Queue::default();
        let id = opened.folder.id().to_owned();
        let _ = handle.announce(Update::Session { id, header: Some(Box::new(opened.header.clone())) });
        for (plan, past) in opened.runs {
            let _ = handle.announce(Update::Planned { plan: plan.clone() });
            let run: Arc<str> = plan.run.as_str().into();
            let over = past.is_over().then(|| past.seconds());
            for message in past.faults {
                let _ = handle.announce(Update::Fault { run: Some(plan.run.clone()), message });
            }
            let is_open = over.is_none() && !past.records.is_empty();
            for record in past.records {
                let _ = handle.announce(Update::Record { run: Arc::clone(&run), record });
            }
            if is_open {
                let holder = opened.folder.holder(&plan.run);
                let _ = handle.announce(Update::Holder { run, holder });
            }
            // A name that stands twice was refused when the suite was read; a folder cannot hold it.
            drop(queue.add(plan, over));
        }
        let _ = handle.announce(Update::CaughtUp);
        let shared = Arc::new(Shared::new(opened.folder, handle, queue, step_hook, memory));
        let work = Loading { shared: Arc::clone(&shared), header: opened.header, jobs, resumed: opened.resumed };
        let alive = shared.alive();
        let loader = spawn("loader", move || work.run(load, alive))?;
        let mut workers = Vec::with_capacity(jobs);
        for index in 0..jobs {
            let (shared, alive) = (Arc::clone(&shared), shared.alive());
            workers.push(spawn(&format!("worker-{index}"), move || {
                worker::work(&shared);
                drop(alive);
            })?);
        }
        Ok(Self { shared, loader, workers, recorder, updates })
    }

    /// The session's folder.
    #[must_use]
    pub fn folder(&self) -> &SessionFolder {
        &self.shared.folder
    }

    /// Everything that the session says, its past first. There is one channel: what one clone takes the others miss.
    #[must_use]
    pub fn updates(&self) -> Receiver<Update> {
        self.updates.clone()
    }

    /// A way to give commands from other threads.
    #[must_use]
    pub fn commander(&self) -> Commander {
        Commander::new(Arc::clone(&self.shared))
    }

    /// Carries out a command.
    #[must_use]
    pub fn command(&self, command: Command) -> Reply {
        self.commander().command(command)
    }

    /// Lets the session end once the queue is empty. Held runs keep it open.
    pub fn drain(&self) {
        self.shared.with_queue(|queue| queue.close(Closing::WhenEmpty));
    }

    /// Ends the session in order: each live run writes a checkpoint and its last records and can be resumed later.
    pub fn shutdown(&self) {
        self.shared.recorder.hurry();
        self.shared.with_queue(|queue| queue.close(Closing::Now));
    }

    /// Waits for the end that [`Self::drain`], [`Self::shutdown`] or [`Command::Shutdown`] brings about.
    ///
    /// # Errors
    /// When the data could not be loaded or does not fit the runs, records could not be written, or a thread
    /// panicked.
    pub fn join(self) -> Result<Outcome, EngineError> {
        let panicked = |name: &str, panic: Box<dyn std::any::Any + Send>| EngineError::Panicked {
            name: name.to_owned(),
            message: panic_message(&*panic),
        };
        let mut result = self.loader.join().unwrap_or_else(|panic| Err(panicked("loader", panic)));
        for (index, worker) in self.workers.into_iter().enumerate() {
            let ended = worker.join().map_err(|panic| panicked(&format!("worker-{index}"), panic));
            result = result.and(ended);
        }
        let mut settled = self.shared.settle();
        for _ in 0..LAST_ATTEMPTS {
            if settled.is_err() {
                thread::sleep(AGAIN);
                settled = self.shared.settle();
            }
        }
        let written = self.recorder.finish();
        result?;
        settled?;
        written?;
        Ok(Outcome { failed: self.shared.failures() })
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, EngineError> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map_err(|source| EngineError::Thread { name: name.to_owned(), source })
}

/// A session's folder and what it holds.
struct Opened {
    folder: SessionFolder,
    header: SessionHeader,
    runs: Vec<(RunPlan, RunHistory)>,
    resumed: bool,
}

fn open(session: Session, jobs: usize) -> Result<Opened, EngineError> {
    match session {
        Session::New { plans, .. } if plans.is_empty() => Err(EngineError::Empty),
        Session::New { logs, suite, plans } => {
            let header = SessionHeader {
                v: VERSION,
                suite,
                host: host(),
                program: env!("CARGO_PKG_VERSION").to_owned(),
                pid: std::process::id(),
                created: wall_seconds(),
                jobs,
                dataset: DatasetInfo::default(),
            };
            let folder = SessionFolder::create(&logs, &header, &plans)?;
            let runs = plans.into_iter().map(|plan| (plan, RunHistory::default())).collect();
            Ok(Opened { folder, header, runs, resumed: false })
        }
        Session::Existing(path) => {
            let folder = SessionFolder::open(&path)?;
            let header = folder.header()?;
            let (plans, wrong) = folder.queue()?;
            if let Some(error) = wrong.into_iter().next() {
                return Err(error.into());
            }
            let mut runs = Vec::with_capacity(plans.len());
            for plan in plans {
                let past = RunHistory::read(&folder, &plan.run)?;
                runs.push((plan, past));
            }
            unchanged(&folder, &runs)?;
            any_free(&folder, &runs)?;
            Ok(Opened { folder, header, runs, resumed: true })
        }
    }
}

/// Refuses a queue whose unfinished runs are no longer those that the logs began with.
fn unchanged(folder: &SessionFolder, runs: &[(RunPlan, RunHistory)]) -> Result<(), EngineError> {
    let mut found = Vec::new();
    for (plan, past) in runs.iter().filter(|(_, past)| !past.is_over()) {
        let Some((spec, seed)) = past.began_with() else { continue };
        if seed != plan.seed {
            found.push(format!("run {}: its log has seed {seed}, its plan {}", plan.run, plan.seed));
        }
        let differing = differences(&spec, &plan.spec);
        found.extend(differing.iter().map(|text| format!("run {}: its log and its plan differ in {text}", plan.run)));
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(EngineError::Changed { session: folder.id().to_owned(), differences: found })
}

/// Refuses a session of whose unfinished runs other processes have every one.
fn any_free(folder: &SessionFolder, runs: &[(RunPlan, RunHistory)]) -> Result<(), EngineError> {
    let ahead: Vec<&str> = runs.iter().filter(|(_, past)| !past.is_over()).map(|(plan, _)| plan.run.as_str()).collect();
    let held: Vec<RecordError> = ahead.iter().map_while(|run| folder.held(run)).collect();
    let more = held.len().saturating_sub(1);
    match held.into_iter().next() {
        Some(first) if more + 1 == ahead.len() => {
            Err(EngineError::Held { session: folder.id().to_owned(), first, more })
        }
        _ => Ok(()),
    }
}

/// The thread that loads the data.
struct Loading {
    shared: Arc<Shared>,
    header: SessionHeader,
    jobs: usize,
    resumed: bool,
}

impl Loading {
    fn run(self, load: Loader, alive: Alive) -> Result<(), EngineError> {
        let loaded = catch_unwind(AssertUnwindSafe(load))
            .map_err(|panic| EngineError::Panicked { name: "loader".to_owned(), message: panic_message(&*panic) });
        let checked = loaded.and_then(|loaded| self.check(loaded.map_err(EngineError::Data)?));
        let result = match checked {
            Ok(loaded) => {
                self.shared.set_data(Data::Ready(Arc::new(loaded)));
                Ok(())
            }
            Err(error) => {
                self.shared.fault(None, error.to_string());
                self.shared.set_data(Data::Failed);
                Err(error)
            }
        };
        drop(alive);
        result
    }

    /// Checks that the runs fit the data, and the data the session.
    fn check(&self, data: Dataset) -> Result<Loaded, EngineError> {
        let info = describe(&data);
        if self.resumed {
            self.same_data(&info)?;
        }
        let ahead: Vec<RunPlan> = self.shared.with_queue(|queue| {
            let jobs = queue.jobs().iter().filter(|job| job.is_ahead());
            jobs.map(|job| (*job.plan).clone()).collect()
        });
        suite::check(&ahead, &info, self.jobs, self.shared.memory)?;
        let mut header = self.header.clone();
        header.dataset = info.clone();
        if !self.resumed {
            self.shared.write_header(header.clone());
        }
        let id = self.shared.folder.id().to_owned();
        let _ = self.shared.recorder.announce(Update::Session { id, header: Some(Box::new(header)) });
        Ok(Loaded { data, info, features: super::feature_cache::FeatureCache::default() })
    }

    fn same_data(&self, info: &DatasetInfo) -> Result<(), EngineError> {
        let before = &self.header.dataset;
        let mut found = Vec::new();
        if before.digests.is_empty() {
            // The session ended before its data was there.
            return Ok(());
        }
        for old in &before.digests {
            match info.digests.iter().find(|new| new.file == old.file) {
                Some(new) if new.sha256 == old.sha256 => {}
                Some(new) => found.push(format!("{} had SHA-256 {} and now has {}", old.file, old.sha256, new.sha256)),
                None => found.push(format!("the data no longer has {}", old.file)),
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        if before.name != info.name {
            found.insert(0, format!("its runs were trained on {}, this is {}", before.name, info.name));
        }
        Err(EngineError::Changed { session: self.shared.folder.id().to_owned(), differences: found })
    }
}
