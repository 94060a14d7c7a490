//! The terminal: what is written to it, what comes from it, and that it is left as it was found.

mod encode;
mod guard;
mod input;
mod outlet;
mod screen;
mod sequences;
pub mod suspend;

pub use encode::Encoder;
pub use guard::Guard;
pub use input::{Input, Keys, SignalWatch};
pub use outlet::Outlet;
pub use screen::{Screen, Traffic};
