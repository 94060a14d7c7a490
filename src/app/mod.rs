//! The running program: event loop, terminal guard, input, effects.
//!
//! What it may import stands in `tests/integration/tidy.rs`. This is the one room that owns a clock for the screen.

mod effects;
mod event_loop;
mod frame_scheduler;
pub mod headless;
mod jobs;
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

pub use effects::EffectRunner;
pub use event_loop::{EventLoop, LoopExit, TerminalControl, settings_of};
pub use frame_scheduler::FrameScheduler;
pub use offscreen::draw;
pub use render_once::{FrameRequest, check_keys, render_once, restore_views, show_catalog};
pub use replay::{Replay, Step};
pub use run_monitor::{MonitorExit, perform};
pub use screenshot::Screenshot;
pub use services::{Images, List, Open, Services, Start};
