//! The built-in digits as a data set.
//!
//! Must not know how a digit is drawn in detail, nor files.

use crate::dataset::{CLASSES, Dataset, DatasetError, Split, save};
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};

/// What the data set is called wherever it is shown or logged.
pub const NAME: &str = "built-in digits";
/// The seed of the digits that everyone sees.
pub const SEED: u64 = 2019;

const SIDE: usize = 28;

/// The built-in digits as every user gets them: [`SEED`], 60,000 to learn from and 10,000 to be judged by.
///
/// # Errors
/// [`DatasetError::Thread`] where no thread can be started.
pub fn dataset() -> Result<Dataset, DatasetError> {
    digits(SEED, 60_000, 10_000)
}

/// `train` and `test` digits of 28x28 pixels from `seed`.
///
/// # Errors
/// [`DatasetError::Thread`] where no thread can be started.
pub fn digits(seed: u64, train: usize, test: usize) -> Result<Dataset, DatasetError> {
    let train = split(seed, 0, train);
    let test = split(seed, 1, test);
    let digests = save::digests(&train, &test);
    Ok(Dataset { name: NAME.to_owned(), folder: None, train, test, digests })
}

fn split(seed: u64, stream: u64, count: usize) -> Split {
    let mut images = vec![0; count * SIDE * SIDE];
    let mut labels = vec![0; count];
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    for (image, label) in images.chunks_exact_mut(SIDE * SIDE).zip(&mut labels) {
        *label = random.random_range(0..CLASSES as u8);
        draw(image, *label, &mut random);
    }
    Split { images: images.into(), labels: labels.into(), height: SIDE, width: SIDE }
}

/// Seven segments of random place and brightness.
fn draw(image: &mut [u8], digit: u8, random: &mut ChaCha8Rng) {
    const SEGMENTS: [u8; CLASSES] = [0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f];
    let (top, left) = (random.random_range(3..6), random.random_range(6..11));
    let places = [(0, 1, 0), (1, 0, 1), (1, 10, 1), (10, 1, 0), (11, 0, 1), (11, 10, 1), (20, 1, 0)];
    for (segment, &(row, column, down)) in places.iter().enumerate() {
        if SEGMENTS[usize::from(digit)] >> segment & 1 == 0 {
            continue;
        }
        for step in 0..9 {
            let (row, column) = (top + row + step * down, left + column + step * (1 - down));
            for (row, column) in [(row, column), (row, column + 1)] {
                image[row * SIDE + column] = random.random_range(100..=255);
            }
        }
    }
}
