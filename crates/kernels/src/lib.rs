//! The numbers of perceptop: kernels, networks from scratch, k-NN and SVM, HOG features, image data sets.
//!
//! A crate of its own, so that its code generation is one unit and nothing else is compiled anew with it. Depends on no
//! part of the program: no run, log or screen. Lowest module first; imports go down only (`tests/integration/tidy.rs`).

pub mod math;

pub mod baselines;
pub mod dataset;
pub mod features;
pub mod nn;
