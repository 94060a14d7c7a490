//! The built-in digits: drawn from strokes, so that the program can do its job on a machine without a network.
//!
//! They are seeded and the same bytes on every machine. They are not MNIST, and no figure of the study may stand
//! beside theirs. Must not know files or what is learnt from them.

mod digits;

pub use digits::{NAME, SEED, dataset, digits};
