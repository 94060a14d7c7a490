//! What a checkpoint holds beside the trainer's own state: the settings as they stood, and what is known of the run.
//!
//! It is JSON under the key `perceptop` of the safetensors header, so that other programs read the weights as ever.
//! Does not depend on files.

use super::alert_rules::AlertRules;
use crate::nn::State;
use crate::protocol::{Origin, Spec, float};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

const KEY: &str = "perceptop";

/// A run between two steps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Saved {
    /// The trainer's state.
    pub(super) state: State,
    /// Everything else.
    pub(super) run: RunSoFar,
}

/// What is known of a run besides its trainer's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RunSoFar {
    /// The run, and where in it this is.
    pub(super) origin: Origin,
    /// The seed of its random streams.
    pub(super) seed: u64,
    /// The settings at this moment, switches included.
    pub(super) spec: Spec,
    /// SHA-256 of the data's files.
    pub(super) data: Vec<String>,
    /// The rules' memory.
    pub(super) watch: AlertRules,
    /// The last epoch's training loss.
    #[serde(default, with = "float")]
    pub(super) train_loss: Option<f32>,
    /// The last evaluation's loss.
    #[serde(default, with = "float")]
    pub(super) test_loss: Option<f32>,
    /// The last evaluation's accuracy.
    #[serde(default, with = "float")]
    pub(super) test_accuracy: Option<f32>,
    /// Seconds of the run so far, pauses excluded.
    #[serde(with = "float")]
    pub(super) seconds: f64,
    /// Seconds spent in steps.
    #[serde(with = "float")]
    pub(super) train_seconds: f64,
    /// The same, of the epoch that is not complete.
    #[serde(with = "float")]
    pub(super) epoch_seconds: f64,
    /// Images trained on.
    pub(super) images: u64,
    /// The same, of the epoch that is not complete.
    pub(super) epoch_images: u64,
}

impl RunSoFar {
    /// Forgets what the run cost so far: a fork counts its own.
    pub(super) fn forget_times(&mut self) {
        (self.seconds, self.train_seconds, self.epoch_seconds) = (0.0, 0.0, 0.0);
        (self.images, self.epoch_images) = (0, 0);
    }
}

impl Saved {
    /// The checkpoint as a safetensors file.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let state = self.state.to_safetensors().map_err(|error| error.to_string())?;
        let tensors = SafeTensors::deserialize(&state).map_err(|error| error.to_string())?;
        let run = serde_json::to_string(&self.run).map_err(|error| error.to_string())?;
        let header = HashMap::from([(KEY.to_owned(), run)]);
        serialize(tensors.tensors(), Some(header)).map_err(|error| error.to_string())
    }

    /// The checkpoint that [`Self::to_bytes`] wrote.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let state = State::from_safetensors(bytes).map_err(|error| error.to_string())?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
        let run = header.metadata().as_ref().and_then(|map| map.get(KEY));
        let run = run.ok_or("the header has no entry \"perceptop\": these are weights, not a checkpoint of a run")?;
        let run = serde_json::from_str(run).map_err(|error| format!("the header's entry \"perceptop\": {error}"))?;
        Ok(Self { state, run })
    }
}

/// The settings in which two specs differ: dotted key, first value, second value.
pub(super) fn differences(first: &Spec, second: &Spec) -> Vec<String> {
    fn compare(key: &str, a: &serde_json::Value, b: &serde_json::Value, found: &mut Vec<String>) {
        match (a, b) {
            (serde_json::Value::Object(a), serde_json::Value::Object(b)) => {
                let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                for inner in keys {
                    let null = serde_json::Value::Null;
                    let dotted = if key.is_empty() { inner.clone() } else { format!("{key}.{inner}") };
                    compare(&dotted, a.get(inner).unwrap_or(&null), b.get(inner).unwrap_or(&null), found);
                }
            }
            _ if a != b => found.push(format!("{key}: {a} and {b}")),
            _ => {}
        }
    }
    let mut found = Vec::new();
    // Specs are plain data that always serialise; were one not to, no difference could be named.
    if let (Ok(first), Ok(second)) = (serde_json::to_value(first), serde_json::to_value(second)) {
        compare("", &first, &second, &mut found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Activation, Features, HogSettings};

    #[test]
    fn differences_name_the_dotted_key_and_both_values() {
        let mut second = Spec { activation: Activation::Relu, ..Spec::default() };
        second.regulariser.l2 = 0.5;
        second.features = Features::Hog(HogSettings::default());
        let found = differences(&Spec::default(), &second);
        assert_eq!(
            found,
            [
                "activation: \"sigmoid\" and \"relu\"",
                "features: \"pixels\" and {\"hog\":{\"orientations\":9,\"cell\":7,\"block\":2}}",
                "regulariser.l2: 0.0 and 0.5"
            ]
        );
        assert!(differences(&second, &second).is_empty());
    }
}
