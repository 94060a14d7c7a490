//! Workers, queue and the adapters that turn a spec into training and training into events.
//!
//! Room rule: it may import every room above but `state` (`tests/tidy.rs`).

pub mod suite;
