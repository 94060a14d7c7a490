//! Sessions handed on: a report beside the study's figures, CSV, TensorBoard, thinned copies, differences of two runs.
//!
//! Room rule: it may import `state`, `protocol`, `metrics`, `record`, `output` (`tests/tidy.rs`). What a run is known to be comes
//! from the same reducer as the screens; nothing here trains, and only `load` and `files` touch the disk.

mod axis;
mod chart;
mod claims;
mod compare;
mod curves;
mod diff;
mod disagreements;
mod document;
mod error;
mod event_file;
mod experiments;
mod figures;
mod files;
mod groups;
mod ledger;
mod load;
mod measures;
mod page;
mod proto;
mod sweeps;
mod table_file;
mod tables;
mod tensorboard;
mod text;
mod thin;
mod write;
mod yardstick;

pub use diff::{compare, diff};
pub use error::ReportError;
pub use files::Written;
pub use table_file::csv;
pub use tensorboard::tensorboard;
pub use thin::thin;
pub use write::write;
