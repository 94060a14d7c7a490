//! The running program: event loop, terminal guard, input, effects.
//!
//! Room rule: it may import `ui`, `state`, `source`, `protocol`, `dataset` and `metrics` (`tests/tidy.rs`). This is the
//! one room that owns a clock for the screen.

mod pace;
mod picture;
pub mod terminal;

pub use pace::Pace;
pub use picture::Picture;
