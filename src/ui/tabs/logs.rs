//! The tab Logs: sessions and runs on disk.

use super::row::state_glyph;
use crate::protocol::{RunSummary, SessionSummary, Status};
use crate::ui::dates;
use crate::ui::fields;
use crate::ui::figures;
use crate::ui::library::{self, LogRow};
use crate::ui::model::Model;
use crate::ui::text;
use crate::ui::widgets::{Cell, Column, Pen, Table, TableState, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the tab.
pub(crate) fn logs(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let rows = library::rows(model);
    let runs: usize = model.library.iter().map(|session| session.runs.len()).sum();
    let title =
        format!("logs {} {} sessions {} {runs} runs", theme.glyphs().dot, model.library.len(), theme.glyphs().dot);
    let inside = panel(buffer, area, theme, &title, true);
    if rows.is_empty() {
        let words = match (model.logs.read, model.filter.is_empty()) {
            (false, _) => "looking for logs",
            (true, true) => "no logs yet",
            (true, false) => "no run passes the filter: esc clears it",
        };
        Pen::new(buffer, inside, theme).put(1, 1, inside.width, words, theme.muted());
        return;
    }
    let room = usize::from(inside.height.saturating_sub(1)).max(1);
    model.page.set(room);
    let selected = model.logs.selected.min(rows.len() - 1);
    let offset = TableState { offset: model.logs.offset.get() }.scrolled(selected, rows.len(), room);
    model.logs.offset.set(offset);
    let columns = columns(inside.width.saturating_sub(1));
    let table = Table { columns: &columns, total: rows.len(), selected: Some(selected), offset };
    let flat = !rows.iter().any(|row| matches!(row, LogRow::Session(_)));
    table.render(buffer, inside, theme, |index| match rows[index] {
        LogRow::Session(i) => session(model, &model.library[i], &columns),
        LogRow::Run(i, j) => run(model, &model.library[i].runs[j], flat, &columns),
    });
}

fn columns(width: u16) -> Vec<Column> {
    let mut columns = vec![Column::left("", 2)];
    let wide = width >= 100;
    let tail = if wide { 12 + 19 + 14 + 6 + 6 + 7 + 8 + 17 + 8 } else { 8 + 6 + 8 + 17 + 4 };
    columns.push(Column::left("log", width.saturating_sub(tail + 3).clamp(14, 40)));
    if wide {
        columns.push(Column::left("model", 11));
        columns.push(Column::left("regulariser", 13));
        columns.push(Column::left("data", 15));
    } else {
        columns.push(Column::left("model", 8));
    }
    columns.push(Column::right("acc", 6));
    if wide {
        columns.push(Column::right("best", 6));
        columns.push(Column::right("loss", 7));
    }
    columns.push(Column::right("time", 8));
    columns.push(Column::left("changed (UTC)", 16));
    columns
}

fn session(model: &Model, session: &SessionSummary, columns: &[Column]) -> Vec<Cell> {
    let theme = model.settings.theme;
    let open = model.logs.open.contains(&session.id);
    let count = |status| session.runs.iter().filter(|run| run.status == status).count();
    let live = count(Status::Running) + count(Status::Paused);
    let best = session.runs.iter().filter_map(|run| run.best_test_accuracy.or(run.test_accuracy)).reduce(f32::max);
    let seconds: f64 = session.runs.iter().map(|run| run.seconds).sum();
    let words = |text: String| Cell::Text(text::clean(&text), theme.strong());
    columns
        .iter()
        .map(|column| match column.head.as_str() {
            "" => Cell::Text(if open { theme.glyphs().down } else { "+" }.to_owned(), theme.accent()),
            "log" => words(session.id.clone()),
            "model" => Cell::Text(format!("{} runs", session.runs.len()), theme.muted()),
            "regulariser" if live > 0 => Cell::Text(format!("{live} live"), theme.good()),
            "data" => Cell::Text(text::clean(&session.dataset.name), theme.muted()),
            "best" => Cell::Text(figure(best), theme.text()),
            "time" => Cell::Text(figures::clock_seconds(seconds), theme.muted()),
            "changed (UTC)" => Cell::Text(dates::minute(session.modified), theme.muted()),
            _ => Cell::Text(String::new(), theme.text()),
        })
        .collect()
}

fn run(model: &Model, run: &RunSummary, flat: bool, columns: &[Column]) -> Vec<Cell> {
    let theme = model.settings.theme;
    let (glyph, style) = state_glyph(run.status, theme);
    let mark = if model.marks.contains(run.run.as_str()) { theme.glyphs().mark } else { " " };
    let spec = run.spec.as_deref();
    let words = |text: String| Cell::Text(text::clean(&text), theme.text());
    columns
        .iter()
        .map(|column| match column.head.as_str() {
            "" => Cell::Text(format!("{glyph}{mark}"), style),
            "log" if flat => words(format!("{} {} {}", run.run, theme.glyphs().dot, run.session)),
            "log" => words(format!("  {}", run.run)),
            "model" => words(spec.map_or("foreign".to_owned(), fields::model)),
            "regulariser" => words(spec.map_or(String::new(), |spec| fields::regulariser(&spec.regulariser))),
            "data" => Cell::Text(text::clean(&run.dataset), theme.muted()),
            "acc" => Cell::Text(figure(run.test_accuracy), theme.text()),
            "best" => Cell::Text(figure(run.best_test_accuracy), theme.text()),
            "loss" => {
                Cell::Text(run.train_loss.map(|loss| figures::loss(f64::from(loss))).unwrap_or_default(), theme.text())
            }
            "time" => Cell::Text(figures::clock_seconds(run.seconds), theme.muted()),
            _ => Cell::Text(dates::minute(run.modified), theme.muted()),
        })
        .collect()
}

fn figure(accuracy: Option<f32>) -> String {
    accuracy.map(|accuracy| figures::accuracy(f64::from(accuracy))).unwrap_or_default()
}
