//! The tab Runs: a table of all runs, and the selected one in figures beside or below it.

use super::row::{loss_course, progress_text, state_glyph};
use super::run_pane::run_pane;
use crate::protocol::Status;
use crate::state::RunState;
use crate::ui::fields;
use crate::ui::figures;
use crate::ui::model::Model;
use crate::ui::text;
use crate::ui::widgets::{Cell, Column, Pen, Table, TableState, bar_text, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the tab.
pub(crate) fn runs(model: &Model, area: Rect, buffer: &mut Buffer) {
    let (list, pane) = divided(area);
    let theme = model.settings.theme;
    let listed = model.listed();
    let total = model.session.runs().len();
    let title = if listed.len() == total { "runs".to_owned() } else { format!("runs {} of {total}", listed.len()) };
    let inside = panel(buffer, list, theme, &title, true);
    table(model, &listed, inside, buffer);
    if let Some(pane) = pane {
        run_pane(model, pane, buffer);
    }
}

/// The table and the pane side by side where there is room, else one above the other, else the table alone.
fn divided(area: Rect) -> (Rect, Option<Rect>) {
    if area.width >= 104 {
        let wide = (area.width * 11 / 20).clamp(60, 78);
        let list = Rect { width: wide, ..area };
        return (list, Some(Rect { x: area.x + wide, width: area.width - wide, ..area }));
    }
    if area.height >= 17 {
        let high = (area.height * 9 / 20).max(8);
        let list = Rect { height: high, ..area };
        return (list, Some(Rect { y: area.y + high, height: area.height - high, ..area }));
    }
    (area, None)
}

fn columns(width: u16) -> Vec<Column> {
    // State and mark, run, model, regulariser, progress, accuracy, loss.
    let fixed = 2 + 1 + 14 + 1 + 6;
    let spare = width.saturating_sub(fixed + 5);
    let mut columns = vec![Column::left("", 2)];
    let name = (spare / 3).clamp(8, 22);
    let course = if width >= 58 { (width - 50).min(15) } else { 0 };
    let rest = width.saturating_sub(fixed + 5 + name + course);
    columns.push(Column::left("run", name));
    if rest >= 9 {
        columns.push(Column::left("model", (rest / 2).clamp(7, 11)));
        let left = rest.saturating_sub((rest / 2).clamp(7, 11) + 2);
        if left >= 4 {
            columns.push(Column::left("regulariser", left.min(18)));
        }
    }
    columns.push(Column::left("epoch", 14));
    columns.push(Column::right("acc", 6));
    if course > 0 {
        columns.push(Column::left("train loss", course));
    }
    columns
}

fn table(model: &Model, listed: &[usize], area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let runs = model.session.runs();
    if listed.is_empty() {
        let words = match (runs.is_empty(), model.session.caught_up) {
            (true, false) => "reading",
            (true, true) => "no runs yet: n composes one",
            (false, _) => "no run passes the filter: esc clears it",
        };
        Pen::new(buffer, area, theme).put(1, 1, area.width, words, theme.muted());
        return;
    }
    let selected = model.selected.as_ref().and_then(|id| listed.iter().position(|&i| runs[i].id == *id));
    let room = usize::from(area.height.saturating_sub(1)).max(1);
    model.page.set(room);
    let offset = TableState { offset: model.runs_offset.get() }.scrolled(selected.unwrap_or(0), listed.len(), room);
    model.runs_offset.set(offset);
    let columns = columns(area.width.saturating_sub(1));
    let table = Table { columns: &columns, total: listed.len(), selected, offset };
    table.render(buffer, area, theme, |row| cells(model, &runs[listed[row]], &columns));
}

fn cells(model: &Model, run: &RunState, columns: &[Column]) -> Vec<Cell> {
    let theme = model.settings.theme;
    let (glyph, style) = state_glyph(run.status, theme);
    let mark = if model.marks.contains(&run.id) { theme.glyphs().mark } else { " " };
    let waits = run.status == Status::Queued;
    let plain = if waits { theme.muted() } else { theme.text() };
    let spec = run.current.as_deref();
    let words = |text: String, style| Cell::Text(text::clean(&text), style);
    columns
        .iter()
        .map(|column| match column.head.as_str() {
            "" => Cell::Text(format!("{glyph}{mark}"), style),
            "run" => words(run.id.to_string(), plain),
            "model" => words(spec.map_or("foreign".to_owned(), fields::model), plain),
            "regulariser" => words(spec.map_or(String::new(), |spec| fields::regulariser(&spec.regulariser)), plain),
            "epoch" => progress(run, model),
            "acc" => Cell::Text(accuracy(run), plain),
            _ => Cell::Spark(loss_course(run, usize::from(column.width)), theme.bar()),
        })
        .collect()
}

fn accuracy(run: &RunState) -> String {
    run.test_accuracy().map(|accuracy| figures::accuracy(f64::from(accuracy))).unwrap_or_default()
}

fn progress(run: &RunState, model: &Model) -> Cell {
    let theme = model.settings.theme;
    let words = progress_text(run);
    let lost = matches!(run.status, Status::Diverged | Status::Failed);
    match run.progress() {
        Some(share) if !lost && run.status != Status::Finished && run.status != Status::Queued => {
            let bar = bar_text(share, 6, theme);
            Cell::Text(format!("{bar:<6} {words:>7}"), theme.text())
        }
        _ if lost => Cell::Text(words, theme.bad()),
        _ if run.status == Status::Queued => Cell::Text("queued".to_owned(), theme.muted()),
        _ => Cell::Text(format!("{:<6} {words:>7}", run.status.name().get(..6).unwrap_or("")), theme.muted()),
    }
}
