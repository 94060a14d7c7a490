//! Runs grouped by a setting: the seeds of one experiment side by side.
//!
//! Must not know how groups are shown.

use super::facts::GROUPINGS;
use super::fields;
use super::model::Model;
use super::order::by_value;
use super::query::{Fields, Value};
use crate::state::RunState;

/// What groups can be sorted by; the order of the queue first.
pub const ORDERS: [&str; 3] = ["queue", "test_accuracy", "seconds"];

/// Runs that share a setting.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// The shared value, as a text.
    pub key: String,
    /// The runs, in queue order.
    pub runs: Vec<&'a RunState>,
}

impl<'a> Group<'a> {
    /// The runs whose figures stand for the group: those that did all that was asked, or while there is none, all.
    #[must_use]
    pub fn settled(&self) -> Vec<&'a RunState> {
        let complete: Vec<&RunState> = self.runs.iter().filter(|run| run.is_complete()).copied().collect();
        if complete.is_empty() { self.runs.clone() } else { complete }
    }

    /// A figure of each of these runs that has one.
    #[must_use]
    pub fn values(&self, field: &str) -> Vec<f64> {
        let value = |run: &&RunState| match run.field(field) {
            Some(Value::Number(value)) if value.is_finite() => Some(value),
            _ => None,
        };
        self.settled().iter().filter_map(value).collect()
    }

    /// The mean of a figure.
    #[must_use]
    pub fn mean(&self, field: &str) -> Option<f64> {
        let values = self.values(field);
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The run that stands for the group where only one can: the first that finished, else the first.
    #[must_use]
    pub fn first(&self) -> Option<&'a RunState> {
        self.settled().first().copied()
    }
}

/// A run's value of what is grouped by.
fn key(run: &RunState, field: &str) -> String {
    match field {
        "name" => run.name.clone(),
        _ => match run.current.as_deref().and_then(|spec| fields::setting(spec, field)) {
            Some(Value::Text(text)) => text,
            Some(Value::Number(number)) => super::figures::short(number),
            None => "unknown".to_owned(),
        },
    }
}

/// The groups of the runs that pass the filter and have begun, in the chosen order.
#[must_use]
pub fn of(model: &Model) -> Vec<Group<'_>> {
    let field = GROUPINGS[model.compare.grouping % GROUPINGS.len()];
    let listed = model.session.runs().iter().filter(|run| model.query.matches(*run) && run.is_started());
    let mut groups: Vec<Group<'_>> = Vec::new();
    for run in listed {
        let key = key(run, field);
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => group.runs.push(run),
            None => groups.push(Group { key, runs: vec![run] }),
        }
    }
    let order = model.compare.order;
    let by = ORDERS[order.column % ORDERS.len()];
    if by == "queue" {
        if order.reversed {
            groups.reverse();
        }
    } else {
        let descending = order.reversed != by.contains("accuracy");
        groups.sort_by(|a, b| {
            let value = |group: &Group<'_>| group.mean(by).map(Value::Number);
            by_value(value(a).as_ref(), value(b).as_ref(), descending)
        });
    }
    groups
}
