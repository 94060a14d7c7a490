//! The network beside a reference: `PyTorch` in float64 from stored float32 weights, the loss of each of 200 steps over
//! MNIST rows in file order. `fixtures/mlp_steps.json` holds the losses; the weights (2.1 MB) and MNIST stay outside.

use perceptop::nn::{Activation, Config, InitialWeights, Initialisation, Regulariser, Samples, Trainer};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path)
}

/// The first 12,800 training rows of MNIST, which 200 steps of 64 take.
fn first_rows() -> Option<Samples> {
    let read = |name: &str, header: usize, length: usize| {
        let file = fs::File::open(shared("mnist").join(name)).ok()?;
        let mut bytes = vec![0; header + length];
        flate2::read::GzDecoder::new(file).read_exact(&mut bytes).ok()?;
        Some(Arc::<[u8]>::from(&bytes[header..]))
    };
    let pixels = read("train-images-idx3-ubyte.gz", 16, 12_800 * 784)?;
    let labels = read("train-labels-idx1-ubyte.gz", 8, 12_800)?;
    Samples::from_bytes(pixels, labels, 784).ok()
}

#[test]
fn eight_cases_match_pytorch_step_by_step() {
    let weights = fs::read(shared("reference/mlp/init.safetensors"));
    let (Some(data), Ok(weights)) = (first_rows(), weights) else {
        println!("skipped: ../shared/mnist or ../shared/reference/mlp is not here");
        return;
    };
    let weights = InitialWeights::from_safetensors(&weights).unwrap();
    let expected: serde_json::Value = serde_json::from_str(include_str!("fixtures/mlp_steps.json")).unwrap();
    let cases = expected["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let activation = match case["activation"].as_str().unwrap() {
            "sigmoid" => Activation::Sigmoid,
            "tanh" => Activation::Tanh,
            "relu" => Activation::Relu,
            "leaky_relu" => Activation::LeakyRelu,
            other => panic!("the reference has an activation {other}"),
        };
        let l2 = case["l2_lambda"].as_f64().unwrap() as f32;
        let config = Config {
            hidden: vec![500, 250, 100],
            classes: 10,
            activation,
            initialisation: Initialisation::Glorot,
            learning_rate: case["learning_rate"].as_f64().unwrap() as f32,
            batch_size: 64,
            shuffle: false,
            regulariser: Regulariser { l2, ..Regulariser::default() },
        };
        let mut trainer = Trainer::new(config, 0, data.clone()).unwrap();
        trainer.start_from(&weights).unwrap();
        let losses = case["cross_entropy_per_step"].as_array().unwrap();
        assert_eq!(losses.len(), 200);
        let mut worst = 0.0_f64;
        for (step, loss) in losses.iter().enumerate() {
            let (loss, found) = (loss.as_f64().unwrap(), f64::from(trainer.step().loss));
            let error = (found - loss).abs() / loss;
            assert!(error < 1e-4, "{activation:?}, l2 {l2}, step {step}: {found} instead of {loss}");
            worst = worst.max(error);
        }
        println!("{activation:?}, l2 {l2}: worst relative difference {worst:.1e}");
    }
}
