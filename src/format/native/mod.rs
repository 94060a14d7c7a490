//! Logs of this program: lines, records, and the end of a long log.
//!
//! Does not depend on sessions, or on what is done with records.

mod line;
pub(super) mod reader;
mod step_line;
mod tail;
pub use line::{LineError, parse, print};
pub use reader::{Found, LogReader, Reading, read_all};
pub use tail::{Tail, read_tail};
