//! From the courses of runs to curves: raw and smoothed, single and grouped by a setting.
//!
//! Does not depend on where on the screen they are drawn.

use super::along::{along_of, lies_over, whole_span};
use crate::fmt::number;
use crate::fmt::width;
use crate::state::{Axis as Along, Group, Point, RunState, Series, smoothed};
use crate::ui::groups;
use crate::ui::model::Model;
use crate::ui::tab_state::SMOOTHING;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Axis, BREAK, Curve, Mark, Shape};
use ratatui::style::Style;

/// Below this many readings a curve is not smoothed: there is nothing to smooth away.
const FEW: u64 = 100;

/// Curves with their legend.
pub(super) struct Drawn<'a> {
    /// The curves, the faint ones first.
    pub(super) curves: Vec<Curve>,
    /// The values themselves, drawn or not: what the vertical axis is measured by.
    pub(super) values: Vec<Curve>,
    /// Changes and alerts.
    pub(super) marks: Vec<Mark>,
    /// A line of the legend each.
    pub(super) entries: Vec<Entry<'a>>,
    /// What the marks stand for: glyph, words, style.
    pub(super) notes: Vec<(&'static str, String, Style)>,
}

/// A line of the legend.
pub(super) struct Entry<'a> {
    /// The run's id or the group's name.
    pub(super) name: String,
    /// The curve's colour.
    pub(super) style: Style,
    /// The curve's letter, where colours do not tell.
    pub(super) tag: Option<char>,
    /// The value at a place on the axis, or the newest.
    pub(super) value_at: Box<dyn Fn(Option<f64>) -> String + 'a>,
}

/// The runs whose curves are shown: the marked ones; else the selected one, with the other seeds of its experiment when
/// these are grouped, or with all that are listed when a setting groups them.
pub(super) fn shown(model: &Model) -> Vec<&RunState> {
    let shown = model.shown();
    match (&shown[..], model.charts.grouping.as_deref()) {
        ([run], Some(groups::NAME)) if model.marks.is_empty() => {
            let groups = groups::by(&model.session, model.session.runs(), groups::NAME);
            let own = groups.into_iter().find(|group| group.runs.iter().any(|other| other.id == run.id));
            let runs = own.map_or_else(|| vec![*run], |group| group.runs);
            runs.into_iter().filter(|other| !other.series.is_empty()).collect()
        }
        (_, Some(_)) if model.marks.is_empty() => groups::listed(model).collect(),
        _ => shown,
    }
}

/// The curves of a metric between the ends of an axis, drawn in so many columns of dots.
pub(super) fn drawn<'a>(model: &'a Model, metric: &'a str, runs: &[&'a RunState], x: &Axis, dots: usize) -> Drawn<'a> {
    let along = along_of(model, runs);
    let weight = SMOOTHING[model.charts.smoothing.min(SMOOTHING.len() - 1)];
    // By the whole axis, so that a smoothed curve keeps its form when it is looked at more closely.
    // Unless a part is zoomed to, that is the axis itself; finding it looks at every reading.
    let whole = model.charts.zoom.and_then(|_| whole_span(runs, along));
    let length = whole.map_or(x.high - x.low, |whole| whole.high - whole.low);
    let smoothing = Smoothing { weight, length, raw: model.charts.raw };
    let mut drawn = match &model.charts.grouping {
        Some(field) => {
            let there = |run: &&RunState| run.metric(metric).is_some() && lies_over(run, along);
            let groups = groups::by(&model.session, runs.iter().copied().filter(there), field);
            grouped(model.settings.theme, metric, &groups, (along, x, dots), smoothing)
        }
        None => single(model.settings.theme, metric, runs, (along, x, dots), smoothing),
    };
    for run in runs {
        drawn.marks.extend(marks_of(run, along, model.settings.theme));
        let name = (runs.len() > 1).then_some(&*run.id);
        drawn.notes.extend(notes_of(run, name, along, model.settings.theme));
    }
    drawn.notes.truncate(12);
    drawn
}

/// How curves are smoothed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Smoothing {
    /// What a thousandth of the length keeps of the mean so far, 0 to below 1.
    pub(super) weight: f64,
    /// The length of the whole axis.
    pub(super) length: f64,
    /// Whether the values themselves are drawn behind the smoothed curve.
    pub(super) raw: bool,
}

/// What a curve is drawn over: axis, range, columns of dots.
pub(super) type Place<'a> = (Along, &'a Axis, usize);

