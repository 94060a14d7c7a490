//! The selected run in figures: loss, accuracy, inactive neurons, alerts and notes.

use super::curves::Smoothing;
use super::row::{progress_text, state_glyph, state_text};
use crate::fmt::number;
use crate::fmt::width;
use crate::state::{Axis as Along, RunState, Series};
use crate::ui::fields;
use crate::ui::model::Model;
use crate::ui::tab_state::SMOOTHING;
use crate::ui::widgets::{Chart, Curve, Mark, Scale, TextArea, bar, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Draws the pane of the selected run.
pub(super) fn run_pane(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let Some(run) = model.run() else {
        panel(buffer, area, theme, "", false);
        return;
    };
    let title = title(run, theme.glyphs().dot);
    let inside = panel(buffer, area, theme, &title, false);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let lines = lines(model, run);
    // Words about the run take at most half of the pane; the rest is the chart's.
    let most = (inside.height / 2).max(2);
    let below = (lines.len() as u16).min(most);
    let chart = Rect { height: inside.height.saturating_sub(below), ..inside };
    loss_chart(model, run, chart, buffer);
    let rest = Rect { y: chart.bottom(), height: inside.height - chart.height, ..inside };
    for (y, line) in lines.iter().enumerate().take(usize::from(rest.height)) {
        let place = Rect { y: rest.y + y as u16, height: 1, ..rest };
        line.render(model, place, buffer);
    }
}

fn title(run: &RunState, dot: &str) -> String {
    let id = width::clean(&run.id);
    match run.current.as_deref() {
        None => format!("{id} {dot} another program's"),
        Some(spec) => {
            let parts = [fields::model(spec), fields::regulariser(&spec.regulariser), format!("seed {}", run.seed)];
            format!("{id} {dot} {}", parts.join(&format!(" {dot} ")))
        }
    }
}

/// A line below the chart.
enum Row {
    Words(Line<'static>),
    Gauge { name: &'static str, share: f64, other: Option<(&'static str, f64)> },
}

impl Row {
    fn render(&self, model: &Model, area: Rect, buffer: &mut Buffer) {
        let theme = model.settings.theme;
        match self {
            Self::Words(line) => {
                TextArea::new(buffer, area, theme).line(0, 0, line);
            }
            Self::Gauge { name, share, other } => {
                let mut pen = TextArea::new(buffer, area, theme);
                pen.put(0, 0, 10, name, theme.muted());
                let wide = (area.width / 4).clamp(6, 16);
                let place = Rect { x: area.x + 10, width: wide, ..area }.intersection(area);
                bar(pen.buffer(), place, theme, *share, theme.bar());
                let mut x = 10 + wide + 1;
                x += pen.put(x, 0, 20, &format!("{:>5}", number::percent(*share)), theme.text()) + 2;
                if let Some((name, share)) = other {
                    x += pen.put(x, 0, 12, name, theme.muted()) + 1;
                    pen.put(x, 0, 12, &number::percent(*share), theme.text());
                }
            }
        }
    }
}

fn lines(model: &Model, run: &RunState) -> Vec<Row> {
    let theme = model.settings.theme;
    let mut rows = Vec::new();
    let span = |words: String, style: Style| Span::styled(words, style);
    let (glyph, style) = state_glyph(run.status, theme);
    let mut state =
        vec![span(format!("{:<10}", "state"), theme.muted()), span(format!("{glyph} {}", state_text(run)), style)];
    let progress = progress_text(run);
    if !progress.is_empty() && progress != run.status.name() {
        state.push(span(format!("  {progress}"), theme.text()));
    }
    if let Some(seconds) = run.end.as_ref().map(|end| end.seconds) {
        state.push(span(format!("  in {}", number::seconds(seconds)), theme.muted()));
    }
    if let Some(holder) = run.holder.as_ref().filter(|_| !model.settings.in_process) {
        state.push(span(format!("  {} pid {}", width::clean(&holder.host), holder.pid), theme.muted()));
    }
    rows.push(Row::Words(Line::from(state)));
    if let Some(accuracy) = run.test_accuracy() {
        let mut words = vec![
            span(format!("{:<10}", "accuracy"), theme.muted()),
            span(number::accuracy(f64::from(accuracy)), theme.strong()),
        ];
        if let Some(best) = run.best() {
            let at = if best.epoch > 0.0 { format!(" @ {}", number::short(best.epoch)) } else { String::new() };
            words.push(span("  best ".to_owned(), theme.muted()));
            words.push(span(format!("{}{at}", number::accuracy(f64::from(best.test_accuracy))), theme.text()));
        }
        if let Some(train) = run.last_epoch().and_then(|epoch| epoch.train_accuracy) {
            words.push(span("  train ".to_owned(), theme.muted()));
            words.push(span(number::accuracy(f64::from(train)), theme.text()));
        }
        rows.push(Row::Words(Line::from(words)));
    }
    if let Some(inactive) = &run.inactive {
        let dead = run.metric("dead").and_then(Series::last).map(|point| ("dead", point.value));
        rows.push(Row::Gauge { name: "inactive", share: f64::from(inactive.inactive), other: dead });
    }
    rows.extend(events(model, run).into_iter().map(Row::Words));
    rows
}

/// Alerts, notes and changes, newest first, and what is odd about the log.
fn events(model: &Model, run: &RunState) -> Vec<Line<'static>> {
    let theme = model.settings.theme;
    let glyphs = theme.glyphs();
    let mut events: Vec<(f64, Line<'static>)> = Vec::new();
    let line = |glyph: &str, words: String, style: Style| {
        Line::from(vec![Span::styled(format!("{glyph} "), style), Span::raw(width::clean(&words))])
    };
    for alert in &run.alerts {
        events.push((alert.seconds, line(glyphs.alert, alert.message.clone(), theme.bad())));
    }
    for note in &run.notes {
        events.push((note.seconds, line(glyphs.dot, format!("\"{}\"", note.text), theme.accent())));
    }
    for mark in &run.changes {
        let words =
            format!("{} @ {}", super::curves::change_text(&mark.change, theme), number::count(mark.change.step));
        events.push((mark.seconds, line(glyphs.change, words, theme.warn())));
    }
    events.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut lines: Vec<Line<'static>> = events.into_iter().map(|(_, line)| line).collect();
    if let Some(end) = run.end.as_ref().filter(|end| !matches!(end.reason.as_str(), "" | "completed")) {
        lines.insert(0, line(glyphs.alert, end.reason.clone(), theme.warn()));
    }
    lines
}

/// Train and test loss over the whole planned length, so that the axis never moves.
fn loss_chart(model: &Model, run: &RunState, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let (names, along) = main_metrics(run);
    let mut pen = TextArea::new(buffer, area, theme);
    let mut x = 0;
    for (i, (name, metric)) in names.iter().enumerate() {
        let value = run.metric(metric).and_then(Series::last).map_or(String::new(), |p| number::loss(p.value));
        let style = theme.curve(i);
        x += pen.put(x, 0, 3, theme.glyphs().dash, style) + 1;
        // The end of a metric's name tells it from its neighbours.
        let short = width::fit_end(&width::clean(name), 24, theme.glyphs().ellipsis);
        x += pen.put(x, 0, 24, &short, theme.muted()) + 1;
        x += pen.put(x, 0, 12, &format!("{value:<6}"), theme.text()) + 2;
    }
    let plot = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let width = usize::from(plot.width) * theme.glyphs.dots().0;
    let Some(x_axis) = super::along::whole_span(&[run], along) else {
        return;
    };
    let weight = SMOOTHING[model.charts.smoothing.min(SMOOTHING.len() - 1)];
    let (mut curves, mut clear, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let smoothing = Smoothing { weight, length: x_axis.high - x_axis.low, raw: model.charts.raw };
    for (i, (_, metric)) in names.iter().enumerate() {
        let Some(series) = run.metric(metric) else { continue };
        let styles = (theme.curve(i), theme.shade(i));
        let (raw, curve) = super::curves::raw_and_smooth(series, (along, &x_axis, width), styles, smoothing);
        values.push(raw.as_ref().unwrap_or(&curve).clone());
        curves.extend(raw.filter(|_| smoothing.raw));
        clear.push(Curve { tag: None, ..curve });
    }
    curves.append(&mut clear);
    let marks: Vec<Mark> = super::curves::marks_of(run, along, theme);
    let y = super::range::vertical("", Scale::Linear, model.charts.outliers, &values, &curves).axis;
    Chart { x: x_axis, y, curves: &curves, marks: &marks, cursor: None }.render(buffer, plot, theme);
}

/// The curves that say most about a run, with their short names.
fn main_metrics(run: &RunState) -> (Vec<(String, String)>, Along) {
    let pair = |name: &str, metric: &str| (name.to_owned(), metric.to_owned());
    if run.metric("train_loss").is_some() && run.steps_per_epoch > 0 {
        return (vec![pair("train", "train_loss"), pair("test", "test_loss")], Along::Epoch);
    }
    for metric in ["objective", "progress"] {
        if run.current.is_some() && run.metric(metric).is_some() {
            return (vec![pair(metric, metric)], Along::Seconds);
        }
    }
    let names = crate::ui::metrics::of(&[run]);
    let losses = names.iter().filter(|name| name.contains("loss"));
    let mut chosen: Vec<String> = losses.take(2).cloned().collect();
    if chosen.is_empty() {
        chosen.extend(names.first().cloned());
    }
    (chosen.into_iter().map(|name| (name.clone(), name)).collect(), Along::Step)
}
