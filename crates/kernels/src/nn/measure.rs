//! Measures of a network's health: inactive neurons after the study (section 4.4), and dead units, which the study
//! does not count. Does not depend on how the gradients came about.

/// An entry of dL/dz of a hidden layer, L being the mean loss of the batch, counts as inactive below this.
pub(super) const INACTIVE_THRESHOLD: f32 = 1e-5;

/// Dead units are looked for over the first so many training samples: enough that a unit silent on all of them is
/// silent, few enough to be measured in passing.
pub const DEAD_UNIT_IMAGES: usize = 1000;

/// Inactive neurons of one batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inactivity {
    /// Share of inactive entries among batch x units over all hidden layers, 0 to 1; 0 without hidden layers.
    pub share: f32,
    /// The same for each hidden layer, input side first.
    pub per_layer: Vec<f32>,
    /// Share of inactive entries of each unit of each layer, in percent.
    pub units: Vec<Vec<u8>>,
}

/// Adds to `counts` how many rows of `delta`, of shape (batch, units), have an inactive entry of each unit.
pub(super) fn count_inactive(delta: &[f32], counts: &mut [u32]) {
    for row in delta.chunks_exact(counts.len()) {
        for (count, entry) in counts.iter_mut().zip(row) {
            *count += u32::from(entry.abs() < INACTIVE_THRESHOLD);
        }
    }
}

/// Sums up the `counts` of each unit of each layer over `rows` samples.
pub(super) fn inactivity(counts: &[Vec<u32>], rows: usize) -> Inactivity {
    let share = |inactive: u64, units: usize| {
        if rows * units == 0 { 0.0 } else { (inactive as f64 / (rows * units) as f64) as f32 }
    };
    let totals: Vec<u64> = counts.iter().map(|layer| layer.iter().map(|&count| u64::from(count)).sum()).collect();
    let percent = |&count: &u32| (f64::from(count) * 100.0 / rows.max(1) as f64).round() as u8;
    Inactivity {
        share: share(totals.iter().sum(), counts.iter().map(Vec::len).sum()),
        per_layer: totals.iter().zip(counts).map(|(&total, layer)| share(total, layer.len())).collect(),
        units: counts.iter().map(|layer| layer.iter().map(percent).collect()).collect(),
    }
}

/// Share of the units of each layer that were inactive in every one of `rows` samples.
pub(super) fn dead_shares(counts: &[Vec<u32>], rows: usize) -> Vec<f32> {
    let dead = |layer: &Vec<u32>| layer.iter().filter(|&&count| count as usize == rows).count();
    counts.iter().map(|layer| dead(layer) as f32 / layer.len().max(1) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_below_the_threshold_are_counted_unit_by_unit() {
        let mut counts = [vec![0; 3], vec![0; 2]];
        count_inactive(&[0.0, 1e-5, -9.9e-6, 2.0, -1.0, 1e-7], &mut counts[0]);
        count_inactive(&[0.0, f32::NAN, 0.0, 1.0], &mut counts[1]);
        let found = inactivity(&counts, 2);
        assert_eq!(found.units, [vec![50, 0, 100], vec![100, 0]]);
        assert_eq!(found.per_layer, [0.5, 0.5]);
        assert!((found.share - 0.5).abs() < f32::EPSILON);
        assert_eq!(dead_shares(&counts, 2), [1.0 / 3.0, 0.5]);
    }

    #[test]
    fn a_network_without_hidden_layers_has_none_inactive() {
        assert_eq!(inactivity(&[], 64), Inactivity::default());
    }
}
