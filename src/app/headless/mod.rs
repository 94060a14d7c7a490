//! Without a terminal: a line per epoch and run, a table at the end, no escape codes.

mod daemon;
mod follow;
mod lines;
mod table;

pub use daemon::keep;
pub use follow::{Outcome, follow};
pub use lines::{Lines, went_well};
pub use table::table;
