//! `perceptop export --format thin`: a session small enough to commit or to mail, which opens like any other.
//!
//! Every record stays but steps and counts of inactive neurons: of those each window keeps its first, lowest and
//! highest, so that no peak is lost. Strips of single units and lists of wrong answers stay where they are the newest.
//! Records are numbered anew. Does not depend on what is done with the copy.

use super::ReportError;
use super::load::{self, Log};
use super::output::{self, Written};
use crate::protocol::{Event, Record};
use crate::study::published::DATASET;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Where `perceptop data fetch` puts MNIST.
const FETCHED: &str = "data/mnist";

/// Steps of which the first, lowest and highest loss stay.
const WINDOW: usize = 40;

/// Copies the session that `path` names, thinned, into the folder `out`, which is made where missing. Checkpoints are
/// left behind.
///
/// # Errors
/// When `path` names no run, `out` lies in the session, or a file cannot be written.
pub fn thin(path: &Path, out: &Path) -> Result<Written, ReportError> {
    let target = load::target(path)?;
    if let Some(folder) = &target.folder {
        output::outside(out, folder.root())?;
    }
    let mut written = Written { path: out.to_owned(), faults: target.faults.clone(), ..Written::default() };
    if let Some(header) = &target.header {
        let path = out.join("session.json");
        let mut header = header.clone();
        // The copy is for other machines, where this one's folders say nothing.
        header.dataset.path =
            header.dataset.path.filter(|_| header.dataset.name == DATASET).map(|_| FETCHED.to_owned());
        output::file(&path, |file| json(file, &header))?;
        written.files.push(path);
    }
    for plan in target.plans.iter().filter(|plan| super::text::file_name(&plan.run) == plan.run) {
        let path = out.join("queue").join(format!("{}.json", plan.run));
        output::file(&path, |file| json(file, plan))?;
        written.files.push(path);
    }
    for log in target.logs.iter().filter(|log| *super::text::file_name(&log.run) == *log.run) {
        let path = out.join("runs").join(format!("{}.jsonl", log.run));
        let records = thinned(records(log, &mut written.faults));
        output::file(&path, |file| records.iter().try_for_each(|record| json(file, record)))?;
        written.files.push(path);
        written.runs += 1;
    }
    Ok(written)
}

fn json<W: Write>(out: &mut W, value: &impl serde::Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

fn records(log: &Log, faults: &mut Vec<String>) -> Vec<Arc<Record>> {
    let mut records = Vec::new();
    load::each_record(log, faults, |record| records.push(Arc::clone(record)));
    records
}

/// The records that stay, numbered from 0.
fn thinned(records: Vec<Arc<Record>>) -> Vec<Record> {
    let mut stays = vec![true; records.len()];
    let mut window: Vec<(usize, f32)> = Vec::with_capacity(WINDOW);
    for (place, record) in records.iter().enumerate() {
        match &record.event {
            Event::Step(step) => {
                stays[place] = false;
                window.push((place, step.train_loss));
                if window.len() == WINDOW {
                    keep(&window, &mut stays);
                    window.clear();
                }
            }
            // The steps before an epoch's end, a change or a resumption are a course of their own.
            Event::Inactive(_) => {}
            _ => {
                keep(&window, &mut stays);
                window.clear();
            }
        }
    }
    keep(&window, &mut stays);
    let newest_counts = records.iter().rposition(|record| matches!(record.event, Event::Inactive(_)));
    let newest_epoch =
        records.iter().rposition(|record| matches!(&record.event, Event::Epoch(epoch) if !epoch.confusion.is_empty()));
    let kept = records.into_iter().enumerate().filter(|(place, _)| stays[*place]);
    kept.enumerate()
        .map(|(seq, (place, record))| {
            let mut record = Record::clone(&record);
            record.seq = seq as u64;
            match &mut record.event {
                Event::Inactive(inactive) if Some(place) != newest_counts => inactive.units = Vec::new(),
                Event::Epoch(epoch) if Some(place) != newest_epoch => epoch.misclassified = Vec::new(),
                _ => {}
            }
            record
        })
        .collect()
}

/// Marks a window's first, last, lowest and highest step; what is not a number counts as highest.
fn keep(window: &[(usize, f32)], stays: &mut [bool]) {
    let lowest = window.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let highest = window.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    for (place, _) in [window.first(), window.last(), lowest, highest].into_iter().flatten() {
        stays[*place] = true;
    }
}
