//! The one thread through which everything that happens reaches the logs, and then the screens.
//!
//! Workers send into a bounded channel. The thread numbers each record, writes its line, and hands that same record to
//! the viewers: what is on a screen is in the log, in the log's order. Viewers have unbounded channels, so that a slow
//! screen never slows training; what they do not fetch takes memory, so a viewer fetches or goes, and one that went is
//! forgotten. What cannot be written is said once, kept in memory in its order and tried again; past
//! [`RecorderSettings::memory`] bytes nothing more is taken, and training waits. Does not depend on what the events mean.

use super::RunLock;
use super::log_file::LogOpener;
use super::run_log::{Outcome, RunLog};
use crate::format::RecordError;
use crate::protocol::{Event, Update};
use crossbeam_channel::{Receiver, Sender, bounded, never, select_biased, tick, unbounded};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How the recorder behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecorderSettings {
    /// Records that may be on their way from the workers.
    pub capacity: usize,
    /// Bytes of records that may wait in memory while they cannot be written; with 0, training waits at once.
    pub memory: usize,
    /// From one attempt to write what could not be written to the next, and from heartbeat to heartbeat.
    pub interval: Duration,
    /// Further attempts at the end before records are given up.
    pub last_attempts: u32,
}

impl Default for RecorderSettings {
    fn default() -> Self {
        Self { capacity: 1024, memory: 64 << 20, interval: Duration::from_millis(500), last_attempts: 4 }
    }
}

enum Order {
    Record { run: Arc<str>, t: f64, event: Event },
    Announce(Box<Update>),
    View(Sender<Update>),
    Hold(RunLock),
    Release(Arc<str>),
    Flush(Sender<usize>),
    Finish,
}

/// The recorder has ended; nothing is recorded any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recorder has ended")]
pub struct Ended;

/// A way to the recorder, one for each worker.
#[derive(Clone, Debug)]
pub struct RecorderHandle {
    orders: Sender<Order>,
    is_closing: Arc<AtomicBool>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Order")
    }
}

impl RecorderHandle {
    fn send(&self, order: Order) -> Result<(), Ended> {
        self.orders.send(order).map_err(|_| Ended)
    }

    /// Records that something happened to a run, `t` seconds after it began. Waits while the recorder has too much to
    /// do.
    ///
    /// # Errors
    /// [`Ended`] when nothing is recorded any more.
    pub fn record(&self, run: &Arc<str>, t: f64, event: Event) -> Result<(), Ended> {
        self.send(Order::Record { run: Arc::clone(run), t, event })
    }

    /// Tells the viewers what stands in no run's log: the session, its queue, a fault, that they are caught up.
    ///
    /// # Errors
    /// [`Ended`] when nobody is told any more.
    pub fn announce(&self, update: Update) -> Result<(), Ended> {
        self.send(Order::Announce(Box::new(update)))
    }

    /// A viewer of everything from now on.
    ///
    /// # Errors
    /// [`Ended`] when nothing will come.
    pub fn view(&self) -> Result<Receiver<Update>, Ended> {
        let (sender, receiver) = unbounded();
        self.send(Order::View(sender))?;
        Ok(receiver)
    }

    /// Keeps a run's lock and its heartbeat, and tells the viewers who holds the run.
    ///
    /// # Errors
    /// [`Ended`]; the lock is free then.
    pub fn hold(&self, lock: RunLock) -> Result<(), Ended> {
        self.send(Order::Hold(lock))
    }

    /// Closes a run's log, frees its lock and tells the viewers so, all after what was recorded before.
    ///
    /// # Errors
    /// [`Ended`] when that has happened already.
    pub fn release(&self, run: &Arc<str>) -> Result<(), Ended> {
        self.send(Order::Release(Arc::clone(run)))
    }

    /// Waits until everything sent before was written, or has failed to be: how many records still wait to be.
    ///
    /// # Errors
    /// [`Ended`] when it was already.
    pub fn flush(&self) -> Result<usize, Ended> {
        let (done, wait) = bounded(1);
        self.send(Order::Flush(done))?;
        wait.recv().map_err(|_| Ended)
    }

