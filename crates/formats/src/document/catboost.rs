//! CatBoost's `catboost_training.json`: the metrics of each iteration, for the training and the test sets.
//!
//! Metrics are lists in the order that `meta` names; `passed_time` counts the seconds since training began. While training
//! goes on the document is not closed yet: what is there is read. Written by CatBoost 1.2.

use super::whole::{Content, Decode, WholeReader};
use crate::json::{JsonValue, entries, get, items, number, outline, parse, text};
use crate::{Batch, Fact, Format, Options, ReadError, Reader, RunFiles};
use std::path::{Path, PathBuf};

/// CatBoost's training log.
pub(crate) static CATBOOST: Format = Format {
    what: "a CatBoost training log",
    detect,
    run_key: |path| path.to_owned(),
    inner_runs: None,
    open: |run, options| open(run, options),
};

fn detect(_: &Path, head: &[u8]) -> bool {
    let Some(value) = outline(head) else { return false };
    get(&value, "meta").is_some_and(|meta| get(meta, "learn_sets").is_some() || get(meta, "learn_metrics").is_some())
}

fn open(run: &RunFiles, _: &Options) -> Box<dyn Reader> {
    Box::new(WholeReader::new(Run { files: run.files.clone() }))
}

struct Run {
    files: Vec<PathBuf>,
}

impl Decode for Run {
    fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    fn decode(&mut self, files: &[Content], out: &mut Batch) -> Result<(), ReadError> {
        for (path, bytes) in files {
            let (value, is_whole) = match (parse(bytes), outline(bytes)) {
                (Ok(value), _) => (value, true),
                (Err(error), Some(value)) if error.is_cut => (value, false),
                (Err(error), _) => return Err(ReadError::content(path, error.message)),
            };
            add(&value, is_whole, out);
        }
        Ok(())
    }
}

fn add(value: &JsonValue<'_>, is_whole: bool, out: &mut Batch) {
    let Some(meta) = get(value, "meta") else { return };
    let metrics = |key: &str| -> Vec<String> {
        let metrics = get(meta, key).map(items).unwrap_or_default().iter();
        metrics.filter_map(|metric| get(metric, "name").and_then(text)).map(str::to_owned).collect()
    };
    let (learn, test) = (metrics("learn_metrics"), metrics("test_metrics"));
    let is_learn =
        |set: &str| get(meta, "learn_sets").map(items).unwrap_or_default().iter().any(|name| text(name) == Some(set));
    if let Some(count) = get(meta, "iteration_count").and_then(number) {
        out.facts.push(Fact::PlannedSteps(count));
    }
    if let Some(name) = get(meta, "name").and_then(text) {
        out.facts.push(Fact::Name(name.to_owned()));
    }
    let rows = get(value, "iterations").map(items).unwrap_or_default();
    // Of a document that is being written, the last row may be half a row.
    let count = if is_whole { rows.len() } else { rows.len().saturating_sub(1) };
    for row in &rows[..count] {
        let Some(step) = get(row, "iteration").and_then(number) else { continue };
        for (set, values) in entries(row) {
            let names = if is_learn(set) { &learn } else { &test };
            for (name, value) in names.iter().zip(items(values)) {
                if let Some(value) = number(value) {
                    out.push(&format!("{set}/{name}"), value);
                }
            }
        }
        out.end_row(step, get(row, "passed_time").and_then(number));
    }
}
