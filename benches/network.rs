//! The kernels of a training step on a batch of images: looking for what is zero, the two products that skip it beside
//! the dense ones, and the whole step. `cargo bench --bench network`.

#![expect(clippy::expect_used, reason = "a bench that cannot set up its work should fail")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use perceptop::dataset::synthetic;
use perceptop::math::occupancy::Occupancy;
use perceptop::math::product::matmul;
use perceptop::math::sparse;
use perceptop::nn::{Activation, Config, Initialisation, Regulariser, Samples, Trainer};
use std::hint::black_box;

const ROWS: usize = 64;
const UNITS: usize = 500;

fn products(criterion: &mut Criterion) {
    let split = synthetic::digits(1, ROWS, 0).expect("threads").train;
    let pixels = split.images.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let images = Array2::from_shape_vec((ROWS, split.pixels()), pixels).expect("whole images");
    let (weights, delta) = (Array2::from_elem((split.pixels(), UNITS), 0.01), Array2::from_elem((ROWS, UNITS), 0.001));
    let (mut hidden, mut descended) = (Array2::zeros((ROWS, UNITS)), weights.clone());
    let mut occupancy = Occupancy::default();

    let mut group = criterion.benchmark_group("first layer");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("survey", |bencher| bencher.iter(|| occupancy.survey(black_box(images.view()))));
    occupancy.survey(images.view());
    group.bench_function("forward, skipping", |bencher| {
        bencher.iter(|| sparse::multiply(images.view(), &occupancy, weights.view(), hidden.view_mut()));
    });
    group.bench_function("forward, dense", |bencher| {
        bencher.iter(|| matmul(1.0, images.view(), weights.view(), 0.0, hidden.view_mut()));
    });
    group.bench_function("descent, skipping", |bencher| {
        bencher.iter(|| {
            sparse::add_transposed_product(-1e-9, images.view(), &occupancy, delta.view(), descended.view_mut());
        });
    });
    group.bench_function("descent, dense", |bencher| {
        bencher.iter(|| matmul(-1e-9, images.t(), delta.view(), 1.0, descended.view_mut()));
    });
    group.finish();
}

fn steps(criterion: &mut Criterion) {
    let split = synthetic::digits(1, 4096, 0).expect("threads").train;
    let dimension = split.pixels();
    let mut group = criterion.benchmark_group("step");
    group.throughput(Throughput::Elements(ROWS as u64));
    let noisy = Regulariser { forward_noise: 0.1, ..Regulariser::default() };
    let shrunk = Regulariser { l2: 1e-4, ..Regulariser::default() };
    for (name, activation, regulariser) in [
        ("ReLU", Activation::Relu, Regulariser::default()),
        ("sigmoid", Activation::Sigmoid, Regulariser::default()),
        ("ReLU, forward noise", Activation::Relu, noisy),
        ("ReLU, L2", Activation::Relu, shrunk),
    ] {
        let config = Config {
            hidden: vec![UNITS, 250, 100],
            classes: 10,
            activation,
            initialisation: Initialisation::Glorot,
            learning_rate: 0.05,
            batch_size: ROWS,
            shuffle: true,
            regulariser,
        };
        let samples = Samples::from_bytes(split.images.clone(), split.labels.clone(), dimension).expect("whole images");
        let mut trainer = Trainer::new(config, 1, samples).expect("settings that fit");
        group.bench_function(name, |bencher| bencher.iter(|| black_box(trainer.step())));
    }
    group.finish();
}

criterion_group!(benches, products, steps);
criterion_main!(benches);
