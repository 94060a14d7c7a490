//! What lies over a page: help, questions, a run that is being composed, digits.
//!
//! Does not depend on terminals or files.

pub mod compose;
mod compose_view;
mod digits;
mod help;
mod overlay;
mod questions;
mod update;
mod view;
pub use compose::{Draft, DraftField};
pub use overlay::{Digit, Digits, Overlay, Welcome};

pub(super) use update::{act, open_faults, touched};
pub(super) use view::overlay;
