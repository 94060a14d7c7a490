//! Sessions handed on: Markdown, SVG, CSV, TensorBoard.
//!
//! Room rule: it may import `state`, `protocol`, `metrics`, `record` (`tests/tidy.rs`).
