//! From predictions to what an event says of them.
//!
//! Does not depend on which model predicted.

use crate::dataset::CLASSES;
use crate::metrics::{Confusion, MetricsError};
use crate::protocol::ClassScores;

/// Predictions beside the truth.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Judgement {
    /// Share of right answers, 0 to 1.
    pub(super) accuracy: f32,
    /// True class down, predicted across.
    pub(super) confusion: Vec<Vec<u32>>,
    /// Per-class precision, recall and F1.
    pub(super) scores: ClassScores,
    /// Test index and predicted class of each wrong answer, in order.
    pub(super) misclassified: Vec<(u32, u8)>,
}

/// Judges `predicted` by `truth`.
///
/// # Errors
/// When the two differ in length or hold what is no class.
pub(super) fn judge(truth: &[u8], predicted: &[u8]) -> Result<Judgement, MetricsError> {
    let table = Confusion::from_answers(CLASSES, truth, predicted)?;
    let single = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    let wrong =
        |(index, (truth, predicted)): (usize, (&u8, &u8))| (truth != predicted).then_some((index as u32, *predicted));
    Ok(Judgement {
        accuracy: table.accuracy() as f32,
        confusion: table.rows(),
        scores: ClassScores {
            precision: single(table.precision()),
            recall: single(table.recall()),
            f1: single(table.f1()),
        },
        misclassified: truth.iter().zip(predicted).enumerate().filter_map(wrong).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_answers_are_listed_and_counted() {
        let judged = judge(&[0, 1, 1, 9], &[0, 1, 7, 9]).unwrap();
        assert_eq!(judged.misclassified, [(2, 7)]);
        assert!((judged.accuracy - 0.75).abs() < 1e-6);
        assert_eq!((judged.confusion[1][1], judged.confusion[1][7]), (1, 1));
        assert!((judged.scores.recall[1] - 0.5).abs() < 1e-6);
    }
}