    /// [`Self::flush`], given up after `time`: on a full disk it may take for ever.
    pub fn flush_within(&self, time: Duration) {
        let (done, wait) = bounded(1);
        // Whoever asks goes on with what is written, whether or not that is all.
        if self.orders.send_timeout(Order::Flush(done), time).is_ok() {
            let _ = wait.recv_timeout(time);
        }
    }

    /// Takes every record from now on, however many wait to be written: who is about to end must not be held up by a
    /// full disk.
    pub fn hurry(&self) {
        self.is_closing.store(true, Ordering::Release);
    }
}

/// The recorder's thread.
#[derive(Debug)]
pub struct Recorder {
    handle: RecorderHandle,
    thread: thread::JoinHandle<Result<(), RecordError>>,
}

impl Recorder {
    /// Starts the thread `recorder`.
    ///
    /// # Errors
    /// When the operating system has no thread to give.
    pub fn start(opener: impl LogOpener + 'static, settings: RecorderSettings) -> std::io::Result<Self> {
        let (sender, orders) = bounded(settings.capacity.max(1));
        let is_closing = Arc::new(AtomicBool::new(false));
        let work = Work {
            opener: Box::new(opener),
            settings,
            is_closing: Arc::clone(&is_closing),
            logs: BTreeMap::new(),
            locks: BTreeMap::new(),
            viewers: Vec::new(),
            last_reason: String::new(),
        };
        let thread = thread::Builder::new().name("recorder".to_owned()).spawn(move || work.run(&orders))?;
        Ok(Self { handle: RecorderHandle { orders: sender, is_closing }, thread })
    }

    /// A way to the recorder.
    #[must_use]
    pub fn handle(&self) -> RecorderHandle {
        self.handle.clone()
    }

    /// Writes everything sent before and ends the thread.
    ///
    /// # Errors
    /// [`RecordError::Lost`] when records could not be written even now.
    pub fn finish(self) -> Result<(), RecordError> {
        self.handle.hurry();
        // An error says that the thread has ended, which is what is wanted.
        let _ = self.handle.send(Order::Finish);
        drop(self.handle);
        self.thread.join().unwrap_or_else(|_| {
            Err(RecordError::Lost { count: 0, message: "the recorder's thread panicked".to_owned() })
        })
    }
}

struct Work {
    opener: Box<dyn LogOpener>,
    settings: RecorderSettings,
    is_closing: Arc<AtomicBool>,
    logs: BTreeMap<Arc<str>, RunLog>,
    locks: BTreeMap<Arc<str>, RunLock>,
    viewers: Vec<Sender<Update>>,
    last_reason: String,
}

impl Work {
    fn run(mut self, orders: &Receiver<Order>) -> Result<(), RecordError> {
        let ticks = tick(self.settings.interval);
        let nothing = never();
        loop {
            let is_full = self.waiting_bytes() > self.settings.memory && !self.is_closing.load(Ordering::Acquire);
            let source = if is_full { &nothing } else { orders };
            select_biased! {
                recv(ticks) -> _ => self.tick(),
                recv(source) -> order => match order {
                    Ok(Order::Finish) | Err(_) => break,
                    Ok(order) => self.obey(order),
                },
            }
        }
        for _ in 0..self.settings.last_attempts {
            if self.waiting() == 0 {
                break;
            }
            thread::sleep(self.settings.interval);
            self.write_all();
        }
        match self.waiting() {
            0 => Ok(()),
            count => Err(RecordError::Lost { count, message: self.last_reason }),
        }
    }

    fn waiting(&self) -> usize {
        self.logs.values().map(RunLog::waiting).sum()
    }

