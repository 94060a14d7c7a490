//! What to run: every setting of one run, and the one place where the defaults stand.
//!
//! The defaults are the schedule of the study that perceptop reproduces (Sahoo 2019, section 3). Does not depend on how any
//! of it is carried out, nor which values make sense together: a suite is checked where it is read.

use super::float;
use serde::{Deserialize, Serialize};

/// Every setting of one run. A log holds it complete, so that a later change of a default changes no old log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// The kind of model.
    pub family: Family,
    /// What the model sees of an image.
    pub features: Features,
    /// Units of each hidden layer, input side first. MLP only.
    pub hidden: Vec<usize>,
    /// The hidden layers' activation. MLP only.
    pub activation: Activation,
    /// How weights are drawn. MLP only.
    pub initialisation: Initialisation,
    /// A `.safetensors` file with `W0..` of shape (fan-in, fan-out) and optionally `b0..`, instead of drawing them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_weights: Option<String>,
    /// The step size of stochastic gradient descent.
    #[serde(with = "float")]
    pub learning_rate: f32,
    /// Images a step.
    pub batch_size: usize,
    /// Passes over the training set.
    pub epochs: usize,
    /// Whether each epoch sees the training set in a new random order.
    pub shuffle: bool,
    /// Steps from one `step` record to the next.
    pub log_every: usize,
    /// Epochs from one evaluation on the test set to the next; the last epoch is always evaluated.
    pub evaluate_every: usize,
    /// Steps from one measurement of inactive neurons to the next; 0 turns it off.
    pub inactive_every: usize,
    /// Epochs from one checkpoint to the next; 0 keeps none but those asked for.
    pub checkpoint_every: usize,
    /// What happens when the loss becomes NaN or infinite, or stays at chance.
    pub on_divergence: Divergence,
    /// What keeps the model from learning the training set by heart. MLP only.
    pub regulariser: Regulariser,
    /// Neighbours that vote. k-NN only.
    pub k: usize,
    /// Weight of the hinge loss against the regularisation. SVM only.
    #[serde(with = "float")]
    pub c: f64,
    /// The SVM's solver stops when the gradient's norm fell below this share of its first value. SVM only.
    #[serde(with = "float")]
    pub tolerance: f64,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            family: Family::Mlp,
            features: Features::Pixels,
            hidden: vec![500, 250, 100],
            activation: Activation::Sigmoid,
            initialisation: Initialisation::Glorot,
            initial_weights: None,
            learning_rate: 0.05,
            batch_size: 64,
            epochs: 15,
            shuffle: true,
            log_every: 1,
            evaluate_every: 1,
            inactive_every: 50,
            checkpoint_every: 1,
            on_divergence: Divergence::Stop,
            regulariser: Regulariser::default(),
            k: 3,
            c: 1.0,
            tolerance: 1e-4,
        }
    }
}

/// The kind of model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// A multilayer perceptron trained by stochastic gradient descent.
    #[default]
    Mlp,
    /// k nearest neighbours, brute force.
    Knn,
    /// A linear support vector machine, one against the rest.
    Svm,
}

/// What the model sees of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Features {
    /// The pixels, each byte / 255, row by row.
    #[default]
    Pixels,
    /// Histograms of oriented gradients (Dalal and Triggs 2005).
    Hog(HogSettings),
}

/// The settings of the histograms of oriented gradients. The defaults give 324 values for a 28x28 image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct HogSettings {
    /// Orientation bins over 180 degrees.
    pub orientations: usize,
    /// Pixels along a side of a cell.
    pub cell: usize,
    /// Cells along a side of a block; blocks move by one cell.
    pub block: usize,
}

impl Default for HogSettings {
    fn default() -> Self {
        Self { orientations: 9, cell: 7, block: 2 }
    }
}

/// The non-linearity of the hidden layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// 1 / (1 + exp(-z)).
    #[default]
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// max(0, z).
    Relu,
    /// z where positive, 0.01 z elsewhere.
    LeakyRelu,
    /// z where positive, a z elsewhere, the slope a of each layer learned from 0.25 on (He et al. 2015).
    Prelu,
}

impl Activation {
    /// All of them, in the order in which a key cycles through them.
    pub const ALL: [Self; 5] = [Self::Sigmoid, Self::Tanh, Self::Relu, Self::LeakyRelu, Self::Prelu];

    /// The name in suites and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky_relu",
            Self::Prelu => "prelu",
        }
    }
}

/// How the weights are drawn; biases start at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initialisation {
    /// Uniform within sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio 2010).
    #[default]
    Glorot,
    /// Normal with deviation sqrt(2 / fan-in) (He et al. 2015).
    He,
}

/// What keeps a network from learning the training set by heart. The parts combine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Regulariser {
    /// lambda of the penalty lambda * sum(W^2) over the weight matrices, biases excluded. 0 is off.
    #[serde(with = "float")]
    pub l2: f32,
    /// Deviation of the normal noise added to every hidden activation while training. 0 is off.
    #[serde(with = "float")]
    pub forward_noise: f32,
    /// Deviation of the normal noise added to dL/dh of every hidden layer, L being the batch's mean loss. 0 is off.
    #[serde(with = "float")]
    pub backward_noise: f32,
    /// Whether each epoch also sees a noisy copy of every training image, and how noisy.
    pub augment: Augmentation,
}

/// Noisy copies of the training images: `false`, `true` (deviation 0.01) or the deviation itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Augmentation {
    /// The clean images only.
    #[default]
    Off,
    /// Clean images and copies with normal noise of this deviation, drawn once; pixels count from 0 to 1.
    Noise(f32),
}

impl Augmentation {
    /// The deviation of the study (section 5.2), which `true` stands for.
    pub const STUDY: Self = Self::Noise(0.01);
}

impl Serialize for Augmentation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Off => serializer.serialize_bool(false),
            Self::Noise(_) if *self == Self::STUDY => serializer.serialize_bool(true),
            Self::Noise(sigma) => float::serialize(&sigma, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Augmentation {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Switch(bool),
            Sigma(f32),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Switch(false) => Self::Off,
            Written::Switch(true) => Self::STUDY,
            Written::Sigma(sigma) => Self::Noise(sigma),
        })
    }
}

/// What happens to a run that diverged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Divergence {
    /// The run ends, marked with the step; the next one begins.
    #[default]
    Stop,
    /// The run is marked and goes on.
    Continue,
}
