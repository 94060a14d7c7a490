//! The tab Logs: sessions and runs on disk.

use super::row::state_glyph;
use crate::fmt::number;
use crate::fmt::time;
use crate::fmt::width;
use crate::protocol::{RunSummary, SessionStatus, SessionSummary, Status};
use crate::ui::fields;
use crate::ui::layout::Layout;
use crate::ui::library::{self, LogRow};
use crate::ui::model::Model;
use crate::ui::sort::is_descending;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Cell, Column, Table, TableState, TextArea, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the tab.
pub(crate) fn logs(model: &Model, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let theme = model.settings.theme;
    let rows = library::rows(model);
    let runs: usize = model.library.iter().map(|session| session.runs.len()).sum();
    let title = title(model, runs);
    let inside = panel(buffer, area, theme, &title, true);
    if rows.is_empty() {
        let words = match (model.logs.read, model.filter.is_empty()) {
            (false, _) => "looking for logs",
            (true, true) => "no logs yet",
            (true, false) => &format!("0 of {runs} runs match the filter: esc clears it"),
        };
        TextArea::new(buffer, inside, theme).put(1, 1, inside.width, words, theme.muted());
        return;
    }
    let room = usize::from(inside.height.saturating_sub(1)).max(1);
    layout.page = room;
    let selected = model.logs.selected.min(rows.len() - 1);
    let offset = TableState { offset: layout.logs_offset }.scrolled(selected, rows.len(), room);
    layout.logs_offset = offset;
    let mut columns = columns(inside.width.saturating_sub(1));
    let field = library::sorted_by(model.logs.order);
    if let Some(column) = columns.iter_mut().find(|column| head_of(field) == Some(column.head.as_str())) {
        column.sorted = Some(is_descending(field, model.logs.order.reversed));
    }
    let table = Table { columns: &columns, total: rows.len(), selected: Some(selected), offset };
    let flat = !rows.iter().any(|row| matches!(row, LogRow::Session(_)));
    table.render(buffer, inside, theme, |index| match rows[index] {
        LogRow::Session(i) => session(model, &model.library[i], &columns),
        LogRow::Run(i, j) => run(model, &model.library[i].runs[j], flat, &columns),
    });
}

/// The head of the column that shows a field.
fn head_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "run" => "log",
        "state" => "state",
        "model" => "model",
        "regulariser" => "regulariser",
        "dataset" => "data",
        "test_accuracy" => "acc",
        "best_test_accuracy" => "best",
        "train_loss" => "loss",
        "seconds" => "time",
        "modified" => "changed UTC",
        _ => return None,
    })
}

/// How many there are, how many are marked, and in which order they stand.
fn title(model: &Model, runs: usize) -> String {
    let dot = format!(" {} ", model.settings.theme.glyphs().dot);
    let count = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let mut parts = vec!["logs".to_owned(), count(model.library.len(), "session"), count(runs, "run")];
    if !model.logs.marks.is_empty() {
        parts.push(format!("{} marked", model.logs.marks.len()));
    }
    let order = model.logs.order;
    let field = library::sorted_by(order);
    if field != "session" {
        let way = if is_descending(field, order.reversed) { "falling" } else { "rising" };
        parts.push(format!("by {}, {way}", field.replace('_', " ")));
    } else if order.reversed {
        parts.push("oldest first".to_owned());
    }
    parts.join(&dot)
}

/// The columns that a width has room for, a gap of one between them; what is left is the name's.
fn columns(width: u16) -> Vec<Column> {
    let mut rest = match width {
        105.. => vec![
            Column::left("state", 11),
            Column::left("model", 9),
            Column::left("regulariser", 11),
            Column::left("data", 12),
            Column::right("acc", 5),
            Column::right("best", 5),
            Column::right("loss", 6),
            Column::right("time", 7),
        ],
        _ => vec![
            Column::left("model", 8),
            Column::left("data", 9),
            Column::right("acc", 5),
            Column::right("loss", 6),
            Column::right("time", 6),
        ],
    };
    if width >= 70 {
        rest.push(Column::left("changed UTC", 11));
    }
    let taken: u16 = rest.iter().map(|column| column.width + 1).sum();
    let mut columns = vec![Column::left("", 2), Column::left("log", width.saturating_sub(taken + 4).max(14))];
    columns.append(&mut rest);
    columns
}

