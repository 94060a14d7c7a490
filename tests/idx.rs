//! Laws of the IDX reader, and a fuzzer for it: whatever the bytes, an answer or a clear error, in bounded memory.
//!
//! The fuzzer mutates the files in `tests/corpus/idx` (and packs some of what it gets with gzip, so that the mutants
//! come past the checksum). `PERCEPTOP_FUZZ_EXECUTIONS` sets how many it tries, `PERCEPTOP_FUZZ_SEED` where it begins.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its corpus should fail")]

use flate2::{Compression, write::GzEncoder};
use perceptop::dataset::{CLASSES, Split, parse};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn images(count: usize, height: usize, width: usize, bytes: &[u8]) -> Vec<u8> {
    let dimensions = [count, height, width].map(|number| u32::try_from(number).unwrap().to_be_bytes());
    [&[0, 0, 8, 3], dimensions.as_flattened(), bytes].concat()
}

fn labels(bytes: &[u8]) -> Vec<u8> {
    [&[0, 0, 8, 1], &u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

/// Images of any size up to 9x9 with as many labels.
fn splits() -> impl Strategy<Value = (usize, usize, Vec<u8>, Vec<u8>)> {
    (1..9_usize, 1..9_usize, prop::collection::vec(0..CLASSES as u8, 1..12)).prop_flat_map(|(height, width, labels)| {
        let bytes = labels.len() * height * width;
        (Just(height), Just(width), prop::collection::vec(any::<u8>(), bytes), Just(labels))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read((height, width, bytes, classes) in splits(), packed in any::<[bool; 2]>()) {
        let pack = |bytes: Vec<u8>, packed: bool| if packed { gzip(&bytes) } else { bytes };
        let images = pack(images(classes.len(), height, width, &bytes), packed[0]);
        let split = parse(&images, &pack(labels(&classes), packed[1])).unwrap();
        prop_assert_eq!(split, Split { images: bytes.into(), labels: classes.into(), height, width });
    }

    #[test]
    fn a_file_cut_or_longer_is_never_taken_for_whole((height, width, bytes, classes) in splits()) {
        let (images, labels) = (images(classes.len(), height, width, &bytes), labels(&classes));
        for packed in [false, true] {
            let (images, labels) = if packed { (gzip(&images), gzip(&labels)) } else { (images.clone(), labels.clone()) };
            for length in 0..images.len() {
                prop_assert!(parse(&images[..length], &labels).is_err());
            }
            for length in 0..labels.len() {
                prop_assert!(parse(&images, &labels[..length]).is_err());
            }
            prop_assert!(parse(&[&images[..], &[0]].concat(), &labels).is_err());
            prop_assert!(parse(&images, &[&labels[..], &[0]].concat()).is_err());
        }
    }

    #[test]
    fn a_flipped_bit_of_gzip_never_goes_unseen_in_the_pixels((height, width, bytes, classes) in splits(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let labels = labels(&classes);
        let mut packed = gzip(&images(classes.len(), height, width, &bytes));
        let at = at.index(packed.len());
        packed[at] ^= 1 << bit;
        // The gzip header has fields that change nothing: time, system, flags.
        if let Ok(split) = parse(&packed, &labels) {
            prop_assert_eq!(&*split.images, &*bytes);
        }
    }
}

#[test]
fn mutated_files_give_an_answer_or_a_clear_error() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let executions: u64 = number("PERCEPTOP_FUZZ_EXECUTIONS", 20_000);
    let mut random = ChaCha8Rng::seed_from_u64(number("PERCEPTOP_FUZZ_SEED", 1));
    let (corpus, right_labels) = (corpus(), labels(&[0, 9, 3, 7, 1]));
    let mut taken = 0_u64;
    for execution in 0..executions {
        let images = mutant(&corpus, &mut random);
        // Images are reached only past labels that are right.
        let labels = if random.random() { right_labels.clone() } else { mutant(&corpus, &mut random) };
        match catch_unwind(AssertUnwindSafe(|| judge(&images, &labels))) {
            Ok(accepted) => taken += u64::from(accepted),
            Err(panic) => {
                println!("execution {execution}\nimages {images:02x?}\nlabels {labels:02x?}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{executions} executions, {taken} of them whole files");
    assert!(taken > executions / 100, "the mutants hardly ever come past the header: {taken} of {executions}");
}

/// Whether the files were taken; panics where a promise is broken.
fn judge(images: &[u8], labels: &[u8]) -> bool {
    match parse(images, labels) {
        Ok(split) => {
            assert!(!split.is_empty() && split.height > 0 && split.width > 0);
            assert_eq!(split.images.len(), split.len() * split.pixels());
            assert!(split.labels.iter().all(|&label| usize::from(label) < CLASSES));
            assert!(split.images.len() <= images.len() * 1032, "more came out than deflate can hold");
            true
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("images") || message.starts_with("labels"), "names no file: {message}");
            assert!(message.len() < 300 && !message.contains('\n'), "{message}");
            false
        }
    }
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/idx");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 8, "{paths:?}");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn mutant(corpus: &[Vec<u8>], random: &mut ChaCha8Rng) -> Vec<u8> {
    const NUMBERS: [u32; 12] = [0, 1, 2, 3, 5, 28, 255, 4096, 4097, 1 << 30, i32::MAX as u32, u32::MAX];
    let mut bytes = corpus[random.random_range(0..corpus.len())].clone();
    for _ in 0..random.random_range(0..4) {
        let at = random.random_range(0..=bytes.len());
        match random.random_range(0..8) {
            0 => bytes.truncate(at),
            1 => bytes.extend(std::iter::repeat_n(random.random::<u8>(), random.random_range(1..64))),
            2 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            3 if at < bytes.len() => bytes[at] = random.random(),
            // A number of the header.
            4 if bytes.len() >= 16 => {
                let place = 4 * random.random_range(1..4);
                let number = NUMBERS[random.random_range(0..NUMBERS.len())];
                bytes[place..place + 4].copy_from_slice(&number.to_be_bytes());
            }
            5 => {
                let other = &corpus[random.random_range(0..corpus.len())];
                bytes.truncate(at);
                bytes.extend_from_slice(&other[random.random_range(0..=other.len())..]);
            }
            6 if at < bytes.len() => drop(bytes.remove(at)),
            7 => bytes.insert(at, random.random()),
            _ => {}
        }
    }
    if random.random_ratio(1, 16) { gzip(&bytes) } else { bytes }
}
