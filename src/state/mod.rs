//! The reducer: records folded into what is known of a run and of a session.
//!
//! What it may import stands in `tests/integration/tidy.rs`.

mod anomaly;
pub mod evaluation;
mod fields;
mod figures;
mod free_settings;
mod group;
mod main_metric;
mod reduce;
mod relevant_settings;
mod roles;
mod run;
mod series;
mod session;
mod smooth;
mod status;
mod third_party;

pub use crate::metrics::Failure;
pub use crate::protocol::Status;
pub use anomaly::{Anomalies, Anomaly};
pub use fields::{field_text, flat_fields, value_text, whole_name};
pub use figures::{Figure, compare_answers, figure, model_bytes, summarise};
pub use free_settings::{free_differences, free_setting, free_settings_text};
pub use group::{Alteration, Group, GroupBy, groups};
pub use main_metric::{Better, best_value, better, main_metric};
pub use relevant_settings::{relevant_settings, same_result};
pub use roles::{accuracy_metric, loss_metric};
pub use run::{AlertMark, Best, ChangeMark, NoteMark, RunState};
pub use series::{Axis, Bucket, Column, Point, Series};
pub use session::{Fault, SessionState};
pub use smooth::smoothed;