fn tag_of(theme: Theme, index: usize, count: usize) -> Option<char> {
    let plain = !theme.has_colour() || theme.glyphs == crate::ui::theme::GlyphSet::Ascii || count > 8;
    (plain && count > 1).then(|| char::from(b'a' + (index % 26) as u8))
}

fn single<'a>(
    theme: Theme,
    metric: &'a str,
    runs: &[&'a RunState],
    place: Place<'_>,
    smoothing: Smoothing,
) -> Drawn<'a> {
    let (along, x, dots) = place;
    let (mut faint, mut clear, mut values, mut entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (i, run) in runs.iter().enumerate() {
        let (style, tag) = (theme.curve(i), tag_of(theme, i, runs.len()));
        let Some(series) = run.metric(metric) else { continue };
        if lies_over(run, along) {
            let (raw, curve) = raw_and_smooth(series, (along, x, dots), (style, theme.shade(i)), smoothing);
            values.push(raw.as_ref().unwrap_or(&curve).clone());
            faint.extend(raw.filter(|_| smoothing.raw));
            clear.push(Curve { tag, ..curve });
        }
        let value_at = Box::new(move |at: Option<f64>| {
            let point = match at {
                Some(at) => series.nearest(along, at),
                None => series.last(),
            };
            point.map_or_else(String::new, |point| figure(metric, point.value))
        });
        entries.push(Entry { name: run.id.to_string(), style, tag, value_at });
    }
    faint.append(&mut clear);
    Drawn { curves: faint, values, marks: Vec::new(), entries, notes: Vec::new() }
}

/// A series as a clear curve; where it is long enough to be smoothed, the raw one to be drawn faintly behind it.
pub(super) fn raw_and_smooth(
    series: &Series,
    (along, x, dots): Place<'_>,
    (clear, faint): (Style, Style),
    smoothing: Smoothing,
) -> (Option<Curve>, Curve) {
    if smoothing.weight == 0.0 || series.len() < FEW {
        return (None, curve_of(series, along, x, dots, clear));
    }
    let mut curve = Curve::line([], clear);
    for pass in passes(&series.points().collect::<Vec<_>>(), along) {
        let points = smooth_points(pass, along, smoothing);
        let inside = points.into_iter().filter(|(at, _)| (x.low..=x.high).contains(at));
        curve.points.push(BREAK);
        curve.points.extend(inside.map(|(at, value)| (at, value, value)));
    }
    (Some(Curve { front: false, ..curve_of(series, along, x, dots, faint) }), curve)
}

fn grouped<'a>(
    theme: Theme,
    metric: &'a str,
    groups: &[Group<'a>],
    place: Place<'_>,
    smoothing: Smoothing,
) -> Drawn<'a> {
    let (along, x, dots) = place;
    let (mut curves, mut means, mut values, mut entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (i, group) in groups.iter().enumerate() {
        let members: Vec<&Series> = group.runs.iter().filter_map(|run| run.metric(metric)).collect();
        values.extend(members.iter().map(|series| curve_of(series, along, x, dots, Style::new())));
        let courses: Vec<Vec<(f64, f64)>> = members
            .iter()
            .map(|series| {
                let weight = if series.len() >= FEW { smoothing.weight } else { 0.0 };
                smooth_points(&last_passes(series, along), along, Smoothing { weight, ..smoothing })
            })
            .collect();
        let (band, mean) = mean_and_band(&courses, x, dots);
        let style = theme.curve(i);
        curves.push(Curve { points: band, style: theme.shade(i), shape: Shape::Band, tag: None, front: false });
        let tag = tag_of(theme, i, groups.len());
        means.push(Curve { tag, ..Curve::line(mean.clone(), style) });
        let count = courses.len();
        let value_at = Box::new(move |at: Option<f64>| {
            let found = match at {
                Some(at) => mean.iter().min_by(|a, b| (a.0 - at).abs().total_cmp(&(b.0 - at).abs())),
                None => mean.last(),
            };
            found.map_or_else(String::new, |(_, value)| figure(metric, *value))
        });
        let varying = if group.alteration.is_none() { group.varying() } else { Vec::new() };
        let varies = if varying.is_empty() { String::new() } else { format!("; {} vary", varying.join(", ")) };
        entries.push(Entry { name: format!("{} ({count}{varies})", group.key), style, tag, value_at });
    }
    curves.append(&mut means);
    Drawn { curves, values, marks: Vec::new(), entries, notes: Vec::new() }
}

/// A curve's points as place, lowest and highest value.
type BandPoints = Vec<(f64, f64, f64)>;