    fn waiting_bytes(&self) -> usize {
        self.logs.values().map(RunLog::waiting_bytes).sum()
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Record { run, t, event } => {
                let is_end = matches!(event, Event::RunFinished(_) | Event::RunStopped(_) | Event::RunFailed(_));
                self.logs.entry(Arc::clone(&run)).or_default().push(t, event);
                self.write(&run);
                if is_end && let Some(log) = self.logs.get_mut(&run) {
                    log.close();
                }
            }
            Order::Announce(update) => self.tell(&update),
            Order::View(viewer) => self.viewers.push(viewer),
            Order::Hold(lock) => {
                let run: Arc<str> = lock.run().into();
                self.tell(&Update::Holder { run: Arc::clone(&run), holder: Some(lock.me().clone()) });
                self.locks.insert(run, lock);
            }
            Order::Release(run) => {
                if let Some(log) = self.logs.get_mut(&run) {
                    log.close();
                }
                if self.locks.remove(&run).is_some() {
                    self.tell(&Update::Holder { run, holder: None });
                }
            }
            Order::Flush(done) => drop(done.send(self.waiting())),
            Order::Finish => {}
        }
    }

    fn tell(&mut self, update: &Update) {
        self.viewers.retain(|viewer| viewer.send(update.clone()).is_ok());
    }

    fn tick(&mut self) {
        for lock in self.locks.values() {
            // A heartbeat that fails is seen by others as a holder that went; the next one mends it.
            drop(lock.beat());
        }
        let mut faults = Vec::new();
        for (run, log) in &mut self.logs {
            match log.restore() {
                Ok(false) => {}
                Ok(true) => {
                    faults.push((run.to_string(), "the log had been removed or replaced; it was put back".to_owned()));
                }
                Err(reason) if reason == self.last_reason => {}
                Err(reason) => {
                    self.last_reason.clone_from(&reason);
                    faults
                        .push((run.to_string(), format!("the log has been removed and cannot be put back: {reason}")));
                }
            }
        }
        for (run, message) in faults {
            self.tell(&Update::Fault { run: Some(run), message });
        }
        self.write_all();
    }

    fn write_all(&mut self) {
        let waiting: Vec<Arc<str>> =
            self.logs.iter().filter(|(_, log)| log.waiting() > 0).map(|(run, _)| Arc::clone(run)).collect();
        for run in waiting {
            self.write(&run);
        }
    }

    fn write(&mut self, run: &Arc<str>) {
        let Some(log) = self.logs.get_mut(run) else { return };
        let viewers = &mut self.viewers;
        let outcome = log.write(run, self.opener.as_mut(), |record| {
            let record = Arc::new(record);
            viewers.retain(|viewer| {
                viewer.send(Update::Record { run: Arc::clone(run), record: Arc::clone(&record) }).is_ok()
            });
        });
        let message = match outcome {
            Outcome::Written(None) | Outcome::Failed(None) => return,
            Outcome::Written(Some(count)) => {
                format!("the log can be written again; {count} records that waited are in it")
            }
            Outcome::Failed(Some(reason)) => {
                self.last_reason.clone_from(&reason);
                format!("the log cannot be written: {reason}; records wait in memory")
            }
        };
        self.tell(&Update::Fault { run: Some(run.to_string()), message });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Found, read_all};
    use crate::protocol::{Note, Step};
    use crate::record::log_file::{FolderLogs, LogSink, OpenLog};
    use crate::record::test_folder;
    use std::io;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;

    fn step(step: u64) -> Event {
        Event::Step(Step { step, epoch: step as f64 / 10.0, train_loss: 1.0 / step as f32 })
    }

    fn quick() -> RecorderSettings {
        RecorderSettings { interval: Duration::from_millis(1), ..RecorderSettings::default() }
    }

    /// A log in memory whose calls fail as a plan says: call number -> bytes that are still written.
    #[derive(Clone, Default)]
    struct Faulty {
        text: Arc<Mutex<Vec<u8>>>,
        calls: Arc<AtomicUsize>,
        fail_from: usize,
        fail_count: usize,
        partly: usize,
        cannot_truncate: bool,
        /// Whether the disk is broken instead of full.
        is_broken: bool,
    }

    impl Faulty {
        fn error(&self) -> io::Error {
            if self.is_broken {
                io::Error::other("the device reports an error")
            } else {
                io::ErrorKind::StorageFull.into()
            }
        }

        fn fails(&self) -> bool {
            let call = self.calls.fetch_add(1, Ordering::SeqCst);
            (self.fail_from..self.fail_from + self.fail_count).contains(&call)
        }
    }

    impl LogSink for Faulty {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut text = self.text.lock().unwrap();
            if self.fails() {
                text.extend(&bytes[..self.partly.min(bytes.len())]);
                return Err(self.error());
            }
            let count = bytes.len().min(40);
            text.extend(&bytes[..count]);
            Ok(count)
        }

        fn truncate(&mut self, length: u64) -> io::Result<()> {
            if self.cannot_truncate && self.fails() {
                return Err(self.error());
            }
            self.text.lock().unwrap().truncate(length as usize);
            Ok(())
        }

        fn restore(&mut self) -> io::Result<Option<u64>> {
            Ok(None)
        }
    }

    impl LogOpener for Faulty {
        fn open(&mut self, _run: &str) -> Result<OpenLog, RecordError> {
            if self.fails() {
                let source = self.error();
                return Err(RecordError::Io { action: "create", path: "a.jsonl".into(), source });
            }
            let length = self.text.lock().unwrap().len() as u64;
            Ok(OpenLog { sink: Box::new(self.clone()), next_seq: 0, length })
        }
    }

    fn short_run(sink: &Faulty) -> (Vec<u8>, Vec<Update>) {
        let recorder = Recorder::start(sink.clone(), quick()).unwrap();
        let handle = recorder.handle();
        let viewer = handle.view().unwrap();
        let run: Arc<str> = "a".into();
        for at in 1..=6 {
            handle.record(&run, at as f64, step(at)).unwrap();
        }
        handle.record(&run, 7.0, Event::RunFinished(Box::default())).unwrap();
        handle.record(&run, 8.0, Event::Note(Note { text: "after".to_owned() })).unwrap();
        drop(handle);
        recorder.finish().unwrap();
        let text = sink.text.lock().unwrap().clone();
        (text, viewer.iter().collect())
    }

    fn records(updates: &[Update]) -> Vec<Update> {
        updates.iter().filter(|update| matches!(update, Update::Record { .. })).cloned().collect()
    }

    #[test]
    fn a_disk_that_is_full_or_broken_at_any_call_loses_nothing() {
        let sound = Faulty::default();
        let (text, told) = short_run(&sound);
        let calls = sound.calls.load(Ordering::SeqCst);
        assert!(calls > 8);
        assert_eq!(records(&told), told);
        for (partly, cannot_truncate) in [(0, false), (13, false), (13, true), (1_000, true)] {
            for fail_from in 0..calls {
                let (fail_count, is_broken) = (1 + fail_from % 3, fail_from % 2 == 1);
                let sink = Faulty { fail_from, fail_count, partly, cannot_truncate, is_broken, ..Faulty::default() };
                let (faulty, updates) = short_run(&sink);
                assert_eq!(faulty, text, "failed from call {fail_from}");
                assert_eq!(records(&updates), told, "failed from call {fail_from}");
                let faults = updates.len() - told.len();
                assert!(faults == 2 || faults == 4, "said {faults} times instead of once and once it is over");
            }
        }
    }

    #[test]
    fn what_can_never_be_written_is_said_and_counted() {
        let sink = Faulty { fail_count: usize::MAX, ..Faulty::default() };
        let recorder = Recorder::start(sink, RecorderSettings { memory: 0, ..quick() }).unwrap();
        let handle = recorder.handle();
        let viewer = handle.view().unwrap();
        for at in 1..=3 {
            handle.record(&"a".into(), 0.0, step(at)).unwrap();
        }
        let error = recorder.finish().unwrap_err();
        assert!(matches!(error, RecordError::Lost { count: 3, .. }), "{error}");
        assert!(matches!(viewer.iter().collect::<Vec<_>>().as_slice(), [Update::Fault { .. }]));
        assert_eq!(handle.record(&"a".into(), 0.0, step(4)), Err(Ended));
    }

    #[test]
    fn a_full_memory_holds_the_workers_until_there_is_room() {
        let sink = Faulty { fail_count: 40, ..Faulty::default() };
        let settings = RecorderSettings { memory: 0, capacity: 1, ..quick() };
        let recorder = Recorder::start(sink.clone(), settings).unwrap();
        let handle = recorder.handle();
        for at in 1..=50 {
            handle.record(&"a".into(), 0.0, step(at)).unwrap();
        }
        // The fourth record cannot be taken before the first one is written.
        assert!(sink.calls.load(Ordering::SeqCst) > 40);
        recorder.finish().unwrap();
        let text = sink.text.lock().unwrap();
        assert_eq!(memchr::memchr_iter(b'\n', &text).count(), 50);
    }

    #[test]
    fn a_log_goes_on_where_it_ended_and_a_torn_line_goes() {
        let (_logs, folder) = test_folder();
        let path = folder.log("a").unwrap();
        let run: Arc<str> = "a".into();
        let session = |at: u64| {
            let recorder = Recorder::start(FolderLogs(folder.clone()), quick()).unwrap();
            recorder.handle().record(&run, at as f64, step(at)).unwrap();
            recorder.finish().unwrap();
        };
        session(1);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(b"{\"v\":1,\"seq\":1,\"t\":");
        std::fs::write(&path, bytes).unwrap();
        session(2);
        let found = read_all(&path).unwrap();
        let seqs: Vec<u64> = found
            .iter()
            .map(|found| match found {
                Found::Record(record) => record.seq,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(seqs, [0, 1]);
    }

    #[test]
    fn a_log_removed_while_it_is_written_comes_back_whole() {
        let (_logs, folder) = test_folder();
        let run: Arc<str> = "a".into();
        let recorder = Recorder::start(FolderLogs(folder.clone()), quick()).unwrap();
        let handle = recorder.handle();
        let viewer = handle.view().unwrap();
        handle.record(&run, 0.0, step(1)).unwrap();
        handle.flush().unwrap();
        // Renamed first: the folder comes back so quickly that its removal could find it again.
        let gone = folder.root().with_extension("gone");
        std::fs::rename(folder.root(), &gone).unwrap();
        std::fs::remove_dir_all(&gone).unwrap();
        let said = viewer.iter().find(|update| matches!(update, Update::Fault { .. }));
        assert!(said.is_some());
        handle.record(&run, 0.0, step(2)).unwrap();
        handle.flush().unwrap();
        assert_eq!(read_all(&folder.log("a").unwrap()).unwrap().len(), 2);
        recorder.finish().unwrap();
    }

    #[test]
    fn files_are_the_users_own_and_locks_are_told() {
        use std::os::unix::fs::PermissionsExt;
        let (_logs, folder) = test_folder();
        let run: Arc<str> = "a".into();
        let recorder = Recorder::start(FolderLogs(folder.clone()), quick()).unwrap();
        let handle = recorder.handle();
        let viewer = handle.view().unwrap();
        handle.hold(folder.lock("a").unwrap()).unwrap();
        handle.record(&run, 0.0, step(1)).unwrap();
        handle.flush().unwrap();
        assert!(folder.lock("a").is_err());
        handle.release(&run).unwrap();
        recorder.finish().unwrap();
        folder.lock("a").unwrap();
        let updates: Vec<Update> = viewer.iter().collect();
        assert!(matches!(
            &updates[..],
            [Update::Holder { holder: Some(_), .. }, Update::Record { .. }, Update::Holder { holder: None, .. }]
        ));
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for part in ["", "runs", "queue", "checkpoints", "locks"] {
            assert_eq!(mode(&folder.root().join(part)), 0o700, "{part}");
        }
        for part in ["session.json", "runs/a.jsonl", "locks/a.lock"] {
            assert_eq!(mode(&folder.root().join(part)), 0o600, "{part}");
        }
    }

    #[test]
    fn a_viewer_that_went_is_forgotten() {
        let recorder = Recorder::start(Faulty::default(), quick()).unwrap();
        let handle = recorder.handle();
        drop(handle.view().unwrap());
        let stays = handle.view().unwrap();
        handle.announce(Update::CaughtUp).unwrap();
        handle.flush().unwrap();
        assert_eq!(stays.try_recv(), Ok(Update::CaughtUp));
        recorder.finish().unwrap();
    }
}
