//! What is measured of a network under training, without changing the run: answers on other samples, inactive neurons,
//! dead units. The measure of inactivity is the study's (section 4.4). Does not depend on events, files, threads or clocks.

use super::measure::{self, Inactivity};
use super::pass::{Noise, Pass};
use super::samples::NoisyCopies;
use super::{DEAD_UNIT_IMAGES, NnError, Samples, Trainer};

/// Samples that an evaluation takes at once: large enough for fast products, small enough that many runs fit in memory.
const EVALUATION_ROWS: usize = 250;

/// How a network does on samples that it is not trained on, without any noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean cross-entropy in nats, penalty excluded.
    pub loss: f32,
    /// Right answers.
    pub correct: usize,
    /// The predicted class of each sample.
    pub predictions: Vec<u8>,
}

impl Trainer {
    /// The inactive neurons of the last step, before its update; nothing inactive before the first step. Cheap.
    #[must_use]
    pub fn inactivity(&mut self) -> Inactivity {
        for (layer, counts) in self.counts.iter_mut().enumerate() {
            counts.fill(0);
            measure::count_inactive(self.pass.delta(layer, self.last_rows), counts);
        }
        measure::inactivity(&self.counts, self.last_rows)
    }

    /// Share of dead units of each hidden layer, 0 to 1: units inactive in every one of the first
    /// [`DEAD_UNIT_IMAGES`] training samples, clean and without noise, their gradients scaled as in a training batch.
    /// Costs about nine steps of 64, so measure it once an epoch rather than every few steps.
    #[must_use]
    pub fn dead_units(&mut self) -> Vec<f32> {
        let total = self.data.len().min(DEAD_UNIT_IMAGES);
        self.counts.iter_mut().for_each(|counts| counts.fill(0));
        let data = self.data.clone();
        let mut silence = self.streams.forward.clone();
        let mut wide = self.take_wide();
        for from in (0..total).step_by(wide.capacity()) {
            let rows = wide.capacity().min(total - from);
            load_clean(&mut wide, &data, from, rows);
            let mut none = Noise { stream: &mut silence, deviation: 0.0 };
            wide.forward(&self.network, self.config.activation, rows, &mut none);
            wide.loss(&self.network, rows, self.config.batch_size as f32, None);
            for layer in (0..self.counts.len()).rev() {
                wide.backward(&self.network, self.config.activation, layer + 1, rows, &mut none);
                measure::count_inactive(wide.delta(layer, rows), &mut self.counts[layer]);
            }
        }
        self.wide = Some(wide);
        measure::dead_shares(&self.counts, total)
    }

    /// Loss and predictions on `samples`, in batches of 250, without noise. Changes nothing of the run.
    ///
    /// # Errors
    /// When the samples are not such as the network takes.
    pub fn evaluate(&mut self, samples: &Samples) -> Result<Evaluation, NnError> {
        self.check_fit(samples)?;
        let mut evaluation = Evaluation { loss: 0.0, correct: 0, predictions: vec![0; samples.len()] };
        let mut sum = 0.0;
        let mut silence = self.streams.forward.clone();
        let mut wide = self.take_wide();
        let capacity = wide.capacity();
        for (part, predictions) in evaluation.predictions.chunks_mut(capacity).enumerate() {
            let rows = predictions.len();
            load_clean(&mut wide, samples, part * capacity, rows);
            let mut none = Noise { stream: &mut silence, deviation: 0.0 };
            wide.forward(&self.network, self.config.activation, rows, &mut none);
            let loss = wide.loss(&self.network, rows, rows as f32, Some(predictions));
            sum += loss.sum;
            evaluation.correct += loss.correct;
        }
        self.wide = Some(wide);
        evaluation.loss = (sum / samples.len() as f64) as f32;
        Ok(evaluation)
    }

    fn take_wide(&mut self) -> Pass {
        self.wide.take().unwrap_or_else(|| Pass::new(&self.network, EVALUATION_ROWS))
    }

    fn check_fit(&self, samples: &Samples) -> Result<(), NnError> {
        if samples.dimension() != self.data.dimension() {
            return Err(NnError::SampleCount {
                values: samples.len() * samples.dimension(),
                labels: samples.len(),
                dimension: self.data.dimension(),
            });
        }
        samples.check_labels(self.config.classes)
    }
}

/// Gathers `rows` samples from number `from` on.
fn load_clean(pass: &mut Pass, samples: &Samples, from: usize, rows: usize) {
    let (values, labels, noise) = pass.batch(rows);
    samples.gather(from..from + rows, NoisyCopies { seed: 0, deviation: 0.0 }, noise, values, labels);
}
