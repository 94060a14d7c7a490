//! The screen: model, actions, keymap, update, view.
//!
//! One direction: an [`Action`] and a [`Model`] give a model and [`Effect`]s ([`update`]); a model gives cells
//! ([`view()`]). What a key means stands in [`keymap`] alone. Both functions are pure, so that a test is an action and a
//! look at a buffer.
//!
//! Room rule: never an `Instant`, a file or a thread; it may import `state`, `protocol`, `metrics` (`tests/tidy.rs`).

mod action;
mod compose;
mod effect;
mod evaluations;
mod facts;
mod fields;
mod figures;
mod groups;
mod key;
pub mod keymap;
mod library;
mod metrics;
mod model;
mod order;
mod query;
mod regulariser;
mod remember;
mod tabs;
mod text;
mod theme;
mod update;
mod view;
mod widgets;

pub use action::{Action, Verb};
pub use compose::{Draft, DraftField};
pub use effect::{Effect, ReplayWish};
pub use facts::{
    ChartFacts, CompareFacts, ComparePage, ConfusionFacts, LogFacts, Replay, SMOOTHING, SPEEDS, ViewFacts,
};
pub use key::{Code, Key};
pub use model::{Digit, Digits, Message, Model, Order, Overlay, Settings, Tab, WELCOME, Welcome};
pub use query::{Fields, Query, Value};
pub use text::clean;
pub use theme::{Depth, GlyphSet, Glyphs, Ground, Theme};
pub use update::update;
pub use view::view;
pub use widgets::{Input, Scale};
