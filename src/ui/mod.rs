//! The screen: model, actions, keymap, update, view.
//!
//! One direction: an [`Action`] and a [`Model`] give a model and [`Effect`]s ([`update()`]); a model gives cells
//! ([`view()`]). What a key means stands in [`keymap`], with a user's changes in [`bindings`]. Both functions are pure, so that a test is an action and
//! a look at a buffer.
//!
//! It never uses an `Instant`, a file or a thread.

mod action;
pub mod bindings;
mod effect;
pub mod fields;
pub mod groups;
pub mod key;
pub mod keymap;
mod layout;
pub mod library;
pub mod metrics;
mod model;
pub mod offers;
pub mod overlays;
mod persist;
pub mod query;
pub mod regulariser;
mod snapshot;
pub mod sort;
mod tab;
pub mod tab_state;
mod tabs;
pub mod theme;
pub mod undo;
mod update;
mod view;
pub mod widgets;

pub use action::{Action, Verb};
pub use bindings::{KeyChange, KeyConflict, Keymap};
pub use effect::{Effect, ReplayWish};
pub use key::{Code, Key, UnknownKey};
pub use layout::Layout;
pub use model::{Digit, Digits, Message, Model, Overlay, Settings, SortOrder, Tab, Welcome};
pub use query::{Fields, Query, Value};
pub use tab_state::{
    ChartState, ComparePage, CompareState, ConfusionState, LogsState, LogsViewState, Replay, SMOOTHING, ViewState,
};
pub use theme::{Background, Depth, GlyphSet, Glyphs, Theme};
pub use update::update;
pub use view::view;
pub use widgets::{Input, Scale};
