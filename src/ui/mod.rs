//! The screen: model, actions, keymap, update, view.
//!
//! One direction: an [`Action`] and a [`Model`] give a model and [`Effect`]s ([`update()`]); a model gives cells
//! ([`view()`]). What a key means stands in [`keymap`] alone. Both functions are pure, so that a test is an action and a
//! look at a buffer.
//!
//! Room rule: never an `Instant`, a file or a thread; it may import `state`, `protocol`, `metrics` (`tests/tidy.rs`).

mod action;
pub mod compose;
pub mod dates;
mod effect;
pub mod evaluations;
pub mod facts;
pub mod fields;
pub mod figures;
pub mod groups;
pub mod key;
pub mod keymap;
pub mod library;
pub mod metrics;
mod model;
pub mod offers;
pub mod order;
mod overlay;
pub mod query;
pub mod regulariser;
mod remember;
mod snapshot;
mod tab;
mod tabs;
pub mod text;
pub mod theme;
pub mod undo;
mod update;
mod view;
pub mod widgets;

pub use action::{Action, Verb};
pub use compose::{Draft, DraftField};
pub use effect::{Effect, ReplayWish};
pub use facts::{
    ChartFacts, CompareFacts, ComparePage, ConfusionFacts, LogFacts, LogViewFacts, Replay, SMOOTHING, SPEEDS, ViewFacts,
};
pub use key::{Code, Key};
pub use model::{Digit, Digits, Message, Model, Order, Overlay, Settings, Tab, WELCOME, Welcome};
pub use query::{Fields, Query, Value};
pub use text::clean;
pub use theme::{Depth, GlyphSet, Glyphs, Ground, Theme};
pub use update::update;
pub use view::view;
pub use widgets::{Input, Scale};
