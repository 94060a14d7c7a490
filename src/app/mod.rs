//! The running program: event loop, terminal guard, input, effects.
//!
//! Room rule: it may import `ui`, `state`, `source`, `protocol`, `dataset`, `metrics` and `output` (`tests/tidy.rs`). This is the
//! one room that owns a clock for the screen.

mod attention;
mod desk;
mod doors;
#[cfg(test)]
mod fake;
pub mod headless;
mod ink;
pub mod looks;
mod monitor;
mod pace;
mod picture;
mod replay;
mod show;
mod stage;
mod still;
pub mod terminal;
mod translate;
mod views;

pub use desk::Desk;
pub use doors::{Doors, Images, List, Open, Start};
pub use monitor::{End, Hold, Monitor, settings_of};
pub use pace::Pace;
pub use picture::Picture;
pub use replay::{Replay, Step};
pub use show::{Scene, check_keys, picture_of, recall, show_library};
pub use stage::{Ending, perform};
pub use still::draw;
