//! Without a terminal: a line per epoch and run, a table at the end, no escape codes.

mod follow;
mod lines;
mod table;

pub use follow::{Outcome, follow};
pub use lines::Lines;
pub use table::table;
