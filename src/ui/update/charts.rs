//! Keys of the tab Charts: metric, axes, smoothing, cursor, zoom.

use crate::state::Axis;
use crate::ui::action::Verb;
use crate::ui::effect::Effect;
use crate::ui::groups;
use crate::ui::metrics;
use crate::ui::model::Model;
use crate::ui::tab_state::SMOOTHING;
use crate::ui::tabs;
use crate::ui::widgets::Scale;

/// The narrowest part of an axis that can be zoomed to, as a share of what was seen.
const ZOOM: f64 = 0.5;

pub(super) fn act(model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
    match verb {
        Verb::Up => turn_metric(model, false),
        Verb::Down => turn_metric(model, true),
        Verb::Left => move_cursor(model, -1.0),
        Verb::Right => move_cursor(model, 1.0),
        Verb::PageUp => move_cursor(model, -10.0),
        Verb::PageDown => move_cursor(model, 10.0),
        Verb::First => model.charts.cursor = Some(in_sight(model).0),
        Verb::Last | Verb::Open => model.charts.cursor = Some(in_sight(model).1),
        Verb::NextAxis => turn_axis(model),
        Verb::Scale => {
            model.charts.scale = match model.charts.scale {
                Scale::Linear => Scale::Log,
                Scale::Log => Scale::Linear,
            };
        }
        Verb::Smoother => model.charts.smoothing = (model.charts.smoothing + 1).min(SMOOTHING.len() - 1),
        Verb::Rougher => model.charts.smoothing = model.charts.smoothing.saturating_sub(1),
        Verb::Raw => model.charts.raw = !model.charts.raw,
        Verb::Outliers => model.charts.outliers = !model.charts.outliers,
        Verb::Group => {
            let field = model.charts.grouping.take();
            model.charts.grouping = match field {
                None => Some(groups::NAME.to_owned()),
                Some(field) => groups::after(model, &field),
            };
        }
        Verb::ZoomIn => zoom(model, ZOOM),
        Verb::ZoomOut => zoom(model, 1.0 / ZOOM),
        Verb::Earlier => pan(model, -0.25),
        Verb::Later => pan(model, 0.25),
        Verb::Whole => model.charts.zoom = None,
        Verb::Back if model.charts.cursor.is_some() => model.charts.cursor = None,
        Verb::Back if model.charts.zoom.is_some() => model.charts.zoom = None,
        _ => return None,
    }
    Some(Vec::new())
}

/// The next axis; a part of the old one in sight means nothing on the new.
pub(super) fn turn_axis(model: &mut Model) {
    let charts = &mut model.charts;
    charts.axis = match charts.axis {
        Axis::Step => Axis::Epoch,
        Axis::Epoch => Axis::Seconds,
        Axis::Seconds => Axis::Step,
    };
    charts.axis_chosen = true;
    charts.zoom = None;
    charts.cursor = None;
}

fn turn_metric(model: &mut Model, forward: bool) {
    let names = metrics::of(&model.shown());
    if names.is_empty() {
        return;
    }
    let here = names.iter().position(|name| *name == model.charts.metric).unwrap_or(0);
    let next = if forward { (here + 1) % names.len() } else { (here + names.len() - 1) % names.len() };
    model.charts.metric.clone_from(&names[next]);
}

/// The part of the axis that keys act on, and its columns. The part is that of the model as it is now, not of the last
/// frame, which earlier keys may have left behind; only the columns are the last frame's.
fn in_sight(model: &Model) -> (f64, f64, u16) {
    let (from, to, width) = model.layout.chart;
    let (from, to) = tabs::in_sight(model).unwrap_or((from, to));
    (from, to, width)
}

fn move_cursor(model: &mut Model, columns: f64) {
    let (from, to, width) = in_sight(model);
    let step = (to - from) / f64::from(width.max(2) - 1);
    let here = model.charts.cursor.unwrap_or(if columns < 0.0 { to - columns * step } else { from - columns * step });
    model.charts.cursor = Some((here + columns * step).clamp(from, to.max(from)));
}

fn zoom(model: &mut Model, factor: f64) {
    let (from, to, _) = in_sight(model);
    let middle = model.charts.cursor.filter(|x| (from..=to).contains(x)).unwrap_or(f64::midpoint(from, to));
    let share = if to > from { (middle - from) / (to - from) } else { 0.5 };
    let span = (to - from) * factor;
    let whole = model.charts.zoom.is_none();
    if factor > 1.0 && whole || !(span.is_finite() && span > (to.abs() + from.abs()) * 1e-9) {
        return;
    }
    model.charts.zoom = Some(((middle - share * span).max(0.0), middle + (1.0 - share) * span));
}

fn pan(model: &mut Model, share: f64) {
    if let Some((from, to)) = model.charts.zoom {
        let by = ((to - from) * share).max(-from);
        model.charts.zoom = Some((from + by, to + by));
    }
}
