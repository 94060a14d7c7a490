//! The tab Runs: a table of all runs, and the selected one in figures beside or below it.

use super::row::{loss_course, progress_text, state_glyph};
use super::run_pane::run_pane;
use crate::fmt::number;
use crate::fmt::width;
use crate::protocol::Status;
use crate::state::RunState;
use crate::ui::fields;
use crate::ui::layout::Layout;
use crate::ui::model::Model;
use crate::ui::query::{Fields, Value};
use crate::ui::sort::{is_descending, run_order};
use crate::ui::widgets::{Cell, Column, Table, TableState, TextArea, bar_text, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::fmt::Write;

/// Draws the tab.
pub(crate) fn runs(model: &Model, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let (list, pane) = divided(area);
    let theme = model.settings.theme;
    let listed = model.listed();
    let total = model.session.runs().len();
    let mut title = if listed.len() == total { "runs".to_owned() } else { format!("runs {} of {total}", listed.len()) };
    let (field, head) = run_order(model.order);
    if field != "queue" && head.is_empty() {
        let _ = write!(title, " {} by {}", theme.glyphs().dot, field.replace('_', " "));
    }
    let inside = panel(buffer, list, theme, &title, true);
    table(model, &listed, inside, buffer, layout);
    if let Some(pane) = pane {
        run_pane(model, pane, buffer);
    }
}

/// The table and the pane side by side where there is room, else one above the other, else the table alone.
fn divided(area: Rect) -> (Rect, Option<Rect>) {
    if area.width >= 104 {
        let wide = (area.width * 29 / 50).clamp(60, 124);
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

/// Cells of a live run's progress: a bar and `15/15`, or `not learning`.
const EPOCH: u16 = 16;

/// The columns in `width` cells. Names come first, for they tell the runs apart, then the model, the loss, the
/// regulariser, and on a wide screen the best accuracy, the time and the learning rate; `longest` is the longest name's
/// cells, `epoch` those that the progress of all runs needs.
fn columns(width: u16, longest: u16, epoch: u16) -> Vec<Column> {
    // State and mark, epoch, accuracy, and a gap behind each.
    let mut spare = width.saturating_sub(2 + 1 + epoch + 1 + 6 + 1);
    let name = longest.clamp(8, 48).min(spare.max(9) - 1);
    spare = spare.saturating_sub(name);
    let wide = spare >= 32;
    let mut take = |least: u16, most: u16| {
        let cells = if spare > least { most.min(spare - 1) } else { 0 };
        spare = spare.saturating_sub(cells + u16::from(cells > 0));
        cells
    };
    let (model, course, regulariser) = (take(7, if wide { 10 } else { 7 }), take(6, 15), take(8, 18));
    let (best, time, rate) = (take(6, 6), take(8, 8), take(7, 7));
    let all = [
        Column::left("", 2),
        Column::left("run", name),
        Column::left("model", model),
        Column::left("regulariser", regulariser),
        Column::right("lr", rate),
        Column::left("epoch", epoch),
        Column::right("acc", 6),
        Column::right("best", best),
        Column::right("time", time),
        Column::left(if course >= 11 { "train loss" } else { "loss" }, course),
    ];
    all.into_iter().filter(|column| column.width > 0).collect()
}

/// Cells that the progress of all runs needs: bars only while some run is live.
fn epoch_width(runs: &[RunState]) -> u16 {
    if runs.iter().any(|run| matches!(run.status, Status::Running | Status::Paused | Status::Queued)) {
        return EPOCH;
    }
    runs.iter().map(|run| width::width(&progress_text(run)) as u16).max().unwrap_or(0).clamp(7, EPOCH)
}

/// Runs whose names are looked at when they are cut so that they stay distinct.
const NAMES_COMPARED: usize = 500;

fn table(model: &Model, listed: &[usize], area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let theme = model.settings.theme;
    let runs = model.session.runs();
    if listed.is_empty() {
        let words = match (runs.is_empty(), model.session.caught_up, model.waits_for()) {
            (true, _, Some(what)) => &format!("the runs begin after {what}"),
            (true, false, None) => "reading",
            (true, true, None) if !model.settings.takes_commands && model.session.header.is_none() => {
                &format!("nothing there yet: waiting for {}", width::clean(&model.settings.source))
            }
            (true, true, None) if model.settings.takes_commands => "no runs yet: n composes one",
            (true, true, None) => "no runs are here; 6 lists the logs",
            (false, ..) => &format!("0 of {} runs match the filter: esc clears it", runs.len()),
        };
        TextArea::new(buffer, area, theme).put(1, 1, area.width, words, theme.muted());
        return;
    }
    let selected = model.selected.as_ref().and_then(|id| listed.iter().position(|&i| runs[i].id == *id));
    let room = usize::from(area.height.saturating_sub(1)).max(1);
    layout.page = room;
    let offset = TableState { offset: layout.runs_offset }.scrolled(selected.unwrap_or(0), listed.len(), room);
    layout.runs_offset = offset;
    // Over all runs, not those in sight, so that scrolling moves no column.
    let longest = runs.iter().map(|run| width::width(&run.id)).max().unwrap_or(0) as u16;
    let mut columns = columns(area.width.saturating_sub(1), longest, epoch_width(runs));
    let (field, head) = run_order(model.order);
    let is_of =
        |column: &Column| !head.is_empty() && (column.head == head || head.ends_with(&format!(" {}", column.head)));
    if let Some(column) = columns.iter_mut().find(|column| is_of(column)) {
        column.sorted = Some(is_descending(field, model.order.reversed));
    }
    let table = Table { columns: &columns, total: listed.len(), selected, offset };
    let name = columns.iter().find(|column| column.head == "run").map_or(0, |column| column.width);
    let head = if longest > name {
        let names: Vec<&str> = listed.iter().take(NAMES_COMPARED).map(|&place| &*runs[place].id).collect();
        width::distinct_head(&names, usize::from(name))
    } else {
        0
    };
    table.render(buffer, area, theme, |row| cells(model, &runs[listed[row]], &columns, head));
}

/// The cells of a run; `head` says how names that do not fit are cut.
fn cells(model: &Model, run: &RunState, columns: &[Column], head: usize) -> Vec<Cell> {
    let theme = model.settings.theme;
    let (glyph, style) = state_glyph(run.status, theme);
    let mark = if model.marks.contains(&run.id) { theme.glyphs().mark } else { " " };
    let waits = run.status == Status::Queued;
    let plain = if waits { theme.muted() } else { theme.text() };
    let spec = run.current.as_deref();
    let words = |text: String, style| Cell::Text(width::clean(&text), style);
    columns
        .iter()
        .map(|column| match column.head.as_str() {
            "" => Cell::Text(format!("{glyph}{mark}"), style),
            "run" => {
                let (id, cells) = (width::clean(&run.id), usize::from(column.width));
                Cell::Text(width::fit_around(&id, head, cells, theme.glyphs().ellipsis), plain)
            }
            "model" => words(spec.map_or("foreign".to_owned(), fields::model), plain),
            "regulariser" => words(spec.map_or(String::new(), |spec| fields::regulariser(&spec.regulariser)), plain),
            "lr" => Cell::Text(number(run, "learning_rate", number::short), plain),
            "epoch" => progress(run, model, column.width),
            "acc" | "best" => Cell::Text(number(run, &column.head, number::accuracy), plain),
            "time" if waits => Cell::Text(String::new(), plain),
            "time" => Cell::Text(number::clock_seconds(run.seconds), theme.muted()),
            _ => Cell::Spark(loss_course(run, usize::from(column.width)), theme.bar()),
        })
        .collect()
}

/// A field that is a number, as `written`; empty where the run has none.
fn number(run: &RunState, field: &str, written: fn(f64) -> String) -> String {
    match run.field(field) {
        Some(Value::Number(number)) => written(number),
        _ => String::new(),
    }
}

fn progress(run: &RunState, model: &Model, width: u16) -> Cell {
    let theme = model.settings.theme;
    let words = progress_text(run);
    let lost = run.status.is_lost() || run.status == Status::Failed;
    match run.progress() {
        Some(share) if width == EPOCH && !lost && run.status != Status::Finished && run.status != Status::Queued => {
            // A long word takes a cell from the bar.
            let most = usize::from(EPOCH) - 1 - width::width(&words).clamp(7, 12);
            let bar = bar_text(share, most, theme);
            Cell::Text(format!("{bar:<most$} {words:>7}"), theme.text())
        }
        _ if lost => Cell::Text(words, theme.bad()),
        _ if run.status == Status::Queued => Cell::Text("queued".to_owned(), theme.muted()),
        _ if width < EPOCH => Cell::Text(words, theme.muted()),
        _ => Cell::Text(format!("{:<8} {words:>7}", ""), theme.muted()),
    }
}
