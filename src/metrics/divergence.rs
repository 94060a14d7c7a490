//! When a run has gone wrong, judged from its losses and answers alone: the one rule by which runs are trained, shown
//! and reported.
//!
//! Guessing among `n` classes has a mean cross-entropy of ln(n). A loss far above that, or no number, is divergence; one
//! that stays there is a run that does not learn. Does not depend on what is done about it.

/// A mean loss within this share of ln(classes), or above it, tells no more than guessing.
const AT_CHANCE: f32 = 0.995;

/// Times ln(classes) above which a mean loss has grown beyond anything that guessing gives.
pub const GROWN: f32 = 2.0;

/// Times its lowest mean loss above which a run that is at chance now had learned something, and lost it.
const LOST_AGAIN: f32 = 1.1;

/// How a run went wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Divergence {
    /// A batch's loss is NaN or infinite.
    NotFinite,
    /// The mean loss of an epoch is far above what guessing gives.
    Exploded {
        /// The epoch's mean loss.
        loss: f32,
    },
    /// For several epochs in a row the mean loss stayed at what guessing gives, or above.
    AtChance {
        /// The last epoch's mean loss.
        loss: f32,
        /// How many epochs it has been so.
        epochs: u32,
    },
}

/// What became of a run that went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Its loss grew, or is not finite.
    Diverged,
    /// It is at chance and was never better.
    NotLearning,
}

/// The loss of guessing among so many classes: ln(classes).
#[must_use]
pub fn chance_loss(classes: usize) -> f32 {
    (classes as f32).ln()
}

/// Whether a mean loss over so many classes tells no more than guessing, or is no number.
#[must_use]
pub fn is_at_chance(loss: f32, classes: usize) -> bool {
    !loss.is_finite() || loss > AT_CHANCE * chance_loss(classes)
}

/// Whether a confusion table (true class down, predicted class across) has one and the same answer for every sample,
/// which is as good as guessing however low the loss is. False for a table without samples.
#[must_use]
pub fn answers_one_class(confusion: &[Vec<u32>]) -> bool {
    let classes = confusion.iter().map(Vec::len).max().unwrap_or(0);
    let answered = (0..classes).filter(|&class| confusion.iter().any(|row| row.get(class).is_some_and(|n| *n > 0)));
    confusion.len() > 1 && answered.take(2).count() == 1
}

/// What became of a run whose last mean loss is `last`, of `lowest` among all of its epochs, when it tells no more than
/// guessing among `classes`.
#[must_use]
pub fn failure(last: f32, lowest: f32, classes: usize) -> Failure {
    let grew = !last.is_finite() || last > GROWN * chance_loss(classes) || last > LOST_AGAIN * lowest;
    if grew { Failure::Diverged } else { Failure::NotLearning }
}

/// Watches the losses of one run. A slow start is no divergence: the study's sigmoid network spends its first epoch
/// near chance, so only whole epochs count, and three of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DivergenceWatch {
    classes: usize,
    epochs_at_chance: u32,
}

impl DivergenceWatch {
    /// Epochs at chance in a row that count as divergence.
    pub const PATIENCE: u32 = 3;

    /// For a network with this many classes, whose chance loss is ln(classes).
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { classes, epochs_at_chance: 0 }
    }

    /// Judges one batch's mean loss.
    #[must_use]
    pub fn step(&self, loss: f32) -> Option<Divergence> {
        (!loss.is_finite()).then_some(Divergence::NotFinite)
    }

    /// Judges an epoch's mean loss. At chance is within 0.5 % of ln(classes), or above; exploded is twice that.
    #[must_use]
    pub fn epoch(&mut self, loss: f32) -> Option<Divergence> {
        if !loss.is_finite() {
            return Some(Divergence::NotFinite);
        }
        self.epochs_at_chance = if is_at_chance(loss, self.classes) { self.epochs_at_chance + 1 } else { 0 };
        if loss > GROWN * chance_loss(self.classes) {
            return Some(Divergence::Exploded { loss });
        }
        let epochs = self.epochs_at_chance;
        (epochs >= Self::PATIENCE).then_some(Divergence::AtChance { loss, epochs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_seen_at_once_and_chance_after_three_epochs() {
        let mut watch = DivergenceWatch::new(10);
        assert_eq!(watch.step(2.9), None);
        assert_eq!(watch.step(f32::NAN), Some(Divergence::NotFinite));
        assert_eq!(watch.epoch(f32::INFINITY), Some(Divergence::NotFinite));
        assert_eq!(watch.epoch(2.31), None);
        assert_eq!(watch.epoch(2.31), None);
        assert_eq!(watch.epoch(2.32), Some(Divergence::AtChance { loss: 2.32, epochs: 3 }));
        assert_eq!(watch.epoch(7.0), Some(Divergence::Exploded { loss: 7.0 }));
    }

    #[test]
    fn a_slow_start_is_forgiven() {
        let mut watch = DivergenceWatch::new(10);
        for loss in [2.303, 2.298, 2.2, 2.303, 2.301, 1.9] {
            assert_eq!(watch.epoch(loss), None, "{loss}");
        }
    }

    #[test]
    fn a_run_that_never_learned_did_not_diverge() {
        // Learning rates 1e-6 and 1e-5 of the study, its learning rate 10, a network that lost what it had learned.
        for (last, lowest, expected) in [
            (2.573, 2.573, Failure::NotLearning),
            (2.413, 2.413, Failure::NotLearning),
            (11.27, 2.722, Failure::Diverged),
            (2.31, 0.4, Failure::Diverged),
            (f32::NAN, 0.4, Failure::Diverged),
        ] {
            assert_eq!(failure(last, lowest, 10), expected, "{last} after {lowest}");
        }
    }

    #[test]
    fn one_answer_for_everything_is_guessing() {
        assert!(answers_one_class(&[vec![0, 980], vec![0, 1135]]));
        assert!(!answers_one_class(&[vec![1, 979], vec![0, 1135]]));
        assert!(!answers_one_class(&[vec![0, 0], vec![0, 0]]));
        assert!(!answers_one_class(&[]));
        assert!(!answers_one_class(&[vec![7]]), "there is only one class to answer");
    }
}
