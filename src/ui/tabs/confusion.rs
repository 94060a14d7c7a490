//! The tab Confusion: what the selected run takes for what, evaluation by evaluation.

use super::scores;
use crate::fmt::number;
use crate::fmt::width;
use crate::metrics::Confusion;
use crate::state::RunState;
use crate::state::evaluation::{self, Evaluation};
use crate::ui::model::Model;
use crate::ui::widgets::{Heat, HeatCell, TextArea, bar, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the tab.
pub(crate) fn confusion(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let found = model.run().and_then(|run| Some((run, evaluation::chosen(run, model.confusion.epoch)?)));
    let Some((run, (place, count, evaluation))) = found else {
        let inside = panel(buffer, area, theme, "confusion", true);
        let foreign = "a log of another program holds no confusion table; 2 shows its metrics";
        let words = super::nothing::reason(model, foreign, "no evaluation on the test set yet");
        TextArea::new(buffer, inside, theme).put(1, 1, inside.width, words, theme.muted());
        return;
    };
    let other = if model.confusion.difference { other(model) } else { None };
    let classes = evaluation.confusion.len() as u16;
    let wide = (classes * 6 + 6).min(area.width * 7 / 10).max(area.width / 2);
    let left = Rect { width: wide, ..area };
    let right = Rect { x: area.x + wide, width: area.width - wide, ..area };
    let inside = panel(buffer, left, theme, &title(run, &evaluation, other, theme.glyphs().dot), true);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(1), ..inside };
    epoch_line(model, &evaluation, (place, count), Rect { height: 1, ..inside }, buffer);
    let rest = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    let heads: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let cells = match other {
        Some((_, other)) => differences(evaluation.confusion, other.confusion, model.confusion.shares),
        None => counts(evaluation.confusion, model.confusion.shares),
    };
    let column = (rest.width.saturating_sub(3) / classes.max(1)).clamp(3, 6);
    let table = Rect { height: rest.height.min(classes + 1), ..rest };
    let cursor = Some(model.confusion.cursor);
    Heat { heads: &heads, cells: &cells, cursor, column }.render(buffer, table, theme);
    let below = Rect { y: table.bottom() + 1, height: rest.height.saturating_sub(table.height + 1), ..rest };
    words(model, &evaluation, below, buffer);
    scores::scores(model, &evaluation, right, buffer);
}

/// The first marked run beside the selected one, with its newest evaluation.
fn other(model: &Model) -> Option<(&RunState, Evaluation<'_>)> {
    let id = model.marks.iter().find(|id| Some(*id) != model.selected.as_ref())?;
    let run = model.session.run(id)?;
    let (_, _, evaluation) = evaluation::chosen(run, None)?;
    Some((run, evaluation))
}

fn title(run: &RunState, evaluation: &Evaluation<'_>, other: Option<(&RunState, Evaluation<'_>)>, dot: &str) -> String {
    let id = width::clean(&run.id);
    match other {
        Some((other, _)) => format!("{id} minus {}", width::clean(&other.id)),
        None => match evaluation.accuracy {
            Some(accuracy) => format!("{id} {dot} {}", number::accuracy(f64::from(accuracy))),
            None => id,
        },
    }
}

fn epoch_line(
    model: &Model,
    evaluation: &Evaluation<'_>,
    (place, count): (usize, usize),
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = model.settings.theme;
    let mut pen = TextArea::new(buffer, area, theme);
    let Some(epoch) = evaluation.epoch else {
        pen.put(0, 0, area.width, "on the whole test set", theme.muted());
        return;
    };
    let follows = if model.confusion.epoch.is_none() { "newest" } else { "held" };
    let mut x = pen.put(0, 0, 24, &format!("epoch {:>5} ", number::short(epoch)), theme.text());
    let wide = 20.min(area.width.saturating_sub(x + 14));
    let line = Rect { x: area.x + x, width: wide, ..area };
    bar(pen.buffer(), line, theme, (place + 1) as f64 / count as f64, theme.bar());
    x += wide + 1;
    pen.put(x, 0, 20, follows, theme.muted());
}

fn share_of(row: &[u32], count: u32) -> f64 {
    let total: u64 = row.iter().map(|&n| u64::from(n)).sum();
    if total == 0 { 0.0 } else { f64::from(count) / total as f64 }
}

