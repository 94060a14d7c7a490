//! Multilayer perceptrons from scratch: activations, initialisation, forward and backward pass, loss, stochastic
//! gradient descent, regularisers, and the measures of a network's health.
//!
//! A [`Trainer`] is driven step by step and owns every buffer that a step needs. Does not depend on events, files, threads
//! or clocks: what happens to a [`StepReport`] is the caller's affair.

mod activation;
mod config;
mod error;
mod evaluation;
mod initialise;
mod loss;
mod measure;
mod network;
mod pass;
mod samples;
mod state;
mod trainer;

pub use activation::Activation;
pub use config::{Config, Initialisation, Regulariser};
pub use error::NnError;
pub use evaluation::Evaluation;
pub use measure::{DEAD_UNIT_IMAGES, Inactivity};
pub use network::Mlp;
pub use samples::Samples;
pub use state::{InitialWeights, State};
pub use trainer::{EpochReport, StepReport, Trainer};
