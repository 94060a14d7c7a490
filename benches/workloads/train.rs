//! Epochs of the study's network, as many runs side by side as asked for, a thread each.

use super::{Stopwatch, images, option};
use perceptop::dataset::Split;
use perceptop::nn::{Activation, Config, Initialisation, Regulariser, Samples, Trainer};
use serde_json::json;
use std::ops::ControlFlow;
use std::sync::Barrier;
use std::thread;

/// Floating point operations of all products of an epoch of `samples`: forward, backward but for the first layer, and
/// the gradient of the weights.
fn operations(widths: &[usize], samples: usize) -> f64 {
    let products = widths.windows(2).enumerate();
    let of_sample: usize = products.map(|(layer, w)| 2 * w[0] * w[1] * if layer == 0 { 2 } else { 3 }).sum();
    (of_sample * samples) as f64
}

/// `mlp`: prints each epoch's seconds, one list a run.
pub(crate) fn train(arguments: &[String]) {
    let number = |name, default| option(arguments, name).map_or(default, |value| value.parse().expect("a number"));
    let known = [("relu", Activation::Relu), ("sigmoid", Activation::Sigmoid), ("tanh", Activation::Tanh)];
    let activation = option(arguments, "--activation").map_or(Activation::Relu, |wanted| {
        known.iter().find(|(name, _)| *name == wanted).expect("--activation is relu, sigmoid or tanh").1
    });
    let regulariser = Regulariser {
        l2: number("--l2", 0.0),
        forward_noise: number("--forward-noise", 0.0),
        backward_noise: number("--backward-noise", 0.0),
        augment: number("--augment", 0.0),
    };
    let (epochs, runs) = (number("--epochs", 1.0) as u64, number("--runs", 1.0) as u64);
    let config = Config {
        hidden: vec![500, 250, 100],
        classes: 10,
        activation,
        initialisation: Initialisation::Glorot,
        learning_rate: 0.05,
        batch_size: 64,
        shuffle: true,
        regulariser,
    };
    let Split { images, labels, height, width, .. } = images(arguments).train;
    let data = Samples::from_bytes(images, labels, height * width).expect("labels for all images");
    let start = Barrier::new(runs as usize);
    let timed = |seed| {
        let mut trainer = Trainer::new(config.clone(), seed, data.clone()).expect("settings that fit");
        let (mut seconds, mut cpu_seconds) = (Vec::new(), Vec::new());
        start.wait();
        let mut watch = Stopwatch::start();
        let _: ControlFlow<()> = trainer.train(epochs, &mut |_, step| {
            if step.epoch_end.is_some() {
                seconds.push(watch.seconds());
                cpu_seconds.push(watch.cpu_seconds());
                watch = Stopwatch::start();
            }
            ControlFlow::Continue(())
        });
        (seconds, cpu_seconds)
    };
    let all: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..runs).map(|seed| scope.spawn(move || timed(seed))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a run")).collect()
    });
    let (seconds, cpu_seconds): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    println!(
        "{}",
        json!({ "work": "mlp", "seconds": seconds, "cpu_seconds": cpu_seconds, "operations": operations(&[784, 500, 250, 100, 10], data.len()) })
    );
}
