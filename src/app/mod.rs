//! The running program: event loop, terminal guard, input, effects.
//!
//! Room rule: it may import `ui`, `state`, `source`, `protocol` and `dataset` (`tests/tidy.rs`). This is the one room
//! that owns a clock for the screen.

mod pace;
pub mod terminal;

pub use pace::Pace;
