//! What a person should look at: rules over the losses of a run.
//!
//! The rules are fixed and small so that the same losses always raise the same alerts:
//! - `nan`: a step's loss is NaN or infinite.
//! - `diverged`: by [`DivergenceWatch`], the one rule in `metrics`: an epoch's mean training loss is above twice ln(classes), the loss of
//!   guessing, or stayed within 0.5 % of guessing (or above) for three epochs on end.
//! - `plateau`: over five epochs the training loss fell by less than 0.1 % of itself.
//! - `overfitting`: the test loss rose three evaluations on end, to more than 5 % above its best, while the training
//!   loss fell.
//!
//! `nan` and `diverged` mark a run once, whichever comes first; `plateau` and `overfitting` are told once a run. Must
//! not know what is done about an alert.

use crate::metrics::{Divergence, DivergenceWatch, answers_one_class, chance_loss, is_at_chance};
use crate::protocol::{Alert, AlertKind, Epoch};
use serde::{Deserialize, Serialize};

/// Epochs over which a loss should fall.
const PLATEAU: usize = 5;

/// Watches the losses of one run. Saved with its checkpoints, so that a resumed run raises the same alerts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that a checkpoint keeps")]
pub(super) struct AlertRules {
    marked: bool,
    plateau_told: bool,
    overfitting_told: bool,
    /// The training losses of the last epochs, oldest first, at most `PLATEAU` + 1.
    #[serde(with = "crate::protocol::float")]
    train: Vec<f32>,
    /// The same of the test losses.
    #[serde(with = "crate::protocol::float")]
    test: Vec<f32>,
    #[serde(with = "crate::protocol::float")]
    best_test: Option<f32>,
    /// Whether the last evaluation gave the same answer for every image.
    one_answer: bool,
}

impl AlertRules {
    /// Judges the loss of one step.
    pub(super) fn step(&mut self, step: u64, loss: f32) -> Option<Alert> {
        if loss.is_finite() {
            return None;
        }
        self.mark(AlertKind::Nan, step, format!("the loss of step {step} is {loss}"))
    }

    /// Judges an epoch.
    pub(super) fn epoch(&mut self, epoch: &Epoch, classes: usize) -> Vec<Alert> {
        remember(&mut self.train, epoch.train_loss);
        if let Some(loss) = epoch.test_loss {
            remember(&mut self.test, loss);
        }
        if !epoch.confusion.is_empty() {
            self.one_answer = answers_one_class(&epoch.confusion);
        }
        let mut alerts = Vec::new();
        alerts.extend(self.divergence(epoch.step, classes));
        alerts.extend(self.plateau(epoch.step));
        alerts.extend(self.overfitting(epoch.step));
        self.best_test = match (self.best_test, epoch.test_loss) {
            (Some(best), Some(loss)) => Some(best.min(loss)),
            (best, loss) => best.or(loss),
        };
        alerts
    }

    /// Whether a run that ends now is lost: it was marked, and its last epoch still tells no more than guessing. A run
    /// that learned after its mark is not.
    pub(super) fn is_lost(&self, classes: usize) -> bool {
        self.marked && (self.one_answer || self.train.last().is_none_or(|loss| is_at_chance(*loss, classes)))
    }

    fn divergence(&mut self, step: u64, classes: usize) -> Option<Alert> {
        let chance = chance_loss(classes);
        // Told from the last epochs anew each time: what is remembered here is all that a checkpoint needs to hold.
        let mut judge = DivergenceWatch::new(classes);
        let verdict = self.train.iter().map(|loss| judge.epoch(*loss)).last()??;
        let (kind, message) = match verdict {
            Divergence::NotFinite => {
                (AlertKind::Nan, format!("diverged at step {step}: the training loss is not a number"))
            }
            Divergence::Exploded { loss } => (
                AlertKind::Diverged,
                format!("diverged at step {step}: the training loss grew to {loss:.3}, guessing has {chance:.3}"),
            ),
            // The kind is the same in the log, where it has that name since the first version.
            Divergence::AtChance { loss, epochs } => (
                AlertKind::Diverged,
                format!(
                    "not learning at step {step}: the training loss stays at {loss:.3} for {epochs} epochs, guessing \
                     has {chance:.3}"
                ),
            ),
        };
        self.mark(kind, step, message)
    }

    fn mark(&mut self, kind: AlertKind, step: u64, message: String) -> Option<Alert> {
        (!std::mem::replace(&mut self.marked, true)).then_some(Alert { kind, step, message })
    }

