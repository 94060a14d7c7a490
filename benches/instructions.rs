//! Small pieces of work whose instructions are counted, so that a change that makes them dearer is noticed on any
//! machine, however busy. `benches/instructions.py` runs this under valgrind and compares with the committed counts.
//!
//!     cargo bench --bench instructions -- step|hog|knn
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that cannot be made should say why")]

use ndarray::Array2;
use perceptop::baselines::Knn;
use perceptop::dataset::synthetic;
use perceptop::features::{Hog, HogConfig};
use perceptop::math::random::{Purpose, Stream};
use perceptop::nn::{Activation, Config, Initialisation, Regulariser, Samples, Trainer};
use std::hint::black_box;
use std::ops::ControlFlow;

fn main() {
    match std::env::args().find(|argument| ["step", "hog", "knn"].contains(&argument.as_str())).as_deref() {
        Some("step") => step(),
        Some("hog") => hog(),
        Some("knn") => knn(),
        // `cargo test --benches` and a plain `cargo bench` name no work.
        _ => println!("name a piece of work: step, hog, knn"),
    }
}

/// Only what happens in here is counted: the function's name is what valgrind is told to look for.
#[inline(never)]
fn counted_work(work: &mut dyn FnMut()) {
    work();
    // So that the call above is not the function's last act, which would make it a jump.
    black_box(());
}

/// Three training steps of the study's network on built-in digits, after one that warms up.
fn step() {
    let digits = synthetic::digits(1, 320, 0).expect("threads").train;
    let data = Samples::from_bytes(digits.images, digits.labels, digits.height * digits.width).expect("a label each");
    let config = Config {
        hidden: vec![500, 250, 100],
        classes: 10,
        activation: Activation::Relu,
        initialisation: Initialisation::Glorot,
        learning_rate: 0.05,
        batch_size: 64,
        shuffle: false,
        regulariser: Regulariser::default(),
    };
    let mut trainer = Trainer::new(config, 1, data).expect("settings that fit");
    trainer.step();
    // The epoch's last step also measures the gradient, and is left out.
    counted_work(&mut || {
        for _ in 0..3 {
            black_box(trainer.step());
        }
    });
}

/// HOG of a hundred images.
fn hog() {
    let digits = synthetic::digits(1, 100, 0).expect("threads").train;
    let hog = Hog::new(HogConfig::default(), digits.height, digits.width).expect("settings that fit");
    let mut out = vec![0.0; hog.dimension()];
    counted_work(&mut || {
        for index in 0..digits.len() {
            hog.compute(digits.image(index), black_box(&mut out));
        }
    });
}

/// A tile of queries against four blocks of samples whose features vary as those of images do.
fn knn() {
    let features = |rows: usize, seed| {
        let mut values = Array2::zeros((rows, 324));
        Stream::new(seed, Purpose::Other(0)).fill_normal(values.as_slice_mut().expect("a fresh matrix is contiguous"));
        for (feature, mut column) in values.columns_mut().into_iter().enumerate() {
            column /= 1.0 + feature as f32 / 8.0;
        }
        values
    };
    let labels: Vec<u8> = (0..4096).map(|row| (row % 10) as u8).collect();
    let model = Knn::new(3, features(4096, 1).view(), &labels).expect("a training set");
    let queries = features(96, 2);
    counted_work(&mut || {
        let found = model.predict(queries.view(), &mut |_| ControlFlow::Continue(()));
        assert_eq!(black_box(found).expect("queries").len(), queries.nrows());
    });
}
