//! The orders that tables can be put in.
//!
//! Must not know how a table is drawn.

use super::model::Order;
use super::query::{Fields, Value};
use crate::state::RunState;
use std::cmp::Ordering;

/// The columns that runs can be sorted by; the queue's own order first.
pub const RUN_ORDERS: [&str; 12] = [
    "queue",
    "test_accuracy",
    "best_test_accuracy",
    "train_loss",
    "smoothed_train_loss",
    "test_loss",
    "state",
    "seconds",
    "run",
    "model",
    "regulariser",
    "epoch",
];

/// Puts places of `runs` into an order; runs without the figure come last either way.
pub(super) fn sort_runs(runs: &[RunState], places: &mut [usize], order: Order) {
    let field = RUN_ORDERS[order.column % RUN_ORDERS.len()];
    if field == "queue" {
        if order.reversed {
            places.reverse();
        }
        return;
    }
    let descending = order.reversed != field.contains("accuracy");
    places.sort_by(|&a, &b| by_value(runs[a].field(field).as_ref(), runs[b].field(field).as_ref(), descending));
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
