//! From the words of a spec to those of the network room, which knows no specs.
//!
//! Does not depend on how either is used.

use crate::dataset::CLASSES;
use crate::experiment::suite::check_spec;
use crate::nn;
use crate::protocol::{Activation, Augmentation, Initialisation, Regulariser, Setting, Spec};
use serde_json::Value;

/// The network's own configuration.
pub(in crate::experiment) fn config(spec: &Spec) -> nn::Config {
    nn::Config {
        hidden: spec.hidden.clone(),
        classes: CLASSES,
        activation: activation(spec.activation),
        initialisation: match spec.initialisation {
            Initialisation::Glorot => nn::Initialisation::Glorot,
            Initialisation::He => nn::Initialisation::He,
        },
        learning_rate: spec.learning_rate,
        batch_size: spec.batch_size,
        shuffle: spec.shuffle,
        regulariser: regulariser(&spec.regulariser),
    }
}

pub(super) fn activation(activation: Activation) -> nn::Activation {
    match activation {
        Activation::Sigmoid => nn::Activation::Sigmoid,
        Activation::Tanh => nn::Activation::Tanh,
        Activation::Relu => nn::Activation::Relu,
        Activation::LeakyRelu => nn::Activation::LeakyRelu,
        Activation::Prelu => nn::Activation::Prelu,
    }
}

pub(super) fn regulariser(regulariser: &Regulariser) -> nn::Regulariser {
    nn::Regulariser {
        l2: regulariser.l2,
        forward_noise: regulariser.forward_noise,
        backward_noise: regulariser.backward_noise,
        augment: match regulariser.augment {
            Augmentation::Off => 0.0,
            Augmentation::Noise(deviation) => deviation,
        },
    }
}

/// Puts `setting` into `spec`: its key, its value before and its value after, as a suite would write them.
pub(in crate::experiment) fn apply(spec: &mut Spec, setting: Setting) -> (&'static str, Value, Value) {
    let before = spec.clone();
    let (key, value): (_, fn(&Spec) -> serde_json::Result<Value>) = match setting {
        Setting::Activation(activation) => {
            spec.activation = activation;
            ("activation", |spec| serde_json::to_value(spec.activation))
        }
        Setting::LearningRate(rate) => {
            spec.learning_rate = rate;
            // Through the shortest decimal of the single-precision number, as every float on the wire.
            ("learning_rate", |spec| serde_json::from_str(&spec.learning_rate.to_string()))
        }
        Setting::Regulariser(regulariser) => {
            spec.regulariser = regulariser;
            ("regulariser", |spec| serde_json::to_value(spec.regulariser))
        }
    };
    // Plain finite data (checked before) always serialises.
    (key, value(&before).unwrap_or_default(), value(spec).unwrap_or_default())
}

/// Checks a setting as a suite's would be checked.
///
/// # Errors
/// In words, naming the key, what was found and what is allowed.
pub(in crate::experiment) fn check_setting(setting: Setting) -> Result<(), String> {
    let mut spec = Spec::default();
    apply(&mut spec, setting);
    check_spec(&spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_says_both_values_as_a_suite_writes_them() {
        let mut spec = Spec::default();
        let changed = apply(&mut spec, Setting::LearningRate(0.1));
        assert_eq!(changed, ("learning_rate", json!(0.05), json!(0.1)));
        let changed = apply(&mut spec, Setting::Activation(Activation::LeakyRelu));
        assert_eq!(changed, ("activation", json!("sigmoid"), json!("leaky_relu")));
        assert_eq!(spec.activation, Activation::LeakyRelu);
    }

    #[test]
    fn impossible_settings_are_refused_in_words() {
        let message = check_setting(Setting::LearningRate(-1.0)).unwrap_err();
        assert_eq!(message, "learning_rate: found -1.0; allowed: a number above 0");
        let noisy = Regulariser { forward_noise: f32::NAN, ..Regulariser::default() };
        assert!(check_setting(Setting::Regulariser(noisy)).unwrap_err().starts_with("regulariser.forward_noise: "));
        check_setting(Setting::Regulariser(Regulariser { l2: 0.1, ..Regulariser::default() })).unwrap();
    }
}
