//! The evaluations of a run on the test set, of networks and classic models alike.
//!
//! Does not depend on how they are shown.

use super::RunState;
use crate::protocol::ClassScores;

/// One evaluation on the whole test set.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation<'a> {
    /// Epochs done; absent for classic models.
    pub epoch: Option<f64>,
    /// Share of right answers, 0 to 1.
    pub accuracy: Option<f32>,
    /// True class down, predicted class across.
    pub confusion: &'a [Vec<u32>],
    /// Precision, recall and F1 of each class.
    pub scores: &'a ClassScores,
    /// Test index and predicted class of each wrong answer; empty where not listed.
    pub misclassified: &'a [(u32, u8)],
}

/// The evaluations of a run that have a confusion table, oldest first.
#[must_use]
pub fn of(run: &RunState) -> Vec<Evaluation<'_>> {
    let mut found: Vec<_> = run
        .epochs
        .iter()
        .filter(|epoch| !epoch.confusion.is_empty())
        .map(|epoch| Evaluation {
            epoch: Some(epoch.epoch),
            accuracy: epoch.test_accuracy,
            confusion: &epoch.confusion,
            scores: &epoch.scores,
            misclassified: &epoch.misclassified,
        })
        .collect();
    if let Some(predicted) = run.predicted.as_ref().filter(|predicted| !predicted.confusion.is_empty()) {
        found.push(Evaluation {
            epoch: None,
            accuracy: predicted.test_accuracy,
            confusion: &predicted.confusion,
            scores: &predicted.scores,
            misclassified: &predicted.misclassified,
        });
    }
    found
}

/// The evaluation that a viewer chose, or the newest.
#[must_use]
pub fn chosen(run: &RunState, place: Option<usize>) -> Option<(usize, usize, Evaluation<'_>)> {
    let all = of(run);
    let last = all.len().checked_sub(1)?;
    let place = place.unwrap_or(last).min(last);
    Some((place, all.len(), all[place]))
}
