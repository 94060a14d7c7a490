//! The tabs, one file or folder each: the model in, cells out.

mod along;
mod charts;
mod compare;
mod compare_pages;
mod confusion;
mod curves;
mod group_summary;
mod logs;
mod neurons;
mod nothing;
mod range;
mod row;
mod run_pane;
mod runs;
mod scores;
mod strip;

pub(super) use charts::{charts, in_sight};
pub(super) use compare::compare;
pub(super) use confusion::confusion;
pub(super) use logs::logs;
pub(super) use neurons::neurons;
pub(super) use row::state_glyph;
pub(super) use runs::runs;
