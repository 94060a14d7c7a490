//! The multilayer perceptron: activations, initialisation, forward and backward pass, loss, SGD.
//!
//! Room rule: it may import `math` only (`tests/tidy.rs`).
