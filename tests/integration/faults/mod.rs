//! Faults, brought about for real: full disks, logs taken away, two processes on one session, changed data, a clock
//! set back, a long queue. Nothing is lost, and what is wrong is said.
//!
//! The recorder's own faults, one at every call of its sink, are tested beside it; torn checkpoints and panics of
//! workers in `record::checkpoint` and `tests/integration/engine.rs`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod disk;
mod folder;
mod queue;
mod stage;
