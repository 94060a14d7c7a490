//! Histories of metrics as one document: Keras' `history.history`, XGBoost's and LightGBM's `evals_result`, and what
//! pandas' `to_json` makes of a table.
//!
//! `{"loss": [1.0, 0.5]}`, `{"train": {"rmse": [3.0, 2.0]}}`, `{"loss": {"0": 1.0, "1": 0.5}}` and
//! `[{"epoch": 1, "loss": 1.0}]` are read. As any list of numbers has that shape, the names must be those of metrics, or the
//! file's name must say what it is.

use super::whole::{Content, Decode, WholeReader};
use crate::json::{JsonValue, each_number, entries, items, number, outline, parse, settings};
use crate::{Batch, Fact, Format, Options, ReadError, Reader, RunFiles};
use std::path::{Path, PathBuf};

/// Levels of objects above a list.
const MAX_DEPTH: usize = 8;

/// Parts of names that only metrics have.
const METRIC_PARTS: &[&str] = &[
    "loss",
    "acc",
    "accuracy",
    "error",
    "rmse",
    "mse",
    "mae",
    "mape",
    "auc",
    "score",
    "reward",
    "return",
    "f1",
    "precision",
    "recall",
    "perplexity",
    "ppl",
    "learning_rate",
    "logloss",
    "ndcg",
    "bleu",
    "rouge",
    "iou",
    "map",
    "psnr",
    "ssim",
    "fid",
    "rmsle",
    "dice",
    "epoch",
    "r2",
    "l1",
    "l2",
    "merror",
    "gamma-nloglik",
    "binary_logloss",
];

/// Parts of the names of files that hold histories.
const FILE_PARTS: &[&str] =
    &["history", "evals_result", "eval_result", "metrics", "training_log", "train_log", "losses"];

/// Names of columns that count, best first, in lower case.
const STEPS: &[&str] = &[
    "step",
    "global_step",
    "steps",
    "iteration",
    "iter",
    "iterations",
    "epoch",
    "epochs",
    "round",
    "num_updates",
    "batch",
];

/// A history of metrics.
pub(crate) static HISTORY: Format = Format {
    what: "a history of metrics in JSON",
    detect,
    run_key: |path| path.to_owned(),
    inner_runs: None,
    open: |run, options| open(run, options),
};

fn detect(path: &Path, head: &[u8]) -> bool {
    let Some(value) = outline(head) else { return false };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("").to_ascii_lowercase();
    let is_named = FILE_PARTS.iter().any(|part| name.contains(part));
    if let Some(first) = items(&value).first() {
        let keys = || entries(first).iter().map(|(key, _)| key);
        let has_numbers = entries(first).iter().any(|(_, value)| number(value).is_some());
        let is_counted = keys().any(|key| STEPS.contains(&key.to_ascii_lowercase().as_str()));
        let is_metric = keys().any(|key| is_metric(key)) && !keys().any(|key| key.ends_with("id"));
        return has_numbers && (is_counted || is_metric || is_named);
    }
    let mut columns = Vec::new();
    add_columns("", &value, 0, &mut columns);
    columns.iter().any(|column| is_named || is_metric(&column.name))
}

fn is_metric(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    METRIC_PARTS.iter().any(|part| match part.len() {
        // Short parts count as whole words only: "map" is none in "bitmap".
        0..4 => name.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| word == *part),
        4 => {
            name.ends_with(part) || name.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| word == *part)
        }
        _ => name.contains(part),
    })
}

fn open(run: &RunFiles, options: &Options) -> Box<dyn Reader> {
    Box::new(WholeReader::new(Run { files: run.files.clone(), x: options.x.clone() }))
}

struct Run {
    files: Vec<PathBuf>,
    x: Option<String>,
}

impl Decode for Run {
    fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    fn decode(&mut self, files: &[Content], out: &mut Batch) -> Result<(), ReadError> {
        for (path, bytes) in files {
            let value = parse(bytes).map_err(|error| ReadError::content(path, error.message))?;
            match &value {
                JsonValue::Array(_) => self.add_records(&value, out),
                value => self.add_lists(value, out),
            }
        }
        Ok(())
    }
}

