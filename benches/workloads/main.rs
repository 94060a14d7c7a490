//! Whole pieces of work, each timed once and printed as one JSON line, to be set beside other programs' times.
//!
//!     cargo bench --bench workloads -- knn --features DIR [--data DIR]
//!     cargo bench --bench workloads -- svm --features DIR [--data DIR] [--c C] [--tolerance T]
//!     cargo bench --bench workloads -- hog [--data DIR] [--write DIR]
//!     cargo bench --bench workloads -- load [--data DIR]
//!     cargo bench --bench workloads -- digits
//!     cargo bench --bench workloads -- mlp [--activation relu] [--epochs N] [--runs N] [--forward-noise 0.1] [--data DIR]
//!     cargo bench --bench workloads -- peak
//!
//! `cpu_seconds` are the thread's own, which a busy machine lengthens less than `seconds`.
//! `--features` holds `Htr.npy` and `Hte.npy`, the training and test images' features as float32 or float64 arrays;
//! `--data` the four IDX files (default `../shared/mnist`). Run with `taskset -c 1` to time one core.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that cannot be made should say why")]

mod peak;
mod train;

use ndarray::Array2;
use perceptop::baselines::{Knn, LinearSvm};
use perceptop::dataset::{self, Choice, Dataset};
use perceptop::features::{Hog, HogConfig, write_npy};
use serde_json::json;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("knn") => knn(&arguments),
        Some("svm") => svm(&arguments),
        Some("hog") => hog(&arguments),
        Some("load") => load(&arguments),
        Some("digits") => digits(),
        Some("mlp") => train::train(&arguments),
        Some("peak") => peak(),
        // `cargo test --benches` and a plain `cargo bench` name no work.
        _ => println!("name a piece of work: knn, svm, hog, load, digits, mlp, peak"),
    }
}

fn option(arguments: &[String], name: &str) -> Option<String> {
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1).cloned()
}

struct Work {
    train: Array2<f32>,
    train_labels: Vec<u8>,
    test: Array2<f32>,
    test_labels: Vec<u8>,
}

fn work(arguments: &[String]) -> Work {
    let data = option(arguments, "--data").map_or_else(|| PathBuf::from("../shared/mnist"), PathBuf::from);
    let features = PathBuf::from(option(arguments, "--features").expect("--features DIR"));
    Work {
        train: npy(&features.join("Htr.npy")),
        train_labels: labels(&data, "train"),
        test: npy(&features.join("Hte.npy")),
        test_labels: labels(&data, "t10k"),
    }
}

/// The values of an IDX label file, raw or gzip.
fn labels(folder: &Path, split: &str) -> Vec<u8> {
    let name = folder.join(format!("{split}-labels-idx1-ubyte"));
    let bytes = std::fs::read(&name).unwrap_or_else(|_| {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(name.with_extension("gz")).expect("labels");
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut bytes).expect("gzip");
        bytes
    });
    bytes[8..].to_vec()
}

/// A two-dimensional array of little-endian floats in C order, as `numpy.save` writes it.
fn npy(path: &Path) -> Array2<f32> {
    let bytes = std::fs::read(path).expect("features");
    let header_end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..header_end]).into_owned();
    let (_, shape) = header.split_once("'shape': (").expect("a shape");
    let sides: Vec<usize> =
        shape.split(')').next().expect("a shape").split(',').filter_map(|side| side.trim().parse().ok()).collect();
    let values = &bytes[header_end..];
    let values = if header.contains("<f8") {
        values.as_chunks::<8>().0.iter().map(|value| f64::from_le_bytes(*value) as f32).collect()
    } else {
        values.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect()
    };
    Array2::from_shape_vec((sides[0], sides[1]), values).expect("as many values as the shape says")
}

/// Wall-clock and this thread's own seconds since a moment.
struct Stopwatch {
    start: Instant,
    cpu_start: f64,
}

impl Stopwatch {
    fn start() -> Self {
        Self { start: Instant::now(), cpu_start: thread_seconds() }
    }

    fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    fn cpu_seconds(&self) -> f64 {
        thread_seconds() - self.cpu_start
    }
}

fn thread_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn accuracy(predicted: &[u8], truth: &[u8]) -> f64 {
    let right = predicted.iter().zip(truth).filter(|(predicted, truth)| predicted == truth).count();
    right as f64 / truth.len() as f64
}

