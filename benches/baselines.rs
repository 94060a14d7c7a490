//! Kernel timings of the classic models: a block of k-NN queries in a subspace and in the whole space, and one SVM.
//!
//!     cargo bench --bench classic

#![expect(clippy::expect_used, reason = "a measurement that cannot be made should say why")]

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Array2;
use perceptop::baselines::{Knn, LinearSvm};
use perceptop::math::random::{Purpose, Stream};
use std::hint::black_box;
use std::ops::ControlFlow;

/// Normal features whose deviations fall off as 1 / (1 + feature / decay), as those of images do.
fn features(rows: usize, dimension: usize, decay: f32, seed: u64) -> Array2<f32> {
    let mut values = Array2::zeros((rows, dimension));
    Stream::new(seed, Purpose::Other(0)).fill_normal(values.as_slice_mut().expect("a fresh matrix is contiguous"));
    for (feature, mut column) in values.columns_mut().into_iter().enumerate() {
        column /= 1.0 + feature as f32 / decay;
    }
    values
}

fn knn(criterion: &mut Criterion) {
    let labels: Vec<u8> = (0..8192).map(|row| (row % 10) as u8).collect();
    for (name, decay) in [("knn 500 x 8192 x 324, subspace", 8.0), ("knn 500 x 8192 x 324, whole space", 1e9)] {
        let model = Knn::new(3, features(8192, 324, decay, 1).view(), &labels).expect("a training set");
        let queries = features(500, 324, decay, 2);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| model.predict(black_box(queries.view()), &mut |_| ControlFlow::Continue(())));
        });
    }
}

fn svm(criterion: &mut Criterion) {
    let samples = features(4000, 128, 16.0, 3);
    let label = |row: ndarray::ArrayView1<'_, f32>| u8::from(row[0] + row[1] > 0.5) + u8::from(row[2] > 0.0);
    let labels: Vec<u8> = samples.outer_iter().map(label).collect();
    criterion.bench_function("svm 4000 x 128, 3 classes", |bencher| {
        bencher.iter(|| {
            LinearSvm::fit(black_box(samples.view()), &labels, 3, 1.0, 1e-4, &mut |_| ControlFlow::Continue(()))
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = knn, svm
}
criterion_main!(benches);