/// At each column of dots the mean over the courses that reach there, and mean minus and plus the sample deviation
/// where there are two or more. A band around values that are all zero or above does not go below zero.
fn mean_and_band(courses: &[Vec<(f64, f64)>], x: &Axis, dots: usize) -> (BandPoints, Vec<(f64, f64)>) {
    let (mut band, mut mean) = (Vec::new(), Vec::new());
    let mut cursors = vec![0_usize; courses.len()];
    let floor = if courses.iter().flatten().any(|(_, value)| *value < 0.0) { f64::NEG_INFINITY } else { 0.0 };
    for column in 0..dots {
        let at = x.low + (column as f64 + 0.5) / dots as f64 * (x.high - x.low);
        let values: Vec<f64> =
            courses.iter().zip(&mut cursors).filter_map(|(course, cursor)| between(course, cursor, at)).collect();
        if values.is_empty() {
            continue;
        }
        let summary = crate::metrics::mean_and_deviation(&values);
        mean.push((at, summary.mean));
        if summary.n > 1 {
            band.push((at, (summary.mean - summary.deviation).max(floor), summary.mean + summary.deviation));
        }
    }
    (band, mean)
}

/// The value of a course at a place, between its neighbours; `cursor` only moves on.
fn between(course: &[(f64, f64)], cursor: &mut usize, at: f64) -> Option<f64> {
    while *cursor + 1 < course.len() && course[*cursor + 1].0 < at {
        *cursor += 1;
    }
    let (x0, y0) = *course.get(*cursor)?;
    let Some(&(x1, y1)) = course.get(*cursor + 1) else {
        return (x0 >= at).then_some(y0).filter(|y| y.is_finite() && *cursor == 0);
    };
    if at < x0 {
        return None;
    }
    let share = if x1 > x0 { ((at - x0) / (x1 - x0)).clamp(0.0, 1.0) } else { 1.0 };
    let value = y0 + share * (y1 - y0);
    value.is_finite().then_some(value)
}

/// The smoothed course of one pass. The weight is what a thousandth of the axis keeps of the mean so far, so that a run
/// of 400 steps and one of 14,000 are smoothed over the same width on the screen, as Weights & Biases does it; the axis
/// being the planned one, the smoothing of a live curve does not change with every step.
fn smooth_points(points: &[Point], along: Along, smoothing: Smoothing) -> Vec<(f64, f64)> {
    let distance = match (points.first(), points.last()) {
        (Some(first), Some(last)) if points.len() > 1 => {
            ((last.x(along) - first.x(along)) / (points.len() - 1) as f64).max(0.0)
        }
        _ => 0.0,
    };
    let weight = match smoothing.weight {
        weight if weight > 0.0 => weight.powf(1000.0 * distance / smoothing.length),
        _ => 0.0,
    };
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    let places = points.iter().map(|point| point.x(along));
    if weight == 0.0 { places.zip(values).collect() } else { places.zip(smoothed(&values, weight)).collect() }
}

/// The points cut where places on the axis go back, as they do where a restarted program wrote on.
fn passes(points: &[Point], along: Along) -> impl Iterator<Item = &[Point]> {
    points.chunk_by(move |from, to| to.x(along) >= from.x(along) || to.x(along).is_nan())
}

/// The points of which none stands before an earlier one: what a restarted program wrote over is left out.
fn last_passes(series: &Series, along: Along) -> Vec<Point> {
    let points: Vec<Point> = series.points().collect();
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for pass in passes(&points, along) {
        let begin = pass.first().map_or(f64::INFINITY, |point| point.x(along));
        while kept.last().is_some_and(|point| point.x(along) >= begin && begin.is_finite()) {
            kept.pop();
        }
        kept.extend_from_slice(pass);
    }
    kept
}

/// A value as the legend writes it.
pub(super) fn figure(metric: &str, value: f64) -> String {
    if metric.contains("accuracy") {
        number::accuracy(value)
    } else if crate::ui::metrics::is_share(metric) {
        number::percent(value)
    } else if metric.contains("loss") {
        number::loss(value)
    } else {
        number::short(value)
    }
}

/// A series as a curve with its lowest and highest value in each of `width` columns of dots; broken where places on the
/// axis go back.
pub(super) fn curve_of(series: &Series, along: Along, x: &Axis, width: usize, style: Style) -> Curve {
    let mut curve = Curve::line([], style);
    if series.is_ascending(along) {
        curve.points = points_of(series, along, x, width);
    } else {
        for pass in series.passes(along) {
            curve.points.push(BREAK);
            curve.points.extend(points_of(&pass, along, x, width));
        }
    }
    curve
}

