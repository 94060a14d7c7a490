//! From the courses of runs to curves: raw and smoothed, single and grouped by a setting.
//!
//! Must not know where on the screen they are drawn.

use crate::state::{Axis as Along, Point, RunState, Series, Status, smoothed};
use crate::ui::facts::SMOOTHING;
use crate::ui::figures;
use crate::ui::groups::{self, Group};
use crate::ui::model::Model;
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Axis, Curve, Mark, Scale, Shape};
use ratatui::style::Style;

/// Below this many readings a curve is not smoothed: there is nothing to smooth away.
const FEW: u64 = 100;

/// Curves with their legend.
pub(super) struct Drawn<'a> {
    /// The curves, the faint ones first.
    pub(super) curves: Vec<Curve>,
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
            model.session.runs().iter().filter(|other| other.name == run.name && !other.series.is_empty()).collect()
        }
        (_, Some(_)) if model.marks.is_empty() => groups::listed(model).collect(),
        _ => shown,
    }
}

/// What the curves lie over: what was chosen, or steps where none of the runs knows epochs or times, as in most files of
/// other programs.
pub(super) fn along_of(model: &Model, runs: &[&RunState]) -> Along {
    let knows = |run: &RunState| match model.charts.axis {
        Along::Step => true,
        Along::Epoch => run.epoch > 0.0,
        Along::Seconds => run.seconds > 0.0,
    };
    // What has settings, this program trains: its epochs will come.
    if runs.iter().any(|run| run.spec.is_some() || knows(run)) { model.charts.axis } else { Along::Step }
}

/// The curves of a metric between the ends of an axis, drawn in so many columns of dots.
pub(super) fn drawn<'a>(model: &Model, metric: &'a str, runs: &[&'a RunState], x: &Axis, dots: usize) -> Drawn<'a> {
    let along = along_of(model, runs);
    let weight = SMOOTHING[model.charts.smoothing.min(SMOOTHING.len() - 1)];
    let mut drawn = match &model.charts.grouping {
        Some(field) => {
            let groups = groups::by(runs.iter().copied().filter(|run| run.metric(metric).is_some()), field);
            grouped(model.settings.theme, metric, &groups, (along, x, dots), weight)
        }
        None => single(model.settings.theme, metric, runs, (along, x, dots), weight),
    };
    for run in runs {
        drawn.marks.extend(marks_of(run, along, model.settings.theme));
        drawn.notes.extend(notes_of(run, along, model.settings.theme));
    }
    drawn.notes.truncate(12);
    drawn
}

/// What a curve is drawn over: axis, range, columns of dots.
pub(super) type Place<'a> = (Along, &'a Axis, usize);

fn tag_of(theme: Theme, index: usize, count: usize) -> Option<char> {
    let plain = !theme.has_colour() || theme.glyphs == crate::ui::theme::GlyphSet::Ascii || count > 8;
    (plain && count > 1).then(|| char::from(b'a' + (index % 26) as u8))
}

