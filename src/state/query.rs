//! The small language that runs are searched with: `activation=relu test_accuracy>0.97 lr<=0.1 -diverged` and plain
//! words.
//!
//! All parts must hold; a `-` before a part turns it round. A plain word is looked for in the names and in the state.
//! Must not know where summaries come from or how they are shown.

use super::fields::{flat_fields, value_text, whole_name};
use crate::protocol::{RunSummary, Spec};

/// Fields of a summary that are no settings.
const FIGURES: [&str; 16] = [
    "run",
    "name",
    "session",
    "status",
    "dataset",
    "seed",
    "step",
    "epoch",
    "train_loss",
    "test_loss",
    "test_accuracy",
    "accuracy",
    "best",
    "seconds",
    "modified",
    "bytes",
];

/// A query that was understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
struct Part {
    negated: bool,
    wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    Word(String),
    Field { name: String, relation: Relation, value: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Longer spellings first, so that `<=` is not read as `<`.
const RELATIONS: [(&str, Relation); 7] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("!=", Relation::NotEqual),
    ("==", Relation::Equal),
    ("=", Relation::Equal),
    ("<", Relation::Less),
    (">", Relation::More),
];

/// Why a query was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no such field.
    #[error("there is no field {name:?}; a setting (activation, lr, l2, ...) or one of {}", FIGURES.join(", "))]
    Field {
        /// The name.
        name: String,
    },
    /// Nothing is compared with.
    #[error("{part:?} lacks a value to compare with")]
    Value {
        /// The part of the query.
        part: String,
    },
    /// An order is asked of something that is no number.
    #[error("{part:?} compares by size; {value:?} is not a number")]
    NotANumber {
        /// The part of the query.
        part: String,
        /// The value found.
        value: String,
    },
}

impl Query {
    /// Understands a query.
    ///
    /// # Errors
    /// When a part names no field, lacks its value or orders what is no number.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let parts = text.split_whitespace().map(Part::parse).collect::<Result<_, _>>()?;
        Ok(Self { parts })
    }

    /// Whether a run is what was asked for.
    #[must_use]
    pub fn matches(&self, run: &RunSummary) -> bool {
        self.parts.iter().all(|part| part.wanted.holds(run) != part.negated)
    }

    /// Whether everything matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl Part {
    fn parse(part: &str) -> Result<Self, QueryError> {
        let (negated, rest) = match part.strip_prefix('-') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, part),
        };
        let found = RELATIONS
            .iter()
            .filter_map(|(sign, relation)| rest.find(sign).map(|at| (at, *sign, *relation)))
            .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())));
        let Some((at, sign, relation)) = found else {
            return Ok(Self { negated, wanted: Wanted::Word(rest.to_lowercase()) });
        };
        let (typed, value) = (rest[..at].to_lowercase(), rest[at + sign.len()..].to_owned());
        let name = if FIGURES.contains(&typed.as_str()) { Some(typed.clone()) } else { whole_name(&typed) };
        let name = name.ok_or(QueryError::Field { name: typed })?;
        if value.is_empty() {
            return Err(QueryError::Value { part: part.to_owned() });
        }
        if !matches!(relation, Relation::Equal | Relation::NotEqual) && value.parse::<f64>().is_err() {
            return Err(QueryError::NotANumber { part: part.to_owned(), value });
        }
        Ok(Self { negated, wanted: Wanted::Field { name, relation, value } })
    }
}

impl Wanted {
    fn holds(&self, run: &RunSummary) -> bool {
        match self {
            Self::Word(word) => words(run).iter().any(|text| text.to_lowercase().contains(word)),
            Self::Field { name, relation, value } => {
                figure(run, name).is_some_and(|found| relation.holds(&found, value))
            }
        }
    }
}

fn words(run: &RunSummary) -> [&str; 6] {
    let activation = run.spec.as_ref().map_or("", |spec| spec.activation.name());
    [&run.run, &run.name, &run.session, &run.dataset, run.status.name(), activation]
}

/// A field's value as text; `None` where the run has none.
fn figure(run: &RunSummary, name: &str) -> Option<String> {
    let single = |value: Option<f32>| value.map(|value| value.to_string());
    match name {
        "run" => Some(run.run.clone()),
        "name" => Some(run.name.clone()),
        "session" => Some(run.session.clone()),
        "status" => Some(run.status.name().to_owned()),
        "dataset" => Some(run.dataset.clone()),
        "seed" => Some(run.seed.to_string()),
        "step" => Some(run.step.to_string()),
        "epoch" => Some(run.epoch.to_string()),
        "train_loss" => single(run.train_loss),
        "test_loss" => single(run.test_loss),
        "test_accuracy" | "accuracy" => single(run.test_accuracy),
        "best" => single(run.best_test_accuracy),
        "seconds" => Some(run.seconds.to_string()),
        "modified" => Some(run.modified.to_string()),
        "bytes" => Some(run.bytes.to_string()),
        setting => {
            let spec: &Spec = run.spec.as_deref()?;
            flat_fields(spec).get(setting).map(value_text)
        }
    }
}