fn points_of(series: &Series, along: Along, x: &Axis, width: usize) -> BandPoints {
    // Few readings keep their own places; many are gathered into columns.
    if series.is_exact() && series.len() <= width as u64 {
        let points = series.points().map(|point| (point.x(along), point.value, point.value));
        return points.filter(|(at, _, _)| (x.low..=x.high).contains(at)).collect();
    }
    let columns = series.columns(along, x.low, x.high, width);
    let step = (x.high - x.low) / width.max(1) as f64;
    let mut points = Vec::with_capacity(columns.len() * 3);
    for (i, column) in columns.into_iter().enumerate() {
        let Some(column) = column else { continue };
        let at = x.low + (i as f64 + 0.5) * step;
        if column.finite == 0 {
            points.push((at, f64::NAN, f64::NAN));
            continue;
        }
        points.push((at, column.first, column.first));
        points.push((at, column.min, column.max));
        points.push((at, column.last, column.last));
    }
    points
}

/// Restarts that are marked; more of them are no restarts but several programs that write into one file.
const MAX_RESTARTS: usize = 8;

/// Where another program's steps went back: the reading before and the one after, of the longest course.
fn restarts(run: &RunState) -> Vec<(Point, Point)> {
    if run.segments == 0 {
        return Vec::new();
    }
    let Some(series) = run.series.values().max_by_key(|series| series.len()) else { return Vec::new() };
    let mut before: Option<Point> = None;
    let mut found = Vec::new();
    for point in series.points() {
        if let Some(before) = before.filter(|before| point.step < before.step) {
            found.push((before, point));
        }
        before = Some(point);
    }
    found
}

/// What is said of a run whose steps went back.
pub(super) fn restart_notice(run: &RunState) -> Option<String> {
    let restarts = restarts(run);
    let (before, after) = restarts.last()?;
    let (from, to) = (number::short(before.step), number::short(after.step));
    Some(match restarts.len() {
        1 => format!("restarted at step {to}, was at {from}"),
        count if count <= MAX_RESTARTS => format!("restarted {count} times, the last at step {to}, was at {from}"),
        count => format!("step decreased {count} times: several programs in one file?"),
    })
}

fn place_of(along: Along, step: u64, epoch: f64, seconds: f64) -> f64 {
    match along {
        Along::Step => step as f64,
        Along::Epoch => epoch,
        Along::Seconds => seconds,
    }
}

/// Changes, alerts and restarts of a run along the top of a chart.
pub(super) fn marks_of(run: &RunState, along: Along, theme: Theme) -> Vec<Mark> {
    let glyphs = theme.glyphs();
    let changes = run.changes.iter().map(|mark| Mark {
        x: place_of(along, mark.change.step, mark.epoch, mark.seconds),
        glyph: glyphs.change,
        style: theme.warn(),
    });
    let alerts = run.alerts.iter().map(|mark| Mark {
        x: place_of(along, mark.step, mark.epoch, mark.seconds),
        glyph: glyphs.alert,
        style: theme.bad(),
    });
    let mut marks: Vec<Mark> = changes.chain(alerts).collect();
    let restarts = restarts(run);
    if restarts.len() <= MAX_RESTARTS {
        let mark = |(_, to): (Point, Point)| Mark { x: to.x(along), glyph: glyphs.interrupted, style: theme.warn() };
        marks.extend(restarts.into_iter().map(mark));
    }
    marks
}

/// What the marks of a run stand for, under its name where there are several runs.
fn notes_of(run: &RunState, name: Option<&str>, along: Along, theme: Theme) -> Vec<(&'static str, String, Style)> {
    let glyphs = theme.glyphs();
    let mut notes = Vec::new();
    let of_run = name.map_or_else(String::new, |name| format!("{} ", width::clean(name)));
    for mark in &run.changes {
        let at = number::short((place_of(along, mark.change.step, mark.epoch, mark.seconds) * 10.0).round() / 10.0);
        notes.push((glyphs.change, format!("{of_run}{at} {}", change_text(&mark.change, theme)), theme.warn()));
    }
    for mark in &run.alerts {
        let at = number::short((place_of(along, mark.step, mark.epoch, mark.seconds) * 10.0).round() / 10.0);
        notes.push((glyphs.alert, format!("{of_run}{at} {}", width::clean(&mark.message)), theme.bad()));
    }
    notes
}

