//! Every way to obtain records: a live engine, a file, a folder that grows, another machine.
//!
//! Room rule: it may import `experiment`, `record`, `protocol` (`tests/tidy.rs`).

mod live;
mod port;

pub use live::Live;
pub use port::{Description, Flow, Source};
