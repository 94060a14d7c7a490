//! The metrics that runs have, in an order that puts the ones looked at first, and their titles.
//!
//! Must not know how a metric is drawn.

use crate::state::RunState;
use std::collections::BTreeSet;

/// The metrics of perceptop's own runs, first things first.
const FIRST: [(&str, &str); 13] = [
    ("train_loss", "train loss, per step"),
    ("test_loss", "test loss"),
    ("test_accuracy", "test accuracy"),
    ("epoch_train_loss", "train loss, mean of the epoch"),
    ("train_accuracy", "train accuracy"),
    ("inactive", "inactive neurons, share"),
    ("dead", "dead units, share"),
    ("gradient_norm", "gradient norm"),
    ("l2_penalty", "L2 penalty"),
    ("samples_per_second", "images a second"),
    ("objective", "objective"),
    ("progress", "progress"),
    ("epoch", "epoch"),
];

/// The names of the metrics that any of the runs has.
#[must_use]
pub fn of(runs: &[&RunState]) -> Vec<String> {
    let mut there: BTreeSet<&str> = runs.iter().flat_map(|run| run.series.keys().map(String::as_str)).collect();
    let mut names: Vec<String> = Vec::with_capacity(there.len());
    for (name, _) in FIRST {
        if there.remove(name) {
            names.push(name.to_owned());
        }
    }
    names.extend(there.into_iter().map(str::to_owned));
    names
}

/// A metric in words.
#[must_use]
pub fn title(name: &str) -> String {
    match FIRST.iter().find(|(known, _)| *known == name) {
        Some((_, title)) => (*title).to_owned(),
        None => match name.split_once('/') {
            Some(("inactive", layer)) => format!("inactive neurons of layer {layer}, share"),
            Some(("dead", layer)) => format!("dead units of layer {layer}, share"),
            _ => name.to_owned(),
        },
    }
}

/// Whether the metric is a share that belongs on an axis from 0 to 1.
#[must_use]
pub fn is_share(name: &str) -> bool {
    name == "progress" || ["inactive", "dead"].iter().any(|start| name.starts_with(start))
}
