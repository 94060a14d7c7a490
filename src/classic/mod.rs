//! The models without a gradient: k nearest neighbours, and the linear support vector machine.
//!
//! Room rule: it may import `math` only (`tests/tidy.rs`).
