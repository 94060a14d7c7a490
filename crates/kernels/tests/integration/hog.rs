//! HOG against scikit-image's values: for digits and noise in `fixtures/hog.json` (made by `fixtures/hog.py`), and for
//! MNIST where it is at hand.

use perceptop_kernels::dataset::{self, Choice};
use perceptop_kernels::features::{FeatureError, Hog, HogConfig};
use serde::Deserialize;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The largest difference allowed; scikit-image computes in f64, perceptop in f32.
const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Group {
    height: usize,
    width: usize,
    images: Vec<Vec<u8>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    orientations: usize,
    cell: usize,
    block: usize,
    features: Vec<Vec<f32>>,
}

fn furthest(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max)
}

#[test]
fn every_setting_gives_scikit_images_values() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/fixtures/hog.json")).unwrap();
    let groups: Vec<Group> = serde_json::from_str(&text).unwrap();
    let mut values = 0;
    for group in &groups {
        for case in &group.cases {
            let config = HogConfig { orientations: case.orientations, cell: case.cell, block: case.block };
            let hog = Hog::new(config, group.height, group.width).unwrap();
            let mut found = vec![0.0; hog.dimension()];
            for (number, (image, expected)) in group.images.iter().zip(&case.features).enumerate() {
                hog.compute(image, &mut found);
                let difference = furthest(&found, expected);
                assert!(difference < TOLERANCE, "image {number}, {config:?}: {difference}");
                values += found.len();
            }
        }
    }
    assert!(values > 20_000, "{values}");
}

#[test]
fn mnist_gives_scikit_images_values() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let reference = shared.join("reference/hog_t10k_first256.npy");
    let (Ok(reference), Ok(mnist)) =
        (fs::read(reference), dataset::load(&Choice::Folder(shared.join("mnist")), &PathBuf::new()))
    else {
        println!("skipped: no MNIST and no reference in {}", shared.display());
        return;
    };
    let expected: Vec<f32> = reference[reference.len() - 256 * 324 * 4..]
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    let first = mnist.test.first(256);
    let hog = Hog::new(HogConfig::default(), 28, 28).unwrap();
    let found = hog.compute_all(&first.images, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(found.dim(), (256, 324));
    let difference = furthest(found.as_slice().unwrap(), &expected);
    assert!(difference < TOLERANCE, "{difference}");
}

#[test]
fn a_batch_equals_its_images_and_tells_how_far_it_is() {
    let split = dataset::synthetic::digits(3, 600, 0).unwrap().train;
    let hog = Hog::new(HogConfig { orientations: 6, cell: 5, block: 2 }, 28, 28).unwrap();
    let mut told = Vec::new();
    let all = hog
        .compute_all(&split.images, &mut |done| {
            told.push(done);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(told, [256, 512, 600]);
    let mut one = vec![0.0; hog.dimension()];
    for index in [0, 255, 256, 599] {
        hog.compute(split.image(index), &mut one);
        assert_eq!(all.row(index).as_slice().unwrap(), one);
    }
    let stop = &mut |done| if done >= 512 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    assert_eq!(hog.compute_all(&split.images, stop), Err(FeatureError::Cancelled { done: 512, total: 600 }));
}

#[test]
fn settings_that_do_not_fit_are_refused_with_what_is_allowed() {
    let said =
        |orientations, cell, block| Hog::new(HogConfig { orientations, cell, block }, 28, 20).unwrap_err().to_string();
    assert_eq!(said(0, 7, 2), "hog: orientations is 0, allowed are 1 to 180");
    assert_eq!(said(181, 7, 2), "hog: orientations is 181, allowed are 1 to 180");
    assert_eq!(said(9, 0, 2), "hog: cell is 0 pixels, allowed are 1 to 20 for images of 28x20 pixels");
    assert_eq!(said(9, 21, 1), "hog: cell is 21 pixels, allowed are 1 to 20 for images of 28x20 pixels");
    let grid = "cells of 7 pixels make a grid of 4x2";
    assert_eq!(said(9, 7, 3), format!("hog: block is 3 cells, allowed are 1 to 2: {grid}"));
    assert_eq!(said(9, 7, 0), format!("hog: block is 0 cells, allowed are 1 to 2: {grid}"));
}

#[test]
fn flat_and_tiny_images_have_no_gradient() {
    let hog = Hog::new(HogConfig::default(), 28, 28).unwrap();
    let mut found = vec![1.0; hog.dimension()];
    hog.compute(&[200; 784], &mut found);
    assert!(found.iter().all(|&value| value == 0.0));
    for (height, width) in [(1, 1), (1, 5), (2, 2), (5, 1)] {
        let hog = Hog::new(HogConfig { orientations: 3, cell: 1, block: 1 }, height, width).unwrap();
        let image: Vec<u8> = (0..height * width).map(|at| (at * 77) as u8).collect();
        let mut found = vec![1.0; hog.dimension()];
        hog.compute(&image, &mut found);
        let ink = found.iter().any(|&value| value != 0.0);
        assert_eq!(ink, height * width == 5, "{height}x{width}");
    }
}