/// A change in words: `activation relu → tanh`.
pub(super) fn change_text(change: &crate::protocol::Change, theme: Theme) -> String {
    let value = |value: &serde_json::Value| match serde_json::from_value(value.clone()) {
        Ok(regulariser) if value.is_object() => crate::ui::fields::regulariser(&regulariser),
        _ => match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), number::short),
            other => other.to_string(),
        },
    };
    let (from, to) = (value(&change.from), value(&change.to));
    width::clean(&format!("{} {from} {} {to}", change.field.replace('_', " "), theme.glyphs().arrow))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::Scale;

    #[test]
    fn seeds_meet_at_every_place() {
        let courses = vec![vec![(0.0, 1.0), (2.0, 3.0)], vec![(0.0, 3.0), (1.0, 3.0), (2.0, 5.0)]];
        let (band, mean) = mean_and_band(&courses, &Axis::exact(0.0, 2.0, Scale::Linear), 2);
        assert_eq!(mean, [(0.5, 2.25), (1.5, 3.25)]);
        assert_eq!(band.len(), 2);
        assert!(band.iter().zip(&mean).all(|(b, m)| b.1 < m.1 && m.1 < b.2));
    }

    #[test]
    fn a_course_that_ended_leaves_the_mean() {
        let courses = vec![vec![(0.0, 1.0), (1.0, 1.0)], vec![(0.0, 3.0), (4.0, 3.0)]];
        let (_, mean) = mean_and_band(&courses, &Axis::exact(0.0, 4.0, Scale::Linear), 4);
        assert_eq!(mean, [(0.5, 2.0), (1.5, 3.0), (2.5, 3.0), (3.5, 3.0)]);
    }

    fn series(places: &[f64]) -> Series {
        let mut series = Series::new();
        for &step in places {
            series.push(Point { step, value: step, ..Point::default() });
        }
        series
    }

    #[test]
    fn a_restart_is_not_joined_by_a_line() {
        let axis = Axis::exact(0.0, 10.0, Scale::Linear);
        for width in [4, 100] {
            let curve = curve_of(&series(&[0.0, 4.0, 8.0, 2.0, 6.0]), Along::Step, &axis, width, Style::new());
            let pieces: Vec<_> =
                curve.points.split(|point| point.0.is_nan()).filter(|piece| !piece.is_empty()).collect();
            assert_eq!(pieces.len(), 2, "{curve:?}");
            assert!(pieces.iter().all(|piece| piece.is_sorted_by(|a, b| a.0 <= b.0)), "{curve:?}");
        }
        let kept: Vec<f64> =
            last_passes(&series(&[0.0, 4.0, 8.0, 2.0, 6.0]), Along::Step).iter().map(|point| point.step).collect();
        assert_eq!(kept, [0.0, 2.0, 6.0]);
    }

    #[test]
    fn a_band_of_losses_does_not_go_below_zero() {
        let courses = vec![vec![(0.0, 0.01), (1.0, 0.01)], vec![(0.0, 3.0), (1.0, 3.0)]];
        let (band, _) = mean_and_band(&courses, &Axis::exact(0.0, 1.0, Scale::Linear), 4);
        assert!(band.iter().all(|(_, low, _)| *low >= 0.0), "{band:?}");
    }

    #[test]
    fn smoothing_keeps_its_form_when_the_view_is_zoomed() {
        let long = series(&(0..1_000).map(f64::from).collect::<Vec<_>>());
        let smoothing = Smoothing { weight: 0.99, length: 1000.0, raw: true };
        let draw = |high: f64| {
            let axis = Axis::exact(0.0, high, Scale::Linear);
            raw_and_smooth(&long, (Along::Step, &axis, 80), (Style::new(), Style::new()), smoothing)
        };
        let (raw, whole) = draw(1000.0);
        let (_, near) = draw(100.0);
        assert!(raw.is_some_and(|raw| !raw.front));
        assert_eq!(near.points[1..], whole.points[1..near.points.len()]);
    }

    #[test]
    fn changes_are_told_in_the_terms_of_tables() {
        let change = crate::protocol::Change {
            step: 1,
            field: "regulariser".to_owned(),
            from: serde_json::json!({"l2": 0.0, "forward_noise": 0.0, "backward_noise": 0.0, "augment": false}),
            to: serde_json::json!({"l2": 1e-4, "forward_noise": 0.0, "backward_noise": 0.0, "augment": false}),
        };
        assert_eq!(change_text(&change, Theme::default()), "regulariser none → l2 1e-4");
    }
}