impl Run {
    /// The name that counts, of those that are there.
    fn step_name<'a>(&self, names: &(impl Iterator<Item = &'a str> + Clone)) -> Option<String> {
        if let Some(wanted) = &self.x {
            return names.clone().find(|name| name == wanted).map(str::to_owned);
        }
        let find = |step: &&str| names.clone().find(|name| name.eq_ignore_ascii_case(step));
        STEPS.iter().find_map(find).map(str::to_owned)
    }

    fn add_records(&self, value: &JsonValue<'_>, out: &mut Batch) {
        let records = items(value);
        let names = records.first().map(entries).unwrap_or_default().iter().map(|(key, _)| key.as_ref());
        let step_name = self.step_name(&names);
        for (at, record) in records.iter().enumerate() {
            let mut step = None;
            each_number("", record, 0, &mut |name, value| {
                if step_name.as_deref() == Some(name) {
                    step = Some(value);
                } else {
                    out.push(name, value);
                }
            });
            out.end_row(step.unwrap_or(at as f64), None);
        }
        out.facts.push(Fact::StepColumn(step_name));
    }

    fn add_lists(&self, value: &JsonValue<'_>, out: &mut Batch) {
        let mut columns = Vec::new();
        add_columns("", value, 0, &mut columns);
        let step_name = self.step_name(&columns.iter().map(|column| column.name.as_str()));
        let steps = columns.iter().position(|column| Some(&column.name) == step_name.as_ref());
        let steps = steps.map(|at| columns.remove(at));
        let mut begins = vec![0; columns.len()];
        // Rows by place: an index of pandas may begin anywhere, but grows.
        loop {
            let next = columns.iter().zip(&begins).filter_map(|(column, begin)| column.values.get(*begin));
            let at = next.map(|(place, _)| *place).fold(f64::INFINITY, f64::min);
            if at.is_infinite() {
                break;
            }
            for (column, begin) in columns.iter().zip(&mut begins) {
                if let Some((_, value)) = column.values.get(*begin).filter(|(place, _)| *place == at) {
                    out.push(&column.name, *value);
                    *begin += 1;
                }
            }
            out.end_row(steps.as_ref().and_then(|steps| steps.at(at)).unwrap_or(at), None);
        }
        out.facts.push(Fact::StepColumn(step_name));
        let plain = entries(value).iter().filter(|(_, value)| {
            matches!(value, JsonValue::Str(_) | JsonValue::Int(_) | JsonValue::Float(_) | JsonValue::Bool(_))
        });
        for (key, value) in plain {
            settings(key, value, &mut out.facts);
        }
    }
}

/// A metric's values with their places, which grow.
struct Column {
    name: String,
    values: Vec<(f64, f64)>,
}

impl Column {
    fn at(&self, place: f64) -> Option<f64> {
        let found = self.values.binary_search_by(|(at, _)| at.total_cmp(&place)).ok()?;
        Some(self.values[found].1)
    }
}

/// The metrics below an object: lists of numbers, and objects whose keys count.
fn add_columns(name: &str, value: &JsonValue<'_>, depth: usize, columns: &mut Vec<Column>) {
    if depth > MAX_DEPTH || columns.len() > crate::batch::MAX_NAMES {
        return;
    }
    let mut values = Vec::new();
    let is_numbers = match value {
        JsonValue::Array(list) => list.iter().enumerate().all(|(at, value)| keep(at as f64, value, &mut values)),
        JsonValue::Object(object) => object.iter().all(|(key, value)| {
            let place = key.bytes().all(|byte| byte.is_ascii_digit()).then(|| key.parse().ok()).flatten();
            place.is_some_and(|place| keep(place, value, &mut values))
        }),
        _ => false,
    };
    if is_numbers && !values.is_empty() {
        if !name.is_empty() {
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            values.dedup_by(|a, b| a.0 == b.0);
            columns.push(Column { name: name.to_owned(), values });
        }
        return;
    }
    for (key, value) in entries(value) {
        let name = if name.is_empty() { key.to_string() } else { format!("{name}/{key}") };
        add_columns(&name, value, depth + 1, columns);
    }
}

/// Keeps a number; null is a gap. Anything else ends the list.
fn keep(place: f64, value: &JsonValue<'_>, values: &mut Vec<(f64, f64)>) -> bool {
    if let Some(value) = number(value) {
        values.push((place, value));
        return true;
    }
    matches!(value, JsonValue::Null)
}
