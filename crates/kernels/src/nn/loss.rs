//! Softmax and cross-entropy, straight from the labels. Does not depend on where the logits come from.

use crate::math::elementwise;

/// What one batch's logits say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct BatchLoss {
    /// Cross-entropy summed over the batch, in nats.
    pub(super) sum: f64,
    /// Samples whose largest logit is that of their label.
    pub(super) correct: usize,
}

/// Turns `logits` of shape (batch, classes), row by row, into dL/dz of the MEAN loss over `divisor` samples, and gives
/// the summed loss. `bias` is added to the logits first. `predictions` receives each row's class, the first where
/// several are largest.
///
/// Each row's largest logit is subtracted before the exponentials, so none overflows; the loss is the logarithm of
/// their sum less the label's shifted logit, so none is the logarithm of 0.
pub(super) fn softmax_cross_entropy(
    logits: &mut [f32],
    bias: &[f32],
    labels: &[u8],
    divisor: f32,
    mut predictions: Option<&mut [u8]>,
) -> BatchLoss {
    let classes = bias.len();
    let mut loss = BatchLoss::default();
    for (row, &label) in logits.chunks_exact_mut(classes).zip(labels) {
        row.iter_mut().zip(bias).for_each(|(logit, bias)| *logit += bias);
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for logit in &mut *row {
            *logit -= largest;
        }
        let of_label = f64::from(row[usize::from(label)]);
        // A row of NaN has no largest entry; it counts as the first class.
        let predicted = row.iter().position(|&logit| logit == 0.0).unwrap_or(0);
        loss.correct += usize::from(predicted == usize::from(label));
        if let Some((first, rest)) = predictions.take().and_then(<[u8]>::split_first_mut) {
            *first = predicted as u8;
            predictions = Some(rest);
        }
        for logit in &mut *row {
            *logit = elementwise::exponential(*logit);
        }
        let total: f32 = row.iter().sum();
        loss.sum += f64::from(total).ln() - of_label;
        let scale = 1.0 / (total * divisor);
        for value in &mut *row {
            *value *= scale;
        }
        row[usize::from(label)] -= 1.0 / divisor;
    }
    loss
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The loss of one row by its definition, in f64.
    fn exact(logits: &[f32], label: u8) -> f64 {
        let total: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        total.ln() - f64::from(logits[usize::from(label)])
    }

    proptest! {
        #[test]
        fn loss_and_gradient_are_those_of_the_definition(
            logits in prop::collection::vec(-20.0_f32..20.0, 8), first in 0_u8..4, second in 0_u8..4,
        ) {
            let labels = [first, second];
            let mut gradient = logits.clone();
            let mut predictions = [9; 2];
            let loss = softmax_cross_entropy(&mut gradient, &[0.0; 4], &labels, 2.0, Some(&mut predictions));
            let expected: f64 = logits.chunks(4).zip(labels).map(|(row, label)| exact(row, label)).sum();
            prop_assert!((loss.sum - expected).abs() < 1e-5 * (1.0 + expected));
            for (row, (slopes, label)) in logits.chunks(4).zip(gradient.chunks(4).zip(labels)) {
                for class in 0..4 {
                    let shares: f64 = row.iter().map(|&logit| f64::from(logit).exp()).sum();
                    let share = f64::from(row[class]).exp() / shares;
                    let slope = (share - f64::from(u8::from(class == usize::from(label)))) / 2.0;
                    prop_assert!((f64::from(slopes[class]) - slope).abs() < 1e-6);
                }
            }
            let right = labels.iter().zip(&predictions).filter(|(label, predicted)| label == predicted).count();
            prop_assert_eq!(loss.correct, right);
        }
    }

    #[test]
    fn extreme_logits_overflow_nothing() {
        let mut logits = [1e4, -1e4, 0.0, -1e4, 1e4, 0.0];
        let loss = softmax_cross_entropy(&mut logits, &[0.0; 3], &[1, 1], 2.0, None);
        assert!((loss.sum - 20_000.0).abs() < 1e-6);
        assert_eq!(loss.correct, 1);
        assert!(logits.iter().all(|slope| slope.is_finite()));
    }

    #[test]
    fn the_bias_counts() {
        let mut logits = [0.0, 0.0];
        softmax_cross_entropy(&mut logits, &[0.0, 3.0], &[0], 1.0, None);
        let share = 1.0 / (1.0 + (-3.0_f32).exp());
        assert!((logits[1] - share).abs() < 1e-6);
    }

    #[test]
    fn a_diverged_row_gives_a_loss_that_is_not_a_number() {
        let mut logits = [f32::NAN, 0.0];
        let loss = softmax_cross_entropy(&mut logits, &[0.0; 2], &[1], 1.0, None);
        assert!(loss.sum.is_nan());
    }
}
