//! The pages of the tab Compare beside its table: F1 of each class, and confusion tables side by side.

use super::group_summary::{Line, experiment, reference};
use super::scores::foot;
use crate::fmt::number;
use crate::fmt::width;
use crate::state::evaluation;
use crate::state::{Group, RunState};
use crate::ui::model::Model;
use crate::ui::widgets::{Heat, HeatCell, TextArea, bar_text, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// F1 of each class: a row a class, a column a group. The first is the reference's; where not all fit, the others are
/// those around the selected one.
pub(super) fn classes(
    model: &Model,
    groups: &[Group<'_>],
    lines: &[Line],
    selected: usize,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = model.settings.theme;
    let scores: Vec<Vec<f64>> = groups.iter().map(mean_f1).collect();
    let wide = (area.width.saturating_sub(6) / (lines.len() as u16).max(1)).clamp(14, 30);
    let fits = usize::from(area.width.saturating_sub(6) / wide);
    let shown = window(reference(model, groups), selected, lines.len(), fits);
    let foot = foot(shown.iter().flat_map(|group| scores[*group].iter().copied()));
    let title = if foot > 0.0 {
        format!("F1 of each class, bars from {}", number::short(foot))
    } else {
        "F1 of each class".to_owned()
    };
    let inside = panel(buffer, area, theme, &title, false);
    let mut pen = TextArea::new(buffer, inside, theme);
    for (place, i) in shown.into_iter().enumerate() {
        let x = 4 + place as u16 * wide;
        let name = width::clean(&lines[i].key);
        let style = if i == selected { theme.strong() } else { theme.curve(place) };
        pen.put(x, 0, wide - 1, &name, style);
        for (class, &score) in scores[i].iter().enumerate() {
            let y = class as u16 + 1;
            pen.put_right(0, y, 3, &class.to_string(), theme.muted());
            let cells = usize::from(wide.saturating_sub(8));
            pen.put(x, y, wide, &bar_text((score - foot) / (1.0 - foot), cells, theme), theme.curve(place));
            pen.put_right(x, y, wide - 2, &number::accuracy(score), theme.text());
        }
    }
    if fits < lines.len() {
        let rest = format!("{} {} more: up and down", theme.glyphs().ellipsis, lines.len() - fits);
        pen.put_right(0, inside.height.saturating_sub(1), inside.width, &rest, theme.muted());
    }
}

/// The groups of which there is room for: the reference, and those from the selected one on.
fn window(reference: usize, selected: usize, total: usize, fits: usize) -> Vec<usize> {
    let others: Vec<usize> = (0..total).filter(|index| *index != reference).collect();
    let room = fits.saturating_sub(1);
    let wanted = others.iter().position(|index| *index >= selected).unwrap_or(0);
    let first = wanted.min(others.len().saturating_sub(room));
    std::iter::once(reference).chain(others.into_iter().skip(first)).take(fits.min(total)).collect()
}

/// The mean F1 of each class over the runs of a group.
fn mean_f1(group: &Group<'_>) -> Vec<f64> {
    let mut sums: Vec<(f64, u32)> = Vec::new();
    for run in group.counted() {
        let Some((_, _, evaluation)) = evaluation::chosen(run, None) else { continue };
        sums.resize(sums.len().max(evaluation.scores.f1.len()), (0.0, 0));
        for (sum, score) in sums.iter_mut().zip(&evaluation.scores.f1) {
            sum.0 += f64::from(*score);
            sum.1 += 1;
        }
    }
    sums.into_iter().map(|(sum, count)| sum / f64::from(count.max(1))).collect()
}

/// The confusion table of the selected group beside the reference's, or beside the study's where it has one.
pub(super) fn confusions(
    model: &Model,
    groups: &[Group<'_>],
    lines: &[Line],
    selected: usize,
    area: Rect,
    buffer: &mut Buffer,
) {
    let half = area.width / 2;
    let left = Rect { width: half, ..area };
    let right = Rect { x: area.x + half, width: area.width - half, ..area };
    let group = groups.get(selected);
    let run = group.and_then(Group::first);
    table(model, &lines[selected].key, run.and_then(rows), left, buffer);
    let other = reference(model, groups);
    if other != selected {
        let rows = groups[other].first().and_then(rows);
        table(model, &lines[other].key, rows, right, buffer);
        return;
    }
    let published = group.and_then(experiment).and_then(crate::study::published::Experiment::confusion);
    let rows = published.map(|counts| counts.iter().map(|row| row.to_vec()).collect());
    let title = if rows.is_some() { "the paper" } else { "enter chooses another reference" };
    table(model, title, rows, right, buffer);
}

fn rows(run: &RunState) -> Option<Vec<Vec<u32>>> {
    run.confusion().map(<[Vec<u32>]>::to_vec)
}

fn table(model: &Model, title: &str, rows: Option<Vec<Vec<u32>>>, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    // Borders and the classes' names, then a column a class: counts of a thousand need four letters and a gap.
    let room = area.width.saturating_sub(5) / rows.as_ref().map_or(1, |rows| rows.len().max(1) as u16);
    let as_shares = room < 5;
    let title = width::clean(title);
    let title = if as_shares { format!("{title}, % of a class") } else { title };
    let inside = panel(buffer, area, theme, &title, false);
    let Some(rows) = rows else {
        TextArea::new(buffer, inside, theme).put(1, 0, inside.width, "no confusion table", theme.muted());
        return;
    };
    let heads: Vec<String> = (0..rows.len()).map(|class| class.to_string()).collect();
    let total = |row: &[u32]| row.iter().map(|&n| f64::from(n)).sum::<f64>().max(1.0);
    let cells: Vec<Vec<HeatCell>> = rows
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let all = total(row);
            let cell = |(j, &count): (usize, &u32)| {
                let share = f64::from(count) / all;
                let text = match count {
                    0 => String::new(),
                    _ if !as_shares => count.to_string(),
                    _ if share < 0.005 => theme.glyphs().dot.to_owned(),
                    _ => format!("{:.0}", 100.0 * share),
                };
                let share = if i == j { (share - 0.5).max(0.0) * 1.6 } else { (share * 12.0).min(1.0).sqrt() };
                HeatCell { text, share, warm: i != j }
            };
            row.iter().enumerate().map(cell).collect()
        })
        .collect();
    let column = (inside.width.saturating_sub(3) / (rows.len() as u16).max(1)).clamp(3, 6);
    Heat { heads: &heads, cells: &cells, cursor: None, column }.render(buffer, inside, theme);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_and_the_selected_group_are_always_there() {
        assert_eq!(window(0, 0, 3, 8), [0, 1, 2]);
        assert_eq!(window(0, 0, 9, 4), [0, 1, 2, 3]);
        assert_eq!(window(0, 5, 9, 4), [0, 5, 6, 7]);
        assert_eq!(window(4, 8, 9, 4), [4, 6, 7, 8]);
        assert_eq!(window(0, 3, 9, 1), [0]);
    }
}