fn knn(arguments: &[String]) {
    let work = work(arguments);
    let watch = Stopwatch::start();
    let model = Knn::new(3, work.train.view(), &work.train_labels).expect("a training set");
    let fitted = watch.seconds();
    let predicted = model.predict(work.test.view(), &mut |_| ControlFlow::Continue(())).expect("queries");
    let seconds = watch.seconds();
    println!(
        "{}",
        json!({ "work": "knn", "seconds": seconds, "cpu_seconds": watch.cpu_seconds(), "fit_seconds": fitted, "accuracy": accuracy(&predicted, &work.test_labels) })
    );
    if let Some(path) = option(arguments, "--nearest") {
        let nearest = model.nearest(work.test.view()).expect("queries");
        let bytes: Vec<u8> = nearest.iter().flat_map(|index| index.to_le_bytes()).collect();
        std::fs::write(path, bytes).expect("a file for the neighbours");
    }
}

fn svm(arguments: &[String]) {
    let work = work(arguments);
    let number = |name, default| option(arguments, name).map_or(default, |value| value.parse().expect("a number"));
    let (c, tolerance) = (number("--c", 1.0), number("--tolerance", 1e-4));
    let watch = Stopwatch::start();
    let model = LinearSvm::fit(work.train.view(), &work.train_labels, 10, c, tolerance, &mut |progress| {
        if arguments.iter().any(|argument| argument == "--steps") {
            println!("{:.3} s {progress:?}", watch.cpu_seconds());
        }
        ControlFlow::Continue(())
    })
    .expect("a training set");
    let (seconds, cpu_seconds) = (watch.seconds(), watch.cpu_seconds());
    let predicted = model.predict(work.test.view()).expect("queries");
    println!(
        "{}",
        json!({
            "work": "svm", "seconds": seconds, "cpu_seconds": cpu_seconds, "c": c, "objective": model.objective(), "gradient": model.gradient(),
            "steps": model.steps(), "converged": model.converged(), "accuracy": accuracy(&predicted, &work.test_labels)
        })
    );
}

fn images(arguments: &[String]) -> Dataset {
    let folder = option(arguments, "--data").map_or_else(|| PathBuf::from("../shared/mnist"), PathBuf::from);
    dataset::load(&Choice::Folder(folder.clone()), &folder).expect("images")
}

/// HOG of all images, training and test, with the study's settings; `--write DIR` keeps them as `Htr.npy`, `Hte.npy`.
fn hog(arguments: &[String]) {
    let images = images(arguments);
    let hog = Hog::new(HogConfig::default(), images.train.height, images.train.width).expect("settings that fit");
    let watch = Stopwatch::start();
    let [train, test] = [&images.train, &images.test]
        .map(|split| hog.compute_all(&split.images, &mut |_| ControlFlow::Continue(())).expect("features"));
    let (seconds, cpu_seconds) = (watch.seconds(), watch.cpu_seconds());
    println!(
        "{}",
        json!({ "work": "hog", "seconds": seconds, "cpu_seconds": cpu_seconds, "images": train.nrows() + test.nrows(), "dimension": hog.dimension() })
    );
    if let Some(folder) = option(arguments, "--write").map(PathBuf::from) {
        std::fs::File::create(folder.join("Htr.npy"))
            .and_then(|mut file| write_npy(&mut file, train.view()))
            .expect("a file for the training features");
        std::fs::File::create(folder.join("Hte.npy"))
            .and_then(|mut file| write_npy(&mut file, test.view()))
            .expect("a file for the test features");
    }
}

/// The four files of a data set into memory, checksums included.
fn load(arguments: &[String]) {
    let watch = Stopwatch::start();
    let images = images(arguments);
    println!(
        "{}",
        json!({ "work": "load", "seconds": watch.seconds(), "data": images.name, "images": images.train.len() + images.test.len() })
    );
}

/// The built-in digits, by as many threads as there are cores.
fn digits() {
    let watch = Stopwatch::start();
    let images = dataset::synthetic::dataset().expect("threads");
    println!(
        "{}",
        json!({ "work": "digits", "seconds": watch.seconds(), "images": images.train.len() + images.test.len() })
    );
}

/// Multiply-adds per second, the best of many short bursts: what the core does when nothing holds it up.
fn peak() {
    let arch = pulp::Arch::new();
    let rate = |_| {
        let watch = Stopwatch::start();
        let operations: f64 = (0..20).map(|_| std::hint::black_box(arch.dispatch(peak::Burst)).0).sum();
        operations / watch.cpu_seconds()
    };
    let mut rates: Vec<f64> = (0..60).map(rate).collect();
    rates.sort_by(f64::total_cmp);
    println!("{}", json!({ "work": "peak", "flops": rates[rates.len() - 1], "median": rates[rates.len() / 2] }));
}
