//! The terminal: what is written to it, what comes from it, and that it is left as it was found.

pub mod capabilities;
mod colour;
mod encode;
mod guard;
mod input;
mod key_event;
mod screen;
mod sequences;
mod stdout;
pub mod suspend;

pub use encode::Encoder;
pub use guard::Guard;
pub use input::{Input, Keys, SignalWatch};
pub use screen::{Screen, Traffic};
pub use stdout::Stdout;

pub(crate) use colour::TermColour;
pub(crate) use key_event::action;