/// The text of a share of a row: whole percent, a dot for none.
fn share_text(share: f64) -> String {
    match share * 100.0 {
        0.0 => String::new(),
        percent if percent < 0.5 => "<1%".to_owned(),
        percent => format!("{percent:.0}%"),
    }
}

/// Right answers in the cool hue by their share; errors in the warm one, more boldly, for a hundredth matters there.
fn counts(rows: &[Vec<u32>], shares: bool) -> Vec<Vec<HeatCell>> {
    let heat = |share: f64| (share * 12.0).min(1.0).sqrt();
    let cell = |i: usize, j: usize, row: &[u32], count: u32| {
        let share = share_of(row, count);
        let text = match (shares, count) {
            (_, 0) => String::new(),
            (true, _) => share_text(share),
            (false, _) => count.to_string(),
        };
        let share = if i == j { (share - 0.5).max(0.0) * 2.0 * 0.8 } else { heat(share) };
        HeatCell { text, share, warm: i != j }
    };
    rows.iter()
        .enumerate()
        .map(|(i, row)| row.iter().enumerate().map(|(j, &count)| cell(i, j, row, count)).collect())
        .collect()
}

/// Differences: warm where this run does worse, that is more of an error or fewer right answers.
fn differences(rows: &[Vec<u32>], others: &[Vec<u32>], shares: bool) -> Vec<Vec<HeatCell>> {
    let cell = |i: usize, j: usize, row: &[u32]| {
        let none = Vec::new();
        let other_row = others.get(i).unwrap_or(&none);
        let (ours, theirs) = (row[j], other_row.get(j).copied().unwrap_or(0));
        let (share, other) = (share_of(row, ours), share_of(other_row, theirs));
        let more = if shares { share - other } else { f64::from(ours) - f64::from(theirs) };
        let text = match more {
            0.0 => String::new(),
            more if shares => format!("{:+.1}", more * 100.0),
            more => format!("{more:+.0}"),
        };
        let worse = (share > other) == (i != j);
        HeatCell { text, share: ((share - other).abs() * 15.0).min(1.0).sqrt(), warm: worse }
    };
    rows.iter().enumerate().map(|(i, row)| (0..row.len()).map(|j| cell(i, j, row)).collect()).collect()
}

/// The chosen cell in words, and the pairs that are confused most.
fn words(model: &Model, evaluation: &Evaluation<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let (label, predicted) = model.confusion.cursor;
    let row = evaluation.confusion.get(label).map_or(&[][..], Vec::as_slice);
    let count = row.get(predicted).copied().unwrap_or(0);
    let share = number::short((share_of(row, count) * 1000.0).round() / 10.0);
    let words = if label == predicted {
        format!("{count} of class {label} are recognised ({share} %)")
    } else {
        format!("{count} of class {label} are taken for {predicted} ({share} %)")
    };
    let mut pen = TextArea::new(buffer, area, theme);
    pen.put(0, 0, area.width, &words, theme.strong());
    let pairs = Confusion::from_rows(evaluation.confusion).map(|table| table.most_confused(8)).unwrap_or_default();
    if pairs.is_empty() || area.height < 3 {
        return;
    }
    pen.put(0, 2, area.width, "most confused, true class first", theme.muted());
    let most = pairs.iter().map(|pair| pair.count).max().unwrap_or(1).max(1);
    let room = usize::from(area.height.saturating_sub(3));
    for (i, pair) in pairs.iter().take(room * 2).enumerate() {
        // Two columns, read downwards.
        let rows = pairs.len().min(room * 2).div_ceil(2);
        let (x, y) = ((i / rows.max(1)) as u16 * (area.width / 2), 3 + (i % rows.max(1)) as u16);
        let words = format!("{} {} {}", pair.truth, theme.glyphs().arrow, pair.predicted);
        pen.put(x, y, 7, &words, theme.text());
        pen.put_right(x + 7, y, 5, &pair.count.to_string(), theme.text());
        let place = Rect::new(area.x + x + 13, area.y + y, (area.width / 2).saturating_sub(15), 1).intersection(area);
        let line =
            crate::ui::widgets::bar_text(f64::from(pair.count) / f64::from(most), usize::from(place.width), theme);
        TextArea::new(pen.buffer(), place, theme).put(0, 0, place.width, &line, theme.heat_text());
    }
}
