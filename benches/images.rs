//! The kernels that work on images: HOG of one, drawing a hundred, reading gzip. `cargo bench --bench images`.

#![expect(clippy::expect_used, reason = "a bench that cannot set up its work should fail")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use flate2::{Compression, write::GzEncoder};
use perceptop::dataset::{parse, synthetic};
use perceptop::features::{Hog, HogConfig};
use std::hint::black_box;
use std::io::Write as _;

fn hog(criterion: &mut Criterion) {
    let split = synthetic::digits(1, 256, 0).expect("threads").train;
    let mut group = criterion.benchmark_group("hog");
    group.throughput(Throughput::Elements(split.len() as u64));
    for (orientations, cell, block) in [(9, 7, 2), (9, 4, 2), (8, 14, 1)] {
        let config = HogConfig { orientations, cell, block };
        let hog = Hog::new(config, split.height, split.width).expect("settings that fit");
        let mut out = vec![0.0; hog.dimension()];
        group.bench_function(format!("{orientations}/{cell}/{block}"), |bencher| {
            bencher.iter(|| (0..split.len()).for_each(|index| hog.compute(split.image(index), black_box(&mut out))));
        });
    }
    group.finish();
}

fn digits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digits");
    group.throughput(Throughput::Elements(100));
    group.bench_function("one writer", |bencher| {
        bencher.iter_batched(|| 7, |seed| synthetic::digits(seed, 100, 0), BatchSize::SmallInput);
    });
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let split = synthetic::digits(1, 2000, 0).expect("threads").train;
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    };
    let sides = [split.len(), split.height, split.width].map(|side| (side as u32).to_be_bytes());
    let images = gzip(&[&[0, 0, 8, 3], sides.as_flattened(), &split.images].concat());
    let labels = gzip(&[&[0, 0, 8, 1], &sides[0][..], &split.labels].concat());
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Bytes(split.images.len() as u64));
    group.bench_function("gzip and checksum", |bencher| {
        bencher.iter(|| parse(black_box(&images), &labels));
    });
    group.finish();
}

criterion_group!(benches, hog, digits, read);
criterion_main!(benches);
