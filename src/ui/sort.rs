//! The orders that tables can be put in.
//!
//! Does not depend on how a table is drawn.

use super::model::SortOrder;
use super::query::{Fields, Value};
use crate::state::RunState;
use std::cmp::Ordering;

/// What runs can be sorted by, the queue's own order first, then the table's columns from the left, then what the
/// table leaves out; with the head of the column that shows it.
pub const RUN_ORDERS: [(&str, &str); 13] = [
    ("queue", ""),
    ("run", "run"),
    ("model", "model"),
    ("regulariser", "regulariser"),
    ("learning_rate", "lr"),
    ("epoch", "epoch"),
    ("acc", "acc"),
    ("best", "best"),
    ("seconds", "time"),
    ("loss", "train loss"),
    ("smoothed_train_loss", ""),
    ("test_loss", ""),
    ("state", ""),
];

/// The field of an order of the runs.
#[must_use]
pub fn run_order(order: SortOrder) -> (&'static str, &'static str) {
    RUN_ORDERS[order.column % RUN_ORDERS.len()]
}

/// Whether the largest values come first, as is natural where more is better or newer, unless the order is turned
/// around.
#[must_use]
pub fn is_descending(field: &str, reversed: bool) -> bool {
    let largest_first =
        field == "acc" || field == "best" || field.contains("accuracy") || matches!(field, "modified" | "epoch");
    largest_first != reversed
}

/// What is said of an order that was just chosen: `sorted by test loss, lowest first: S reverses it`.
#[must_use]
pub fn order_text(field: &str, reversed: bool) -> String {
    let title = match field {
        "acc" => "test accuracy".to_owned(),
        "best" => "best test accuracy".to_owned(),
        "loss" => "train loss".to_owned(),
        "seconds" => "time".to_owned(),
        "modified" => "time of the last change".to_owned(),
        other => other.replace('_', " "),
    };
    match (field, is_descending(field, reversed)) {
        ("queue" | "session", _) => {
            format!("in the order of the {title}{}", if reversed { ", from the last to the first" } else { "" })
        }
        (_, true) => format!("sorted by {title}, highest first: S reverses it"),
        (_, false) => format!("sorted by {title}, lowest first: S reverses it"),
    }
}

/// Puts places of `runs` into an order; runs without the figure come last either way, equals stay in the queue's order.
pub(super) fn sort_runs(runs: &[RunState], places: &mut [usize], order: SortOrder) {
    let (field, _) = run_order(order);
    if field == "queue" {
        if order.reversed {
            places.reverse();
        }
        return;
    }
    let descending = is_descending(field, order.reversed);
    places.sort_by_cached_key(|&place| SortKey { value: runs[place].field(field), descending });
}

/// A value with the direction that it is sorted in.
pub(super) struct SortKey {
    /// The value; what is missing comes last.
    pub(super) value: Option<Value>,
    /// Whether the largest comes first.
    pub(super) descending: bool,
}

impl PartialEq for SortKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortKey {}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        by_value(self.value.as_ref(), other.value.as_ref(), self.descending)
    }
}

/// The order of two values; what is missing or no number comes last.
#[must_use]
pub fn by_value(a: Option<&Value>, b: Option<&Value>, descending: bool) -> Ordering {
    let missing = |value: Option<&Value>| match value {
        None => true,
        Some(Value::Number(number)) => number.is_nan(),
        Some(Value::Text(_)) => false,
    };
    match (missing(a), missing(b)) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let order = match (a, b) {
                (Some(Value::Number(a)), Some(Value::Number(b))) => a.total_cmp(b),
                (Some(Value::Text(a)), Some(Value::Text(b))) => a.cmp(b),
                (Some(Value::Number(_)), _) => Ordering::Less,
                _ => Ordering::Greater,
            };
            if descending { order.reverse() } else { order }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_last() {
        let (low, high) = (Value::Number(0.1), Value::Number(0.9));
        let lost = Value::Number(f64::NAN);
        for descending in [false, true] {
            assert_eq!(by_value(Some(&low), None, descending), Ordering::Less);
            assert_eq!(by_value(Some(&lost), Some(&high), descending), Ordering::Greater);
        }
        assert_eq!(by_value(Some(&low), Some(&high), true), Ordering::Greater);
    }
}
