//! The suites of `configs/`, compiled into the program, so that an installed binary reproduces the study without a
//! checkout.
//!
//! Does not depend on files: where a suite named on the command line is looked for first is the caller's affair.

/// A suite in the program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// What `perceptop run` calls it.
    pub name: &'static str,
    /// What it is for, in a line.
    pub about: &'static str,
    /// The suite, as `configs/NAME.json` has it.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($name:literal: $about:literal,)*) => {
        &[$(BuiltIn { name: $name, about: $about, text: include_str!(concat!("../../../configs/", $name, ".json")) }),*]
    };
}

/// Every suite of `configs/`.
pub const BUILT_IN: &[BuiltIn] = built_in! {
    "activations": "sigmoid, tanh and ReLU networks; what perceptop trains without a command",
    "quick": "the same on a small network for five epochs: a first try",
    "paper": "the whole study: every suite below that it names",
    "rectifiers": "leaky ReLU and PReLU networks",
    "learning-rates": "a sigmoid network at learning rates from 1e-6 to 10",
    "l2": "a sigmoid network with the L2 penalty 1e-4",
    "l2-grid": "a sigmoid network with L2 penalties from 1e-5 to 1",
    "noise": "a sigmoid network with forward, backward and both noises of 0.01",
    "noise-forward": "forward noise from 0.01 to 1",
    "noise-backward": "backward noise from 0.001 to 0.1",
    "augmentation": "a sigmoid network that also learns from noisy copies of the images",
    "inactive": "one run per activation, for their inactive neurons",
    "hog-network": "a ReLU network on HOG features",
    "knn": "k nearest neighbours on HOG features, k from 1 to 5",
    "svm": "a linear support vector machine on HOG features, C from 0.1 to 10",
};

/// The built-in suite of a name.
#[must_use]
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|suite| suite.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_suite_of_configs_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        let mut there: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
            .collect();
        there.sort();
        let mut table: Vec<&str> = BUILT_IN.iter().map(|suite| suite.name).collect();
        table.sort_unstable();
        assert_eq!(there, table);
    }
}
