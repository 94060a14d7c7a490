//! Samples in the form in which many runs can share them, and how a batch of them becomes f32.
//!
//! Images stay bytes, shared by every run, and are widened batch by batch. Noisy copies are not kept either: the noise
//! of each image has a stream of its own, so it is drawn anew for each batch and still the same in every epoch.
//! Does not depend on files or features.

use super::NnError;
use crate::math::elementwise::add_scaled;
use crate::math::random::{Purpose, Stream};
use multiversion::multiversion;
use std::sync::Arc;

/// Labelled samples; cheap to clone.
#[derive(Clone, Debug)]
pub struct Samples {
    values: Values,
    labels: Arc<[u8]>,
    dimension: usize,
}

#[derive(Clone, Debug)]
enum Values {
    /// Each byte stands for itself / 255.
    Bytes(Arc<[u8]>),
    Floats(Arc<[f32]>),
}

/// A second, noisy copy of the samples: number `i + length` is sample `i` with noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NoisyCopies {
    pub(super) seed: u64,
    pub(super) deviation: f32,
}

impl Samples {
    /// Images as bytes, row by row, `dimension` pixels each; the network sees byte / 255 (rounded within an ulp).
    ///
    /// # Errors
    /// When bytes and labels do not fit each other.
    pub fn from_bytes(pixels: Arc<[u8]>, labels: Arc<[u8]>, dimension: usize) -> Result<Self, NnError> {
        check(pixels.len(), labels.len(), dimension)?;
        Ok(Self { values: Values::Bytes(pixels), labels, dimension })
    }

    /// Feature vectors of shape (samples, `dimension`), row by row.
    ///
    /// # Errors
    /// When values and labels do not fit each other.
    pub fn from_features(values: Arc<[f32]>, labels: Arc<[u8]>, dimension: usize) -> Result<Self, NnError> {
        check(values.len(), labels.len(), dimension)?;
        Ok(Self { values: Values::Floats(values), labels, dimension })
    }

    /// How many samples there are, noisy copies not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Values a sample.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The class of each sample.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    pub(super) fn are_features(&self) -> bool {
        matches!(self.values, Values::Floats(_))
    }

    pub(super) fn check_labels(&self, classes: usize) -> Result<(), NnError> {
        match self.labels.iter().position(|&label| usize::from(label) >= classes) {
            Some(index) => Err(NnError::Label { index, found: self.labels[index], classes }),
            None => Ok(()),
        }
    }

    /// Writes the samples with these numbers into `values`, of shape (`rows`, dimension), and their classes into
    /// `labels`. Numbers from `len` on are the noisy copies. `noise` is scratch space for one sample.
    pub(super) fn gather(
        &self,
        rows: impl Iterator<Item = usize>,
        copies: NoisyCopies,
        noise: &mut [f32],
        values: &mut [f32],
        labels: &mut [u8],
    ) {
        for ((row, out), label) in rows.zip(values.chunks_exact_mut(self.dimension)).zip(labels) {
            let sample = if row < self.len() { row } else { row - self.len() };
            let place = sample * self.dimension..(sample + 1) * self.dimension;
            match &self.values {
                Values::Bytes(bytes) => widen(&bytes[place], out),
                Values::Floats(floats) => out.copy_from_slice(&floats[place]),
            }
            if row >= self.len() {
                let noise = &mut noise[..self.dimension];
                Stream::new(copies.seed, Purpose::Augment(sample as u64)).fill_normal(noise);
                add_scaled(out, copies.deviation, noise);
            }
            *label = self.labels[sample];
        }
    }
}

fn check(values: usize, labels: usize, dimension: usize) -> Result<(), NnError> {
    if dimension == 0 || labels.checked_mul(dimension) != Some(values) {
        return Err(NnError::SampleCount { values, labels, dimension });
    }
    Ok(())
}

/// byte / 255 as a product with 1 / 255, at most an ulp from the quotient.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
fn widen(bytes: &[u8], out: &mut [f32]) {
    for (value, &byte) in out.iter_mut().zip(bytes) {
        *value = f32::from(byte) * (1.0 / 255.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: NoisyCopies = NoisyCopies { seed: 5, deviation: 0.01 };

    fn ramp() -> Samples {
        let pixels: Vec<u8> = (0..=255).collect();
        Samples::from_bytes(pixels.into(), vec![0, 1, 2, 3].into(), 64).unwrap()
    }

    fn gathered(samples: &Samples, rows: &[usize]) -> (Vec<f32>, Vec<u8>) {
        let mut values = vec![0.0; rows.len() * samples.dimension()];
        let mut labels = vec![0; rows.len()];
        let mut noise = vec![0.0; samples.dimension()];
        samples.gather(rows.iter().copied(), CLEAN, &mut noise, &mut values, &mut labels);
        (values, labels)
    }

    #[test]
    fn bytes_become_values_from_zero_to_one() {
        let (values, labels) = gathered(&ramp(), &[3, 0]);
        assert_eq!(labels, [3, 0]);
        for (place, value) in values.iter().enumerate() {
            let byte = (if place < 64 { 192 + place } else { place - 64 }) as f32;
            assert!((value - byte / 255.0).abs() <= f32::EPSILON / 2.0, "{value} for {byte}");
        }
        assert!((values[63] - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn a_noisy_copy_is_the_same_every_time_and_near_the_clean_one() {
        let samples = ramp();
        let (clean, _) = gathered(&samples, &[2]);
        let (noisy, labels) = gathered(&samples, &[6]);
        assert_eq!(labels, [2]);
        let (again, _) = gathered(&samples, &[0, 6]);
        assert!(noisy.iter().zip(&again[64..]).all(|(one, other)| one.to_bits() == other.to_bits()));
        let errors: Vec<f32> = noisy.iter().zip(&clean).map(|(noisy, clean)| noisy - clean).collect();
        let deviation = (errors.iter().map(|error| error * error).sum::<f32>() / 64.0).sqrt();
        assert!((0.007..0.013).contains(&deviation), "{deviation}");
    }

    #[test]
    fn counts_that_do_not_fit_are_refused() {
        let found = Samples::from_features(vec![0.0; 7].into(), vec![0, 1].into(), 3).unwrap_err();
        assert_eq!(found.to_string(), "7 input values are not 2 samples of 3 values each");
        let found = ramp().check_labels(3).unwrap_err();
        assert_eq!(found.to_string(), "label 3 is 3; allowed are the classes 0 to 2");
    }
}