fn single<'a>(theme: Theme, metric: &'a str, runs: &[&'a RunState], place: Place<'_>, weight: f64) -> Drawn<'a> {
    let (along, x, dots) = place;
    let (mut faint, mut clear, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for (i, run) in runs.iter().enumerate() {
        let (style, tag) = (theme.curve(i), tag_of(theme, i, runs.len()));
        let Some(series) = run.metric(metric) else { continue };
        let (raw, curve) = raw_and_smooth(series, (along, x, dots), (style, theme.shade(i)), weight);
        faint.extend(raw);
        clear.push(Curve { tag, ..curve });
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
    Drawn { curves: faint, marks: Vec::new(), entries, notes: Vec::new() }
}

/// A series as a clear curve; where it is long enough to be smoothed, the raw one to be drawn faintly behind it.
pub(super) fn raw_and_smooth(
    series: &Series,
    (along, x, dots): Place<'_>,
    (clear, faint): (Style, Style),
    weight: f64,
) -> (Option<Curve>, Curve) {
    if weight == 0.0 || series.len() < FEW {
        return (None, curve_of(series, along, x, dots, clear));
    }
    let points = smooth_points(series, along, x, weight);
    let inside = points.into_iter().filter(|(at, _)| (x.low..=x.high).contains(at));
    (Some(curve_of(series, along, x, dots, faint)), Curve::line(inside, clear))
}

fn grouped<'a>(theme: Theme, metric: &'a str, groups: &[Group<'a>], place: Place<'_>, weight: f64) -> Drawn<'a> {
    let (along, x, dots) = place;
    let (mut curves, mut means, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for (i, group) in groups.iter().enumerate() {
        let members = group.runs.iter().filter_map(|run| run.metric(metric));
        let courses: Vec<Vec<(f64, f64)>> = members
            .map(|series| smooth_points(series, along, x, if series.len() >= FEW { weight } else { 0.0 }))
            .collect();
        let (band, mean) = mean_and_band(&courses, x, dots);
        let style = theme.curve(i);
        curves.push(Curve { points: band, style: theme.shade(i), shape: Shape::Band, tag: None });
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
        entries.push(Entry { name: format!("{} ({count})", group.key), style, tag, value_at });
    }
    curves.append(&mut means);
    Drawn { curves, marks: Vec::new(), entries, notes: Vec::new() }
}

/// A curve's points as place, lowest and highest value.
type BandPoints = Vec<(f64, f64, f64)>;

/// At each column of dots the mean over the courses that reach there, and mean minus and plus the sample deviation
/// where there are two or more.
fn mean_and_band(courses: &[Vec<(f64, f64)>], x: &Axis, dots: usize) -> (BandPoints, Vec<(f64, f64)>) {
    let (mut band, mut mean) = (Vec::new(), Vec::new());
    let mut cursors = vec![0_usize; courses.len()];
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
            band.push((at, summary.mean - summary.deviation, summary.mean + summary.deviation));
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

/// The smoothed course. `weight` is what a thousandth of the axis keeps of the mean so far, so that a run of 400 steps and
/// one of 14,000 are smoothed over the same width on the screen, as Weights & Biases does it; the axis being the planned
/// one, a live curve is not smoothed anew with every step.
fn smooth_points(series: &Series, along: Along, x: &Axis, weight: f64) -> Vec<(f64, f64)> {
    let points: Vec<Point> = series.points().collect();
    let span = |from: &Point, to: &Point| to.x(along) - from.x(along);
    let distance = match (points.first(), points.last()) {
        (Some(first), Some(last)) if points.len() > 1 => span(first, last) / (points.len() - 1) as f64,
        _ => 0.0,
    };
    let weight = if weight > 0.0 { weight.powf(1000.0 * distance / (x.high - x.low)) } else { 0.0 };
    if weight == 0.0 {
        return points.iter().map(|point| (point.x(along), point.value)).collect();
    }
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    points.iter().map(|point| point.x(along)).zip(smoothed(&values, weight)).collect()
}

/// A value as the legend writes it.
pub(super) fn figure(metric: &str, value: f64) -> String {
    if metric.contains("accuracy") {
        figures::accuracy(value)
    } else if crate::ui::metrics::is_share(metric) {
        figures::percent(value)
    } else if metric.contains("loss") {
        figures::loss(value)
    } else {
        figures::short(value)
    }
}

/// A series as a curve with its lowest and highest value in each of `width` columns of dots.
pub(super) fn curve_of(series: &Series, along: Along, x: &Axis, width: usize, style: Style) -> Curve {
    // Few readings keep their own places; many are gathered into columns.
    if series.is_exact() && series.len() <= width as u64 {
        let points = series.points().map(|point| (point.x(along), point.value));
        return Curve::line(points.filter(|(at, _)| (x.low..=x.high).contains(at)), style);
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
    Curve { points, style, shape: Shape::Line, tag: None }
}

/// The whole axis of runs: the planned length where it is known; else what there is, stepping in large steps as long
/// as more may come.
pub(super) fn whole_span(runs: &[&RunState], along: Along) -> Option<Axis> {
    let planned = runs.iter().map(|run| planned(run, along)).reduce(|a, b| a?.max(b?).into()).flatten();
    if let Some(length) = planned.filter(|length| *length > 0.0) {
        return Some(Axis::exact(0.0, length, Scale::Linear));
    }
    let extents = runs.iter().flat_map(|run| run.series.values()).filter_map(|series| series.extent(along));
    let (low, high) = extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    if runs.iter().all(|run| run.status.is_over() || run.status == Status::Quiet) && high > low {
        return Some(Axis::exact(low.min(0.0).max(if low > high * 0.5 { low } else { 0.0 }), high, Scale::Linear));
    }
    Some(Axis::coarse(high))
}

/// The length that a run is planned to have on an axis.
fn planned(run: &RunState, along: Along) -> Option<f64> {
    let spec = run.current.as_deref()?;
    match along {
        Along::Epoch if run.steps_per_epoch > 0 => Some((spec.epochs as f64).max(run.epoch)),
        Along::Step => run.total_steps().map(|steps| (steps as f64).max(run.step as f64)),
        _ => None,
    }
}

fn place_of(along: Along, step: u64, epoch: f64, seconds: f64) -> f64 {
    match along {
        Along::Step => step as f64,
        Along::Epoch => epoch,
        Along::Seconds => seconds,
    }
}

/// Changes and alerts of a run along the top of a chart.
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
    changes.chain(alerts).collect()
}

/// What the marks of a run stand for.
fn notes_of(run: &RunState, along: Along, theme: Theme) -> Vec<(&'static str, String, Style)> {
    let glyphs = theme.glyphs();
    let mut notes = Vec::new();
    for mark in &run.changes {
        let at = figures::short((place_of(along, mark.change.step, mark.epoch, mark.seconds) * 10.0).round() / 10.0);
        notes.push((glyphs.change, format!("{at} {}", change_text(&mark.change, theme)), theme.warn()));
    }
    for mark in &run.alerts {
        let at = figures::short((place_of(along, mark.step, mark.epoch, mark.seconds) * 10.0).round() / 10.0);
        notes.push((glyphs.alert, format!("{at} {}", text::clean(&mark.message)), theme.bad()));
    }
    notes
}

/// A change in words: `activation relu → tanh`.
pub(super) fn change_text(change: &crate::protocol::Change, theme: Theme) -> String {
    let value = |value: &serde_json::Value| match serde_json::from_value(value.clone()) {
        Ok(regulariser) if value.is_object() => crate::ui::fields::regulariser(&regulariser),
        _ => match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), figures::short),
            other => other.to_string(),
        },
    };
    let (from, to) = (value(&change.from), value(&change.to));
    text::clean(&format!("{} {from} {} {to}", change.field.replace('_', " "), theme.glyphs().arrow))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_run_without_epochs_lies_over_its_steps() {
        use crate::protocol::{Event, Metrics, Record};
        let mut run = RunState::new("f".into());
        let values = vec![("loss".into(), 0.5)].into();
        let event = Event::Metrics(Metrics { step: 3.0, segment: 0, values });
        run.apply(&Record { v: 1, seq: 0, t: 0.0, event });
        let mut model = Model::new(crate::ui::Settings::default());
        assert_eq!((model.charts.axis, along_of(&model, &[&run])), (Along::Epoch, Along::Step));
        model.charts.axis = Along::Seconds;
        assert_eq!(along_of(&model, &[&run]), Along::Step);
        run.epoch = 2.0;
        model.charts.axis = Along::Epoch;
        assert_eq!(along_of(&model, &[&run]), Along::Epoch);
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
