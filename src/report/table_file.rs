//! `perceptop export --format csv`: one row for each run, step and metric.
//!
//! Columns: `run, step, epoch, seconds, metric, value`. Does not depend on TensorBoard.

use super::ReportError;
use super::load::{self, Log, Resumptions};
use super::output::{self, Written};
use super::scalars::{self, Place};
use super::text::printable;
use crate::protocol::{Event, float};
use std::io::{self, Write};
use std::path::Path;

/// Writes the logs that `path` names as one tidy table into the file `out`. What a resumption superseded is left out.
///
/// # Errors
/// When `path` names no run or `out` cannot be written.
pub fn csv(path: &Path, out: &Path) -> Result<Written, ReportError> {
    let target = load::target(path)?;
    if let Some(folder) = &target.folder {
        output::outside(out, folder.root())?;
    }
    let mut faults = target.faults.clone();
    output::file(out, |file| {
        let mut table = csv::Writer::from_writer(file);
        table.write_record(["run", "step", "epoch", "seconds", "metric", "value"]).map_err(io_error)?;
        for log in &target.logs {
            rows(log, &mut faults, &mut table)?;
        }
        table.flush()
    })?;
    faults.dedup();
    Ok(Written { path: out.to_owned(), files: vec![out.to_owned()], runs: target.logs.len(), faults })
}

fn rows<W: Write>(log: &Log, faults: &mut Vec<String>, table: &mut csv::Writer<W>) -> io::Result<()> {
    let resumptions = resumptions(log);
    let run = printable(&log.run);
    let mut steps_an_epoch = 0;
    let mut place_in_log = 0;
    let mut outcome = Ok(());
    load::each_record(log, faults, |record| {
        if let Event::RunStarted(started) = &record.event {
            steps_an_epoch = started.steps_per_epoch;
        }
        let place = place_in_log;
        place_in_log += 1;
        let Some((Place { step, epoch }, measured)) = scalars::of(record) else { return };
        if outcome.is_err() || resumptions.supersede(place, step) {
            return;
        }
        let of_step = || (steps_an_epoch > 0).then(|| step / steps_an_epoch as f64);
        let epoch = epoch.or_else(of_step).map_or(String::new(), number);
        for (metric, value) in measured {
            let row = [&*run, &number(step), &epoch, &number(record.t), &printable(&metric), &number(value)];
            if let Err(error) = table.write_record(row) {
                outcome = Err(io_error(error));
                return;
            }
        }
    });
    outcome
}

/// The system's own error where that is what a table failed with.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Where the log's resumptions stand. Most logs have none, and reading twice is only needed for those that do.
pub(crate) fn resumptions(log: &Log) -> Resumptions {
    let mut resumptions = Resumptions::default();
    let mut place = 0;
    // Faults are told by the reading that follows.
    load::each_record(log, &mut Vec::new(), |record| {
        resumptions.note(place, record);
        place += 1;
    });
    resumptions
}

/// The shortest decimal that reads back to the logged number: most are single precision.
fn number(value: f64) -> String {
    if let Some(name) = float::non_finite_name(value) {
        return name.to_owned();
    }
    let single = value as f32;
    if f64::from(single).to_bits() == value.to_bits() { single.to_string() } else { value.to_string() }
}