    fn plateau(&mut self, step: u64) -> Option<Alert> {
        let (&first, &last) = (self.train.first()?, self.train.last()?);
        let stands = self.train.len() > PLATEAU && last.is_finite() && first - last < 0.001 * first.abs();
        if !stands || self.marked || std::mem::replace(&mut self.plateau_told, true) {
            return None;
        }
        let message = format!("the training loss went from {first:.4} to {last:.4} in {PLATEAU} epochs");
        Some(Alert { kind: AlertKind::Plateau, step, message })
    }

    fn overfitting(&mut self, step: u64) -> Option<Alert> {
        let rises = |losses: &[f32]| losses.len() >= 4 && losses.windows(2).rev().take(3).all(|pair| pair[1] > pair[0]);
        let falls = |losses: &[f32]| losses.len() >= 4 && losses[losses.len() - 1] < losses[losses.len() - 4];
        let (&loss, best) = (self.test.last()?, self.best_test?);
        let overfits = rises(&self.test) && falls(&self.train) && loss > 1.05 * best;
        if !overfits || std::mem::replace(&mut self.overfitting_told, true) {
            return None;
        }
        let message = format!("the test loss rose to {loss:.4} from {best:.4} at best, while the training loss falls");
        Some(Alert { kind: AlertKind::Overfitting, step, message })
    }
}

fn remember(losses: &mut Vec<f32>, loss: f32) {
    losses.push(loss);
    if losses.len() > PLATEAU + 1 {
        losses.remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of alert, each with the epoch (from 1) at which it is told. Between any two epochs the watch goes
    /// through a checkpoint.
    fn told(losses: &[(f32, f32)]) -> Vec<(AlertKind, usize)> {
        let mut watch = AlertRules::default();
        let mut told = Vec::new();
        for (index, (train_loss, test_loss)) in losses.iter().enumerate() {
            let epoch = Epoch { train_loss: *train_loss, test_loss: Some(*test_loss), ..Epoch::default() };
            told.extend(watch.epoch(&epoch, 10).into_iter().map(|alert| (alert.kind, index + 1)));
            watch = serde_json::from_str(&serde_json::to_string(&watch).unwrap()).unwrap();
        }
        told
    }

    #[test]
    fn the_studys_sigmoid_raises_no_alert() {
        // A slow epoch at first, then learning.
        assert_eq!(told(&[(2.30, 2.29), (2.28, 2.25), (1.9, 1.4), (1.0, 0.8), (0.7, 0.6)]), []);
    }

    #[test]
    fn epochs_at_chance_are_a_divergence() {
        assert_eq!(told(&[(2.31, 2.3); 8]), [(AlertKind::Diverged, 3)]);
        let mut collapsed = vec![(0.5, 0.5), (0.4, 0.4)];
        collapsed.extend([(2.31, 2.3); 8]);
        assert_eq!(told(&collapsed), [(AlertKind::Diverged, 5)]);
    }

    #[test]
    fn a_run_that_learns_after_its_mark_is_not_lost() {
        let mut watch = AlertRules::default();
        assert!(!watch.is_lost(10));
        let mut lost = Vec::new();
        for train_loss in [2.31, 2.31, 2.31, 2.1, 1.2] {
            watch.epoch(&Epoch { train_loss, ..Epoch::default() }, 10);
            lost.push(watch.is_lost(10));
        }
        assert_eq!(lost, [false, false, true, false, false]);
        watch.epoch(&Epoch { train_loss: f32::NAN, ..Epoch::default() }, 10);
        assert!(watch.is_lost(10));
    }

    #[test]
    fn growth_beyond_chance_is_a_divergence_at_once() {
        assert_eq!(told(&[(400.0, 3.0), (2.0, 2.0)]), [(AlertKind::Diverged, 1)]);
    }

    #[test]
    fn a_loss_that_is_no_number_marks_once() {
        let mut watch = AlertRules::default();
        assert_eq!(watch.step(6, 2.0), None);
        assert_eq!(watch.step(7, f32::NAN).unwrap().step, 7);
        assert_eq!(watch.step(8, f32::INFINITY), None);
        let epoch = Epoch { train_loss: f32::NAN, ..Epoch::default() };
        assert_eq!((0..9).flat_map(|_| watch.epoch(&epoch, 10)).count(), 0);
    }

    #[test]
    fn plateau_and_overfitting_are_told_once() {
        assert_eq!(told(&[(0.5, 0.5); 9]), [(AlertKind::Plateau, 6)]);
        let rising: Vec<_> = (0..9_u8).map(|n| (1.0 - 0.1 * f32::from(n), 0.5 + 0.1 * f32::from(n))).collect();
        assert_eq!(told(&rising), [(AlertKind::Overfitting, 4)]);
    }
}
