//! Runs that Sacred's `FileStorageObserver` writes: a folder with `metrics.json`, `run.json` and `config.json`.
//!
//! Times are UTC without a zone. Tried with Sacred 0.8.7.

use super::whole::{Content, Decode, WholeReader};
use crate::json::{JsonValue, entries, get, items, number, outline, parse, settings, text};
use crate::series::{Series, add_rows};
use crate::{Batch, End, Fact, Format, ReadError, Reader, RunFiles, cell};
use std::path::{Path, PathBuf};

/// A Sacred run.
pub(crate) static SACRED: Format =
    Format { what: "a Sacred run", detect, run_key, inner_runs: None, open: |run, _| open(run) };

fn detect(_: &Path, head: &[u8]) -> bool {
    let Some(value) = outline(head) else { return false };
    let is_run = ["experiment", "heartbeat", "status", "start_time", "host"];
    if is_run.iter().filter(|key| get(&value, key).is_some()).count() >= 4 {
        return true;
    }
    let Some((_, first)) = entries(&value).first() else { return false };
    ["steps", "timestamps", "values"].iter().all(|key| get(first, key).is_some_and(|list| matches!(list, JsonValue::Array(_))))
        // The first metric's lists may be longer than what was read.
        || get(first, "steps").is_some_and(|list| items(list).len() > 1_000) && entries(first).len() <= 3
}

fn run_key(path: &Path) -> PathBuf {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("metrics.json" | "run.json") => path.parent().unwrap_or(path).to_owned(),
        _ => path.to_owned(),
    }
}

fn open(run: &RunFiles) -> Box<dyn Reader> {
    Box::new(WholeReader::new(Run { given: run.files.clone() }))
}

struct Run {
    given: Vec<PathBuf>,
}

impl Decode for Run {
    fn files(&self) -> Vec<PathBuf> {
        let mut files = self.given.clone();
        if let Some(key) = self.given.first().map(|first| run_key(first)).filter(|key| !self.given.contains(key)) {
            files.extend(["metrics.json", "run.json", "config.json"].map(|name| key.join(name)));
        }
        files.sort();
        files.dedup();
        files
    }

    fn decode(&mut self, files: &[Content], out: &mut Batch) -> Result<(), ReadError> {
        for (path, bytes) in files {
            let value = parse(bytes).map_err(|error| ReadError::content(path, error.message))?;
            match path.file_name().and_then(|name| name.to_str()) {
                Some("config.json") => settings("", &value, &mut out.facts),
                Some("run.json") => add_facts(&value, out),
                _ => add_metrics(&value, out),
            }
        }
        Ok(())
    }
}

fn add_metrics(value: &JsonValue<'_>, out: &mut Batch) {
    let mut series = Vec::new();
    for (name, metric) in entries(value) {
        let list = |key: &str| get(metric, key).map(items).unwrap_or_default();
        let mut times = list("timestamps").iter().map(|time| text(time).and_then(cell::date));
        let points = list("steps").iter().zip(list("values")).map(|(step, value)| {
            (number(step).unwrap_or(f64::NAN), times.next().flatten(), value_of(value).unwrap_or(f64::NAN))
        });
        series.push(Series { name: name.to_string(), points: points.collect() });
    }
    add_rows(&series, out);
}

/// A number, also as jsonpickle writes one of NumPy's: an object with its text or value.
fn value_of(value: &JsonValue<'_>) -> Option<f64> {
    number(value).or_else(|| get(value, "value").and_then(number))
}

fn add_facts(value: &JsonValue<'_>, out: &mut Batch) {
    let time = |key: &str| get(value, key).and_then(text).and_then(cell::date);
    if let Some(name) = get(value, "experiment").and_then(|experiment| get(experiment, "name")).and_then(text) {
        out.facts.push(Fact::Name(name.to_owned()));
    }
    out.facts.extend(time("start_time").map(Fact::Started));
    let end = match get(value, "status").and_then(text) {
        Some("COMPLETED") => Some(End::Finished),
        Some("FAILED" | "TIMED_OUT" | "TIMEOUT" | "DIED") => Some(End::Failed),
        Some("INTERRUPTED") => Some(End::Stopped),
        _ => None,
    };
    let result = get(value, "result").and_then(number).map_or(String::new(), |result| format!("result {result}"));
    out.facts.extend(end.map(|end| Fact::Ended(end, time("stop_time"), result)));
}
