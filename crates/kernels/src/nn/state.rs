//! A trainer's complete state as bytes in the safetensors format, so that a resumed run goes on bit for bit and other
//! programs can read the weights. Does not depend on files.
//!
//! Tensors: `W0..` (fan-in, fan-out) and `b0..`, f32; `slopes` of the hidden layers, f32; `progress`, u64: steps,
//! epochs, samples of this epoch and right answers among them; `loss_sum` of this epoch, f64; `augment` of this epoch,
//! f32; the random streams' positions `forward_noise` and `backward_noise`, bytes. An epoch's order has a stream of its
//! own, so nothing of it is kept.

use super::{Mlp, NnError};
use crate::math::random::Stream;
use ndarray::Array2;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};
use std::borrow::Cow;

/// Everything that a trainer needs to go on, besides its configuration, seed and data.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub(super) network: Mlp,
    pub(super) progress: Progress,
    pub(super) streams: Streams,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Progress {
    /// Steps done.
    pub(super) steps: u64,
    /// Whole epochs done.
    pub(super) epochs: u64,
    /// Samples of this epoch done.
    pub(super) position: usize,
    /// Right answers among them.
    pub(super) correct: usize,
    /// Cross-entropy summed over them.
    pub(super) loss_sum: f64,
    /// Deviation of the noisy copies of this epoch; 0 without copies.
    pub(super) augment: f32,
}

/// The noise streams' positions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Streams {
    pub(super) forward: Stream,
    pub(super) backward: Stream,
}

/// Weights to begin with instead of drawn ones.
#[derive(Clone, Debug, PartialEq)]
pub struct InitialWeights {
    weights: Vec<Array2<f32>>,
    biases: Vec<Option<Vec<f32>>>,
}

impl State {
    /// Steps done.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.progress.steps
    }

    /// The network as it was.
    #[must_use]
    pub fn network(&self) -> &Mlp {
        &self.network
    }

    /// # Errors
    /// When `network` has another shape.
    pub(super) fn check_shape(&self, network: &Mlp) -> Result<(), NnError> {
        check_shapes(&self.network.weights, &network.weights)
    }

    /// The state as a safetensors file.
    ///
    /// # Errors
    /// When the format cannot hold it, which no network that fits in memory brings about.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, NnError> {
        let Self { network, progress, streams } = self;
        let mut tensors = Vec::new();
        for (layer, weights) in network.weights.iter().enumerate() {
            let bytes = weights.iter().flat_map(|value| value.to_le_bytes()).collect();
            tensors.push((format!("W{layer}"), Tensor::new(Dtype::F32, weights.shape(), bytes)));
        }
        for (layer, bias) in network.biases.iter().enumerate() {
            tensors.push((format!("b{layer}"), Tensor::floats(bias)));
        }
        let counts = [progress.steps, progress.epochs, progress.position as u64, progress.correct as u64];
        let counts = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
        tensors.extend([
            ("slopes".to_owned(), Tensor::floats(&network.slopes)),
            ("progress".to_owned(), Tensor::new(Dtype::U64, &[4], counts)),
            ("loss_sum".to_owned(), Tensor::new(Dtype::F64, &[1], progress.loss_sum.to_le_bytes().to_vec())),
            ("augment".to_owned(), Tensor::floats(&[progress.augment])),
            ("forward_noise".to_owned(), Tensor::stream(&streams.forward)),
            ("backward_noise".to_owned(), Tensor::stream(&streams.backward)),
        ]);
        safetensors::serialize(tensors, None).map_err(|error| NnError::Format(error.to_string()))
    }

    /// The state that [`Self::to_safetensors`] saved.
    ///
    /// # Errors
    /// When the bytes are not such a state.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, NnError> {
        let file = File::read(bytes)?;
        let InitialWeights { weights, biases } = file.weights()?;
        let biases = biases.into_iter().enumerate();
        let biases = biases.map(|(layer, bias)| bias.ok_or_else(|| missing(&format!("b{layer}"))));
        let biases: Vec<Vec<f32>> = biases.collect::<Result<_, _>>()?;
        let slopes = file.floats("slopes", weights.len() - 1)?;
        let counts: Vec<u64> = file
            .values("progress", Dtype::U64, 4)?
            .as_chunks()
            .0
            .iter()
            .map(|&word| u64::from_le_bytes(word))
            .collect();
        let loss_sum =
            file.values("loss_sum", Dtype::F64, 1)?.as_chunks().0.first().map(|&word| f64::from_le_bytes(word));
        let progress = Progress {
            steps: counts[0],
            epochs: counts[1],
            position: counts[2] as usize,
            correct: counts[3] as usize,
            loss_sum: loss_sum.unwrap_or_default(),
            augment: file.floats("augment", 1)?[0],
        };
        let streams = Streams { forward: file.stream("forward_noise")?, backward: file.stream("backward_noise")? };
        Ok(Self { network: Mlp { weights, biases, slopes }, progress, streams })
    }
}

