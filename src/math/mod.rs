//! Matrix products, vectorised kernels and seeded random streams: what every numeric room stands on.
//!
//! Room rule: it may import nothing (`tests/tidy.rs`).
