//! The step along a direction that minimises the squared hinge objective exactly.
//!
//! Along a direction the objective is a convex parabola spline, its slope continuous, rising and piecewise linear;
//! Newton's method on the slope, kept within a bracket, ends after a few looks at the margins (Keerthi and `DeCoste`
//! 2005, section 4). Does not depend on how the direction was found.

/// What the objective looks like along a direction, for one class.
pub(super) struct Line<'a> {
    /// y (w x + b) of each sample at the start.
    pub(super) margins: &'a [f32],
    /// How much each margin grows along the whole direction.
    pub(super) growth: &'a [f32],
    /// Inner product of weights and direction, bias included.
    pub(super) weights_along: f64,
    /// Squared norm of the direction, bias included.
    pub(super) length: f64,
    /// C.
    pub(super) hinge_weight: f64,
}

impl Line<'_> {
    /// The step at which the slope vanishes; between 0 and 64.
    pub(super) fn minimum(&self) -> f64 {
        let (start, _) = self.slope(0.0);
        // At a minimum the direction is rounding: there is nowhere to go.
        if start >= 0.0 || start.is_nan() {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, 64.0);
        let mut step = 1.0;
        for _ in 0..30 {
            let (slope, curvature) = self.slope(step);
            if slope.abs() <= 1e-3 * start.abs() {
                break;
            }
            if slope < 0.0 {
                low = step;
            } else {
                high = step;
            }
            let newton = step - slope / curvature;
            step = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        }
        step
    }

    /// First and second derivative of the objective at `step`.
    fn slope(&self, step: f64) -> (f64, f64) {
        let (first, second) = hinge_slopes(self.margins, self.growth, step as f32);
        (
            self.weights_along + step * self.length - 2.0 * self.hinge_weight * first,
            self.length + 2.0 * self.hinge_weight * second,
        )
    }
}

/// The sums over samples within the margin of (1 - margin) growth, and of growth squared. Lanes are single precision
/// over a block and double precision across blocks.
#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn hinge_slopes(margins: &[f32], growth: &[f32], step: f32) -> (f64, f64) {
    let (mut first, mut second) = (0.0, 0.0);
    for (margins, growth) in margins.chunks(1024).zip(growth.chunks(1024)) {
        let (mut block_first, mut block_second) = ([0f32; 16], [0f32; 16]);
        let (margin_lanes, margin_rest) = margins.as_chunks::<16>();
        let (growth_lanes, growth_rest) = growth.as_chunks::<16>();
        for (margins, growth) in margin_lanes.iter().zip(growth_lanes) {
            for lane in 0..16 {
                let within = 1.0 - (margins[lane] + step * growth[lane]);
                let active = if within > 0.0 { growth[lane] } else { 0.0 };
                block_first[lane] += within * active;
                block_second[lane] += active * active;
            }
        }
        for (margin, growth) in margin_rest.iter().zip(growth_rest) {
            let within = 1.0 - (margin + step * growth);
            let active = if within > 0.0 { *growth } else { 0.0 };
            block_first[0] += within * active;
            block_second[0] += active * active;
        }
        first += block_first.iter().map(|&sum| f64::from(sum)).sum::<f64>();
        second += block_second.iter().map(|&sum| f64::from(sum)).sum::<f64>();
    }
    (first, second)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "equal counts give equal bits")]

    use super::*;
    use proptest::prelude::*;

    /// The objective along the line, without what is constant.
    fn objective(line: &Line<'_>, step: f64) -> f64 {
        let hinge = line
            .margins
            .iter()
            .zip(line.growth)
            .map(|(&margin, &growth)| (1.0 - (f64::from(margin) + step * f64::from(growth))).max(0.0).powi(2));
        step * line.weights_along + 0.5 * step * step * line.length + line.hinge_weight * hinge.sum::<f64>()
    }

    proptest! {
        #[test]
        fn no_other_step_is_lower(
            samples in prop::collection::vec((-3.0f32..3.0, -2.0f32..2.0), 1..60),
            weights_along in -2.0f64..2.0,
            length in 0.1f64..4.0,
            hinge_weight in 0.01f64..10.0,
        ) {
            let (margins, growth): (Vec<f32>, Vec<f32>) = samples.into_iter().unzip();
            let line = Line { margins: &margins, growth: &growth, weights_along, length, hinge_weight };
            let step = line.minimum();
            let lowest = objective(&line, step);
            let slack = 1e-4 * (objective(&line, 0.0).abs() + 1.0);
            prop_assert!(lowest <= objective(&line, 0.0) + 1e-9);
            for other in 0..200 {
                prop_assert!(lowest <= objective(&line, f64::from(other) * 0.1) + slack, "{step} beside {other}");
            }
        }
    }

    #[test]
    fn a_parabola_ends_at_its_vertex() {
        // No sample within the margin: 2 step^2 / 2 - 3 step.
        let line = Line { margins: &[5.0], growth: &[0.0], weights_along: -3.0, length: 2.0, hinge_weight: 1.0 };
        assert!((line.minimum() - 1.5).abs() < 1e-9);
        let uphill = Line { weights_along: 1.0, ..line };
        assert_eq!(uphill.minimum(), 0.0);
    }
}
