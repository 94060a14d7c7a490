//! Pieces that a tab is made of: each draws plain data into a rectangle and nothing outside it.
//!
//! A widget does not depend on runs, sessions or the model.

mod bars;
mod chart;
mod digit;
mod dots;
mod heat;
mod input;
mod spark;
mod table;
mod text_area;

pub use crate::fmt::{Axis, Scale};
pub use bars::{bar, bar_text};
pub use chart::{BREAK, Chart, Curve, Mark, Shape};
pub use digit::digit;
pub use dots::Dots;
pub use heat::{Heat, HeatCell};
pub use input::Input;
pub use table::{Align, Cell, Column, Table, TableState};
pub use text_area::{TextArea, panel};
