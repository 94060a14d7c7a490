//! The tab Compare: experiments over their seeds, set beside the study and against each other.

use super::compare_pages::{classes, confusions};
use super::group_summary::{Line, lines};
use crate::fmt::number;
use crate::fmt::width;
use crate::ui::groups;
use crate::ui::layout::Layout;
use crate::ui::model::Model;
use crate::ui::tab_state::ComparePage;
use crate::ui::widgets::{Cell, Column, Table, TableState, TextArea, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the tab.
pub(crate) fn compare(model: &Model, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let theme = model.settings.theme;
    let groups = groups::of(model);
    let by = groups::title(&model.compare.grouping);
    if groups.is_empty() {
        let foreign = "runs of other programs have no settings to compare by; 2 shows their metrics";
        let inside = panel(buffer, area, theme, "compare", true);
        let has_runs = model.session.runs().iter().any(|run| run.is_started() || !run.series.is_empty());
        let why = if has_runs { "no run that has begun matches the filter" } else { "no run has begun yet" };
        let words = super::nothing::reason(model, foreign, why);
        TextArea::new(buffer, inside, theme).put(1, 1, inside.width, words, theme.muted());
        return;
    }
    let lines = lines(model, &groups);
    let selected = model.compare.selected.min(lines.len() - 1);
    let most = match model.compare.page {
        ComparePage::Figures => area.height.saturating_sub(detail_height(area.height)),
        _ => (lines.len() as u16 + 3).min(area.height / 3).max(5),
    };
    let table = Rect { height: most.min(area.height), ..area };
    let rest = Rect { y: table.bottom(), height: area.height - table.height, ..area };
    let reference =
        lines.iter().find(|line| line.is_reference).map_or_else(String::new, |line| width::clean(&line.key));
    let title = format!("compare, by {by}, against {reference}");
    let inside = panel(buffer, table, theme, &title, true);
    figures_table(model, &lines, selected, inside, buffer, layout);
    match model.compare.page {
        ComparePage::Figures => detail(model, &lines[selected], rest, buffer),
        ComparePage::Classes => classes(model, &groups, &lines, selected, rest, buffer),
        ComparePage::Confusion => confusions(model, &groups, &lines, selected, rest, buffer),
    }
}

fn detail_height(height: u16) -> u16 {
    match height {
        0..20 => 0,
        20..40 => 9,
        _ => 13,
    }
}

/// The columns that there is room for. Runs of other programs alone have none of this program's own figures, but a main
/// metric.
fn columns(width: u16, lines: &[Line]) -> Vec<Column> {
    let mut columns = vec![Column::left("", 1)];
    let mut tail = vec![Column::right("n", 3)];
    let is_foreign = lines.iter().all(|line| line.accuracy.is_none() && line.metric.is_some());
    let mut more = Vec::new();
    if is_foreign {
        let metrics = lines.iter().filter_map(|line| line.metric.as_ref());
        let wide = metrics.map(|metric| width::width(&metric.name)).max().unwrap_or(0).clamp(6, 20) as u16;
        tail.extend([Column::right("metric", wide), Column::right("last", 9), Column::right("best", 9)]);
    } else {
        tail.push(Column::right("accuracy", 14));
        if lines.iter().any(|line| line.paper.is_some()) {
            tail.extend([Column::right("paper", 6), Column::right("diff.", 7)]);
        }
        let (test, wide) = if width < 100 { ("McN. p", 6) } else { ("McNemar p", 9) };
        more.extend([
            Column::right(test, wide),
            Column::right("fit", 8),
            Column::right("an image", 8),
            Column::right("test loss", 9),
            Column::right("train loss", 10),
            Column::right("size", 8),
        ]);
    }
    let used = |tail: &[Column]| tail.iter().map(|column| column.width + 1).sum::<u16>() + 2 + 16;
    for column in more {
        tail.push(column);
        if used(&tail) > width {
            tail.pop();
            break;
        }
    }
    let name = width.saturating_sub(used(&tail) - 16).clamp(8, if is_foreign { 80 } else { 36 });
    columns.push(Column::left("group", name));
    columns.extend(tail);
    columns
}

fn figures_table(model: &Model, lines: &[Line], selected: usize, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let theme = model.settings.theme;
    let columns = columns(area.width.saturating_sub(1), lines);
    let room = usize::from(area.height.saturating_sub(1)).max(1);
    layout.page = room;
    let offset = TableState { offset: layout.compare_offset }.scrolled(selected, lines.len(), room);
    layout.compare_offset = offset;
    let table = Table { columns: &columns, total: lines.len(), selected: Some(selected), offset };
    table.render(buffer, area, theme, |row| {
        let line = &lines[row];
        columns.iter().map(|column| cell(model, line, column)).collect()
    });
}

fn cell(model: &Model, line: &Line, column: &Column) -> Cell {
    let theme = model.settings.theme;
    let figure =
        |value: Option<f64>, write: fn(f64) -> String| Cell::Text(value.map_or_else(String::new, write), theme.text());
    match column.head.as_str() {
        "" => {
            let mark = if line.is_reference { theme.glyphs().mark } else { " " };
            Cell::Text(mark.to_owned(), theme.accent())
        }
        "group" => Cell::Text(width::clean(&line.key), theme.text()),
        "n" => Cell::Text(line.count.to_string(), theme.muted()),
        "metric" => Cell::Text(
            line.metric.as_ref().map_or_else(String::new, |metric| width::clean(&metric.name)),
            theme.muted(),
        ),
        "last" => figure(line.metric.as_ref().map(|metric| metric.last.mean), number::short),
        "best" => figure(line.metric.as_ref().and_then(|metric| metric.best).map(|best| best.mean), number::short),
        "accuracy" => Cell::Text(mean_text(line, theme.glyphs().plus_minus), theme.strong()),
        "paper" => figure(line.paper.map(|published| published.mean), number::accuracy),
        "diff." => match line.paper_difference() {
            Some(difference) => {
                let style = if difference.abs() <= 0.004 { theme.good() } else { theme.warn() };
                Cell::Text(number::difference(difference).replacen("0.", ".", 1), style)
            }
            None => Cell::Text(String::new(), theme.text()),
        },
        "test loss" => figure(line.test_loss, number::loss),
        "train loss" => figure(line.train_loss, number::loss),
        "fit" => figure(line.fit_seconds, number::seconds),
        "an image" => figure(line.image_seconds, number::seconds),
        "size" => Cell::Text(line.bytes.map_or_else(String::new, number::bytes), theme.text()),
        _ => match &line.test {
            Some(test) => {
                let style = if test.p < 0.05 { theme.strong() } else { theme.muted() };
                Cell::Text(number::probability(test.p), style)
            }
            None => Cell::Text(String::new(), theme.text()),
        },
    }
}

fn mean_text(line: &Line, plus_minus: &str) -> String {
    match line.accuracy {
        Some(summary) if summary.n > 1 => {
            let deviation = format!("{:.4}", summary.deviation);
            format!("{} {plus_minus}{}", number::accuracy(summary.mean), deviation.trim_start_matches('0'))
        }
        Some(summary) => number::accuracy(summary.mean),
        None => String::new(),
    }
}

/// The selected group in words.
fn detail(model: &Model, line: &Line, area: Rect, buffer: &mut Buffer) {
    if area.height < 3 {
        return;
    }
    let theme = model.settings.theme;
    let inside = panel(buffer, area, theme, &width::clean(&line.key), false);
    let mut pen =
        TextArea::new(buffer, Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }, theme);
    let room = usize::from(inside.width.saturating_sub(13));
    let mut rows: Vec<(&str, String)> = Vec::new();
    for (name, words) in line.words(theme) {
        let parts = width::wrap(&words, room).into_iter().enumerate();
        rows.extend(parts.map(|(part, words)| (if part == 0 { name } else { "" }, words)));
    }
    let shown = usize::from(inside.height);
    if rows.len() > shown
        && let Some((_, last)) = rows.get_mut(shown - 1)
    {
        let ellipsis = theme.glyphs().ellipsis;
        *last = format!("{} {ellipsis}", width::fit(last, room.saturating_sub(2), ellipsis));
    }
    let mut y = 0;
    for (name, words) in &rows {
        pen.put(0, y, 10, name, theme.muted());
        pen.put(11, y, inside.width, words, theme.text());
        y += 1;
    }
    legend(line, y, inside, &mut pen);
}

/// What colours and the column p mean, at the foot of the detail where there is room.
fn legend(line: &Line, used: u16, inside: Rect, pen: &mut TextArea<'_>) {
    let theme = pen.theme();
    let of_paper = "diff. is green up to 0.004 from the paper, else orange. ";
    let of_test = "p: McNemar's test of the groups' first runs against the reference's, bold below 0.05, not corrected for \
                   the number of groups.";
    let (long, short) = match (&line.paper, &line.metric) {
        (_, Some(_)) => ("Figures are means over the group's runs.".to_owned(), ""),
        (Some(_), None) => {
            (format!("{of_paper}{of_test}"), "green: within 0.004 of the paper; p: first runs only, uncorrected")
        }
        (None, None) => (of_test.to_owned(), "p: of the groups' first runs only, uncorrected"),
    };
    for words in [long.as_str(), short] {
        let parts = width::wrap(words, usize::from(inside.width.saturating_sub(2)));
        let rows = parts.len() as u16;
        if used + rows <= inside.height {
            for (row, part) in (inside.height - rows..).zip(&parts) {
                pen.put(0, row, inside.width, part, theme.muted());
            }
            return;
        }
    }
}
