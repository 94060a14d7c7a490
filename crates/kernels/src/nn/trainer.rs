//! Mini-batch stochastic gradient descent, step by step. One trainer is one run: it owns its network, its random
//! streams and every buffer, and shares only the samples. Does not depend on events, files, threads or clocks.

use super::activation::Activation;
use super::config::is_step_size;
use super::pass::{Descent, Noise, Pass};
use super::samples::NoisyCopies;
use super::state::{Progress, Streams};
use super::{Config, InitialWeights, Mlp, NnError, Regulariser, Samples, State};
use crate::math::random::{Purpose, Stream};
use std::ops::ControlFlow;

/// One step's figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Steps done, this one included.
    pub step: u64,
    /// Epochs done, fractional.
    pub epoch: f64,
    /// Mean cross-entropy of the batch in nats before the update, penalty excluded.
    pub loss: f32,
    /// Right answers in the batch before the update.
    pub correct: usize,
    /// Samples in the batch.
    pub samples: usize,
    /// The epoch's figures, when this step was its last.
    pub epoch_end: Option<EpochReport>,
}

/// An epoch's figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    /// Epochs done.
    pub epochs: u64,
    /// Mean cross-entropy over the epoch's samples, each before its batch's update, penalty excluded.
    pub train_loss: f32,
    /// Share of right answers, each before its batch's update, 0 to 1.
    pub train_accuracy: f32,
    /// Euclidean norm of the last batch's gradient over weights and biases, penalty included.
    pub gradient_norm: f32,
    /// lambda * sum(W^2) after the last update.
    pub l2_penalty: f32,
}

/// A run of gradient descent: configuration, network, data and position.
#[derive(Clone, Debug)]
pub struct Trainer {
    pub(super) config: Config,
    seed: u64,
    pub(super) data: Samples,
    pub(super) network: Mlp,
    progress: Progress,
    pub(super) streams: Streams,
    /// This epoch's order of samples and noisy copies.
    order: Vec<u32>,
    pub(super) pass: Pass,
    /// Buffers of evaluations, made at the first one.
    pub(super) wide: Option<Pass>,
    /// Inactive entries of each unit, for measures.
    pub(super) counts: Vec<Vec<u32>>,
    /// A gradient of one weight matrix, for its norm.
    gradient: Vec<f32>,
    /// Samples of the last step; 0 before the first.
    pub(super) last_rows: usize,
}

impl Trainer {
    /// A run at its beginning, weights drawn. Equal arguments give equal runs, bit for bit on one machine.
    ///
    /// # Errors
    /// When the configuration and the data do not fit each other.
    pub fn new(config: Config, seed: u64, data: Samples) -> Result<Self, NnError> {
        config.check()?;
        data.check_labels(config.classes)?;
        if data.is_empty() {
            return Err(NnError::NoSamples);
        }
        check_augmentation(&config.regulariser, &data)?;
        let network = Mlp::new(&config, data.dimension(), &mut Stream::new(seed, Purpose::Weights));
        let streams = Streams {
            forward: Stream::new(seed, Purpose::ForwardNoise),
            backward: Stream::new(seed, Purpose::BackwardNoise),
        };
        let mut trainer = Self {
            pass: Pass::new(&network, config.batch_size),
            wide: None,
            counts: config.hidden.iter().map(|&units| vec![0; units]).collect(),
            gradient: Vec::with_capacity(network.weights.iter().map(ndarray::Array2::len).max().unwrap_or(0)),
            // Room for the noisy copies, which may be switched on later.
            order: Vec::with_capacity(2 * data.len()),
            progress: Progress::default(),
            last_rows: 0,
            config,
            seed,
            data,
            network,
            streams,
        };
        trainer.begin_epoch();
        Ok(trainer)
    }

    /// Begins with given weights, and biases where given, instead of drawn ones.
    ///
    /// # Errors
    /// When their shapes are not the network's.
    pub fn start_from(&mut self, weights: &InitialWeights) -> Result<(), NnError> {
        weights.replace(&mut self.network)
    }

    /// Trains until `epochs` epochs are done or `observer` breaks off. The observer sees every step's report and may
    /// measure and change the run.
    pub fn train<B>(
        &mut self,
        epochs: u64,
        observer: &mut impl FnMut(&mut Self, &StepReport) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        while self.progress.epochs < epochs {
            let report = self.step();
            observer(self, &report)?;
        }
        ControlFlow::Continue(())
    }

    /// One step of gradient descent on the next batch. Allocates nothing of its own.
    pub fn step(&mut self) -> StepReport {
        let rows = self.config.batch_size.min(self.order.len() - self.progress.position);
        self.load(rows);
        let Self { config, network, pass, streams, .. } = self;
        let regulariser = config.regulariser;
        let mut forward = Noise { stream: &mut streams.forward, deviation: regulariser.forward_noise };
        let mut backward = Noise { stream: &mut streams.backward, deviation: regulariser.backward_noise };
        pass.forward(network, config.activation, rows, &mut forward);
        let loss = pass.loss(network, rows, rows as f32, None);
        let last_of_epoch = self.progress.position + rows == self.order.len();
        let descent =
            Descent { activation: config.activation, learning_rate: config.learning_rate, l2: regulariser.l2 };
        let mut squared_gradient = 0.0;
        for layer in (0..network.weights.len()).rev() {
            if layer > 0 {
                pass.backward(network, config.activation, layer, rows, &mut backward);
            }
            if last_of_epoch {
                squared_gradient += pass.squared_gradient(network, layer, rows, regulariser.l2, &mut self.gradient);
            }
            pass.descend(network, layer, rows, descent);
        }
        self.last_rows = rows;
        let progress = &mut self.progress;
        progress.steps += 1;
        progress.position += rows;
        progress.correct += loss.correct;
        progress.loss_sum += loss.sum;
        StepReport {
            step: progress.steps,
            epoch: progress.epochs as f64 + progress.position as f64 / self.order.len() as f64,
            loss: (loss.sum / rows as f64) as f32,
            correct: loss.correct,
            samples: rows,
            epoch_end: last_of_epoch.then(|| self.end_epoch(squared_gradient)),
        }
    }

