//! What the threads of one engine share.
//!
//! Does not depend on what any of them does with it.

use super::feature_cache::FeatureCache;
use super::queue::Queue;
use super::step_hook::StepHook;
use crate::dataset::{CLASSES, Dataset};
use crate::format::RecordError;
use crate::protocol::{DatasetInfo, FileDigest, Holder, SessionHeader, Update};
use crate::record::{RecorderHandle, SessionFolder};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The data, once it is there.
pub(super) struct Loaded {
    pub(super) data: Dataset,
    pub(super) info: DatasetInfo,
    pub(super) features: FeatureCache,
}

/// Whether the data is there.
pub(super) enum Data {
    Loading,
    Ready(Arc<Loaded>),
    /// Nothing will run.
    Failed,
}

pub(super) struct Shared {
    pub(super) folder: SessionFolder,
    pub(super) recorder: RecorderHandle,
    pub(super) queue: Mutex<Queue>,
    /// The queue, a stage in it or its closing changed.
    pub(super) changed: Condvar,
    pub(super) data: Mutex<Data>,
    pub(super) data_changed: Condvar,
    pub(super) step_hook: Option<StepHook>,
    /// Bytes of memory that the machine has, where runs are measured by it.
    pub(super) memory: Option<u64>,
    /// A `session.json` that could not be written yet.
    unwritten: Mutex<Option<SessionHeader>>,
    failures: AtomicUsize,
    /// Threads of the engine, the recorder's excepted, that have not ended.
    alive: AtomicUsize,
}

impl Shared {
    pub(super) fn new(
        folder: SessionFolder,
        recorder: RecorderHandle,
        queue: Queue,
        step_hook: Option<StepHook>,
        memory: Option<u64>,
    ) -> Self {
        Self {
            folder,
            recorder,
            queue: Mutex::new(queue),
            changed: Condvar::new(),
            data: Mutex::new(Data::Loading),
            data_changed: Condvar::new(),
            step_hook,
            memory,
            unwritten: Mutex::new(None),
            failures: AtomicUsize::new(0),
            alive: AtomicUsize::new(0),
        }
    }

    /// Changes or reads the queue, and wakes who waits for a change of it.
    pub(super) fn with_queue<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        let answer = act(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
        answer
    }

    /// Waits until the data is there; `None` when it never will be.
    pub(super) fn wait_for_data(&self) -> Option<Arc<Loaded>> {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &*data {
                Data::Ready(loaded) => return Some(Arc::clone(loaded)),
                Data::Failed => return None,
                Data::Loading => data = self.data_changed.wait(data).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    pub(super) fn set_data(&self, data: Data) {
        *self.data.lock().unwrap_or_else(PoisonError::into_inner) = data;
        self.data_changed.notify_all();
    }

    /// Replaces `session.json`; where that cannot be written now, [`Self::settle`] tries again.
    pub(super) fn write_header(&self, header: SessionHeader) {
        if let Err(error) = self.folder.replace_header(&header) {
            self.fault(None, format!("{error}; retried after each run"));
            *self.unwritten.lock().unwrap_or_else(PoisonError::into_inner) = Some(header);
        }
    }

    /// Tries again to write a `session.json` that could not be written.
    ///
    /// # Errors
    /// When it still cannot.
    pub(super) fn settle(&self) -> Result<(), RecordError> {
        let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(header) = &*unwritten {
            self.folder.replace_header(header)?;
            *unwritten = None;
            self.fault(None, "session.json is written again".to_owned());
        }
        Ok(())
    }

    pub(super) fn count_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failures(&self) -> usize {
        self.failures.load(Ordering::Relaxed)
    }

    /// Counts a thread of the engine as alive until the value is dropped, by a panic too.
    pub(super) fn alive(self: &Arc<Self>) -> Alive {
        self.alive.fetch_add(1, Ordering::AcqRel);
        Alive(Arc::clone(self))
    }

    /// Whether every thread has ended: nothing will be recorded any more.
    pub(super) fn is_finished(&self) -> bool {
        self.alive.load(Ordering::Acquire) == 0
    }

    /// Tells the viewers that another process works on a run.
    pub(super) fn held_elsewhere(&self, run: &Arc<str>, holder: Holder) {
        let _ = self.recorder.announce(Update::Holder { run: Arc::clone(run), holder: Some(holder) });
    }

    /// Tells the viewers that something is wrong.
    pub(super) fn fault(&self, run: Option<&str>, message: String) {
        let _ = self.recorder.announce(Update::Fault { run: run.map(str::to_owned), message });
    }
}

/// Debug output of an engine names its session only.
impl std::fmt::Debug for Shared {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Shared").field("session", &self.folder.id()).finish_non_exhaustive()
    }
}

/// A thread of the engine that has not ended.
pub(super) struct Alive(Arc<Shared>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What a log says of a data set.
pub(super) fn describe(data: &Dataset) -> DatasetInfo {
    let digest = |(file, sha256): &(String, String)| FileDigest { file: file.clone(), sha256: sha256.clone() };
    DatasetInfo {
        name: data.name.clone(),
        path: data.folder.as_ref().map(|folder| folder.to_string_lossy().into_owned()),
        train: data.train.len(),
        test: data.test.len(),
        height: data.train.height,
        width: data.train.width,
        classes: CLASSES,
        digests: data.digests.iter().map(digest).collect(),
    }
}
