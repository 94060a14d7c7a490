//! Logs on disk: writer, reader, session folders, locks, checkpoints.
//!
//! Room rule: it may import `protocol` only (`tests/tidy.rs`).
