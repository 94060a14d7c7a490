//! Pieces that a tab is made of: each draws plain data into a rectangle and nothing outside it.
//!
//! Room rule: a widget must not know runs, sessions or the model.

mod bars;
mod chart;
mod digit;
mod dots;
mod heat;
mod input;
mod pen;
mod spark;
mod table;

pub use crate::fmt::{Axis, Scale};
pub use bars::{bar, bar_text};
pub use chart::{BREAK, Chart, Curve, Mark, Shape};
pub use digit::digit;
pub use dots::Dots;
pub use heat::{Heat, HeatCell};
pub use input::Input;
pub use pen::{Pen, panel};
pub use spark::spark;
pub use table::{Align, Cell, Column, Table, TableState};
