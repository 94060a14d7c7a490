//! The settings of a training run, plain and without defaults of their own. Does not depend on suites or logs: `experiment`
//! translates from `protocol::Spec`, where the defaults stand.

use super::{Activation, NnError};

/// Everything that decides how a network is built and trained, besides the seed and the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Units of each hidden layer, input side first; may be empty, which gives multinomial logistic regression.
    pub hidden: Vec<usize>,
    /// Output units; labels run from 0 to `classes` - 1. 2 to 256.
    pub classes: usize,
    /// The hidden layers' activation.
    pub activation: Activation,
    /// How the weights are drawn.
    pub initialisation: Initialisation,
    /// The step size of gradient descent, above 0.
    pub learning_rate: f32,
    /// Samples a step, at least 1; the last batch of an epoch may be smaller.
    pub batch_size: usize,
    /// Whether each epoch sees the samples in a new random order.
    pub shuffle: bool,
    /// What keeps the network from learning the samples by heart.
    pub regulariser: Regulariser,
}

/// How the weights are drawn; biases start at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Initialisation {
    /// Uniform within sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio 2010).
    Glorot,
    /// Normal with deviation sqrt(2 / fan-in) (He et al. 2015).
    He,
}

/// Strengths of the regularisers, which combine; 0 turns one off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Regulariser {
    /// lambda of the penalty lambda * sum(W^2), biases and slopes excluded.
    pub l2: f32,
    /// Deviation of the normal noise on every hidden activation while training.
    pub forward_noise: f32,
    /// Deviation of the normal noise on dL/dh of every hidden layer, L being the batch's mean loss.
    pub backward_noise: f32,
    /// Deviation of the normal noise on a second copy of every training sample, drawn once a run: an epoch then sees
    /// each sample clean and noisy. A change of it counts from the next epoch on.
    pub augment: f32,
}

impl Regulariser {
    /// # Errors
    /// When a strength is negative or not finite.
    pub fn check(&self) -> Result<(), NnError> {
        let strengths = [
            ("regulariser.l2", self.l2),
            ("regulariser.forward_noise", self.forward_noise),
            ("regulariser.backward_noise", self.backward_noise),
            ("regulariser.augment", self.augment),
        ];
        for (setting, value) in strengths {
            if !(value.is_finite() && value >= 0.0) {
                return Err(NnError::Setting { setting, found: value.to_string(), allowed: "0 or a positive number" });
            }
        }
        Ok(())
    }
}

impl Config {
    /// # Errors
    /// When a setting is out of its range.
    pub fn check(&self) -> Result<(), NnError> {
        let wrong = |setting, found: &dyn ToString, allowed| {
            Err(NnError::Setting { setting, found: found.to_string(), allowed })
        };
        if let Some(units) = self.hidden.iter().find(|&&units| units == 0) {
            return wrong("hidden", units, "at least 1 unit a layer");
        }
        if !(2..=256).contains(&self.classes) {
            return wrong("classes", &self.classes, "2 to 256");
        }
        if !is_step_size(self.learning_rate) {
            return wrong("learning_rate", &self.learning_rate, "a positive number");
        }
        if self.batch_size == 0 {
            return wrong("batch_size", &self.batch_size, "at least 1");
        }
        self.regulariser.check()
    }
}

/// Whether gradient descent can take steps of this size.
pub(super) fn is_step_size(learning_rate: f32) -> bool {
    learning_rate.is_finite() && learning_rate > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            hidden: vec![4],
            classes: 10,
            activation: Activation::Tanh,
            initialisation: Initialisation::Glorot,
            learning_rate: 0.1,
            batch_size: 8,
            shuffle: true,
            regulariser: Regulariser::default(),
        }
    }

    #[test]
    fn settings_out_of_range_are_named_with_what_is_allowed() {
        assert_eq!(config().check(), Ok(()));
        let message = |change: fn(&mut Config)| {
            let mut changed = config();
            change(&mut changed);
            changed.check().unwrap_err().to_string()
        };
        assert_eq!(message(|c| c.hidden = vec![3, 0]), "hidden is 0; allowed is at least 1 unit a layer");
        assert_eq!(message(|c| c.classes = 1), "classes is 1; allowed is 2 to 256");
        assert_eq!(message(|c| c.learning_rate = f32::NAN), "learning_rate is NaN; allowed is a positive number");
        assert_eq!(message(|c| c.batch_size = 0), "batch_size is 0; allowed is at least 1");
        assert_eq!(
            message(|c| c.regulariser.backward_noise = -0.5),
            "regulariser.backward_noise is -0.5; allowed is 0 or a positive number"
        );
    }
}
