//! Studies of hyper-parameters as runs: a study's values over the numbers of its trials, and each trial's own curve.
//!
//! Shared by Optuna's journals and its databases; knows neither.

use crate::{Batch, End, Fact, InnerRun, Setting};

/// Trials of one file whose curves are runs of their own.
pub(crate) const MAX_CURVES: usize = 1_000;

/// How far a trial is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// It waits or runs.
    #[default]
    Open,
    Complete,
    Pruned,
    Failed,
}

impl State {
    /// By Optuna's word.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "COMPLETE" => Self::Complete,
            "PRUNED" => Self::Pruned,
            "FAIL" => Self::Failed,
            _ => Self::Open,
        }
    }

    /// By Optuna's number.
    pub(crate) fn from_number(number: f64) -> Self {
        match number as i64 {
            1 => Self::Complete,
            2 => Self::Pruned,
            3 => Self::Failed,
            _ => Self::Open,
        }
    }
}

/// A trial.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trial {
    /// Its number within the study, from 0.
    pub(crate) number: u64,
    pub(crate) state: State,
    /// When it ended, in seconds since 1970.
    pub(crate) time: Option<f64>,
    /// Its parameters; a choice by its place.
    pub(crate) params: Vec<(String, f64)>,
    /// The objectives' values.
    pub(crate) values: Vec<f64>,
    /// Intermediate values over its own steps.
    pub(crate) curve: Vec<(f64, f64)>,
}

impl Trial {
    /// A row of the study, once the trial ended.
    pub(crate) fn add_row(&self, batch: &mut Batch) {
        let name = match self.state {
            State::Open => return,
            State::Complete => "value",
            State::Pruned => "pruned",
            State::Failed => "failed",
        };
        for (at, value) in self.values.iter().enumerate() {
            match self.values.len() {
                1 => batch.push(name, *value),
                _ => batch.push(&format!("{name}/{at}"), *value),
            }
        }
        if self.values.is_empty() {
            batch.push(name, if self.state == State::Failed { 1.0 } else { f64::NAN });
        }
        for (name, value) in &self.params {
            batch.push(&format!("params/{name}"), *value);
        }
        batch.end_row(self.number as f64, self.time);
    }

    /// The trial as a run: its curve from a point on, with its parameters as settings.
    pub(crate) fn add_curve(&self, begin: usize, batch: &mut Batch) {
        for (step, value) in self.curve.iter().skip(begin) {
            batch.push("value", *value);
            batch.end_row(*step, None);
        }
    }

    /// Parameters and the end.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let setting = |(name, value): &(String, f64)| Fact::Setting(name.clone(), Setting::Number(*value));
        let mut facts: Vec<Fact> = self.params.iter().map(setting).collect();
        facts.extend(match self.state {
            State::Open => None,
            State::Complete => Some(Fact::Ended(End::Finished, self.time, String::new())),
            State::Pruned => Some(Fact::Ended(End::Stopped, self.time, "pruned".to_owned())),
            State::Failed => Some(Fact::Ended(End::Failed, self.time, String::new())),
        });
        facts
    }
}

/// Which part of a file is a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A study, by the number that the file gives it.
    Study(i64),
    /// A trial of a study, by its number within the study.
    Trial(i64, u64),
}

impl Part {
    /// As [`Part::inner_run`] wrote it; the first study of a file where it is nothing of the kind.
    pub(crate) fn from_id(id: &str) -> Self {
        let mut parts = id.split('/');
        let study = parts.next().and_then(|study| study.parse().ok()).unwrap_or(0);
        parts.next().and_then(|trial| trial.parse().ok()).map_or(Self::Study(study), |trial| Self::Trial(study, trial))
    }

    /// The study's number.
    pub(crate) fn study(self) -> i64 {
        match self {
            Self::Study(study) | Self::Trial(study, _) => study,
        }
    }

    /// How the part is listed.
    pub(crate) fn inner_run(self, study_name: &str) -> InnerRun {
        match self {
            Self::Study(study) => InnerRun { id: study.to_string(), name: study_name.to_owned() },
            Self::Trial(study, trial) => {
                InnerRun { id: format!("{study}/{trial}"), name: format!("{study_name}/trial {trial}") }
            }
        }
    }
}

/// What a study says of itself: its name, and where its values are to go (`minimize`, `maximize`).
pub(crate) fn study_facts(name: &str, directions: &[&str]) -> Vec<Fact> {
    vec![
        Fact::Name(name.to_owned()),
        Fact::StepColumn(Some("trial".to_owned())),
        Fact::Setting("direction".to_owned(), Setting::Text(directions.join(", "))),
    ]
}
