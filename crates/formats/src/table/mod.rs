//! Tables: cells apart by commas, tabs, semicolons or blanks, with or without a header.
//!
//! What stands between cells and whether there is a header is told by the first lines. Comment lines, second headers and
//! rows with more cells than the header are understood. Must not know which column counts steps.

mod format;
mod layout;
mod read;
mod sniff;

pub(crate) use format::TABLE;
use read::Table;
use sniff::is_table;
