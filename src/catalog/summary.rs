//! What the first and the last lines of one log say of its run.
//!
//! The lines go through the reducer of `state`, so that a list says of a run what the screen of that run says. What
//! only the lines between tell is found by [`whole_summary`]. Does not depend on lists or indexes.

use crate::format::{Columns, LONGEST_LINE, runs_of_file};
use crate::format::{clean_name, clean_record};
use crate::format::{first_record, is_log};
use crate::format::{parse, read_tail};
use crate::protocol::{Event, Record, RunSummary, Update};
use crate::record::{SessionFolder, log_age};
use crate::state::{RunState, SessionState};
use memchr::memmem;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// Bytes of a log's end that are looked at first: the last epoch's figures and the end of the run.
const SHORT_TAIL: u64 = 32 << 10;

/// Bytes looked at where the short end does not tell enough, as in a run that is in the middle of an epoch.
const LONG_TAIL: u64 = 512 << 10;

/// How much of the mean so far is kept at each step where a loss is smoothed.
const SMOOTHING: f64 = 0.97;

/// Bytes up to which another program's file is read for its last row.
const FOREIGN_SIZE: u64 = 64 << 10;

/// Test accuracy below which more of a log's end is looked at: whether a run is at chance, three epochs tell.
const DOUBTFUL: f32 = 0.5;

/// What the log of a session's run says.
pub(crate) fn run_summary(path: &Path, folder: &SessionFolder, run: &str) -> RunSummary {
    let mut fold = Fold::new(run);
    fold.read_ends(path);
    if !fold.run().has_ended() {
        fold.apply(&Update::Holder { run: Arc::clone(&fold.id), holder: folder.holder(run) });
        fold.age(path, true);
    }
    fold.summary()
}

/// What a file outside of any session says, whoever wrote it.
pub(crate) fn file_summary(path: &Path, run: &str) -> RunSummary {
    let mut fold = Fold::new(&clean_name(run));
    if is_log(path) {
        fold.read_ends(path);
    } else if std::fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() <= FOREIGN_SIZE) {
        let first = runs_of_file(path).ok().and_then(|runs| runs.into_iter().next());
        let mut records = Vec::new();
        if let Some(mut reader) = first.and_then(|run| run.reader(Columns::default())) {
            while matches!(reader.read(&mut records), Ok((_, true))) {}
        }
        for record in records {
            fold.record(record);
        }
    } else {
        // Of a long one only the age is told.
        fold.unread = true;
    }
    fold.age(path, false);
    fold.summary()
}

/// The same summary from every line of its log that is no step; `None` where it is another program's, or cannot be
/// read. What only a lock or a clock tells stays as it was.
pub(crate) fn whole_summary(known: &RunSummary) -> Option<RunSummary> {
    let path = Path::new(&known.path);
    if !is_log(path) {
        return None;
    }
    let mut fold = Fold::new(&known.run);
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).ok()?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if Read::take(&mut reader, LONGEST_LINE as u64).read_until(b'\n', &mut line).ok()? == 0 {
            break;
        }
        if is_step(&line) {
            continue;
        }
        if let Ok(record) = parse(&line) {
            fold.record(Arc::new(record));
        }
    }
    let whole = fold.summary();
    let status = if fold.run().has_ended() { whole.status } else { known.status };
    // The steps past the last epoch were left out, and those of a run that goes on.
    let (step, epoch) = (known.step.max(whole.step), known.epoch.max(whole.epoch));
    let is_newer = whole.train_loss.is_some() && fold.run().last_epoch().is_some();
    Some(RunSummary {
        status,
        step,
        epoch,
        train_loss: if is_newer { whole.train_loss } else { known.train_loss },
        test_loss: whole.test_loss,
        test_accuracy: whole.test_accuracy,
        best_test_accuracy: whole.best_test_accuracy,
        ..known.clone()
    })
}

fn is_step(line: &[u8]) -> bool {
    memmem::find(&line[..line.len().min(160)], b"\"event\":\"step\"").is_some()
}

