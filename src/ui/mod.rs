//! The screen: model, actions, keymap, update, view.
//!
//! Room rule: never an `Instant`, a file or a thread; it may import `state`, `protocol`, `metrics` (`tests/tidy.rs`).
