//! Optuna's journal (`JournalFileBackend`): a line of JSON for each change of a study. Tried with Optuna 5.0.
//!
//! Each study is a run, with its trials' values over their numbers, in the order in which they ended; a trial with
//! intermediate values is a run as well.

use super::whole::{Content, Decode, WholeReader, content};
use crate::json::{JsonValue, get, items, number, outline_of_line, parse, text};
use crate::trials::{MAX_CURVES, Part, State, Trial, study_facts};
use crate::{Batch, Fact, Format, InnerRun, Options, ReadError, Reader, RunFiles, cell};
use std::path::{Path, PathBuf};

/// Optuna's journal.
pub(crate) static OPTUNA_JOURNAL: Format =
    Format { what: "an Optuna journal", detect, run_key: Path::to_path_buf, inner_runs: Some(inner_runs), open };

fn detect(_: &Path, head: &[u8]) -> bool {
    outline_of_line(head).is_some_and(|value| get(&value, "op_code").is_some() && get(&value, "worker_id").is_some())
}

fn inner_runs(path: &Path) -> Result<Vec<InnerRun>, ReadError> {
    let (_, bytes) = content(path)?;
    let journal = Journal::of(&bytes);
    let mut runs = Vec::new();
    for (id, study) in journal.studies.iter().enumerate().filter(|(_, study)| !study.is_deleted) {
        runs.push(Part::Study(id as i64).inner_run(&study.name));
        let curves = study.trials.iter().map(|trial| &journal.trials[*trial]).filter(|trial| !trial.curve.is_empty());
        runs.extend(curves.take(MAX_CURVES).map(|trial| Part::Trial(id as i64, trial.number).inner_run(&study.name)));
    }
    Ok(runs)
}

fn open(run: &RunFiles, _: &Options) -> Box<dyn Reader> {
    let part = Part::from_id(run.inner.as_ref().map_or("", |inner| &inner.id));
    Box::new(WholeReader::new(Run { files: run.files.clone(), part }))
}

struct Run {
    files: Vec<PathBuf>,
    part: Part,
}

impl Decode for Run {
    fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    fn decode(&mut self, files: &[Content], out: &mut Batch) -> Result<(), ReadError> {
        let Some((_, bytes)) = files.first() else { return Ok(()) };
        let journal = Journal::of(bytes);
        if journal.bad_lines > 0 {
            out.facts.push(Fact::Fault(format!("{} lines of the journal are no JSON objects.", journal.bad_lines)));
        }
        let Some(study) = journal.studies.get(self.part.study() as usize) else { return Ok(()) };
        let directions: Vec<&str> = study.directions.iter().map(String::as_str).collect();
        match self.part {
            Part::Study(_) => {
                out.facts.extend(study_facts(&study.name, &directions));
                study.ended.iter().for_each(|trial| journal.trials[*trial].add_row(out));
            }
            Part::Trial(_, number) => {
                let trial = study.trials.get(number as usize).map(|trial| &journal.trials[*trial]);
                if let Some(trial) = trial {
                    out.facts.push(Fact::Name(self.part.inner_run(&study.name).name));
                    out.facts.extend(trial.facts());
                    trial.add_curve(0, out);
                }
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct JournalStudy {
    name: String,
    directions: Vec<String>,
    is_deleted: bool,
    /// Places of its trials among all, by number, and in the order in which they ended.
    trials: Vec<usize>,
    ended: Vec<usize>,
}

/// What a journal's lines amount to; studies and trials by the numbers that Optuna gives them.
#[derive(Default)]
struct Journal {
    studies: Vec<JournalStudy>,
    trials: Vec<Trial>,
    /// The study of each trial.
    of_trial: Vec<usize>,
    bad_lines: usize,
}

impl Journal {
    fn of(bytes: &[u8]) -> Self {
        let mut journal = Self::default();
        // A last line without its end is still being written.
        let end = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        for line in bytes[..end].split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            match parse(line) {
                Ok(value) => journal.apply(&value),
                Err(_) => journal.bad_lines += 1,
            }
        }
        journal
    }

    fn apply(&mut self, line: &JsonValue<'_>) {
        let index =
            |key: &str| get(line, key).and_then(number).filter(|index| *index >= 0.0).map(|index| index as usize);
        match index("op_code") {
            Some(0) => self.studies.push(JournalStudy {
                name: get(line, "study_name").and_then(text).unwrap_or("study").to_owned(),
                directions: get(line, "directions").map(items).unwrap_or_default().iter().map(direction).collect(),
                ..JournalStudy::default()
            }),
            Some(1) => {
                if let Some(study) = index("study_id").and_then(|study| self.studies.get_mut(study)) {
                    study.is_deleted = true;
                }
            }
            Some(4) => self.create_trial(line, index("study_id")),
            Some(op @ 5..=7) => {
                let Some(at) = index("trial_id").filter(|at| *at < self.trials.len()) else { return };
                self.change_trial(op, line, at);
            }
            _ => {}
        }
    }

    fn create_trial(&mut self, line: &JsonValue<'_>, study: Option<usize>) {
        let at = self.trials.len();
        let Some(id) = study.filter(|study| *study < self.studies.len()) else { return };
        let study = &mut self.studies[id];
        let number = study.trials.len() as u64;
        study.trials.push(at);
        self.trials.push(Trial { number, ..Trial::default() });
        self.of_trial.push(id);
        // A trial that was added whole, by `add_trial` or another study's copy.
        for (name, value) in get(line, "params").map(crate::json::entries).unwrap_or_default() {
            if let Some(value) = number_of_param(value) {
                self.trials[at].params.push((name.to_string(), value));
            }
        }
        if get(line, "state").is_some() {
            self.change_trial(6, line, at);
        }
    }

    fn change_trial(&mut self, op: usize, line: &JsonValue<'_>, at: usize) {
        let value = |key: &str| get(line, key).and_then(number);
        let trial = &mut self.trials[at];
        match op {
            5 => {
                let name = get(line, "param_name").and_then(text).unwrap_or("?").to_owned();
                trial.params.push((name, value("param_value_internal").unwrap_or(f64::NAN)));
            }
            6 => {
                let was_open = trial.state == State::Open;
                trial.state = State::from_number(value("state").unwrap_or(0.0));
                trial.time = get(line, "datetime_complete").and_then(text).and_then(cell::date);
                trial.values = get(line, "values").map(items).unwrap_or_default().iter().filter_map(number).collect();
                if trial.values.is_empty() {
                    trial.values.extend(value("value"));
                }
                if was_open && trial.state != State::Open {
                    self.studies[self.of_trial[at]].ended.push(at);
                }
            }
            _ => {
                let step = value("step").unwrap_or(trial.curve.len() as f64);
                trial.curve.push((step, value("intermediate_value").unwrap_or(f64::NAN)));
            }
        }
    }
}

fn number_of_param(value: &JsonValue<'_>) -> Option<f64> {
    number(value)
}

fn direction(value: &JsonValue<'_>) -> String {
    match number(value) {
        Some(1.0) => "minimize",
        Some(2.0) => "maximize",
        _ => "not set",
    }
    .to_owned()
}