fn session(model: &Model, session: &SessionSummary, columns: &[Column]) -> Vec<Cell> {
    let theme = model.settings.theme;
    let open = model.logs.open.contains(&session.path);
    let marked = session.runs.iter().filter(|run| model.logs.marks.contains(&run.path)).count();
    let standing = session.status();
    let (glyph, style) = session_glyph(standing, theme);
    let fold = if open { theme.glyphs().down } else { "+" };
    let best = session.runs.iter().filter_map(|run| run.best_test_accuracy.or(run.test_accuracy)).reduce(f32::max);
    let seconds: f64 = session.runs.iter().map(|run| run.seconds).sum();
    columns
        .iter()
        .map(|column| match column.head.as_str() {
            "" => Cell::Text(format!("{fold}{glyph}"), style),
            "log" => Cell::Name(width::clean(&session.id), theme.strong()),
            "model" if marked > 0 => {
                Cell::Text(format!("{}{marked}/{}", theme.glyphs().mark, session.runs.len()), theme.accent())
            }
            "model" => Cell::Text(format!("{} runs", session.runs.len()), theme.muted()),
            "state" => Cell::Text(standing.name().to_owned(), style),
            "data" => Cell::Text(width::clean(&session.dataset.name), theme.muted()),
            "best" => Cell::Text(figure(best), theme.text()),
            "acc" if !columns.iter().any(|column| column.head == "best") => Cell::Text(figure(best), theme.text()),
            "time" => Cell::Text(number::clock_seconds(seconds), theme.muted()),
            "changed UTC" => Cell::Text(time::short(session.modified), theme.muted()),
            _ => Cell::Text(String::new(), theme.text()),
        })
        .collect()
}

/// The glyph and colour of a session's state: those of a run that stands so.
fn session_glyph(status: SessionStatus, theme: Theme) -> (&'static str, Style) {
    let of_run = match status {
        SessionStatus::Live => Status::Running,
        SessionStatus::Interrupted => Status::Interrupted,
        SessionStatus::Stopped => Status::Stopped,
        SessionStatus::Quiet => Status::Quiet,
        SessionStatus::Done => Status::Finished,
    };
    state_glyph(of_run, theme)
}

fn run(model: &Model, run: &RunSummary, flat: bool, columns: &[Column]) -> Vec<Cell> {
    let theme = model.settings.theme;
    let (glyph, style) = state_glyph(run.status, theme);
    let mark = if model.logs.marks.contains(&run.path) { theme.glyphs().mark } else { " " };
    let spec = run.spec.as_deref();
    let words = |text: String| Cell::Text(width::clean(&text), theme.text());
    columns
        .iter()
        .map(|column| match column.head.as_str() {
            "" => Cell::Text(format!("{glyph}{mark}"), style),
            "log" if flat => words(format!("{} {} {}", run.run, theme.glyphs().dot, run.session)),
            "log" => Cell::Name(width::clean(&format!("  {}", run.run)), theme.text()),
            "state" => Cell::Text(run.status.name().to_owned(), style),
            "model" => words(spec.map_or("foreign".to_owned(), fields::model)),
            "regulariser" => words(spec.map_or(String::new(), |spec| fields::regulariser(&spec.regulariser))),
            "data" => Cell::Text(width::clean(&run.dataset), theme.muted()),
            "acc" => Cell::Text(figure(run.test_accuracy), theme.text()),
            "best" => Cell::Text(figure(run.best_test_accuracy), theme.text()),
            "loss" => {
                Cell::Text(run.train_loss.map(|loss| number::loss(f64::from(loss))).unwrap_or_default(), theme.text())
            }
            "time" => Cell::Text(number::clock_seconds(run.seconds), theme.muted()),
            _ => Cell::Text(time::short(run.modified), theme.muted()),
        })
        .collect()
}

fn figure(accuracy: Option<f32>) -> String {
    accuracy.map(|accuracy| number::accuracy(f64::from(accuracy))).unwrap_or_default()
}
