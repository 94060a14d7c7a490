//! The vertical axis of a chart: the part of the values that is worth seeing, and what is said of the rest.
//!
//! A few outliers do not flatten the rest of a curve: the axis reaches from the 1st to the 99th percentile where what
//! lies outside would take a third of the height or more. The fast fall at the start of a loss is no outlier. Does not
//! depend on which runs are drawn.

use crate::fmt::number;
use crate::ui::metrics;
use crate::ui::widgets::{Axis, Curve, Scale, Shape};

/// Fewer points than this have no outliers.
const FEW: usize = 10;

/// Times the percentiles' range that the start of a curve may add to it.
const START: f64 = 100.0;

/// Share of the percentiles' range that outliers at one end may add to it.
const NEAR: f64 = 0.5;

/// The range of a chart's vertical axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    /// The axis, before it is fitted to rows.
    pub(super) axis: Axis,
    /// What lies outside of it, in words; empty where nothing does.
    pub(super) outside: String,
}

/// The range of a metric's curves, `drawn`, by its values, which may be drawn or hidden behind smoothed curves. `whole`
/// takes in outliers.
pub(super) fn vertical(metric: &str, scale: Scale, whole: bool, values: &[Curve], drawn: &[Curve]) -> Range {
    if metrics::is_share(metric) && scale == Scale::Linear {
        return Range { axis: Axis::exact(0.0, 1.0, Scale::Linear), outside: String::new() };
    }
    let (lows, highs) = sorted(values, scale);
    let (seen_lows, seen_highs) = sorted(drawn, scale);
    let (Some(&low), Some(&high)) = (seen_lows.first(), seen_highs.last()) else {
        return Range { axis: Axis::exact(1.0, 0.0, scale), outside: String::new() };
    };
    let value = |place: f64| if scale == Scale::Log { 10_f64.powf(place) } else { place };
    let (bottom, top) = if whole || lows.len() < FEW {
        (low, high)
    } else {
        // Smoothing spreads an outlier over its neighbours, so that the values themselves are what is looked at.
        let cut = lows.len().div_ceil(100);
        let (bottom, top) = (lows[cut], highs[highs.len() - 1 - cut]);
        let (bottom, top) = with_starts(values, scale, bottom.min(top), top.max(bottom));
        let near = NEAR * (top - bottom);
        (if low >= bottom - near { low } else { bottom }, if high <= top + near { high } else { top })
    };
    let axis = Axis::around(value(bottom), value(top), scale);
    let is_outside = |place: f64| axis.place(value(place)).is_some_and(|place| !(-1e-9..=1.0 + 1e-9).contains(&place));
    let mut parts = Vec::new();
    if is_outside(low) {
        parts.push(format!("down to {}", number::short(value(low))));
    }
    if is_outside(high) {
        parts.push(format!("up to {}", number::short(value(high))));
    }
    let outside = if parts.is_empty() { String::new() } else { format!("outliers {} (o: show)", parts.join(", ")) };
    Range { axis, outside }
}

/// The lowest and the highest places of curves' points, each in order.
fn sorted(curves: &[Curve], scale: Scale) -> (Vec<f64>, Vec<f64>) {
    let (mut lows, mut highs): (Vec<f64>, Vec<f64>) = curves.iter().flat_map(|curve| places(curve, scale)).unzip();
    lows.sort_unstable_by(f64::total_cmp);
    highs.sort_unstable_by(f64::total_cmp);
    (lows, highs)
}

/// Where a curve's points lie, lowest and highest, in the axis's own coordinate.
fn places(curve: &Curve, scale: Scale) -> impl Iterator<Item = (f64, f64)> + '_ {
    curve.points.iter().filter(|(x, low, high)| !x.is_nan() && low.is_finite() && high.is_finite()).filter_map(
        move |&(_, low, high)| {
            let top = scale.coordinate(high)?;
            Some((scale.coordinate(low).unwrap_or(top), top))
        },
    )
}

/// The range with the starts of the curves, up to where each first comes into it, unless these would flatten it too.
fn with_starts(curves: &[Curve], scale: Scale, bottom: f64, top: f64) -> (f64, f64) {
    let (mut low, mut high) = (bottom, top);
    for curve in curves.iter().filter(|curve| curve.shape == Shape::Line) {
        for (from, to) in places(curve, scale).take_while(|(from, to)| *from < bottom || *to > top) {
            (low, high) = (low.min(from), high.max(to));
        }
    }
    if high - low <= START * (top - bottom) { (low, high) } else { (bottom, top) }
}

