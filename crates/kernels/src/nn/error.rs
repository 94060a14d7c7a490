//! What can be wrong with a configuration, data or a saved state before training begins. Does not depend on where any of
//! them came from: the callers add paths and keys.

use thiserror::Error;

/// Why a trainer cannot be made or restored.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum NnError {
    /// A setting is out of its range.
    #[error("{setting} is {found}; allowed is {allowed}")]
    Setting {
        /// The setting's name in a suite.
        setting: &'static str,
        /// The value found.
        found: String,
        /// What is allowed, in words.
        allowed: &'static str,
    },
    /// The inputs are not a whole number of samples, or not as many as there are labels.
    #[error("{values} input values are not {labels} samples of {dimension} values each")]
    SampleCount {
        /// Values found.
        values: usize,
        /// Labels found.
        labels: usize,
        /// Values a sample.
        dimension: usize,
    },
    /// A label is not a class.
    #[error("label {index} is {found}; allowed are the classes 0 to {largest}", largest = classes - 1)]
    Label {
        /// Which sample.
        index: usize,
        /// The label found.
        found: u8,
        /// How many classes there are.
        classes: usize,
    },
    /// There is nothing to train on.
    #[error("the training set is empty")]
    NoSamples,
    /// A tensor that is needed is missing.
    #[error("the tensor {name} is missing")]
    MissingTensor {
        /// The tensor's name.
        name: String,
    },
    /// A tensor has another shape or type than the network needs.
    #[error("the tensor {name} is {found}; this network needs {needed}")]
    Tensor {
        /// The tensor's name.
        name: String,
        /// Shape and type found.
        found: String,
        /// Shape and type needed.
        needed: String,
    },
    /// The bytes are not in the safetensors format.
    #[error("not a safetensors file: {0}")]
    Format(String),
}