impl InitialWeights {
    /// Reads `W0..` of shape (fan-in, fan-out) and, where present, `b0..`; other tensors are left alone, so a checkpoint
    /// serves too.
    ///
    /// # Errors
    /// When the bytes hold no chain of f32 matrices that fit each other.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, NnError> {
        File::read(bytes)?.weights()
    }

    /// Puts the weights in the place of `network`'s.
    pub(super) fn replace(&self, network: &mut Mlp) -> Result<(), NnError> {
        check_shapes(&self.weights, &network.weights)?;
        network.weights.clone_from(&self.weights);
        for (bias, given) in network.biases.iter_mut().zip(&self.biases) {
            if let Some(given) = given {
                bias.clone_from(given);
            }
        }
        Ok(())
    }
}

fn check_shapes(found: &[Array2<f32>], needed: &[Array2<f32>]) -> Result<(), NnError> {
    for layer in 0..needed.len().max(found.len()) {
        let name = format!("W{layer}");
        let (Some(needed), Some(found)) = (needed.get(layer), found.get(layer)) else {
            let count = |layers: usize| format!("one of {layers} layers");
            return Err(NnError::Tensor { name, found: count(found.len()), needed: count(needed.len()) });
        };
        expect(&name, shape_of(found.shape()), shape_of(needed.shape()))?;
    }
    Ok(())
}

fn shape_of(shape: &[usize]) -> String {
    format!("F32 of shape {shape:?}")
}

fn expect(name: &str, found: String, needed: String) -> Result<(), NnError> {
    if found == needed { Ok(()) } else { Err(NnError::Tensor { name: name.to_owned(), found, needed }) }
}

fn missing(name: &str) -> NnError {
    NnError::MissingTensor { name: name.to_owned() }
}

/// A tensor to be written.
struct Tensor {
    kind: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    fn new(kind: Dtype, shape: &[usize], bytes: Vec<u8>) -> Self {
        Self { kind, shape: shape.to_vec(), bytes }
    }

    fn floats(values: &[f32]) -> Self {
        Self::new(Dtype::F32, &[values.len()], values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    fn stream(stream: &Stream) -> Self {
        Self::new(Dtype::U8, &[Stream::BYTES], stream.to_bytes())
    }
}

impl View for Tensor {
    fn dtype(&self) -> Dtype {
        self.kind
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// A safetensors file to be read.
struct File<'a>(SafeTensors<'a>);

impl<'a> File<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, NnError> {
        SafeTensors::deserialize(bytes).map(Self).map_err(|error| NnError::Format(error.to_string()))
    }

    fn tensor(&self, name: &str) -> Option<TensorView<'a>> {
        self.0.tensor(name).ok()
    }

    fn values(&self, name: &str, kind: Dtype, length: usize) -> Result<&'a [u8], NnError> {
        let tensor = self.tensor(name).ok_or_else(|| missing(name))?;
        let found = format!("{} of shape {:?}", tensor.dtype(), tensor.shape());
        expect(name, found, format!("{kind} of shape [{length}]"))?;
        Ok(tensor.data())
    }

    fn floats(&self, name: &str, length: usize) -> Result<Vec<f32>, NnError> {
        let bytes = self.values(name, Dtype::F32, length)?;
        Ok(bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect())
    }

    fn stream(&self, name: &str) -> Result<Stream, NnError> {
        let bytes = self.values(name, Dtype::U8, Stream::BYTES)?;
        Stream::from_bytes(bytes).ok_or_else(|| NnError::Tensor {
            name: name.to_owned(),
            found: "bytes that are no position of a random stream".to_owned(),
            needed: "a position of a random stream".to_owned(),
        })
    }

    fn weights(&self) -> Result<InitialWeights, NnError> {
        let mut loaded = InitialWeights { weights: Vec::new(), biases: Vec::new() };
        while let Some(tensor) = self.tensor(&format!("W{}", loaded.weights.len())) {
            let layer = loaded.weights.len();
            let name = format!("W{layer}");
            let found = format!("{} of shape {:?}", tensor.dtype(), tensor.shape());
            let fan_in = loaded.weights.last().map(Array2::ncols);
            let &[rows, columns] = tensor.shape() else {
                let needed = "F32 of shape [fan-in, fan-out]".to_owned();
                return Err(NnError::Tensor { name, found, needed });
            };
            expect(&name, found, shape_of(&[fan_in.unwrap_or(rows), columns]))?;
            let values = tensor.data().as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect();
            let matrix = Array2::from_shape_vec((rows, columns), values);
            loaded.weights.push(matrix.map_err(|error| NnError::Format(error.to_string()))?);
            let bias = format!("b{layer}");
            let bias = self.tensor(&bias).map(|_| self.floats(&bias, columns)).transpose()?;
            loaded.biases.push(bias);
        }
        if loaded.weights.is_empty() { Err(missing("W0")) } else { Ok(loaded) }
    }
}
