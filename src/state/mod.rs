//! The reducer: records folded into what is known of a run and of a session.
//!
//! Room rule: it may import `protocol` and `metrics`; no clock, no I/O (`tests/tidy.rs`).

pub mod paper;
