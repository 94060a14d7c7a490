//! Hugging Face's `trainer_state.json`, as `Trainer` of transformers 4 and 5 writes it with each checkpoint.
//!
//! The state in `checkpoint-16` repeats that in `checkpoint-8`, so the one that got furthest is the run; rows before its
//! first, as after a history that was cut, come from the others.

use super::whole::{Content, Decode, WholeReader};
use crate::json::{JsonValue, each_number, entries, get, items, number, outline, parse, settings, text};
use crate::{Batch, End, Fact, Format, Options, ReadError, Reader, RunFiles};
use std::path::{Path, PathBuf};

const FILE_NAME: &str = "trainer_state.json";

/// Keys at the top that are settings.
const SETTINGS: &[&str] = &["num_train_epochs", "train_batch_size", "logging_steps", "eval_steps", "save_steps"];

/// Hugging Face's trainer state.
pub(crate) static TRAINER_STATE: Format =
    Format { what: "a Hugging Face trainer state", detect, run_key, inner_runs: None, open };

fn detect(_: &Path, head: &[u8]) -> bool {
    let Some(value) = outline(head) else { return false };
    get(&value, "log_history").is_some_and(|list| matches!(list, JsonValue::Array(_)))
        && (get(&value, "global_step").is_some() || get(&value, "epoch").is_some())
}

fn run_key(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or(path);
    if path.file_name().is_none_or(|name| name != FILE_NAME) {
        return path.to_owned();
    }
    match folder.parent() {
        Some(above) if is_checkpoint(folder) => above.to_owned(),
        _ => folder.to_owned(),
    }
}

fn is_checkpoint(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or("");
    name.strip_prefix("checkpoint-").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn open(run: &RunFiles, _: &Options) -> Box<dyn Reader> {
    Box::new(WholeReader::new(Run { given: run.files.clone() }))
}

struct Run {
    given: Vec<PathBuf>,
}

impl Decode for Run {
    fn files(&self) -> Vec<PathBuf> {
        let mut files = self.given.clone();
        // Checkpoints that came since, next to those that were there.
        if let Some(key) = self.given.first().map(|first| run_key(first)).filter(|key| !self.given.contains(key)) {
            files.push(key.join(FILE_NAME));
            let folders = std::fs::read_dir(&key).into_iter().flatten().flatten().map(|entry| entry.path());
            files.extend(folders.filter(|folder| is_checkpoint(folder)).map(|folder| folder.join(FILE_NAME)));
        }
        files.sort();
        files.dedup();
        files
    }

    fn decode(&mut self, files: &[Content], out: &mut Batch) -> Result<(), ReadError> {
        let mut states = Vec::new();
        for (path, bytes) in files {
            match parse(bytes) {
                Ok(state) => states.push(state),
                Err(error) => return Err(ReadError::content(path, error.message)),
            }
        }
        states.sort_by(|a, b| reached(a).total_cmp(&reached(b)));
        let Some(last) = states.pop() else { return Ok(()) };
        let first_step = history(&last).filter_map(step).fold(f64::INFINITY, f64::min);
        let mut done = f64::NEG_INFINITY;
        for state in &states {
            let begin = done;
            for entry in
                history(state).filter(|entry| step(entry).is_some_and(|step| step > begin && step < first_step))
            {
                add_row(entry, out);
                done = done.max(step(entry).unwrap_or(done));
            }
        }
        add_facts(&last, out);
        for entry in history(&last) {
            if get(entry, "train_runtime").is_some() {
                add_totals(entry, out);
            } else {
                add_row(entry, out);
            }
        }
        remark_on_zeros(&last, out);
        Ok(())
    }
}

fn reached(state: &JsonValue<'_>) -> f64 {
    get(state, "global_step").and_then(number).unwrap_or(0.0)
}

fn history<'a, 'j>(state: &'a JsonValue<'j>) -> impl Iterator<Item = &'a JsonValue<'j>> {
    get(state, "log_history").map(items).unwrap_or_default().iter()
}

fn step(entry: &JsonValue<'_>) -> Option<f64> {
    get(entry, "step").and_then(number)
}

fn add_row(entry: &JsonValue<'_>, out: &mut Batch) {
    let Some(step) = step(entry) else { return };
    for (key, value) in entries(entry).iter().filter(|(key, _)| key != "step") {
        each_number(key, value, 0, &mut |name, value| out.push(name, value));
    }
    out.end_row(step, None);
}

/// What is written once, when training ended.
fn add_totals(entry: &JsonValue<'_>, out: &mut Batch) {
    let mut totals = Vec::new();
    each_number("", entry, 0, &mut |name, value| {
        if name.starts_with("train_") {
            totals.push(format!("{name} {value}"));
        }
    });
    out.facts.push(Fact::Ended(End::Finished, None, totals.join(", ")));
}

fn add_facts(state: &JsonValue<'_>, out: &mut Batch) {
    if let Some(steps) = get(state, "max_steps").and_then(number).filter(|steps| *steps > 0.0) {
        out.facts.push(Fact::PlannedSteps(steps));
    }
    for key in SETTINGS {
        if let Some(value) = get(state, key) {
            settings(key, value, &mut out.facts);
        }
    }
    // No setting: it differs between the repetitions of a run, which are to be one group.
    if let Some(best) = get(state, "best_metric").and_then(number) {
        let step = get(state, "best_global_step").and_then(number).unwrap_or_else(|| reached(state));
        let place = get(state, "best_model_checkpoint").and_then(text).map_or(String::new(), |at| format!(" in {at}"));
        out.facts.push(Fact::Text { name: "best_metric".to_owned(), step, text: format!("{best}{place}") });
    }
}

/// By default (`logging_nan_inf_filter`) transformers writes 0, or the mean of the rest, for a loss that is NaN.
fn remark_on_zeros(state: &JsonValue<'_>, out: &mut Batch) {
    let is_nan = |entry: &&JsonValue<'_>| get(entry, "grad_norm").and_then(number).is_some_and(f64::is_nan);
    let Some(nan) = history(state).find(is_nan).and_then(step) else { return };
    let is_zero = |entry: &&JsonValue<'_>| {
        get(entry, "loss").and_then(number) == Some(0.0) && step(entry).is_some_and(|step| step >= nan)
    };
    if let Some(zero) = history(state).find(is_zero).and_then(step) {
        out.facts.push(Fact::Remark(format!(
            "`loss` is 0 at step {zero}, which stands for NaN: `grad_norm` is NaN at step {nan}, and transformers leaves out \
             losses that are NaN unless logging_nan_inf_filter is off."
        )));
    }
}
