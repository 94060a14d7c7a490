//! Optuna's journal: what was done to its studies, an operation a line. A row is a trial that ended.
//!
//! The codes of operations and states are those of Optuna 4 (`optuna/storages/journal/_storage.py`, `optuna/trial/_state.py`).

use crate::lines::Ends;
use crate::rows::Rows;
use crate::text_reader::{Parser, TextReader};
use crate::{Fact, Format, cell, text_source};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// Trials that are open at a time, and parameters of one.
const MAX_OPEN: usize = 10_000;

const CREATE_STUDY: u8 = 0;
const SET_PARAMETER: u8 = 5;
const SET_STATE: u8 = 6;
const SET_INTERMEDIATE: u8 = 7;
/// States of a trial that ended: complete, pruned, failed.
const ENDED: std::ops::RangeInclusive<u8> = 1..=3;

/// The format.
pub(crate) static OPTUNA: Format = Format {
    what: "an Optuna journal",
    detect,
    run_key: Path::to_owned,
    inner_runs: None,
    open: |files, options| TextReader::boxed(files, options, Ends::Newline, |_| Box::new(Journal::default())),
};

#[derive(Deserialize)]
struct Operation {
    op_code: u8,
    study_name: Option<String>,
    trial_id: Option<u64>,
    param_name: Option<String>,
    param_value_internal: Option<f64>,
    state: Option<u8>,
    values: Option<Vec<Option<f64>>>,
    intermediate_value: Option<f64>,
    datetime_complete: Option<String>,
}

#[derive(Debug, Default)]
struct Trial {
    parameters: Vec<(String, f64)>,
    intermediate: Option<f64>,
}

#[derive(Debug, Default)]
struct Journal {
    open: HashMap<u64, Trial>,
    facts: Vec<Fact>,
}

impl Journal {
    fn line(&mut self, line: &[u8], rows: &mut Rows) {
        let line = line.trim_ascii();
        if line.is_empty() {
            return;
        }
        let read = |line: &[u8]| serde_json::from_slice::<Operation>(line);
        let Ok(operation) = read(line).or_else(|_| read(&crate::json_rows::mended(line))) else {
            rows.skipped.lines += 1;
            return;
        };
        if operation.op_code == CREATE_STUDY
            && self.facts.is_empty()
            && let Some(name) = operation.study_name
        {
            self.facts.push(Fact::Name(name));
            return;
        }
        let Some(id) = operation.trial_id else { return };
        if operation.op_code == SET_STATE && operation.state.is_some_and(|state| ENDED.contains(&state)) {
            let trial = self.open.remove(&id).unwrap_or_default();
            let date = operation.datetime_complete.as_deref().and_then(cell::date);
            end(id, trial, operation.values.unwrap_or_default(), date, rows);
            return;
        }
        if self.open.len() >= MAX_OPEN && !self.open.contains_key(&id) {
            return;
        }
        let trial = self.open.entry(id).or_default();
        match (operation.op_code, operation.param_name, operation.param_value_internal) {
            (SET_PARAMETER, Some(name), Some(value)) if trial.parameters.len() < MAX_OPEN => {
                trial.parameters.push((name, value));
            }
            (SET_INTERMEDIATE, ..) => trial.intermediate = operation.intermediate_value,
            _ => {}
        }
    }
}

fn end(id: u64, trial: Trial, values: Vec<Option<f64>>, date: Option<f64>, rows: &mut Rows) {
    rows.add("trial", id as f64);
    let is_one = values.len() == 1;
    for (at, value) in values.into_iter().enumerate() {
        if let Some(value) = value {
            rows.add(&if is_one { "value".to_owned() } else { format!("values/{at}") }, value);
        }
    }
    if let Some(value) = trial.intermediate {
        rows.add("intermediate_value", value);
    }
    for (name, value) in trial.parameters {
        rows.add(&format!("params/{name}"), value);
    }
    if let Some(date) = date {
        rows.add_date("datetime", date);
    }
    rows.end_row();
}

impl Parser for Journal {
    fn read(&mut self, lines: &[u8]) -> Vec<Rows> {
        let mut rows = Rows::default();
        for line in lines.split(|byte| *byte == b'\n') {
            self.line(line, &mut rows);
        }
        vec![rows]
    }

    fn read_tail(&mut self, line: &[u8]) -> Option<Rows> {
        let mut rows = Rows::default();
        self.line(line, &mut rows);
        (rows.skipped.lines == 0).then_some(rows)
    }

    fn take_facts(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }

    fn is_strict(&self) -> bool {
        true
    }
}

fn detect(_: &Path, head: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Mark {
        #[serde(rename = "op_code")]
        _code: u8,
        #[serde(rename = "worker_id")]
        _worker: String,
    }
    let (text, _) = text_source::text_of(head);
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice::<Mark>(first).is_ok()
}
