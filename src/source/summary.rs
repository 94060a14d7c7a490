//! What the first and the last lines of one log say of its run.
//!
//! Must not know shelves or indexes.

use super::feed::{first_record, is_log};
use super::sanitise::{clean_name, clean_record};
use crate::protocol::{AlertKind, Event, Record, RunEnd, RunSummary, Status};
use crate::record::{Columns, ForeignReader, SessionFolder, read_tail};
use memchr::memmem;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

/// Bytes of a log's end that are looked at first: the last epoch's figures and the end of the run.
const SHORT_TAIL: u64 = 32 << 10;

/// Bytes looked at where the short end tells no figures, as in a run that is in the middle of an epoch.
const LONG_TAIL: u64 = 512 << 10;

/// How much of the mean so far is kept at each step where a loss is smoothed.
const SMOOTHING: f64 = 0.97;

/// Bytes up to which another program's file is read for its last row.
const FOREIGN_SIZE: u64 = 64 << 10;

/// What the log of a session's run says.
pub(super) fn run_summary(path: &Path, folder: &SessionFolder, run: &str) -> RunSummary {
    let mut summary = RunSummary { run: run.to_owned(), name: run.to_owned(), ..RunSummary::default() };
    read_log(path, &mut summary);
    if !summary.status.is_over() && folder.holder(run).is_none() {
        summary.status = Status::Interrupted;
    }
    summary
}

/// What a file outside of any session says, whoever wrote it.
pub(super) fn file_summary(path: &Path, run: &str) -> RunSummary {
    let name = clean_name(run).into_owned();
    let mut summary = RunSummary { run: name.clone(), name, status: Status::Finished, ..RunSummary::default() };
    if is_log(path) {
        read_log(path, &mut summary);
        if !summary.status.is_over() {
            summary.status = Status::Interrupted;
        }
    } else if std::fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() <= FOREIGN_SIZE) {
        let mut reader = ForeignReader::new(path.to_owned(), Columns::default(), |name| clean_name(name).into());
        let (mut buffer, mut records) = (Vec::new(), Vec::new());
        while matches!(reader.read(&mut buffer, &mut records), Ok((_, true))) {}
        if let Some(Event::Metrics(last)) = records.last().map(|record| &record.event) {
            summary.step = last.step.max(0.0) as u64;
        }
        summary.seconds = records.last().map_or(0.0, |record| record.t);
    }
    summary
}

fn read_log(path: &Path, summary: &mut RunSummary) {
    summary.status = Status::Queued;
    if let Some(first) = first_record(path) {
        add(summary, &mut Arc::new(first));
    }
    let Ok(short) = read_tail(path, SHORT_TAIL, |_| true) else { return };
    if let Some(last) = short.records.last() {
        summary.seconds = last.t;
        if summary.status == Status::Queued {
            summary.status = Status::Running;
        }
    }
    if short.size > SHORT_TAIL && !short.records.iter().any(|record| is_figure(record)) {
        // Steps are most of a log, and the short tail told of the newest.
        let is_telling = |line: &[u8]| memmem::find(&line[..line.len().min(160)], b"\"event\":\"step\"").is_none();
        for record in &mut read_tail(path, LONG_TAIL, is_telling).unwrap_or_default().records {
            add(summary, record);
        }
    }
    summary.smoothed_train_loss = smoothed_loss(&short.records);
    for mut record in short.records {
        add(summary, &mut record);
    }
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

fn is_figure(record: &Record) -> bool {
    matches!(
        record.event,
        Event::Epoch(_) | Event::Predicted(_) | Event::RunFinished(_) | Event::RunStopped(_) | Event::RunFailed(_)
    )
}

fn add(summary: &mut RunSummary, record: &mut Arc<Record>) {
    clean_record(record);
    match &record.event {
        Event::RunStarted(started) => {
            summary.name.clone_from(&started.name);
            summary.seed = started.seed;
            summary.dataset.clone_from(&started.dataset);
            summary.spec = Some(Arc::clone(&started.spec));
            summary.status = Status::Running;
        }
        Event::Step(step) => (summary.step, summary.epoch) = (step.step, step.epoch),
        Event::Epoch(epoch) => {
            (summary.step, summary.epoch) = (epoch.step, epoch.epoch);
            summary.train_loss = Some(epoch.train_loss);
            summary.test_loss = epoch.test_loss.or(summary.test_loss);
            accuracy(summary, epoch.test_accuracy);
        }
        Event::Predicted(predicted) if predicted.progress >= 1.0 => accuracy(summary, predicted.test_accuracy),
        Event::Alert(alert) if matches!(alert.kind, AlertKind::Nan | AlertKind::Diverged) => {
            summary.status = Status::Diverged;
        }
        Event::Paused => summary.status = Status::Paused,
        Event::Resumed => summary.status = Status::Running,
        Event::RunFinished(end) => ended(summary, Status::Finished, end),
        Event::RunStopped(end) => ended(summary, Status::Stopped, end),
        Event::RunFailed(end) => ended(summary, Status::Failed, end),
        _ => {}
    }
}

fn accuracy(summary: &mut RunSummary, accuracy: Option<f32>) {
    if let Some(accuracy) = accuracy {
        summary.test_accuracy = Some(accuracy);
        let best = summary.best_test_accuracy.unwrap_or(accuracy);
        summary.best_test_accuracy = Some(best.max(accuracy));
    }
}

fn ended(summary: &mut RunSummary, status: Status, end: &RunEnd) {
    // As `state` has it: a run may learn after its mark, and its reason says so.
    let has_diverged = match status {
        Status::Finished => end.reason == "diverged",
        _ => summary.status == Status::Diverged,
    };
    summary.status = if has_diverged { Status::Diverged } else { status };
    summary.step = summary.step.max(end.step);
    summary.epoch = summary.epoch.max(end.epoch);
    summary.train_loss = end.train_loss.or(summary.train_loss);
    summary.test_loss = end.test_loss.or(summary.test_loss);
    accuracy(summary, end.test_accuracy);
}

/// The highest test accuracy in a whole log; only lines that name one are parsed.
pub(super) fn best_accuracy(path: &Path) -> Option<f32> {
    if !is_log(path) {
        return None;
    }
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).ok()?);
    let mut best: Option<f32> = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = std::io::Read::take(&mut reader, crate::record::LONGEST_LINE as u64);
        if bounded.read_until(b'\n', &mut line).ok()? == 0 {
            return best;
        }
        if memmem::find(&line[..line.len().min(160)], b"\"event\":\"step\"").is_some() {
            continue;
        }
        let accuracy = match crate::record::parse(&line).ok().map(|record| record.event) {
            Some(Event::Epoch(epoch)) => epoch.test_accuracy,
            Some(Event::Predicted(predicted)) if predicted.progress >= 1.0 => predicted.test_accuracy,
            _ => None,
        };
        if let Some(accuracy) = accuracy {
            best = Some(best.map_or(accuracy, |best| best.max(accuracy)));
        }
    }
}
