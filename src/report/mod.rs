//! Sessions handed on: a report beside the study's figures, CSV, TensorBoard, thinned copies, differences of two runs.
//!
//! What it may import stands in `tests/integration/tidy.rs`. What a run is known to be comes from the same reducer as the screens;
//! nothing here trains, and only `load` and `files` touch the disk.

mod axis;
mod chart;
mod compare;
mod curves;
mod diff;
mod disagreements;
mod document;
mod downsample;
mod error;
mod event_file;
mod experiments;
mod groups;
mod load;
mod markdown;
mod model_comparison;
mod output;
mod proto;
mod provenance;
mod scalars;
mod study_charts;
mod study_checks;
mod sweeps;
mod table_file;
mod tables;
mod tensorboard;
mod text;
mod write;

pub use diff::{compare, diff};
pub use downsample::thin;
pub use error::ReportError;
pub use output::Written;
pub use table_file::csv;
pub use tensorboard::tensorboard;
pub use write::write;
