//! The rows of the tab Logs: sessions with their runs, or the runs that a filter or an order picked from all sessions.
//!
//! Must not know how logs are found.

use super::model::Model;
use super::order::by_value;
use super::query::Fields;

/// A row, as places in the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRow {
    /// A session.
    Session(usize),
    /// A run of a session.
    Run(usize, usize),
}

impl LogRow {
    /// The place of its session.
    #[must_use]
    pub fn session(self) -> usize {
        match self {
            Self::Session(session) | Self::Run(session, _) => session,
        }
    }
}

/// What rows can be sorted by; sessions with their runs first, then the columns of the table and what they leave out.
pub const ORDERS: [&str; 14] = [
    "session",
    "test_accuracy",
    "best_test_accuracy",
    "train_loss",
    "smoothed_train_loss",
    "test_loss",
    "seconds",
    "modified",
    "run",
    "state",
    "model",
    "regulariser",
    "dataset",
    "epoch",
];

/// Columns whose largest values come first unless the order is turned around.
const LARGEST_FIRST: [&str; 4] = ["test_accuracy", "best_test_accuracy", "modified", "epoch"];

/// Whether an order shows large values first.
#[must_use]
pub fn is_descending(order: super::model::Order) -> bool {
    LARGEST_FIRST.contains(&ORDERS[order.column % ORDERS.len()]) != order.reversed
}

/// The path of what a row stands for: a session's folder or a run's log.
#[must_use]
pub fn path(model: &Model, row: LogRow) -> Option<&str> {
    let session = model.library.get(row.session())?;
    match row {
        LogRow::Session(_) => Some(&session.path),
        LogRow::Run(_, run) => session.runs.get(run).map(|run| run.path.as_str()),
    }
}

/// The path of the selected row.
pub(super) fn selected_path(model: &Model) -> Option<String> {
    let rows = rows(model);
    let row = rows.get(model.logs.selected.min(rows.len().saturating_sub(1)))?;
    path(model, *row).map(str::to_owned)
}

/// Selects the row of a path, where there is one.
pub(super) fn select_path(model: &mut Model, wanted: &str) {
    if let Some(place) = rows(model).iter().position(|row| path(model, *row) == Some(wanted)) {
        model.logs.selected = place;
    }
}

/// The rows in sight or out of it.
#[must_use]
pub fn rows(model: &Model) -> Vec<LogRow> {
    let order = model.logs.order;
    let field = ORDERS[order.column % ORDERS.len()];
    let flat = !model.query.is_empty() || field != "session";
    let mut rows = Vec::new();
    for (i, session) in model.library.iter().enumerate() {
        if !flat {
            rows.push(LogRow::Session(i));
        }
        if flat || model.logs.open.contains(&session.path) {
            let runs = session.runs.iter().enumerate().filter(|(_, run)| model.query.matches(*run));
            rows.extend(runs.map(|(j, _)| LogRow::Run(i, j)));
        }
    }
    let run = |row: &LogRow| match *row {
        LogRow::Run(i, j) => model.library.get(i).and_then(|session| session.runs.get(j)),
        LogRow::Session(_) => None,
    };
    if field != "session" {
        let descending = is_descending(order);
        rows.sort_by_cached_key(|row| Key(run(row).and_then(|run| run.field(field)), descending));
    } else if order.reversed && flat {
        rows.reverse();
    }
    rows
}

/// A value with the direction that it is sorted in.
#[derive(PartialEq)]
struct Key(Option<super::query::Value>, bool);

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        by_value(self.0.as_ref(), other.0.as_ref(), self.1)
    }
}
