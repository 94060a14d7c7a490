//! When a run has gone wrong, judged from losses alone. Must not know what is done about it.

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

/// Watches the losses of one run. A slow start is no divergence: the study's sigmoid network spends its first epoch
/// near chance, so only whole epochs count, and three of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DivergenceWatch {
    chance: f32,
    epochs_at_chance: u32,
}

impl DivergenceWatch {
    /// Epochs at chance in a row that count as divergence.
    pub const PATIENCE: u32 = 3;

    /// For a network with this many classes, whose chance loss is ln(classes).
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { chance: (classes as f32).ln(), epochs_at_chance: 0 }
    }

    /// Judges one batch's mean loss.
    #[must_use]
    pub fn step(&self, loss: f32) -> Option<Divergence> {
        (!loss.is_finite()).then_some(Divergence::NotFinite)
    }

    /// Whether a mean loss tells nothing: within 0.5 % of ln(classes), above it, or no number.
    #[must_use]
    pub fn is_lost(&self, loss: f32) -> bool {
        !loss.is_finite() || loss > 0.995 * self.chance
    }

    /// Judges an epoch's mean loss. At chance is within 0.5 % of ln(classes), or above; exploded is twice that.
    #[must_use]
    pub fn epoch(&mut self, loss: f32) -> Option<Divergence> {
        if !loss.is_finite() {
            return Some(Divergence::NotFinite);
        }
        self.epochs_at_chance = if self.is_lost(loss) { self.epochs_at_chance + 1 } else { 0 };
        if loss > 2.0 * self.chance {
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
}
