//! The running program: event loop, terminal guard, input, effects.
//!
//! Room rule: it may import `ui`, `state`, `source`, `protocol` (`tests/tidy.rs`).
