//! The built-in digits as a data set.
//!
//! Does not depend on how a digit is drawn, nor files.

use super::canvas::{Canvas, SIDE};
use super::writer::{Writer, pick};
use crate::dataset::{CLASSES, Dataset, DatasetError, Split, save};
use crate::math::random::{Purpose, Stream};
use std::thread;

/// What the data set is called wherever it is shown or logged.
pub const NAME: &str = "built-in digits";
/// The seed of the digits that everyone sees.
pub const SEED: u64 = 2019;

/// Digits that one person writes.
const PER_WRITER: usize = 100;

/// The built-in digits as every user gets them: [`SEED`], 60,000 to learn from and 10,000 to be judged by.
///
/// # Errors
/// [`DatasetError::Thread`] where no thread can be started.
pub fn dataset() -> Result<Dataset, DatasetError> {
    digits(SEED, 60_000, 10_000)
}

/// `train` and `test` digits of 28x28 pixels from `seed`, drawn by as many threads as the machine has cores. The first
/// digits are the same whatever the counts, and all are the same whatever the machine.
///
/// # Errors
/// [`DatasetError::Thread`] where no thread can be started.
pub fn digits(seed: u64, train: usize, test: usize) -> Result<Dataset, DatasetError> {
    let (train, test) = (split(seed, 0, train)?, split(seed, 1, test)?);
    let digests = save::digests(&train, &test);
    Ok(Dataset { name: NAME.to_owned(), folder: None, train, test, digests })
}

fn split(seed: u64, number: u64, count: usize) -> Result<Split, DatasetError> {
    let mut images = vec![0; count * SIDE * SIDE];
    let mut labels = vec![0; count];
    let writers = count.div_ceil(PER_WRITER);
    let threads = thread::available_parallelism().map_or(1, usize::from).clamp(1, writers.max(1));
    let share = writers.div_ceil(threads).max(1) * PER_WRITER;
    thread::scope(|scope| {
        for (part, (images, labels)) in images.chunks_mut(share * SIDE * SIDE).zip(labels.chunks_mut(share)).enumerate()
        {
            thread::Builder::new()
                .name(format!("draw-digits-{part}"))
                .spawn_scoped(scope, move || draw(seed, number, part * share, images, labels))
                .map_err(|source| DatasetError::Thread { source })?;
        }
        Ok(())
    })?;
    Ok(Split { images: images.into(), labels: labels.into(), height: SIDE, width: SIDE })
}

