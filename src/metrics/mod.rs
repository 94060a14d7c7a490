//! Confusion counts and what follows from them, mean and deviation over seeds, McNemar's test.
//!
//! Room rule: it may import nothing (`tests/tidy.rs`).