impl Relation {
    fn holds(self, found: &str, wanted: &str) -> bool {
        let numbers = found.parse::<f64>().ok().zip(wanted.parse::<f64>().ok());
        match (self, numbers) {
            // Losses and settings are single precision: 0.1 typed is 0.1 found.
            (Self::Equal, Some((a, b))) => (a as f32).to_bits() == (b as f32).to_bits() || a.to_bits() == b.to_bits(),
            (Self::Equal, None) => found.eq_ignore_ascii_case(wanted),
            (Self::NotEqual, _) => !Self::Equal.holds(found, wanted),
            (Self::Less, Some((a, b))) => a < b,
            (Self::AtMost, Some((a, b))) => a <= b,
            (Self::More, Some((a, b))) => a > b,
            (Self::AtLeast, Some((a, b))) => a >= b,
            (_, None) => false,
        }
    }
}

/// What a list of runs is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// The last change of the log.
    #[default]
    Modified,
    /// The run's id.
    Run,
    /// The session.
    Session,
    /// How the run stands.
    Status,
    /// The data set's name.
    Dataset,
    /// Test accuracy of the last evaluation.
    TestAccuracy,
    /// Highest test accuracy.
    BestTestAccuracy,
    /// Training loss of the last epoch.
    TrainLoss,
    /// Test loss of the last evaluation.
    TestLoss,
    /// Seconds of the run.
    Seconds,
}

impl SortKey {
    /// All of them, in the order of a list's columns.
    pub const ALL: [Self; 10] = [
        Self::Modified,
        Self::Run,
        Self::Session,
        Self::Status,
        Self::Dataset,
        Self::TestAccuracy,
        Self::BestTestAccuracy,
        Self::TrainLoss,
        Self::TestLoss,
        Self::Seconds,
    ];

    /// The order of two runs, smaller first; a run that lacks the figure comes last either way round.
    #[must_use]
    pub fn compare(self, a: &RunSummary, b: &RunSummary, descending: bool) -> std::cmp::Ordering {
        let turned = |order: std::cmp::Ordering| if descending { order.reverse() } else { order };
        let figure = |of: fn(&RunSummary) -> Option<f32>| match (of(a), of(b)) {
            (Some(a), Some(b)) => turned(a.total_cmp(&b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        let order = match self {
            Self::Modified => turned(a.modified.cmp(&b.modified)),
            Self::Run => turned(a.run.cmp(&b.run)),
            Self::Session => turned(a.session.cmp(&b.session)),
            Self::Status => turned(a.status.cmp(&b.status)),
            Self::Dataset => turned(a.dataset.cmp(&b.dataset)),
            Self::TestAccuracy => figure(|run| run.test_accuracy),
            Self::BestTestAccuracy => figure(|run| run.best_test_accuracy),
            Self::TrainLoss => figure(|run| run.train_loss),
            Self::TestLoss => figure(|run| run.test_loss),
            Self::Seconds => turned(a.seconds.total_cmp(&b.seconds)),
        };
        order.then_with(|| a.session.cmp(&b.session)).then_with(|| a.run.cmp(&b.run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Activation, Regulariser, Status};
    use std::sync::Arc;

    fn run() -> RunSummary {
        RunSummary {
            run: "relu-s3".to_owned(),
            name: "relu".to_owned(),
            session: "activations-20260214-101500".to_owned(),
            status: Status::Finished,
            dataset: "MNIST".to_owned(),
            spec: Some(Arc::new(Spec {
                activation: Activation::Relu,
                learning_rate: 0.1,
                regulariser: Regulariser { l2: 1e-4, ..Regulariser::default() },
                ..Spec::default()
            })),
            test_accuracy: Some(0.9806),
            ..RunSummary::default()
        }
    }

    #[test]
    fn every_part_must_hold() {
        let matches = |text: &str| Query::parse(text).unwrap().matches(&run());
        for text in [
            "",
            "activation=relu test_accuracy>0.97 lr<=0.1 -diverged",
            "relu mnist finished",
            "lr=0.1 l2=1e-4 regulariser.l2<0.001",
            "activation!=tanh -activation=tanh",
            "epochs=15 hidden=500-250-100 dataset=mnist",
            "ACTIV",
        ] {
            assert!(matches(text), "{text}");
        }
        for text in ["tanh", "-relu", "test_accuracy>0.99", "best>0.1", "lr<0.1", "status=diverged", "relu -finished"] {
            assert!(!matches(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let error = |text: &str| Query::parse(text).unwrap_err().to_string();
        assert!(error("colour=red").starts_with("there is no field \"colour\"; a setting (activation"));
        assert_eq!(error("lr>"), "\"lr>\" lacks a value to compare with");
        assert_eq!(error("lr>big"), "\"lr>big\" compares by size; \"big\" is not a number");
    }

    #[test]
    fn runs_without_the_figure_come_last_either_way() {
        let mut runs = [
            RunSummary { run: "none".to_owned(), ..RunSummary::default() },
            RunSummary { run: "low".to_owned(), test_accuracy: Some(0.1), ..RunSummary::default() },
            RunSummary { run: "high".to_owned(), test_accuracy: Some(0.9), ..RunSummary::default() },
        ];
        for (descending, order) in [(false, ["low", "high", "none"]), (true, ["high", "low", "none"])] {
            runs.sort_by(|a, b| SortKey::TestAccuracy.compare(a, b, descending));
            assert_eq!(runs.each_ref().map(|run| run.run.as_str()), order);
        }
    }
}