/// Draws the digits from index `first`, a multiple of [`PER_WRITER`], on. Each writer and each digit has a stream of its
/// own, so that it does not matter which thread draws it.
fn draw(seed: u64, split: u64, first: usize, images: &mut [u8], labels: &mut [u8]) {
    let stream = |kind: u64, index: usize| Stream::new(seed, Purpose::Digit(split << 62 | kind << 61 | index as u64));
    let mut canvas = Canvas::new();
    let pages = images.chunks_mut(PER_WRITER * SIDE * SIDE).zip(labels.chunks_mut(PER_WRITER));
    for (page, (images, labels)) in pages.enumerate() {
        let start = first + page * PER_WRITER;
        let writer = Writer::new(&mut stream(1, start / PER_WRITER));
        for (offset, (image, label)) in images.chunks_exact_mut(SIDE * SIDE).zip(labels).enumerate() {
            let mut stream = stream(0, start + offset);
            *label = pick(&mut stream, CLASSES) as u8;
            writer.write(*label, &mut stream, &mut canvas, image);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digits_are_the_same_for_ever_and_everywhere() {
        let dataset = digits(SEED, 300, 150).unwrap();
        let sums: Vec<_> = dataset.digests.iter().map(|(file, sum)| (file.as_str(), &sum[..16])).collect();
        assert_eq!(
            sums,
            [
                ("train-images-idx3-ubyte", "a5322eb055a89a2a"),
                ("train-labels-idx1-ubyte", "39e8908859f979c6"),
                ("t10k-images-idx3-ubyte", "ef5b644ff9abeaa5"),
                ("t10k-labels-idx1-ubyte", "07f2b3736198a1e9"),
            ]
        );
        assert_eq!((dataset.name.as_str(), dataset.folder), ("built-in digits", None));
    }

    #[test]
    fn counts_and_threads_do_not_change_a_digit() {
        let many = digits(5, 450, 0).unwrap().train;
        let few = digits(5, 130, 0).unwrap().train;
        assert_eq!(few, many.first(130));
        let (mut images, mut labels) = (vec![0; 450 * SIDE * SIDE], vec![0; 450]);
        draw(5, 0, 0, &mut images, &mut labels);
        assert_eq!((&*many.images, &*many.labels), (&*images, &*labels));
    }

    #[test]
    fn seeds_splits_and_digits_differ() {
        let (one, other) = (digits(1, 200, 200).unwrap(), digits(2, 200, 200).unwrap());
        let mut images: Vec<&[u8]> = [&one.train, &one.test, &other.train, &other.test]
            .into_iter()
            .flat_map(|split| split.images.chunks_exact(SIDE * SIDE))
            .collect();
        images.sort_unstable();
        images.dedup();
        assert_eq!(images.len(), 800);
    }

    #[test]
    fn ink_is_fitted_in_its_box_and_centred_by_mass() {
        let split = digits(SEED, 1000, 0).unwrap().train;
        for image in split.images.chunks_exact(SIDE * SIDE) {
            let ink = |row: usize, column: usize| f64::from(image[row * SIDE + column]);
            let places = || (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column)));
            let mass: f64 = places().map(|(row, column)| ink(row, column)).sum();
            let centre = |value: fn((usize, usize)) -> usize| {
                places().map(|place| ink(place.0, place.1) * (value(place) as f64 + 0.5)).sum::<f64>() / mass
            };
            // Half a pixel from shifting by whole ones, and what the grain takes.
            assert!((centre(|place| place.0) - 14.0).abs() < 0.65, "{}", centre(|place| place.0));
            assert!((centre(|place| place.1) - 14.0).abs() < 0.65, "{}", centre(|place| place.1));
            let inked = || places().filter(|&(row, column)| ink(row, column) > 127.0);
            let extent = |value: fn((usize, usize)) -> usize| {
                inked().map(value).max().unwrap() - inked().map(value).min().unwrap() + 1
            };
            let (height, width) = (extent(|place| place.0), extent(|place| place.1));
            assert!((17..=21).contains(&height.max(width)), "{height} x {width}");
        }
    }

    #[test]
    fn classes_are_balanced_and_can_be_learnt_but_not_from_their_means() {
        let dataset = digits(SEED, 3000, 1000).unwrap();
        let counts = dataset.train.class_counts();
        // Five standard deviations of a count.
        assert!(counts.iter().all(|&count| count.abs_diff(300) < 83), "{counts:?}");
        let mut means = vec![[0.0; SIDE * SIDE]; CLASSES];
        for index in 0..dataset.train.len() {
            let class = usize::from(dataset.train.label(index));
            for (mean, &pixel) in means[class].iter_mut().zip(dataset.train.image(index)) {
                *mean += f64::from(pixel) / counts[class] as f64;
            }
        }
        let right = (0..dataset.test.len())
            .filter(|&index| {
                let distance = |mean: &[f64]| -> f64 {
                    mean.iter().zip(dataset.test.image(index)).map(|(m, &pixel)| (m - f64::from(pixel)).powi(2)).sum()
                };
                let nearest = (0..CLASSES).min_by(|&a, &b| distance(&means[a]).total_cmp(&distance(&means[b])));
                nearest == Some(usize::from(dataset.test.label(index)))
            })
            .count();
        // MNIST: 820 of 1000.
        assert!((600..900).contains(&right), "{right} of 1000 by nearest mean");
    }
}
