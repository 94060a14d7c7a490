//! The metrics that runs have, in an order that puts the ones looked at first, and their titles.
//!
//! Does not depend on how a metric is drawn.

use crate::state::RunState;
use std::cmp::Ordering;
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
    let mut others: Vec<&str> = there.into_iter().collect();
    // Names such as `_timestamp` and `_runtime` are a logger's own.
    others.sort_by(|a, b| a.starts_with('_').cmp(&b.starts_with('_')).then_with(|| natural(a, b)));
    names.extend(others.into_iter().map(str::to_owned));
    names
}

/// The order of names in which `layer2` stands before `layer10`: pieces of digits are compared as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, n) = (digits(&mut left), digits(&mut right));
            let (m, n) = (m.trim_start_matches('0'), n.trim_start_matches('0'));
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
            x.cmp(&y)
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// Takes the digits at the start of a text.
fn digits<'a>(text: &mut &'a str) -> &'a str {
    let (digits, rest) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()));
    *text = rest;
    digits
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_in_natural_order_and_a_loggers_own_are_last() {
        let mut run = RunState::new("a".into());
        for name in ["_timestamp", "layer10/loss", "layer2/loss", "layer2", "train_loss", "Zeta"] {
            run.series.insert(name.to_owned(), crate::state::Series::new());
        }
        let expected = ["train_loss", "Zeta", "layer2", "layer2/loss", "layer10/loss", "_timestamp"];
        assert_eq!(of(&[&run]), expected);
    }

    proptest! {
        #[test]
        fn the_order_is_total(names in prop::collection::vec("[a0-2_]{0,4}", 3)) {
            let [a, b, c] = [&names[0], &names[1], &names[2]];
            prop_assert_eq!(natural(a, b), natural(b, a).reverse());
            prop_assert_eq!(natural(a, b).is_eq(), a == b);
            if natural(a, b).is_le() && natural(b, c).is_le() {
                prop_assert!(natural(a, c).is_le(), "{names:?}");
            }
        }
    }
}
