//! The tab Charts.

use crate::state::{Axis as Along, RunState, Series};
use crate::ui::model::Model;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Axis, Curve, Mark, Shape, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws it.
pub(crate) fn charts(model: &Model, area: Rect, buffer: &mut Buffer) {
    panel(buffer, area, model.settings.theme, "charts", true);
}

/// A series as a curve with its lowest and highest value in each of `width` columns of dots.
pub(super) fn curve_of(series: &Series, along: Along, x: &Axis, width: usize, style: Style) -> Curve {
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

/// Changes and alerts of a run along the top of a chart.
pub(super) fn marks_of(run: &RunState, along: Along, theme: Theme) -> Vec<Mark> {
    let glyphs = theme.glyphs();
    let place = |step: u64, epoch: f64, seconds: f64| match along {
        Along::Step => step as f64,
        Along::Epoch => epoch,
        Along::Seconds => seconds,
    };
    let changes = run.changes.iter().map(|mark| Mark {
        x: place(mark.change.step, mark.epoch, mark.seconds),
        glyph: glyphs.change,
        style: theme.warn(),
    });
    let alerts = run.alerts.iter().map(|mark| Mark {
        x: place(mark.step, mark.epoch, mark.seconds),
        glyph: glyphs.alert,
        style: theme.bad(),
    });
    changes.chain(alerts).collect()
}
