//! What an action does to the model, one file a family of actions.
//!
//! Pure: an action and a model give a model and effects, nothing else is read or written.

mod charts;
pub(super) mod commands;
mod compare;
mod confusion;
mod dispatch;
mod logs;
mod navigate;
mod replay;
mod time;
mod typing;

pub(super) use commands::setting_text;
pub use dispatch::update;