/// One run folded from parts of its log.
struct Fold {
    id: Arc<str>,
    session: SessionState,
    smoothed: Option<f32>,
    unread: bool,
}

impl Fold {
    fn new(run: &str) -> Self {
        let id: Arc<str> = run.into();
        let mut session = SessionState::new();
        session.apply(&Update::Outline { run: Arc::clone(&id) });
        Self { id, session, smoothed: None, unread: false }
    }

    fn apply(&mut self, update: &Update) {
        self.session.apply(update);
    }

    fn record(&mut self, mut record: Arc<Record>) {
        clean_record(&mut record);
        self.session.apply(&Update::Record { run: Arc::clone(&self.id), record });
    }

    fn run(&self) -> &RunState {
        &self.session.runs()[0]
    }

    fn age(&mut self, path: &Path, has_holder: bool) {
        let Ok(age) = log_age(path) else { return };
        self.apply(&Update::Age {
            run: Arc::clone(&self.id),
            seconds: age.since.as_secs_f64(),
            written_over: age.written_over.map(|over| over.as_secs_f64()),
            has_holder,
        });
    }

    fn read_ends(&mut self, path: &Path) {
        if let Some(first) = first_record(path) {
            self.record(Arc::new(first));
        }
        let Ok(short) = read_tail(path, SHORT_TAIL, |_| true) else { return };
        if short.size > SHORT_TAIL && !tells_enough(&short.records) {
            // Steps are most of a log, and the short tail told of the newest.
            let long = read_tail(path, LONG_TAIL, |line| !is_step(line)).unwrap_or_default();
            let from = short.records.first().map_or(u64::MAX, |record| record.seq);
            long.records.into_iter().filter(|record| record.seq < from).for_each(|record| self.record(record));
        }
        self.smoothed = smoothed_loss(&short.records);
        short.records.into_iter().for_each(|record| self.record(record));
    }

    fn summary(&self) -> RunSummary {
        let run = self.run();
        let is_known = !self.unread || run.quiet_for().is_some();
        let status = if is_known { run.status } else { crate::protocol::Status::Running };
        RunSummary {
            run: self.id.to_string(),
            name: run.name.clone(),
            status,
            spec: run.spec.clone(),
            seed: run.seed,
            dataset: run.dataset.clone(),
            step: run.step,
            epoch: run.epoch,
            train_loss: run
                .last_epoch()
                .map(|epoch| epoch.train_loss)
                .or(run.end.as_ref().and_then(|it| it.train_loss)),
            smoothed_train_loss: self.smoothed,
            test_loss: run.test_loss(),
            test_accuracy: run.test_accuracy(),
            best_test_accuracy: run.best().map(|best| best.test_accuracy).or(run.test_accuracy()),
            seconds: run.seconds,
            is_resumable: run.is_resumable(),
            ..RunSummary::default()
        }
    }
}

/// Whether the end of a log tells its run's newest figures, and leaves no doubt that it learned.
fn tells_enough(records: &[Arc<Record>]) -> bool {
    let is_clear = |loss: f32, accuracy: Option<f32>| loss.is_finite() && accuracy.is_some_and(|it| it > DOUBTFUL);
    records.iter().rev().any(|record| match &record.event {
        Event::Epoch(epoch) => is_clear(epoch.train_loss, epoch.test_accuracy),
        Event::Predicted(_) | Event::RunFailed(_) => true,
        Event::RunFinished(end) | Event::RunStopped(end) => is_clear(end.train_loss.unwrap_or(0.0), end.test_accuracy),
        _ => false,
    })
}

/// The exponentially weighted mean of the losses of the steps at a log's end.
fn smoothed_loss(records: &[Arc<Record>]) -> Option<f32> {
    let (mut mean, mut share) = (0.0, 1.0);
    for record in records {
        if let Event::Step(step) = &record.event
            && step.train_loss.is_finite()
        {
            mean = SMOOTHING * mean + (1.0 - SMOOTHING) * f64::from(step.train_loss);
            share *= SMOOTHING;
        }
    }
    (share < 1.0).then(|| (mean / (1.0 - share)) as f32)
}
