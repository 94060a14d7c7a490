//! The tab Neurons: inactive gradients (the study's measure) and dead units side by side, layer by layer; their course;
//! and the units of one layer, one cell each.

use super::{curves, strip};
use crate::fmt::number;
use crate::fmt::width;
use crate::protocol::Inactive;
use crate::state::RunState;
use crate::ui::model::Model;
use crate::ui::widgets::{Axis, Chart, Curve, Scale, TextArea, bar, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the tab.
pub(crate) fn neurons(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let Some((run, inactive)) = model.run().and_then(|run| Some((run, run.inactive.as_ref()?))) else {
        let inside = panel(buffer, area, theme, "neurons", true);
        let words = match model.run() {
            Some(run) if run.current.as_deref().is_some_and(|spec| spec.family != crate::protocol::Family::Mlp) => {
                "k-NN and SVM have no neurons"
            }
            _ => super::nothing::reason(
                model,
                "a log of another program holds no count of inactive neurons",
                "inactive neurons were not measured yet",
            ),
        };
        TextArea::new(buffer, inside, theme).put(1, 1, inside.width, words, theme.muted());
        return;
    };
    let layers = inactive.inactive_per_layer.len() as u16;
    let gauges = Rect { height: (layers + 4).min(area.height), ..area };
    let rest = area.height - gauges.height;
    let units = if inactive.units.is_empty() || rest < 12 { 0 } else { strip_height(inactive, area.width, rest) };
    let course = Rect { y: gauges.bottom(), height: rest - units, ..area };
    let below = Rect { y: course.bottom(), height: units, ..area };
    gauges_of(model, run, inactive, gauges, buffer);
    course_of(model, run, layers, course, buffer);
    if units > 0 {
        strip::strip(model, run, below, buffer);
    }
}

/// Lines for the strip: as many as the largest layer takes, so that choosing a layer moves nothing.
fn strip_height(inactive: &Inactive, width: u16, rest: u16) -> u16 {
    let most = inactive.units.iter().map(Vec::len).max().unwrap_or(0);
    let lines = most.div_ceil(usize::from(width.saturating_sub(4)).max(1)) as u16;
    (lines + 3).min(rest / 2)
}

/// A share in whole percent: finer steps would change cells with every measurement.
fn stepped(share: f32) -> f64 {
    (f64::from(share) * 100.0).round() / 100.0
}

fn gauges_of(model: &Model, run: &RunState, inactive: &Inactive, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let title = format!("neurons of {}", width::clean(&run.id));
    let inside = panel(buffer, area, theme, &title, true);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let side = 18;
    let half = inside.width.saturating_sub(side) / 2;
    let wide = half.saturating_sub(8);
    let mut pen = TextArea::new(buffer, inside, theme);
    let (of_inactive, of_dead) = if half >= 50 {
        ("inactive: |dL/dz| < 1e-5, share of batch x units", "dead: so for every image, share of units")
    } else {
        ("inactive: |dL/dz| < 1e-5", "dead: for every image")
    };
    pen.put(side, 0, half, of_inactive, theme.muted());
    pen.put(side + half, 0, half, of_dead, theme.muted());
    let spec = run.current.as_deref();
    let rows = inactive.inactive_per_layer.iter().zip(inactive.dead_per_layer.iter().map(Some).chain([None; 64]));
    for (layer, (share, dead)) in rows.enumerate() {
        let y = layer as u16 + 1;
        if y >= inside.height {
            break;
        }
        let units = spec.and_then(|spec| spec.hidden.get(layer)).map_or(String::new(), |n| format!("{n} units"));
        pen.put(0, y, side, &format!("layer {} {units:>9}", layer + 1), theme.text());
        gauge(&mut pen, (side, y, wide), stepped(*share), false);
        if let Some(dead) = dead {
            gauge(&mut pen, (side + half, y, wide), stepped(*dead), true);
        }
        if layer == model.layer {
            pen.overlay(0, y, side - 1, theme.selected());
        }
    }
    let y = inactive.inactive_per_layer.len() as u16 + 1;
    pen.put(0, y, side, "all", theme.strong());
    gauge(&mut pen, (side, y, wide), stepped(inactive.inactive), false);
    if let Some(dead) = run.metric("dead").and_then(crate::state::Series::last) {
        gauge(&mut pen, (side + half, y, wide), stepped(dead.value as f32), true);
    }
}

fn gauge(pen: &mut TextArea<'_>, (x, y, wide): (u16, u16, u16), share: f64, warm: bool) {
    let theme = pen.theme();
    let place = Rect::new(pen.area().x + x, pen.area().y + y, wide, 1).intersection(pen.area());
    bar(pen.buffer(), place, theme, share, if warm { theme.warn() } else { theme.bar() });
    pen.put_right(x + wide, y, 6, &number::percent(share), theme.text());
}

fn course_of(model: &Model, run: &RunState, layers: u16, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let along = model.charts.axis;
    let title = format!("over {}: lines inactive, faint lines dead", super::along::along_name(model, along));
    let inside = panel(buffer, area, theme, &title, false);
    let Some(x) = super::along::whole_span(&[run], along) else { return };
    let mut pen = TextArea::new(buffer, Rect { height: 1, ..inside }, theme);
    let mut at = 1;
    for layer in 0..layers {
        at += pen.put(at, 0, 2, theme.glyphs().dash, theme.curve(usize::from(layer))) + 1;
        at += pen.put(at, 0, 9, &format!("layer {}", layer + 1), theme.muted()) + 3;
    }
    let plot = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    let dots = usize::from(plot.width) * theme.glyphs.dots().0;
    let mut faint = Vec::new();
    let mut clear: Vec<Curve> = Vec::new();
    for layer in 0..usize::from(layers) {
        if let Some(series) = run.metric(&format!("dead/{}", layer + 1)) {
            faint.push(curves::curve_of(series, along, &x, dots, theme.shade(layer)));
        }
        if let Some(series) = run.metric(&format!("inactive/{}", layer + 1)) {
            let tag = (!theme.has_colour() && layers > 1).then(|| char::from(b'1' + (layer % 9) as u8));
            clear.push(Curve { tag, ..curves::curve_of(series, along, &x, dots, theme.curve(layer)) });
        }
    }
    faint.append(&mut clear);
    let marks = curves::marks_of(run, along, theme);
    let y = Axis::exact(0.0, 1.0, Scale::Linear);
    Chart { x, y, curves: &faint, marks: &marks, cursor: None }.render(buffer, plot, theme);
}
