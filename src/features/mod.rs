//! Hand-made features: histograms of oriented gradients.
//!
//! Room rule: it may import `math` only (`tests/tidy.rs`).
