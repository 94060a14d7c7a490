//! The rows of the tab Logs: sessions with their runs, or the runs that a filter or an order picked from all sessions.
//!
//! Does not depend on how logs are found.

use super::model::Model;
use super::query::Fields;
use super::sort::{SortKey, is_descending};

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

/// What rows can be sorted by: sessions with their runs first, then the columns of the table from the left, then what
/// they leave out.
pub const ORDERS: [&str; 14] = [
    "session",
    "run",
    "state",
    "model",
    "regulariser",
    "dataset",
    "test_accuracy",
    "best_test_accuracy",
    "train_loss",
    "seconds",
    "modified",
    "smoothed_train_loss",
    "test_loss",
    "epoch",
];

/// The field that rows are sorted by.
#[must_use]
pub fn sorted_by(order: super::model::SortOrder) -> &'static str {
    ORDERS[order.column % ORDERS.len()]
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
    let field = sorted_by(order);
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
        let descending = is_descending(field, order.reversed);
        rows.sort_by_cached_key(|row| SortKey { value: run(row).and_then(|run| run.field(field)), descending });
    } else if order.reversed && flat {
        rows.reverse();
    }
    rows
}