    /// Gathers the next `rows` samples of this epoch's order.
    fn load(&mut self, rows: usize) {
        let from = self.progress.position;
        let numbers = self.order[from..from + rows].iter().map(|&number| number as usize);
        let copies = NoisyCopies { seed: self.seed, deviation: self.progress.augment };
        let (values, labels, noise) = self.pass.batch(rows);
        self.data.gather(numbers, copies, noise, values, labels);
    }

    fn end_epoch(&mut self, squared_gradient: f64) -> EpochReport {
        let samples = self.order.len() as f64;
        let Progress { epochs, loss_sum, correct, .. } = self.progress;
        let report = EpochReport {
            epochs: epochs + 1,
            train_loss: (loss_sum / samples) as f32,
            train_accuracy: (correct as f64 / samples) as f32,
            gradient_norm: squared_gradient.sqrt() as f32,
            l2_penalty: self.l2_penalty(),
        };
        self.progress = Progress { steps: self.progress.steps, epochs: epochs + 1, ..Progress::default() };
        self.begin_epoch();
        report
    }

    /// Settles this epoch's copies and order. Each epoch's order has a stream of its own, so a checkpoint need not
    /// keep it.
    fn begin_epoch(&mut self) {
        self.progress.augment = self.config.regulariser.augment;
        self.draw_order();
    }

    fn draw_order(&mut self) {
        let copies = if self.progress.augment > 0.0 { 2 } else { 1 };
        self.order.clear();
        self.order.extend(0..(copies * self.data.len()) as u32);
        if self.config.shuffle {
            Stream::new(self.seed, Purpose::Shuffle(self.progress.epochs)).shuffle(&mut self.order);
        }
    }

    /// lambda * sum(W^2) of the current weights.
    #[must_use]
    pub fn l2_penalty(&self) -> f32 {
        let lambda = self.config.regulariser.l2;
        if lambda == 0.0 { 0.0 } else { (f64::from(lambda) * self.network.squared_weights()) as f32 }
    }

    /// Uses another activation from the next step on; weights and slopes stay.
    pub fn set_activation(&mut self, activation: Activation) {
        self.config.activation = activation;
    }

    /// Uses another step size from the next step on.
    ///
    /// # Errors
    /// When it is not a positive number.
    pub fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), NnError> {
        if !is_step_size(learning_rate) {
            let found = learning_rate.to_string();
            return Err(NnError::Setting { setting: "learning_rate", found, allowed: "a positive number" });
        }
        self.config.learning_rate = learning_rate;
        Ok(())
    }

    /// Uses other regularisers from the next step on; noisy copies from the next epoch on.
    ///
    /// # Errors
    /// When a strength is out of its range, or noisy copies are asked of feature vectors.
    pub fn set_regulariser(&mut self, regulariser: Regulariser) -> Result<(), NnError> {
        regulariser.check()?;
        check_augmentation(&regulariser, &self.data)?;
        self.config.regulariser = regulariser;
        Ok(())
    }

    /// The settings now in force.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The network as it is.
    #[must_use]
    pub fn network(&self) -> &Mlp {
        &self.network
    }

    /// Steps done.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.progress.steps
    }

    /// Epochs done, fractional.
    #[must_use]
    pub fn epoch(&self) -> f64 {
        self.progress.epochs as f64 + self.progress.position as f64 / self.order.len() as f64
    }

    /// Steps that the current epoch takes.
    #[must_use]
    pub fn steps_per_epoch(&self) -> u64 {
        self.order.len().div_ceil(self.config.batch_size) as u64
    }

    /// Everything needed to go on from here.
    #[must_use]
    pub fn export_state(&self) -> State {
        State { network: self.network.clone(), progress: self.progress, streams: self.streams.clone() }
    }

    /// Goes on from a saved state. With the configuration, seed and data of the trainer that saved it, what follows is
    /// the same bit for bit; with others it is a fork.
    ///
    /// # Errors
    /// When the state is of a network of another shape, or of more samples than there are. The trainer is then unchanged.
    pub fn import_state(&mut self, state: &State) -> Result<(), NnError> {
        state.check_shape(&self.network)?;
        let copies = if state.progress.augment > 0.0 { 2 } else { 1 };
        let samples = copies * self.data.len();
        if state.progress.position >= samples {
            return Err(NnError::Tensor {
                name: "progress".to_owned(),
                found: format!("at sample {} of its epoch", state.progress.position),
                needed: format!("a position below {samples}"),
            });
        }
        self.network.clone_from(&state.network);
        self.progress = state.progress;
        self.streams = state.streams.clone();
        self.last_rows = 0;
        self.draw_order();
        Ok(())
    }
}

fn check_augmentation(regulariser: &Regulariser, data: &Samples) -> Result<(), NnError> {
    let allowed = if data.are_features() {
        "0: noisy copies are of images, not of their features"
    } else if u32::try_from(2 * data.len()).is_err() {
        "0 with so many samples"
    } else {
        return Ok(());
    };
    if regulariser.augment > 0.0 {
        let found = regulariser.augment.to_string();
        return Err(NnError::Setting { setting: "regulariser.augment", found, allowed });
    }
    Ok(())
}