/// What is said of values that a logarithmic axis cannot show: so many of so many.
pub(super) fn not_shown(count: u64, all: u64) -> Option<String> {
    match count {
        0 => None,
        _ if count >= all => Some(format!("all {all} values are <= 0, none on a log axis (v: linear)")),
        _ => Some(format!("{count} of {all} values <= 0 not shown")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn range(values: impl IntoIterator<Item = f64>, scale: Scale, whole: bool) -> Range {
        let points = values.into_iter().enumerate().map(|(x, value)| (x as f64, value));
        let curve = [Curve::line(points, Style::new())];
        vertical("loss", scale, whole, &curve, &curve)
    }

    fn noise(step: u32) -> f64 {
        f64::from(step * 7919 % 101) / 1010.0
    }

    #[test]
    fn an_outlier_does_not_flatten_the_rest() {
        for scale in [Scale::Linear, Scale::Log] {
            for at in [0, 30, 250, 499] {
                let values = || (0..500).map(|step| if step == at { 1e9 } else { 0.5 + noise(step) });
                let clipped = range(values(), scale, false);
                assert!(clipped.axis.high < 1.0, "{at}: {clipped:?}");
                assert!(clipped.outside.contains("up to 1e9"), "{clipped:?}");
                let whole = range(values(), scale, true);
                assert!(whole.axis.high >= 0.999e9 && whole.outside.is_empty(), "{whole:?}");
            }
        }
        let down = range((0..100).map(|step| if step == 50 { -1e6 } else { 1.0 + noise(step) }), Scale::Linear, false);
        assert!(down.axis.low >= 0.0 && down.outside.contains("down to -1e6"), "{down:?}");
    }

    #[test]
    fn the_fall_of_a_loss_is_seen_from_its_start() {
        for steps in [15, 200, 2_000] {
            let loss = (0..steps).map(|step| 2.3 * (-f64::from(step) / 3.0).exp() + 0.3 + noise(step));
            let range = range(loss, Scale::Linear, false);
            assert!(range.axis.low == 0.0 && range.axis.high > 2.59 && range.outside.is_empty(), "{steps}: {range:?}");
        }
    }

    #[test]
    fn the_axis_is_measured_by_what_is_drawn_and_an_outlier_that_smoothing_spreads_is_one() {
        let line = |values: &[f64]| {
            [Curve::line(values.iter().enumerate().map(|(x, value)| (x as f64, *value)), Style::new())]
        };
        let raw: Vec<f64> = (0..500).map(|step| if step == 250 { 1e6 } else { 3.0 + noise(step) * 10.0 }).collect();
        let smooth = crate::state::smoothed(&raw, 0.99);
        let range = vertical("loss", Scale::Linear, false, &line(&raw), &line(&smooth));
        assert!(range.axis.high < 6.0 && !range.outside.is_empty(), "{range:?}");
        let raw: Vec<f64> = (0..500).map(|step| 3.0 + noise(step) * 10.0).collect();
        let smooth = vec![3.5; 500];
        let hidden = vertical("loss", Scale::Linear, false, &line(&raw), &line(&smooth)).axis;
        assert!(hidden.low > 1.7 && hidden.high < 5.3, "a flat line has an axis of its own: {hidden:?}");
    }

    #[test]
    fn ordinary_noise_has_no_outliers() {
        let range = range((0..1_000).map(|step| 3.0 + noise(step)), Scale::Linear, false);
        assert!(range.outside.is_empty() && range.axis.low >= 2.9, "{range:?}");
    }

    #[test]
    fn a_log_axis_counts_what_it_leaves_out() {
        assert_eq!(not_shown(0, 500), None);
        assert_eq!(not_shown(12, 500).unwrap(), "12 of 500 values <= 0 not shown");
        assert!(not_shown(500, 500).unwrap().starts_with("all 500 values are <= 0"));
        let range = range((-5..5).map(f64::from), Scale::Log, true);
        assert!((range.axis.low - 1.0).abs() < 1e-9 && (range.axis.high - 4.0).abs() < 1e-9, "{range:?}");
    }
}
