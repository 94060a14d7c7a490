//! ClearML's offline sessions: a folder with `task.json` and `metrics.jsonl`, whose lines are lists of events.
//!
//! Single values are texts, as they belong to no step. ClearML writes 0 for NaN unless told otherwise
//! (`set_reporting_nan_value`), which nothing in the file tells. Tried with ClearML 2.1.

use super::whole::{Content, Decode, WholeReader};
use crate::json::{JsonValue, entries, get, items, number, outline, outline_of_line, parse, text};
use crate::{Batch, Fact, Format, ReadError, Reader, RunFiles, Setting};
use std::path::{Path, PathBuf};

/// The iteration of a value that belongs to none.
const NO_ITERATION: f64 = -2_147_483_648.0;

/// A ClearML offline session.
pub(crate) static CLEARML: Format =
    Format { what: "a ClearML offline session", detect, run_key, inner_runs: None, open: |run, _| open(run) };

fn detect(_: &Path, head: &[u8]) -> bool {
    if let Some(value) = outline(head).filter(|value| matches!(value, JsonValue::Object(_))) {
        return get(&value, "offline_folder").is_some() && get(&value, "execution").is_some();
    }
    let Some(value) = outline_of_line(head) else { return false };
    items(&value)
        .first()
        .is_some_and(|event| ["metric", "variant", "type", "task"].iter().all(|key| get(event, key).is_some()))
}

fn run_key(path: &Path) -> PathBuf {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("metrics.jsonl" | "task.json") => path.parent().unwrap_or(path).to_owned(),
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
            files.extend(["metrics.jsonl", "task.json"].map(|name| key.join(name)));
        }
        files.sort();
        files.dedup();
        files
    }

    fn decode(&mut self, files: &[Content], out: &mut Batch) -> Result<(), ReadError> {
        for (path, bytes) in files {
            if path.file_name().is_some_and(|name| name == "task.json") {
                let task = parse(bytes).map_err(|error| ReadError::content(path, error.message))?;
                add_task(&task, out);
                continue;
            }
            // A last line without its end is still being written.
            let end = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
            for line in bytes[..end].split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                let events = parse(line).map_err(|error| ReadError::content(path, error.message))?;
                for event in items(&events) {
                    add_event(event, out);
                }
            }
        }
        Ok(())
    }
}

fn add_event(event: &JsonValue<'_>, out: &mut Batch) {
    let word = |key: &str| get(event, key).and_then(text);
    if word("type") != Some("training_stats_scalar") {
        return;
    }
    let (metric, variant) = (word("metric").unwrap_or("?"), word("variant").unwrap_or(""));
    let name = if variant.is_empty() || variant == metric { metric.to_owned() } else { format!("{metric}/{variant}") };
    let (Some(step), Some(value)) = (get(event, "iter").and_then(number), get(event, "value").and_then(number)) else {
        return;
    };
    if step == NO_ITERATION {
        out.facts.push(Fact::Text { name, step: 0.0, text: value.to_string() });
        return;
    }
    out.push(&name, value);
    out.end_row(step, get(event, "timestamp").and_then(number).map(|time| time / 1000.0));
}

fn add_task(task: &JsonValue<'_>, out: &mut Batch) {
    out.facts.extend(get(task, "name").and_then(text).map(|name| Fact::Name(name.to_owned())));
    for (section, settings) in get(task, "hyperparams").map(entries).unwrap_or_default() {
        for (key, setting) in entries(settings).iter().take(2_000) {
            let Some(value) = get(setting, "value").and_then(text) else { continue };
            let value = value.parse().map_or_else(|_| Setting::Text(value.to_owned()), Setting::Number);
            out.facts.push(Fact::Setting(format!("{section}/{key}"), value));
        }
    }
}
