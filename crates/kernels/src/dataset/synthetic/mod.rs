//! The built-in digits: drawn from strokes, so that the program can do its job on a machine without a network.
//!
//! They are seeded and the same bytes on every machine: everything from the stroke to the pixel is made of additions,
//! products, quotients and square roots, which IEEE 754 rounds alike everywhere, in one fixed order. They are not
//! MNIST, and no figure of the study may stand beside theirs. Does not depend on files or what is learnt from them.

mod canvas;
mod digits;
mod hands;
mod writer;

pub use digits::{NAME, SEED, dataset, digits};
