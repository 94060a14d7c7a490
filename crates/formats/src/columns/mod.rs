//! Which column of a file counts steps, which tells the time, and what the others are: one resolution for all texts.
//!
//! Names decide where they are known, and how the numbers grow. The first rows are looked at together; what they say holds
//! for the whole file, so that following a file and reading it whole give the same. Depends on no file and no format.

mod apply;
mod names;
mod plan;
mod steps;

pub(crate) use apply::Columns;
pub(crate) use names::is_step_name;
