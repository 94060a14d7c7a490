//! Without a terminal: a line per epoch and run, a table at the end, no escape codes.

mod follow;
mod keep;
mod lines;
mod table;

pub use follow::{Outcome, follow};
pub use keep::keep;
pub use lines::{Lines, went_well};
pub use table::table;
