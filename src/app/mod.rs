//! The running program: event loop, terminal guard, input, effects.
//!
//! What it may import stands in `tests/tidy.rs`. This is the one room that owns a clock for the screen.

mod effects;
mod event_loop;
mod frame_scheduler;
pub mod headless;
mod offscreen;
mod render_once;
mod replay;
mod run_cache;
mod run_monitor;
mod screenshot;
mod services;
pub mod terminal;
#[cfg(test)]
mod test_source;
mod view_store;

pub use effects::Desk;
pub use event_loop::{End, Hold, Monitor, settings_of};
pub use frame_scheduler::Pace;
pub use offscreen::draw;
pub use render_once::{Scene, check_keys, picture_of, recall, show_library};
pub use replay::{Replay, Step};
pub use run_monitor::{Ending, perform};
pub use screenshot::Picture;
pub use services::{Doors, Images, List, Open, Start};
