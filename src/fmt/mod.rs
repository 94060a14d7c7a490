//! How values are written and placed: numbers, durations, sizes, dates, display width, axis ticks.
//!
//! Imports nothing of the crate and does not depend on what is measured or on how it is drawn.

mod axis;
pub mod number;
pub mod time;
pub mod width;

pub use axis::{Axis, Fitted, Scale, nice_step};
pub use width::clean;
