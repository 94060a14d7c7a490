//! Laws of the IDX reader: what is written is read, and nothing less than the whole is taken for it. `tests/fuzz` tries
//! hostile files.

#![expect(clippy::unwrap_used, reason = "a test that cannot write in memory should fail")]

use flate2::{Compression, write::GzEncoder};
use perceptop_kernels::dataset::{CLASSES, Split, parse};
use proptest::prelude::*;
use std::io::Write as _;

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
