//! The tab Charts: one metric of the marked runs, or of the selected one, over each other.

use super::along::{along_name, along_of, is_stepless, whole_span};
use super::curves::{self, Drawn};
use super::range;
use crate::fmt::number;
use crate::fmt::width;
use crate::state::RunState;
use crate::ui::groups;
use crate::ui::layout::Layout;
use crate::ui::metrics;
use crate::ui::model::Model;
use crate::ui::tab_state::SMOOTHING;
use crate::ui::widgets::{Axis, Chart, Scale, TextArea, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the tab.
pub(crate) fn charts(model: &Model, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let theme = model.settings.theme;
    let shown = curves::shown(model);
    let names = metrics::of(&shown);
    let metric = chosen(&names, &model.charts.metric);
    let inside = panel(buffer, area, theme, &title(metric, &shown), true);
    if shown.is_empty() || names.is_empty() {
        let words = if shown.is_empty() { "no run is selected" } else { "nothing was logged yet" };
        let words = super::nothing::reason(model, words, words);
        TextArea::new(buffer, inside, theme).put(1, 1, inside.width, words, theme.muted());
        return;
    }
    let side = if inside.width >= 96 { 34 } else { 0 };
    let legend_lines = (shown.len() as u16).clamp(1, inside.height / 4);
    let below = if side == 0 { legend_lines } else { 0 };
    let head = Rect { height: 1, ..inside };
    let mut plot =
        Rect { y: inside.y + 1, height: inside.height.saturating_sub(1 + below), width: inside.width - side, ..inside };
    let Some(x) = span(model, &shown) else { return };
    let dots = usize::from(plot.width) * theme.glyphs.dots().0;
    layout.chart = (x.low, x.high, plot.width);
    let drawn = curves::drawn(model, metric, &shown, &x, dots);
    let sight = range::vertical(metric, model.charts.scale, model.charts.outliers, &drawn.values, &drawn.curves);
    let notices = notices(model, metric, &shown, &x, sight.outside);
    if !notices.is_empty() && plot.height > 3 {
        let words = notices.join(&format!(" {} ", theme.glyphs().dot));
        TextArea::new(buffer, Rect { height: 1, ..plot }, theme).put(
            1,
            0,
            plot.width.saturating_sub(1),
            &words,
            theme.warn(),
        );
        plot = Rect { y: plot.y + 1, height: plot.height - 1, ..plot };
    }
    let cursor = model.charts.cursor.filter(|at| (x.low..=x.high).contains(at));
    settings_line(model, (&shown, &names), metric, head, buffer);
    Chart { x, y: sight.axis, curves: &drawn.curves, marks: &drawn.marks, cursor }.render(buffer, plot, theme);
    let legend = if side > 0 {
        Rect { x: inside.right() - side + 2, width: side - 2, ..inside }
    } else {
        Rect { y: plot.bottom(), height: below, ..inside }
    };
    legend_of(model, &drawn, cursor, legend, buffer);
}

/// The metric in words; of models without optimisation steps, what their figures over time are.
fn title(metric: &str, shown: &[&RunState]) -> String {
    if metric == "test_accuracy" && !shown.is_empty() && shown.iter().all(|run| is_stepless(run)) {
        return "accuracy on the test images predicted so far".to_owned();
    }
    metrics::title(metric)
}

/// The chosen metric where the runs have it, else the first that they have.
fn chosen<'a>(names: &'a [String], wanted: &'a str) -> &'a str {
    if names.is_empty() || names.iter().any(|name| name == wanted) {
        wanted
    } else {
        names.iter().find(|name| name.contains("loss")).unwrap_or(&names[0])
    }
}

fn settings_line(
    model: &Model,
    (shown, names): (&[&RunState], &[String]),
    metric: &str,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = model.settings.theme;
    let along = along_name(model, along_of(model, shown));
    let scale = if model.charts.scale == Scale::Log { "log" } else { "linear" };
    let weight = SMOOTHING[model.charts.smoothing.min(SMOOTHING.len() - 1)];
    let smooth = if weight > 0.0 { number::short(weight) } else { "off".to_owned() };
    let place = names.iter().position(|name| name == metric).map_or(0, |i| i + 1);
    let mut parts = vec![
        ("metric", format!("{place}/{}", names.len())),
        ("over", width::clean(along)),
        ("scale", scale.to_owned()),
        ("smooth", smooth),
    ];
    if let Some(field) = &model.charts.grouping {
        parts.push(("mean by", groups::title(field)));
    }
    if weight > 0.0 && !model.charts.raw {
        parts.push(("raw", "hidden".to_owned()));
    }
    if model.charts.outliers {
        parts.push(("y", "whole".to_owned()));
    }
    if model.charts.zoom.is_some() {
        parts.push(("zoom", "on".to_owned()));
    }
    if let Some(at) = model.charts.cursor {
        parts.push(("at", number::short(at)));
    }
    let mut pen = TextArea::new(buffer, area, theme);
    let mut x = 1;
    for (name, value) in parts {
        let wide = (width::width(name) + 1 + width::width(&value)) as u16;
        if x + wide > area.width {
            break;
        }
        x += pen.put(x, 0, wide, name, theme.faint()) + 1;
        x += pen.put(x, 0, wide, &value, theme.muted()) + 3;
    }
}

/// The horizontal axis: what was zoomed to; else the planned length where it is known; else what there is, stepping
/// in large steps as long as more may come.
fn span(model: &Model, shown: &[&RunState]) -> Option<Axis> {
    if let Some((low, high)) = model.charts.zoom {
        return Some(Axis::exact(low, high, Scale::Linear));
    }
    whole_span(shown, along_of(model, shown))
}

/// What the page says of values that the chart does not show as they are.
fn notices(model: &Model, metric: &str, shown: &[&RunState], x: &Axis, outside: String) -> Vec<String> {
    let along = along_of(model, shown);
    let mut notices: Vec<String> = shown.iter().filter_map(|run| curves::restart_notice(run)).take(1).collect();
    if model.charts.scale == Scale::Log {
        let counts = shown.iter().filter_map(|run| run.metric(metric)).map(|s| s.not_positive(along, x.low, x.high));
        let (count, all) = counts.fold((0, 0), |sum, here| (sum.0 + here.0, sum.1 + here.1));
        notices.extend(range::not_shown(count, all));
    }
    notices.extend(Some(outside).filter(|outside| !outside.is_empty()));
    notices
}

/// The ends of the horizontal axis as the next frame will show it, so that keys that come between two frames each count.
pub(crate) fn in_sight(model: &Model) -> Option<(f64, f64)> {
    let axis = span(model, &curves::shown(model))?;
    Some((axis.low, axis.high))
}

fn legend_of(model: &Model, drawn: &Drawn, cursor: Option<f64>, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let glyphs = theme.glyphs();
    let mut pen = TextArea::new(buffer, area, theme);
    let room = usize::from(area.height);
    let all = &drawn.entries;
    let values: Vec<String> = all.iter().map(|entry| (entry.value_at)(cursor)).collect();
    let figure = values.iter().map(|value| width::width(value)).max().unwrap_or(0).max(6) as u16;
    let fits = if all.len() > room { room.saturating_sub(1) } else { all.len() };
    for (y, entry) in all.iter().take(fits).enumerate() {
        let y = y as u16;
        let tag = entry.tag.map_or_else(|| glyphs.dash.to_owned(), |tag| format!("{tag} "));
        let mut x = pen.put(0, y, 2, &tag, entry.style) + 1;
        let selected = model.selected.as_deref() == Some(entry.name.as_str());
        let style = if selected { theme.strong() } else { theme.text() };
        let room = area.width.saturating_sub(x + figure + 1);
        // The end of a name tells runs of several sessions apart: when the session began, and which run of it.
        let name = width::fit_end(&width::clean(&entry.name), usize::from(room), glyphs.ellipsis);
        x += pen.put(x, y, room, &name, style);
        pen.put_right(x + 1, y, area.width.saturating_sub(x + 1), &values[usize::from(y)], theme.text());
    }
    if fits < all.len() {
        pen.put(0, fits as u16, area.width, &format!("{} {} more", glyphs.ellipsis, all.len() - fits), theme.muted());
    }
    let from = fits as u16 + 1;
    for (y, (glyph, words, style)) in drawn.notes.iter().enumerate() {
        let y = from + y as u16;
        if y + 1 > area.height {
            break;
        }
        let x = pen.put(0, y, 2, glyph, *style) + 1;
        pen.put(x, y, area.width, words, theme.muted());
    }
}
