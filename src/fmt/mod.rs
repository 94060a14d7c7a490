//! Numbers on axes: ranges, ticks and labels, shared by the screen and the report.
//!
//! Imports nothing of the crate and does not depend on what is measured or on how it is drawn.

mod axis;

pub use axis::{Axis, Fitted, Scale, nice_step};
